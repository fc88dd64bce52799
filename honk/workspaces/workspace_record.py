"""The record of a session's workspace on disk: which snapshot it is based on.

sessions/<id>/workspace/           made aside and renamed: there as a whole or not at all
    snapshot                       the path of that snapshot
"""

import asyncio
from pathlib import Path

from honk import files
from honk.core.errors import Unavailable, UsageError
from honk.workspaces import directories, snapshots
from honk.workspaces.base import Snapshot

_NAME = "snapshot"


def directory(sessions: Path, session: str) -> Path:
    """The directory of the session's workspace."""
    return sessions / session / "workspace"


def home(sessions: Path, session: str) -> Path:
    """The session's home directory, made if it is missing."""
    path = sessions / session / "home"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(path: Path, snapshot: Snapshot) -> None:
    """Record that the workspace `path` is based on `snapshot`."""
    files.write(path / _NAME, str(snapshot.path))


def read(path: Path) -> Snapshot | None:
    """The snapshot that the workspace `path` is based on; None when there is no such workspace.

    Raises Unavailable when that snapshot has been removed, and UsageError when the record is damaged. In both cases
    the workspace's changes are still there.
    """
    remedy = f"The session's changes are still in {path}. Write the path of its snapshot into the file, as one line."
    text = files.read_text(path / _NAME, remedy)
    if text is None:
        return None
    base = Path(text.strip())
    if not base.is_absolute():
        raise files.damaged(path / _NAME, "it does not hold the path of a snapshot", remedy)
    if (found := snapshots.find(base)) is None:
        raise Unavailable(f"The snapshot below {path} has been removed ({base}); the changes are kept there.")
    return found


async def discard(sessions: Path, session: str, *, with_home: bool = True) -> None:
    """Remove the session's workspace, and its home unless `with_home` is False; release its snapshot."""
    path = directory(sessions, session)
    try:
        snapshot = await asyncio.to_thread(read, path)
    except (Unavailable, UsageError):
        snapshot = None  # its note of this session is dropped when the workspace is gone
    await directories.remove(path)
    if with_home:
        await directories.remove(sessions / session / "home")
    if snapshot is not None:
        await asyncio.to_thread(snapshots.release, snapshot, session)
    await asyncio.to_thread(_remove_if_empty, sessions / session)


def _remove_if_empty(path: Path) -> None:
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
