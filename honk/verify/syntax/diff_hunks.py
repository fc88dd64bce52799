"""Hunks of a diff, their old and new side, and the words in a line."""

import re
from collections.abc import Iterable, Iterator

from honk.core.diff import DiffLine, FileDiff

MAX_LINE = 500
"""Rules read at most this many characters of a line."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """assert self def test tests expect it should return await async const let var true false null none new this
        import from for in is not and or if else with as equal equals assertequal asserttrue tobe toequal function func
        fn class describe pytest unittest the a an be to of i x t e err error response result client app data value""",
    )
)

Hunk = tuple[DiffLine, ...]


def paths(file: FileDiff) -> tuple[str, ...]:
    """The file's path, and the one it had before when it was renamed."""
    return (file.change.path, file.change.old_path) if file.change.old_path else (file.change.path,)


def words(text: str) -> frozenset[str]:
    """The words of a text in lower case, common words of tests left out."""
    return frozenset(word.lower() for word in _WORD.findall(text[:MAX_LINE])) - _COMMON


def hunks(file: FileDiff) -> Iterator[Hunk]:
    """The file's lines, cut where the diff leaves something out.

    A line's place in the old file is its own number when it was removed, otherwise its new number less what was added
    so far; where that jumps, a new hunk begins.
    """
    start, shift, expected = 0, 0, None
    for index, line in enumerate(file.lines):
        place = line.number if line.sign == "-" else line.number - shift
        if expected is not None and place != expected:
            yield file.lines[start:index]
            start = index
        expected = place if line.sign == "+" else place + 1
        shift += {"+": 1, "-": -1, " ": 0}[line.sign]
    if file.lines:
        yield file.lines[start:]


def before(hunk: Iterable[DiffLine]) -> list[DiffLine]:
    """The hunk's old side."""
    return [line for line in hunk if line.sign != "+"]


def after(hunk: Iterable[DiffLine]) -> list[DiffLine]:
    """The hunk's new side."""
    return [line for line in hunk if line.sign != "-"]


def indent(text: str) -> int:
    """A line's indentation in columns; a tab counts four."""
    expanded = text.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def names(items: Iterable[str], most: int = 4) -> str:
    """The first `most` names, and how many more there are."""
    listed = list(dict.fromkeys(items))
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more} more" if more > 0 else "")
