"""Finds and removes what nobody needs any more: `honk gc`, and once an hour by one of the servers."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from honk.client import Removal
from honk.core.errors import HonkError
from honk.pipeline.context import Services
from honk.retention import (
    claims,
    finished_runs,
    idle_mirrors,
    idle_sessions,
    kept_files,
    old_files,
    removed_repos,
    surplus_snapshots,
)
from honk.retention.base import Finder

FINDERS: tuple[Finder, ...] = (
    removed_repos.find,
    old_files.find,
    kept_files.find,
    claims.find,
    finished_runs.find,
)
"""One for each kind of thing."""

USED_BY_SESSIONS = (idle_mirrors.find, surplus_snapshots.find)
"""The same for things that sessions use; those of the given ids do not count, because they are removed before."""

LEASE = "retention"
EVERY_SECONDS = 3600.0

log = logging.getLogger("honk.retention")


async def collect(services: Services, *, dry_run: bool = False) -> tuple[Removal, ...]:
    """Remove it; returns what was removed. With `dry_run`, only say what would be removed now."""
    found = await idle_sessions.find(services)
    leaving = frozenset(each.what.name for each in found if each.what.kind == "session")
    for finder in FINDERS:
        found += await finder(services)
    for find in USED_BY_SESSIONS:
        found += await find(services, leaving)
    return tuple([each.what for each in found if dry_run or await each.remove()])


@asynccontextmanager
async def collecting(services: Services) -> AsyncIterator[None]:
    """Collect once an hour until the block is left; of several processes one does."""
    running = asyncio.create_task(_run(services))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _run(services: Services) -> None:
    holder = uuid.uuid4().hex
    while True:
        try:
            # held for a whole period: the next process that asks within it does nothing
            if await services.store.lease(LEASE, holder, EVERY_SECONDS - 1) is not None:
                removed = await collect(services)
                log.info("removed %d things, %d bytes", len(removed), sum(each.bytes for each in removed))
        except HonkError:
            log.exception("what nobody needs any more could not be removed; trying again in an hour")
        await asyncio.sleep(EVERY_SECONDS)
