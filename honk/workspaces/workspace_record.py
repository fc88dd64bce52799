"""What both kinds of workspaces keep on disk, and how it is found again.

sessions/<id>/workspace/           made aside and renamed: there as a whole or not at all
    snapshot                       the path of what it stands on
"""

import asyncio
from pathlib import Path

from honk.core.errors import Unavailable
from honk.workspaces import directories, snapshots
from honk.workspaces.base import Snapshot

_NAME = "snapshot"


def directory(sessions: Path, session: str) -> Path:
    """The session's workspace."""
    return sessions / session / "workspace"


def home(sessions: Path, session: str) -> Path:
    """The session's home, made if it is missing."""
    path = sessions / session / "home"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(path: Path, snapshot: Snapshot) -> None:
    """Record in the workspace `path` what it stands on."""
    new = path / f".{_NAME}"
    new.write_text(str(snapshot.path))
    new.rename(path / _NAME)


def read(path: Path) -> Snapshot | None:
    """What the workspace `path` stands on; None when there is no such workspace.

    Raises Unavailable when the snapshot under it has been removed: its changes are still there.
    """
    try:
        under = Path((path / _NAME).read_text())
    except FileNotFoundError:
        return None
    if (found := snapshots.find(under)) is None:
        raise Unavailable(f"The snapshot under {path} is gone ({under}); the changes are kept there.")
    return found


async def discard(sessions: Path, session: str) -> None:
    """Remove the session's workspace and home, and let its snapshot go."""
    path = directory(sessions, session)
    try:
        snapshot = await asyncio.to_thread(read, path)
    except Unavailable:
        snapshot = None
    await directories.remove(path)
    await directories.remove(sessions / session / "home")
    if snapshot is not None:
        await asyncio.to_thread(snapshots.release, snapshot, session)
    await asyncio.to_thread(_remove_if_empty, sessions / session)


def _remove_if_empty(path: Path) -> None:
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
