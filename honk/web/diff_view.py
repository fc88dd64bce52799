"""A diff as the console shows it: files folded, long ones cut, gaps between hunks marked. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from honk.core.change import FileChange
from honk.core.diff import EXECUTABLE, SUBMODULE, SYMLINK, Diff, FileDiff

UNFOLDED_LINES = 80
"""A file with more lines than this starts folded."""

UNFOLDED_IN_ALL = 400
"""Once so many lines are unfolded, all further files start folded."""

LINES_PER_FILE = 1_000
LINES_IN_ALL = 8_000
"""What is sent to a browser at most; a phone has to lay it out."""

LONGEST_LINE = 500

_MODES = {SYMLINK: "symbolic link", SUBMODULE: "submodule", EXECUTABLE: "executable"}


@dataclass(frozen=True)
class Row:
    """One line. A `gap` stands where lines are left out between two hunks."""

    kind: Literal["add", "del", "same", "gap"]
    number: int = 0
    text: str = ""


@dataclass(frozen=True)
class File:
    """One file. `note` says what it is besides text; `left_out` counts lines that are not shown."""

    change: FileChange
    note: str
    rows: tuple[Row, ...]
    left_out: int
    unfolded: bool


def files(diff: Diff) -> tuple[File, ...]:
    """The files of `diff` in its order."""
    return tuple(_files(diff))


def _files(diff: Diff) -> Iterator[File]:
    sent = unfolded = 0
    for file in diff.files:
        room = max(0, min(LINES_PER_FILE, LINES_IN_ALL - sent))
        shown = file.lines[:room]
        sent += len(shown)
        whole = file.change.added + file.change.deleted
        missing = max(0, whole - sum(line.sign != " " for line in shown))
        is_open = len(file.lines) <= UNFOLDED_LINES and unfolded + len(shown) <= UNFOLDED_IN_ALL and bool(shown)
        unfolded += len(shown) if is_open else 0
        rows = tuple(_rows(file, len(shown)))
        yield File(file.change, _note(file), rows, missing, is_open)


def _rows(file: FileDiff, count: int) -> Iterator[Row]:
    kinds: dict[str, Literal["add", "del", "same"]] = {"+": "add", "-": "del", " ": "same"}
    old = new = 0  # the number of the last line seen on each side, 0 before the first
    shift = 0  # how much further on the new side is, as far as lines were seen
    for line in file.lines[:count]:
        expected = (old if line.sign == "-" else new) + 1
        if line.number > expected:
            yield Row("gap")
            # a hunk's first line names one side; between hunks both sides move by the same number of lines
            if line.sign == "-":
                old, new = line.number - 1, line.number - 1 + shift
            else:
                old, new = line.number - 1 - shift, line.number - 1
        old += line.sign != "+"
        new += line.sign != "-"
        shift = new - old
        yield Row(kinds[line.sign], line.number, _cut(line.text))


def _note(file: FileDiff) -> str:
    if file.change.binary:
        return "binary"
    return _MODES.get(file.mode, "")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}… (the line goes on)"
