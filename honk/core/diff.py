"""A diff, parsed: what the guard reads and a person is shown."""

from dataclasses import dataclass
from typing import Literal

from honk.core.change import Diffstat, FileChange

SYMLINK = "120000"
SUBMODULE = "160000"
EXECUTABLE = "100755"


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
