"""Mirror, snapshots, set-up home and deploys of repositories that Honk does not know any more."""

import asyncio
from functools import partial
from pathlib import Path
from urllib.parse import quote

from honk.client import Removal
from honk.core.errors import WorkFailed
from honk.pipeline.context import Services
from honk.retention.base import Removable, remove, size_of
from honk.workspaces import directories

KINDS = {"mirrors": "mirror", "snapshots": "snapshots", "setup-homes": "set-up home", "deploys": "deploys"}
"""The directory below HONK_HOME with an entry for each repository, and what such an entry is called."""


async def find(services: Services) -> list[Removable]:
    """What is there of repositories that are not known."""
    known = {repo.name for repo in await services.store.repos()}
    if not known:
        return []  # rather another database than no repository at all
    found = await asyncio.to_thread(lambda: [each for kind in KINDS for each in _entries(services.home / kind)])
    names = {spelled for name in known for spelled in (name, quote(name, safe=""), f"{name}.git")}
    gone = [path for path in found if path.name not in names]
    return [Removable(await asyncio.to_thread(_removal, path), partial(remove, path)) for path in gone]


def _removal(path: Path) -> Removal:
    """`path`, which is an entry of one of `KINDS` or of the sessions' directory."""
    return Removal(KINDS.get(path.parent.name, "session"), path.name, size_of(path))


async def forget(services: Services, name: str) -> tuple[Removal, ...]:
    """Forget the repository `name` and remove its files and its sessions' files; returns
    what was removed.

    What the sessions did stays in the log. Raises UsageError for an unknown repository, WorkFailed while Honk works on
    a session of it.
    """
    repo = await services.store.repo(name)
    if busy := [session.id for session in await services.store.busy() if session.repo == repo.name]:
        raise WorkFailed(
            f"Honk is working on {repo.name} (session {', '.join(busy)}); cancel that or wait, then try again."
        )
    ids = await services.store.sessions_of(repo.name)
    await services.store.remove_repo(repo.name)
    sessions = services.home / "sessions"
    paths = await asyncio.to_thread(_of, services.home, repo.name)
    for session in ids:
        await services.previews.close(session)
        paths += await asyncio.to_thread(_directories, sessions, session)
    removed = await asyncio.to_thread(lambda: tuple(_removal(path) for path in paths))
    for path in paths:
        await directories.remove(path)
    return removed


def _directories(sessions: Path, session: str) -> list[Path]:
    """The session's directory and those of its scratch trees."""
    return [*sessions.glob(session), *sessions.glob(f"{session}-*")]


def _of(home: Path, repo: str) -> list[Path]:
    """What there is of the repository `repo`."""
    names = {repo, quote(repo, safe=""), f"{repo}.git"}
    return [path for kind in KINDS for path in _entries(home / kind) if path.name in names]


def _entries(directory: Path) -> list[Path]:
    return [path for path in directory.glob("*") if path.is_dir() and not path.name.startswith(".")]
