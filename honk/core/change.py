"""The commit range on a session's branch."""

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["added", "modified", "deleted", "renamed"]


@dataclass(frozen=True)
class FileChange:
    """One file of a diff. `old_path` differs from `path` only for a rename. Line counts are 0 for binary files."""

    path: str
    status: Status
    added: int = 0
    deleted: int = 0
    binary: bool = False
    old_path: str = ""


@dataclass(frozen=True)
class Diffstat:
    """The size of a change."""

    files: tuple[FileChange, ...] = ()

    @property
    def added(self) -> int:
        """Lines added over all files."""
        return sum(file.added for file in self.files)

    @property
    def deleted(self) -> int:
        """Lines deleted over all files."""
        return sum(file.deleted for file in self.files)


@dataclass(frozen=True)
class Change:
    """What a session proposes: `head` on `branch`, made from `base` on `base_branch`; `url` of its pull request."""

    branch: str = ""
    base_branch: str = ""
    base: str = ""
    head: str = ""
    url: str = ""
    number: int = 0
    diffstat: Diffstat = field(default_factory=Diffstat)
