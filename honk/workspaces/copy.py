"""Workspaces as copies, for machines without overlayfs. Filesystems with reflinks share the blocks.

sessions/<id>/workspace/tree       the files
sessions/<id>/workspace/index      git's index of them at the start
"""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from honk.core.mounted_tree import Plain
from honk.git import checkout as git_tree
from honk.git.command import GitDirs
from honk.workspaces import directories, snapshots, workspace_record
from honk.workspaces.base import Snapshot, Workspace


@dataclass(frozen=True)
class CopyWorkspaces:
    """Makes copies below the directory `sessions`."""

    sessions: Path
    name: str = "copy"

    async def problem(self) -> str:
        """Empty: copies work everywhere."""
        return ""

    async def fork(self, snapshot: Snapshot, session: str) -> Workspace:
        """See `Workspaces.fork`. It takes as long as a copy."""
        path = workspace_record.directory(self.sessions, session)
        base = await asyncio.to_thread(workspace_record.read, path)
        if base is None:
            await directories.remove(path)
            await asyncio.to_thread(path.mkdir, parents=True)
            await asyncio.to_thread(snapshots.hold, snapshot, session, path)
            await directories.copy(snapshot.tree, path / "tree")
            await directories.copy(snapshot.path / "index", path / "index")
            await git_tree.refresh(GitDirs(snapshot.tree / ".git", path / "tree", path / "index"))
            await asyncio.to_thread(workspace_record.write, path, snapshot)
            base = snapshot
        home = await asyncio.to_thread(workspace_record.home, self.sessions, session)
        baseline = replace(base.baseline, index=path / "index")
        return Workspace(session, base, Plain(path / "tree"), home, baseline)

    async def discard(self, session: str) -> None:
        await workspace_record.discard(self.sessions, session)
