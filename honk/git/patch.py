"""Parser of `git diff-tree`. Pure, and fed in pieces, so that a huge diff is never in memory as a whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from honk.core.change import FileChange, Status
from honk.core.diff import DiffLine, FileDiff
from honk.git.command import shown

LINES_PER_FILE = 5_000
LINES_IN_ALL = 50_000
CHARACTERS_PER_LINE = 4_000

_HUNK = re.compile(rb"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_SIGNS: dict[bytes, Literal[" ", "+", "-"]] = {b" ": " ", b"+": "+", b"-": "-"}
_STATUS: dict[bytes, Status] = {b"A": "added", b"D": "deleted", b"R": "renamed"}
_NO_MODE = b"000000"
_NOT_READ: tuple[list[DiffLine], bool] = ([], True)


@dataclass(frozen=True)
class ListedFile:
    """A file of a diff, whose lines are in `parts` sections of the patch: a file that became a link, or the other way
    round, is removed in one section and added in another."""

    change: FileChange
    mode: str
    parts: int


def parse_files(data: bytes) -> list[ListedFile]:
    """The files of `--raw --numstat -z`, in git's order."""
    words = iter(data.split(b"\0"))
    raw: list[tuple[bytes, bytes, bytes, bytes]] = []
    counts: list[tuple[bytes, bytes]] = []
    for word in words:
        if word.startswith(b":"):
            old_mode, mode, _, _, letter = word[1:].split()
            old = next(words)
            new = next(words) if letter[:1] in b"RC" else old
            raw.append((old_mode if mode == _NO_MODE else mode, letter[:1], old, new))
        elif word:
            added, deleted, name = word.split(b"\t", 2)
            if not name:
                next(words)
                next(words)
            counts.append((added, deleted))
    return [_listed(*row, *count) for row, count in zip(raw, counts, strict=True)]


def _listed(mode: bytes, letter: bytes, old: bytes, new: bytes, added: bytes, deleted: bytes) -> ListedFile:
    status = _STATUS.get(letter, "modified")
    binary = added == b"-"
    change = FileChange(
        shown(new),
        status,
        added=0 if binary else int(added),
        deleted=0 if binary else int(deleted),
        binary=binary,
        old_path=shown(old) if status == "renamed" else "",
    )
    return ListedFile(change, mode.decode(), 2 if letter == b"T" else 1)


class Patch:
    """A patch that is being read. `sections` holds the lines of each `diff --git` section and whether any were left
    out."""

    def __init__(self) -> None:
        self.sections: list[tuple[list[DiffLine], bool]] = []
        self._rest = b""
        self._in_all = 0
        self._old = self._new = 0
        self._in_hunk = False

    @property
    def full(self) -> bool:
        """Whether the limit of lines is reached, so that further lines are dropped."""
        return self._in_all >= LINES_IN_ALL

    def feed(self, chunk: bytes) -> None:
        *lines, rest = chunk.split(b"\n")
        if lines:
            self._end(lines[0])
            for line in lines[1:]:
                self._line(line)
        self._hold(rest)

    def close(self) -> None:
        self._end(b"")

    def _hold(self, piece: bytes) -> None:
        """Keep the beginning of an unfinished line, up to a limit."""
        if len(self._rest) < 4 * CHARACTERS_PER_LINE:
            self._rest += piece

    def _end(self, piece: bytes) -> None:
        self._hold(piece)
        line, self._rest = self._rest, b""
        if line:
            self._line(line)

    def _line(self, line: bytes) -> None:
        if line.startswith(b"diff --git "):
            self.sections.append(([], False))
            self._in_hunk = False
        elif found := _HUNK.match(line):
            self._old, self._new = int(found[1]), int(found[2])
            self._in_hunk = True
        elif self._in_hunk and line[:1] in _SIGNS:
            self._take(_SIGNS[line[:1]], line[1:])

    def _take(self, sign: Literal[" ", "+", "-"], text: bytes) -> None:
        number = self._old if sign == "-" else self._new
        self._old += sign != "+"
        self._new += sign != "-"
        lines, _ = self.sections[-1]
        if len(lines) >= LINES_PER_FILE or self.full:
            self.sections[-1] = (lines, True)
            return
        self._in_all += 1
        lines.append(DiffLine(sign, number, text.decode(errors="replace")[:CHARACTERS_PER_LINE]))


def join(files: list[ListedFile], patch: Patch) -> Iterator[FileDiff]:
    """Each file with its lines."""
    sections = iter(patch.sections)
    for file in files:
        parts = [next(sections, _NOT_READ) for _ in range(file.parts)]
        lines = tuple(line for some, _ in parts for line in some)
        yield FileDiff(file.change, file.mode, lines, truncated=any(cut for _, cut in parts))
