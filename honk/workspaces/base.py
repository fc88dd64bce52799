"""The contract of workspaces: a snapshot is prepared once, and each session's workspace is a writable layer over it.

Layout under HONK_HOME:

    snapshots/<repo>/<key>-<commit>/   a checkout in which the set-up has run; not written afterwards
    sessions/<id>/workspace/…          the upper layer (or the copy), which holds the change and survives a crash
    sessions/<id>/home                 the agent's home, with its transcript
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
    """A prepared base in the directory `path`. `key` identifies the set-up's commands and inputs; `reused` is true when
    no set-up had to run. `edited` are the tracked files that set-up changed: they stay as set-up left them."""

    repo: str
    commit: str
    key: str
    path: Path
    setup: tuple[SetupRun, ...] = ()
    reused: bool = False
    edited: tuple[str, ...] = ()

    @property
    def tree(self) -> Path:
        """The directory of its files, which nobody writes to."""
        return self.path / "tree"

    @property
    def baseline(self) -> Baseline:
        """The state from which a workspace over this snapshot starts."""
        return Baseline(self.commit, self.path / "index", self.path / "products")


@dataclass(frozen=True)
class Workspace:
    """A session's writable tree and home. Plain data: it is found again by the session's id after a crash.

    `baseline` lets `honk.git` distinguish the session's changes from what was there before.
    """

    session: str
    snapshot: Snapshot
    tree: Tree
    home: Path
    baseline: Baseline


class Workspaces(Protocol):
    """One way to make workspaces. All methods may run concurrently for different sessions."""

    @property
    def name(self) -> str:
        """The name in the settings: overlay or copy."""

    async def problem(self) -> str:
        """Empty when a trial on this machine works, otherwise the reason why not."""

    async def fork(self, snapshot: Snapshot, session: str) -> Workspace:
        """The session's workspace over `snapshot`.

        An existing workspace is returned with its changes, over the snapshot from which it was made.
        """

    async def discard(self, session: str) -> None:
        """Delete the session's workspace and home. Does nothing when there is none."""
