"""Honk in one process: its services, its worker and its client. `honk.server` adds the web server to it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from honk import backends, files, secrets
from honk.gateway import package_indexes
from honk.pipeline.ci.watcher import following
from honk.pipeline.context import Services
from honk.pipeline.engine.engine import launched
from honk.pipeline.session_links import Links
from honk.previews.previews import Previews
from honk.retention.collector import collecting
from honk.service import HonkService
from honk.settings import Settings
from honk.storage import store as stores

GIGA = 10**9


@asynccontextmanager
async def open_app(
    settings: Settings, *, base_url: str, working: bool = True, clock: Callable[[], float] = time.time
) -> AsyncIterator[HonkService]:
    """Honk in this process, until the block is left. With `working` it takes runs from the queue.

    `base_url` is where people reach its server, for the links it sends. Raises UsageError and Unavailable.
    """
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings, base_url, clock))
        if not working:
            yield HonkService(services, None)
            return
        turns = settings.file.worker.turns
        engine = await stack.enter_async_context(launched(services, engine_url(settings), turns))
        await stack.enter_async_context(following(services))
        await stack.enter_async_context(collecting(services))
        yield HonkService(services, engine)


@asynccontextmanager
async def open_services(settings: Settings, base_url: str, clock: Callable[[], float]) -> AsyncIterator[Services]:
    """Everything that the stages use, until the block is left. Raises UsageError and Unavailable."""
    for directory in (settings.home, settings.run):
        files.private_directory(directory)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(stores.open(settings.database_url, clock))
        gateway = await stack.enter_async_context(backends.gateway(settings))
        previews = await stack.enter_async_context(Previews(settings.file.worker.previews, settings.run))
        server = settings.file.server
        yield Services(
            home=settings.home,
            run=settings.run,
            store=store,
            blobs=store.blobs(settings.home / "blobs"),
            sandbox=await backends.sandbox(settings),
            workspaces=await backends.workspaces(settings),
            gateway=gateway,
            credential=settings.model,
            agents={name: make(settings) for name, make in backends.AGENTS.items()},
            forges={name: make(settings, store) for name, make in backends.FORGES.items()},
            previews=previews,
            addresses=Links(base_url, secrets.signing_key(settings.home), server.link_hours, time.time),
            limits=backends.limits(settings.file.sandbox),
            keep_bytes=int(settings.file.workspace.keep_gb * GIGA),
            engine_url=engine_url(settings),
            record=settings.file.model.record,
            indexes=_once(lambda: package_indexes.index_hosts(settings.indexes)),
            proxies=settings.proxies,
            github=settings.file.github,
            retention=settings.file.retention,
            clock=clock,
        )


def engine_url(settings: Settings) -> str:
    """Where the durable engine keeps its tables: on PostgreSQL the same database (a schema of its own), on SQLite a
    file beside ours, so that the two do not wait for each other's writes."""
    if settings.database_url.startswith("sqlite"):
        return f"sqlite:///{settings.home / 'engine.db'}"
    return settings.database_url


def _once(ask: Callable[[], Awaitable[frozenset[str]]]) -> Callable[[], Awaitable[frozenset[str]]]:
    """`ask`, answered from memory after the first time: package clients take half a second to say what they know."""
    asked: asyncio.Future[frozenset[str]] | None = None

    async def answer() -> frozenset[str]:
        nonlocal asked
        if asked is None:
            asked = asyncio.ensure_future(ask())
        return await asyncio.shield(asked)

    return answer
