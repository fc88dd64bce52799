"""A diff, parsed: what the guard reads and a person is shown; and what the tests execute and notice of it."""

from dataclasses import dataclass
from typing import Literal

from honk.core.change import Diffstat, FileChange

SYMLINK = "120000"
SUBMODULE = "160000"
EXECUTABLE = "100755"

MAX_RANGES = 10
"""So many ranges of lines are named; the lines of the others are counted."""


@dataclass(frozen=True)
class DiffLine:
    """One line of a hunk without its end. `number` is in the new file for ` ` and `+`, in the old one for `-`."""

    sign: Literal[" ", "+", "-"]
    number: int
    text: str


@dataclass(frozen=True)
class FileDiff:
    """One file's part of a diff. `mode` is git's mode of the new side, of the old side for a deletion."""

    change: FileChange
    mode: str
    lines: tuple[DiffLine, ...] = ()
    truncated: bool = False

    @property
    def added(self) -> tuple[DiffLine, ...]:
        """The lines that are new."""
        return tuple(line for line in self.lines if line.sign == "+")

    @property
    def removed(self) -> tuple[DiffLine, ...]:
        """The lines that are gone."""
        return tuple(line for line in self.lines if line.sign == "-")


@dataclass(frozen=True)
class Diff:
    """All files of a change, in git's order."""

    files: tuple[FileDiff, ...] = ()

    @property
    def stat(self) -> Diffstat:
        """Its size."""
        return Diffstat(tuple(file.change for file in self.files))


@dataclass(frozen=True)
class LineRange:
    """Neighbouring lines of one file, `first` and `last` included, counted from 1."""

    path: str
    first: int
    last: int

    @property
    def place(self) -> str:
        """`price.py:14` or `price.py:14-16`, as code."""
        return f"`{self.path}:{self.first}{f'-{self.last}' if self.last != self.first else ''}`"


@dataclass(frozen=True)
class DiffCoverage:
    """Which changed lines of the program the tests execute: `executed` counts those that at least one test executes,
    `missed` names those that no test executes and `more` counts the missed lines that are not named. `not_measured`
    has one sentence for each part of the change whose coverage is unknown."""

    executed: int = 0
    missed: tuple[LineRange, ...] = ()
    more: int = 0
    not_measured: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of it, in sentences."""
        found: list[str] = []
        if self.missed:
            rest = f" and {_lines(self.more)} more" if self.more else ""
            found.append(
                f"No test executes these changed lines: {', '.join(each.place for each in self.missed)}{rest}."
            )
        elif self.executed and not self.not_measured:
            all_of_them = "the changed line" if self.executed == 1 else f"all {self.executed} changed lines"
            found.append(f"The tests execute {all_of_them} of the program.")
        elif self.executed:
            found.append(f"The tests execute {_lines(self.executed)} of the change, all that were measured.")
        return (*found, *self.not_measured)


@dataclass(frozen=True)
class SurvivedMutant:
    """A small fault that was put into a changed line and made no test fail. `fault` says what was changed."""

    path: str
    line: int
    fault: str

    @property
    def note(self) -> str:
        """Changing `>` to `>=` at `price.py:14` makes no test fail."""
        return f"{self.fault[:1].upper()}{self.fault[1:]} at `{self.path}:{self.line}` makes no test fail."


@dataclass(frozen=True)
class MutationResult:
    """Small faults put into changed lines, one at a time: `killed` made a test fail, `survived` did not, and `unknown`
    have no result. `left` were not tried, for the reason `why`."""

    killed: int = 0
    survived: tuple[SurvivedMutant, ...] = ()
    unknown: int = 0
    left: int = 0
    why: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of it, in sentences."""
        tried = self.killed + len(self.survived)
        found = [each.note for each in self.survived]
        if tried:
            found.append(f"The tests notice {self.killed} of {tried} small faults put into the changed lines.")
        if self.unknown:
            found.append(f"The result of {_count(self.unknown, 'more fault')} is unknown.")
        if self.left:
            found.append(f"Not tried: {_count(self.left, 'more possible fault')}, because {self.why}.")
        return tuple(found)


@dataclass(frozen=True)
class MeasuredTests:
    """What the tests of a change execute and notice. None where that is not measured by policy, or the change adds no
    line to the program."""

    coverage: DiffCoverage | None = None
    mutations: MutationResult | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """All of it in sentences."""
        return tuple(note for each in (self.coverage, self.mutations) if each for note in each.notes)

    @property
    def weak(self) -> bool:
        """A changed line is executed by no test, or a fault in one is noticed by none."""
        return bool((self.coverage and self.coverage.missed) or (self.mutations and self.mutations.survived))


def ranges(lines: dict[str, set[int]]) -> tuple[tuple[LineRange, ...], int]:
    """The lines of each file as at most MAX_RANGES ranges, and the number of lines that these leave out."""
    found: list[LineRange] = []
    for path, numbers in sorted(lines.items()):
        for number in sorted(numbers):
            if found and found[-1].path == path and found[-1].last == number - 1:
                found[-1] = LineRange(path, found[-1].first, number)
            else:
                found.append(LineRange(path, number, number))
    return tuple(found[:MAX_RANGES]), sum(each.last - each.first + 1 for each in found[MAX_RANGES:])


def _lines(number: int) -> str:
    return _count(number, "line")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
