"""The simple commands of shell text, each with the folder in which it runs. Read from the Bash syntax tree."""

import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from honk.verify.syntax.grammars import parse, text
from honk.verify.syntax.nodes import Node

UNKNOWN = "\0"
"""Stands in a word for a part that is only known when the command runs."""

MAX_COMMANDS = 2000
"""At most so many commands of one text are read."""

_MAX_DEPTH = 60
_MAX_VALUES = 20


@dataclass(frozen=True)
class ShellCommand:
    """One program with its words. `folder` is relative to the top of the repository; `inputs` are files that it reads
    as its standard input, `stdin_text` is a here-document; `lasting`: the shell does not wait for it."""

    words: tuple[str, ...]
    folder: str
    inputs: tuple[str, ...] = ()
    stdin_text: str = ""
    lasting: bool = False


@dataclass
class _Shell:
    folder: str
    script_folder: str
    variables: dict[str, str] = field(default_factory=dict)
    commands: list[ShellCommand] = field(default_factory=list)
    complete: bool = True


def shell_commands(source: str, folder: str = "", script_folder: str = "") -> tuple[tuple[ShellCommand, ...], bool]:
    """The commands of `source`, and whether these are all. Text with a syntax error is read line by line."""
    tree = parse("script.sh", source)
    shell = _Shell(folder, script_folder)
    if tree.root is None or tree.broken:
        lines = re.sub(r"\\\n\s*", " ", source).splitlines()
        complete = tree.root is not None and len(lines) <= MAX_COMMANDS
        return tuple(_by_line(lines[:MAX_COMMANDS], folder)), complete
    _visit(tree.root, shell, 0)
    return tuple(shell.commands), shell.complete


def _by_line(lines: list[str], folder: str) -> Iterator[ShellCommand]:
    for line in lines:
        for part in re.split(r"&&|\|\||[;|&]|\$\(|`", line.strip().lstrip("@-")):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:
                words = part.split()
            while words and re.match(r"(?:\w+=|(?:if|then|else|do|while|until|!|\{|\()$)", words[0]):
                words = words[1:]
            if words:
                yield ShellCommand(tuple(re.sub(r"\$\{?\w+\}?", UNKNOWN, word) for word in words), folder)


def _visit(node: Node, shell: _Shell, depth: int, inputs: tuple[str, ...] = (), stdin_text: str = "") -> None:
    if depth > _MAX_DEPTH or len(shell.commands) >= MAX_COMMANDS:
        shell.complete = False
        return
    match node.type:
        case "command":
            _command(node, shell, depth, inputs, stdin_text)
        case "variable_assignment":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            shell.variables[text(name)] = _word(value, shell) if value else ""
            _nested(node, shell, depth)
        case "for_statement":
            _loop(node, shell, depth)
        case "redirected_statement":
            files = [each for each in node.named_children if each.type == "file_redirect"]
            read = tuple(_word(each.named_children[-1], shell) for each in files if text(each).startswith("<"))
            here = "\n".join(
                text(body)
                for each in node.named_children
                if each.type == "heredoc_redirect"
                for body in each.named_children
                if body.type == "heredoc_body"
            )
            body = node.child_by_field_name("body")
            if body is not None:
                _visit(body, shell, depth + 1, (*inputs, *read), here)
        case "subshell" | "command_substitution" | "process_substitution":
            folder = shell.folder
            _children(node, shell, depth)
            shell.folder = folder
        case _:
            _children(node, shell, depth, inputs, stdin_text)


def _children(node: Node, shell: _Shell, depth: int, inputs: tuple[str, ...] = (), stdin_text: str = "") -> None:
    for child in node.named_children:
        _visit(child, shell, depth + 1, inputs, stdin_text)


def _nested(node: Node, shell: _Shell, depth: int) -> None:
    """Commands inside the words of a command."""
    for child in node.named_children:
        if child.type in ("command_substitution", "process_substitution"):
            _visit(child, shell, depth + 1)
        elif depth < _MAX_DEPTH:
            _nested(child, shell, depth + 1)


def _loop(node: Node, shell: _Shell, depth: int) -> None:
    variable, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
    values = [_word(each, shell) for each in node.children_by_field_name("value")]
    if len(values) > _MAX_VALUES:
        shell.complete = False
    for value in values[:_MAX_VALUES] or [UNKNOWN]:
        shell.variables[text(variable)] = value
        if body is not None:
            _visit(body, shell, depth + 1)


def _command(node: Node, shell: _Shell, depth: int, inputs: tuple[str, ...], stdin_text: str) -> None:
    _nested(node, shell, depth)
    skipped = ("variable_assignment", "file_redirect", "herestring_redirect", "comment")
    words = [_word(each, shell) for each in node.named_children if each.type not in skipped]
    read = [each for each in node.named_children if each.type == "file_redirect" and text(each).startswith("<")]
    if not words:
        return
    if words[0] in ("cd", "pushd") and len(words) > 1:
        shell.folder = _entered(words[-1], shell)
    lasting = node.next_sibling is not None and node.next_sibling.type == "&"
    files = (*inputs, *(_word(each.named_children[-1], shell) for each in read))
    shell.commands.append(ShellCommand(tuple(words), shell.folder, files, stdin_text, lasting))


def _entered(target: str, shell: _Shell) -> str:
    """The folder after `cd target`: an unknown start is taken for the script's own folder."""
    if target.startswith(UNKNOWN):
        joined = posixpath.join(shell.script_folder, target.lstrip(UNKNOWN).lstrip("/"))
    elif target.startswith("/") or target in ("-", "~"):
        return ""
    else:
        joined = posixpath.join(shell.folder, target)
    folder = posixpath.normpath(joined)
    return "" if folder == "." or folder.startswith("..") else folder


def _word(node: Node | None, shell: _Shell) -> str:
    """The word's value: quotes removed, known variables replaced, UNKNOWN for the rest."""
    if node is None:
        return ""
    match node.type:
        case "raw_string" | "ansi_c_string":
            return text(node).lstrip("$").strip("'")
        case "simple_expansion" | "expansion":
            names = [text(each) for each in node.named_children if each.type == "variable_name"]
            plain = node.type == "simple_expansion" or len(node.named_children) == 1
            return shell.variables.get(names[0], UNKNOWN) if names and plain else UNKNOWN
        case "command_substitution" | "process_substitution" | "arithmetic_expansion":
            return UNKNOWN
        case "word" | "string_content" | "number" | "variable_name":
            return re.sub(r"\\(.)", r"\1", text(node))
        case "command_name" | "string" | "concatenation" | "translated_string":
            return "".join(_word(each, shell) for each in node.named_children)
        case _:
            return re.sub(r"\$\{?\w+\}?", UNKNOWN, text(node).strip("\"'"))
