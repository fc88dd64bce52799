"""Finds and removes what nobody needs any more: `honk gc`, and once an hour by one of the servers."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from honk.core.errors import HonkError
from honk.pipeline.context import Services
from honk.retention import claims, ended_sessions, kept_files, old_files, removed_repos
from honk.retention.base import Finder, Removable
from honk.settings import RetentionSettings
from honk.workspaces import snapshots

FINDERS: tuple[Finder, ...] = (
    ended_sessions.find,
    removed_repos.find,
    old_files.find,
    kept_files.find,
    claims.find,
)
"""One for each kind of thing."""

LEASE = "retention"
EVERY_SECONDS = 3600.0

log = logging.getLogger("honk.retention")


async def find(services: Services, settings: RetentionSettings) -> list[Removable]:
    """Everything that would be removed now."""
    return [each for finder in FINDERS for each in await finder(services, settings)]


async def collect(services: Services, settings: RetentionSettings) -> list[Removable]:
    """Remove it, then the snapshots above `keep_gb`; returns what was removed."""
    removed = [each for each in await find(services, settings) if await each.remove()]
    root = services.home / "snapshots"
    for path in await snapshots.collect(root, services.keep_bytes, in_use=set()):
        removed.append(Removable("snapshot", f"{path.parent.name}/{path.name}", 0, _nothing))
    return removed


async def _nothing() -> bool:
    return False


@asynccontextmanager
async def collecting(services: Services, settings: RetentionSettings) -> AsyncIterator[None]:
    """Collect once an hour until the block is left; of several processes one does."""
    running = asyncio.create_task(_run(services, settings))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _run(services: Services, settings: RetentionSettings) -> None:
    holder = uuid.uuid4().hex
    while True:
        try:
            # held for a whole period: the next process that asks within it does nothing
            if await services.store.lease(LEASE, holder, EVERY_SECONDS - 1) is not None:
                removed = await collect(services, settings)
                log.info("removed %d things, %d bytes", len(removed), sum(each.bytes for each in removed))
        except HonkError:
            log.exception("what nobody needs any more could not be removed; trying again in an hour")
        await asyncio.sleep(EVERY_SECONDS)
