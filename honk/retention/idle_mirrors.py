"""Mirrors of repositories that nobody uses, and the caches of their set-up; the next request makes them again.

They go when nothing has happened in any session of the repository for `mirror_days`; and the longest unused mirrors go
while all of them together take up more than `mirrors_gb`. What only Honk has of a session that can go on stays.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from honk.client import Removal
from honk.core.errors import HonkError
from honk.core.session import Session
from honk.git import idle_mirror
from honk.pipeline import saved_work
from honk.pipeline.context import Services
from honk.retention.base import DAY, Removable, remove, size_of
from honk.retention.idle_sessions import OVER

GIGA = 10**9


@dataclass(frozen=True)
class _Mirror:
    path: Path
    repo: str
    bytes: int
    used: float


async def find(services: Services, leaving: Collection[str]) -> list[Removable]:
    """See the module's text. The sessions `leaving` do not count as users of their workspaces."""
    settings, used = services.retention, await services.store.last_use()
    repos = [repo.name for repo in await services.store.repos()]
    mirrors = await asyncio.to_thread(lambda: [each for name in repos for each in _mirrors(services.home, name, used)])
    above = sum(each.bytes for each in mirrors) - settings.mirrors_gb * GIGA
    before, found = services.clock() - settings.mirror_days * DAY, []
    for each in sorted(mirrors, key=lambda mirror: mirror.used):
        old = each.used < before
        if (old or above > 0) and await _idle(services, each.repo, leaving) is not None:
            above -= each.bytes
            removal = Removal("mirror", each.path.name, each.bytes)
            found.append(Removable(removal, partial(_remove, services, each.repo, each.path)))
            cache = services.home / "setup-homes" / each.repo
            if old and await asyncio.to_thread(cache.is_dir):
                removal = Removal("set-up home", each.repo, await asyncio.to_thread(size_of, cache))
                found.append(Removable(removal, partial(remove, cache)))
    return found


def _mirrors(home: Path, repo: str, used: dict[str, float]) -> list[_Mirror]:
    """The repository's mirror, unless it is missing or was made small already."""
    path = home / "mirrors" / f"{repo}.git"
    if not path.is_dir() or idle_mirror.is_empty(path):
        return []
    return [_Mirror(path, repo, size_of(path), used.get(repo, path.stat().st_mtime))]


async def _idle(services: Services, repo: str, leaving: Collection[str] = ()) -> list[Session] | None:
    """The sessions of the repository that can go on; None while Honk works on one or keeps its workspace."""
    store, root = services.store, services.home / "sessions"
    sessions = (await store.some(await store.sessions_of(repo))).values()
    for session in sessions:
        if session.busy:
            return None
        if session.id not in leaving and await asyncio.to_thread((root / session.id / "workspace").exists):
            return None
    return [session for session in sessions if session.phase not in OVER]


async def _remove(services: Services, repo: str, path: Path) -> bool:
    sessions = await _idle(services, repo)
    if sessions is None:
        return False
    if not sessions:
        return await idle_mirror.remove(path)
    saved = [await saved_work.commit(services, session.id) for session in sessions]
    conflicts = [session.conflict.tree for session in sessions if session.conflict]
    heads = [session.change.head for session in sessions]
    try:
        own = [*filter(None, (*saved, *conflicts, *heads))]
        return await idle_mirror.shrink(path, own, [each.change.base for each in sessions if each.change.base])
    except HonkError:
        return False  # what the sessions need could not be read: it stays where it is
