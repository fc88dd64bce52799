"""The contract of a forge: where changes are proposed and merged. Only the forge moves a base branch.

Every method that changes something is idempotent: called again with the same arguments after a crash it finds what it
did before and returns the same. Errors: UsageError (no such repository, no such branch), WorkFailed (refused: moved,
not approved, conflict), Unavailable (the forge does not answer).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from honk.core.change import Change
from honk.core.errors import WorkFailed
from honk.core.person import Person
from honk.core.repo import Pull as Pull
from honk.core.repo import PullState as PullState
from honk.core.repo import Repo as Repo


class Behind(WorkFailed):
    """A merge was refused only because the forge requires the base's commits on the branch first."""


class Waits(WorkFailed):
    """The forge has put pull request `number` into its merge queue. The caller may ask for up to `seconds` how that
    went (`forges.checks.Queues`)."""

    def __init__(self, message: str, number: int, seconds: float) -> None:
        super().__init__(message)
        self.number = number
        self.seconds = seconds


@dataclass(frozen=True)
class Draft:
    """The texts of a pull request. `draft`: it should not be reviewed yet."""

    title: str
    body: str
    author: Person
    draft: bool = False


class Forge(Protocol):
    """One forge. `mirror` arguments are Honk's own bare repositories, whose objects hold the commits to push."""

    @property
    def name(self) -> str:
        """The forge's name in the list of repositories."""

    def hosts(self, url: str) -> bool:
        """Whether `url`, as a person writes it, belongs to this forge. Sends no request."""

    async def look(self, url: str, name: str) -> Repo:
        """Find a repository. Raises UsageError for none, one without commits, a detached or missing default branch."""

    async def may_write(self, repo: Repo, person: Person) -> bool:
        """Whether `person` may push to it now."""

    async def fetch(self, repo: Repo, mirror: Path) -> str:
        """Bring `mirror` up to date (all branches, under refs/heads) and return the default branch's commit."""

    async def push(self, repo: Repo, mirror: Path, branch: str, head: str, expected: str) -> None:
        """Make `branch` point to `head`. `expected` is its head as we know it (empty: new); raises WorkFailed when
        somebody else has moved it meanwhile; their commits are kept."""

    async def propose(self, repo: Repo, mirror: Path, session: str, change: Change, draft: Draft) -> Pull:
        """Open the session's pull request, or update the existing one."""

    async def pull(self, repo: Repo, number: int) -> Pull:
        """The pull request now. Raises UsageError when there is none."""

    async def approve(self, repo: Repo, number: int, head: str, person: Person) -> None:
        """Record an approval of exactly `head`. Raises WorkFailed when the pull request has another head now."""

    async def approvers(self, repo: Repo, number: int, askers: Sequence[Person] = ()) -> tuple[Person, ...]:
        """Who approved the current head. An approver who is one of the `askers`, by any of their accounts, is returned
        as that asker: nobody approves their own request through another account."""

    async def merge(self, repo: Repo, number: int, mirror: Path, base: str, tested: str, head: str) -> str:
        """Move the base branch from exactly `base` to the files of `tested` (a commit in `mirror` with `head` in it),
        and mark the pull request merged. Returns the new commit: `tested` itself, or one of the forge's own making with
        the same files. A forge that makes its own may have other files when the base moves at that moment: the caller
        compares. Raises WorkFailed when base or head has moved, and when the forge's own rules refuse; Behind,
        Waits."""

    async def advance(self, repo: Repo, mirror: Path, base: str, tested: str) -> str:
        """Move the default branch from `base` to `tested`: a revert, which has no pull request of a session. Returns
        and raises as `merge`."""

    async def close(self, repo: Repo, number: int) -> None:
        """Close the pull request unmerged; harmless when it is merged or closed."""
