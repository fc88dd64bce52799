"""Whether a file of tests only follows names that the program changed: then it is the base's test still. Pure."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from honk.core.diff import DiffLine, FileDiff
from honk.verify.syntax.diff_hunks import MAX_LINE

MAX_CHARS = 400_000
"""A longer file is not compared."""

_TOKEN = re.compile(
    r"(?P<comment>#[^\n]*|//[^\n]*)|(?P<text>'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`)"
    r"|(?P<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)|\d[\w.]*|[^\s\w]"
)
_DEFINES = re.compile(
    r"\b(?:def|class|function\*?|func(?:\s*\([^)]*\))?|fn|interface|struct|enum|trait|type|const|let|var|module|object"
    r"|record|void|int|String|boolean|double)\s+(\w+)|\bexports\.(\w+)\s*=(?!=)|^(\w+)\s*(?::[^=]+)?=(?!=)|\bas\s+(\w+)"
)


@dataclass(frozen=True)
class Names:
    """Names of functions, classes and modules (lower layers first) that the change takes from and adds to the
    program."""

    removed: frozenset[str]
    added: frozenset[str]


def program_names(files: Iterable[FileDiff]) -> Names:
    """The names that the diff of the program's files, tests left out, removes and adds."""
    removed, added = set[str](), set[str]()
    for file in files:
        removed |= _defined(file.removed)
        added |= _defined(file.added)
        if file.change.status in ("deleted", "renamed"):
            removed.add(PurePosixPath(file.change.old_path or file.change.path).stem)
        if file.change.status in ("added", "renamed"):
            added.add(PurePosixPath(file.change.path).stem)
    return Names(frozenset(removed - added), frozenset(added - removed))


def only_names_changed(before: tuple[str, str], after: tuple[str, str], names: Names) -> bool:
    """Whether two files, each as (path, text), differ only in names that the program renamed, and in the relative paths
    of the same modules. Each old name must have become one new name, and no two names the same."""
    if max(len(before[1]), len(after[1])) > MAX_CHARS:
        return False
    mapping: dict[str, str] = {}
    ours, theirs = list(_tokens(before[1])), list(_tokens(after[1]))
    if len(ours) != len(theirs):
        return False
    for (kind, one), (other_kind, other) in zip(ours, theirs, strict=True):
        if kind != other_kind:
            return False
        if one == other or (kind == "text" and _same_module(before[0], one, after[0], other)):
            continue
        pairs = _renamed(one, other, names) if kind in ("name", "text") else None
        if pairs is None or any(mapping.setdefault(old, new) != new for old, new in pairs):
            return False
    return len(set(mapping.values())) == len(mapping)


def _defined(lines: Iterable[DiffLine]) -> set[str]:
    return {
        next(group for group in match.groups() if group)
        for line in lines
        for match in _DEFINES.finditer(line.text[:MAX_LINE])
    }


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """The tokens with their kind; comments and layout do not count."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "comment":
            yield match.lastgroup or "", match[0]


def _renamed(one: str, other: str, names: Names) -> list[tuple[str, str]] | None:
    """The parts of a dotted name or of a module's path that were renamed; None where something else differs."""
    ours, theirs = re.split(r"([\w$]+)", one), re.split(r"([\w$]+)", other)
    if len(ours) != len(theirs):
        return None
    pairs = [(old, new) for old, new in zip(ours, theirs, strict=True) if old != new]
    known = all(old in names.removed and new in names.added for old, new in pairs)
    is_path = one[:1].isalpha() or "/" in one
    return pairs if known and is_path else None


def _same_module(path: str, one: str, other_path: str, other: str) -> bool:
    """Whether two quoted relative paths lead to the same file from their own places."""
    if not (one[1:2] == "." and other[1:2] == "."):
        return False
    ours = posixpath.normpath(posixpath.join(posixpath.dirname(path), one[1:-1]))
    return ours == posixpath.normpath(posixpath.join(posixpath.dirname(other_path), other[1:-1]))
