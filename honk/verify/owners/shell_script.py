"""Splits a shell script into the statements whose failure would fail it."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from honk.verify.syntax import grammars
from honk.verify.syntax.nodes import Node

_BLOCKS = frozenset({"if_statement", "for_statement", "while_statement", "case_statement", "c_style_for_statement"})
_IGNORED_EXIT = re.compile(r"\s*(?:true|:|exit 0|echo\b.*|printf\b.*)\s*")
_PASSES_THROUGH = re.compile(r"\s*(?:tee|cat|ts|sed|grep -v|reviewdog|less|head|tail)\b")


@dataclass(frozen=True)
class Statement:
    """`words` is empty where the statement is no plain command (an `if`, a loop, a pipe that decides the result).

    `folder` is where earlier `cd`s lead, relative to where the script starts; `env` what the script exported.
    """

    text: str
    words: tuple[str, ...]
    folder: str
    env: tuple[tuple[str, str], ...]


def split(script: str) -> tuple[Statement, ...]:
    """The script's statements in order, without those whose failure the script ignores (`… || true`)."""
    if "\n" not in script.strip():
        script = re.sub(r"^\s*[@-]+", "", script)
    root = grammars.parse("script.sh", script + "\n").root
    if root is None:
        return ()
    return tuple(_statements(root, _State("", {})))


def words(text: str) -> tuple[str, ...]:
    """A plain command's words; an unbalanced quote is no error."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


def inside(folder: str, path: str) -> str:
    """The folder that `cd path` in `folder` leads to, without `.` and `..`; "" is the top."""
    parts: list[str] = [] if path.startswith("/") else list(PurePosixPath(folder).parts)
    for part in PurePosixPath(path).parts:
        if part == "..":
            parts = parts[:-1]
        elif part not in (".", "/"):
            parts.append(part)
    return "/".join(parts)


@dataclass
class _State:
    folder: str
    env: dict[str, str]


def _statements(node: Node, state: _State) -> Iterator[Statement]:
    kind, text = node.type, grammars.text(node)
    if kind in ("program", "ERROR"):
        for child in node.named_children:
            yield from _statements(child, state)
    elif kind == "list":
        yield from _list(node, state)
    elif kind == "subshell":
        within = _State(state.folder, dict(state.env))
        for child in node.named_children:
            yield from _statements(child, within)
    elif kind == "compound_statement":
        for child in node.named_children:
            yield from _statements(child, state)
    elif kind == "redirected_statement" and node.named_children:
        if "<<" in text:
            yield Statement(text, (), state.folder, tuple(state.env.items()))
        else:
            yield from _statements(node.named_children[0], state)
    elif kind == "pipeline":
        first, *others = node.named_children
        if all(_PASSES_THROUGH.match(grammars.text(other)) for other in others):
            yield from _statements(first, state)
        else:
            yield Statement(text, (), state.folder, tuple(state.env.items()))
    elif kind in _BLOCKS or kind in ("negated_command", "test_command"):
        yield Statement(text, (), state.folder, tuple(state.env.items()))
    elif kind in ("declaration_command", "variable_assignment", "variable_assignments"):
        _assign(text, state)
    elif kind == "command":
        yield from _command(text, state)


def _list(node: Node, state: _State) -> Iterator[Statement]:
    operator = next((grammars.text(child) for child in node.children if not child.is_named), "")
    children = node.named_children
    if operator == "||" and len(children) == 2:
        left, right = children
        if _IGNORED_EXIT.fullmatch(grammars.text(right)):
            return
        if left.type == "list":  # `a && b || c`: the last of them may fail
            yield Statement(grammars.text(node), (), state.folder, tuple(state.env.items()))
        else:
            yield from _statements(left, state)
        return
    for child in children:
        yield from _statements(child, state)


def _command(text: str, state: _State) -> Iterator[Statement]:
    text = re.sub(r"\\\n\s*", " ", text).strip()
    found = words(text)
    if found and found[0] in ("cd", "pushd") and len(found) > 1:
        state.folder = inside(state.folder, found[1])
    elif found and found[0] == "popd":
        state.folder = ""
    elif found and found[0] not in ("set", "source", ".", "echo", "exit", "shopt", "trap", "true", "ulimit", "umask"):
        yield Statement(text, found, state.folder, tuple(state.env.items()))


def _assign(text: str, state: _State) -> None:
    for word in words(text.removeprefix("export ")):
        name, equals, value = word.partition("=")
        if equals and re.fullmatch(r"[A-Za-z_]\w*", name):
            state.env[name] = value
