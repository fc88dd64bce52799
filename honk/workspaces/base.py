"""Workspaces are forks, not clones: a snapshot is prepared once, a session's workspace is a writable layer over it.

Layout under HONK_HOME:

    snapshots/<repo>/<key>-<commit>/   a checkout with its set-up done, read-only from then on
    sessions/<id>/workspace/…          upper layer (or copy): it *is* the change, and survives a crash
    sessions/<id>/home                 the agent's home: its transcript lives here
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from honk.core.mounted_tree import Tree
from honk.core.verdict import SetupRun
from honk.git.baseline import Baseline

SetUp = Callable[[Tree], Awaitable[tuple[SetupRun, ...]]]
"""Runs the set-up commands in a sandbox, the given tree writable at /workspace. Raises WorkFailed when one fails."""


@dataclass(frozen=True)
class Snapshot:
    """A prepared base, kept in the directory `path`. `key` names the state of the set-up's inputs; `reused` when
    nothing had to be run for it."""

    repo: str
    commit: str
    key: str
    path: Path
    setup: tuple[SetupRun, ...] = ()
    reused: bool = False

    @property
    def tree(self) -> Path:
        """Its files. Nobody writes to them."""
        return self.path / "tree"

    @property
    def baseline(self) -> Baseline:
        """The same for git."""
        return Baseline(self.commit, self.path / "index", self.path / "products")


@dataclass(frozen=True)
class Workspace:
    """A session's writable tree and home. Plain data: it can be found again by session id after a crash.

    `baseline` is what `honk.git` needs to tell the session's work from what was there before.
    """

    session: str
    snapshot: Snapshot
    tree: Tree
    home: Path
    baseline: Baseline


class Workspaces(Protocol):
    """One way to make forks. All methods may run concurrently for different sessions."""

    @property
    def name(self) -> str:
        """How settings name it: overlay or copy."""

    async def problem(self) -> str:
        """Empty when it works on this machine (tried, not guessed), otherwise why not."""

    async def fork(self, snapshot: Snapshot, session: str) -> Workspace:
        """The session's workspace over `snapshot`; the existing one, with its changes, when it is already there (it
        then still stands on the snapshot that it was made from)."""

    async def discard(self, session: str) -> None:
        """Remove the session's workspace and home for good. Harmless when there is none."""
