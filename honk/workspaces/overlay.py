"""Workspaces as overlayfs mounts: a few empty directories, whatever the size of the repository.

    sessions/<id>/workspace/upper      the files that the session wrote: its change
    sessions/<id>/workspace/work       the work directory of overlayfs
    sessions/<id>/workspace/at         the mount point, in the mount namespace of each process that needs it

Nothing is mounted on the host. A mount needs a user namespace and Linux 5.11, but no privilege.
"""

import asyncio
import tempfile
from pathlib import Path

from honk import process
from honk.core.errors import Unavailable
from honk.core.mounted_tree import Overlay, mounted
from honk.workspaces import directories, snapshots, workspace_record
from honk.workspaces.base import Snapshot, Workspace

_TRIAL = 'cd "$1" && rm gone && echo more >> kept && mkdir -p made && test ! -e gone && test "$(wc -l < kept)" = 2'


class OverlayWorkspaces:
    """Makes workspaces below the directory `sessions`, on a filesystem that overlayfs can use as upper layer."""

    name = "overlay"

    def __init__(self, sessions: Path) -> None:
        self.sessions = sessions
        self._works = False

    async def problem(self) -> str:
        """Empty when an overlay can be mounted, read and written here. Tried again until it has worked once."""
        error = "" if self._works else await self._try()
        self._works = not error
        return error

    async def _try(self) -> str:
        await asyncio.to_thread(self.sessions.mkdir, parents=True, exist_ok=True)
        trial = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=".trial-", dir=self.sessions))
        try:
            tree = await asyncio.to_thread(_trial, trial)
            tried = await process.run(mounted(tree, ("sh", "-c", _TRIAL, "trial", str(tree.at))), timeout=20.0)
        except Unavailable as error:
            return str(error)
        finally:
            await directories.remove(trial)
        if tried.ok:
            return ""
        lines = tried.stderr.decode(errors="replace").strip().splitlines()
        return (
            f"This machine cannot mount an overlay without privilege in {self.sessions} "
            f"({lines[-1] if lines else f'exit status {tried.exit}'}); workspaces can be copies instead."
        )

    async def fork(self, snapshot: Snapshot, session: str) -> Workspace:
        return await asyncio.to_thread(self._fork, snapshot, session)

    async def discard(self, session: str) -> None:
        await workspace_record.discard(self.sessions, session)

    def _fork(self, snapshot: Snapshot, session: str) -> Workspace:
        path = workspace_record.directory(self.sessions, session)
        base = workspace_record.read(path)
        if base is None:
            path.mkdir(parents=True, exist_ok=True)
            snapshots.hold(snapshot, session, path)
            _layers(path, (snapshot.tree,))
            workspace_record.write(path, snapshot)
            base = snapshot
        tree = Overlay((base.tree,), path / "upper", path / "work", path / "at")
        home = workspace_record.home(self.sessions, session)
        return Workspace(session, base, tree, home, base.baseline)


def _layers(path: Path, lower: tuple[Path, ...]) -> Overlay:
    """Make the directories of an overlay over `lower` in `path`; the root has the mode of the topmost layer."""
    tree = Overlay(lower, path / "upper", path / "work", path / "at")
    for directory in (tree.upper, tree.work, tree.at):
        directory.mkdir(exist_ok=True)
    tree.upper.chmod(lower[0].stat().st_mode & 0o7777)
    return tree


def _trial(path: Path) -> Overlay:
    lower = path / "lower"
    lower.mkdir()
    (lower / "gone").write_text("1\n")
    (lower / "kept").write_text("1\n")
    return _layers(path, (lower,))
