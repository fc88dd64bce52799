"""The composition root: makes everything from the settings. Configuration is read here and nowhere below."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from starlette.responses import Response

from honk import backends, secrets
from honk.core.errors import UsageError
from honk.core.job import JobLimits
from honk.core.person import Person
from honk.gateway import package_indexes
from honk.gateway.gateway import Gateway, connected
from honk.integrations.github import integration as on_github
from honk.integrations.github.conversation import signature
from honk.integrations.github.conversation.conversation_client import ConversationClient
from honk.integrations.github.forge.github_forge import GitHubForge
from honk.integrations.slack import from_settings as slack_settings
from honk.integrations.slack import integration
from honk.pipeline.ci.watcher import following
from honk.pipeline.context import Services
from honk.pipeline.engine.engine import launched
from honk.pipeline.session_links import Links
from honk.pipeline.stages import preview
from honk.previews.origins import HostnameOrigins, Origins, PortOrigins, listen
from honk.previews.preview_host import PreviewHost
from honk.previews.previews import Previews
from honk.retention.collector import collecting
from honk.sandboxes.base import Sandbox
from honk.service import HonkService
from honk.settings import SandboxSettings, Settings
from honk.storage import store as stores
from honk.web import access, slack_webhook
from honk.web import app as web_app
from honk.web import asgi_server as web_host
from honk.web.web_context import WebContext
from honk.web.webhooks import GITHUB, SLACK, Headers, Hook, WebhookRefused
from honk.workspaces.base import Workspaces

GIGA = 10**9


class _Probed(Protocol):
    async def problem(self) -> str:
        """Empty when it works here."""


P = TypeVar("P", bound=_Probed)

SAFE = ("bubblewrap", "podman")
"""Sandboxes that `auto` may choose."""


@asynccontextmanager
async def open_app(
    settings: Settings, *, base_url: str, working: bool = True, clock: Callable[[], float] = time.time
) -> AsyncIterator[HonkService]:
    """Honk in this process, until the block is left. With `working` it takes runs from the queue.

    `base_url` is where people reach its server, for the links it sends. Raises UsageError and Unavailable.
    """
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(_world(settings, base_url, clock))
        if not working:
            yield HonkService(services, None)
            return
        turns = settings.file.worker.turns
        engine = await stack.enter_async_context(launched(services, engine_url(settings), turns))
        await stack.enter_async_context(following(services))
        await stack.enter_async_context(collecting(services))
        yield HonkService(services, engine)


@dataclass(frozen=True)
class RunningServer:
    """Honk with its server. `url` is where people reach it, `local` where this machine does; `slack` and `github` are
    the integrations, None where they are not configured."""

    service: HonkService
    url: str
    local: str
    slack: integration.SlackIntegration | None = None
    github: on_github.GitHubIntegration | None = None


@asynccontextmanager
async def open_server(
    settings: Settings, *, person: Person, host: str, port: int, preview_port: int
) -> AsyncIterator[RunningServer]:
    """Honk with a worker, and its API, console and previews on `host` (port 0: any free one).

    `person` is who speaks on the console: the machine's owner. Raises UsageError for an address that cannot be had.
    """
    server = settings.file.server
    integration.transport(settings.slack, settings.file.slack)  # half a configuration is said before anything is opened
    on_github.is_configured(settings.github)
    try:
        main = web_host.bind(host, port)
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --host or --port."
        ) from error
    bound = main.getsockname()[1]
    url = server.public_url.rstrip("/") or f"http://{web_host.reachable(host)}:{bound}"
    local = f"http://{web_host.loopback(host)}:{bound}"
    by_name = HostnameOrigins(server.preview_url) if server.preview_url else None
    rows = [] if by_name else listen(host, preview_port, server.preview_ports)
    where: Origins = by_name or PortOrigins([each.getsockname()[1] for each in rows])
    async with (
        open_app(settings, base_url=url) as service,
        integration.open_slack(slack_settings.parts(settings, service.services, service)) as slack,
        _github(settings, service) as github,
    ):
        services = service.services
        hooks = {SLACK: slack_webhook.hook(slack)} if slack is not None and slack.transport == "http" else {}
        hooks |= {GITHUB: _github_hook(github)} if github is not None and github.listens else {}
        app = web_app.make(service, _site(services, person, access.token(settings.home), host), hooks)
        hosted = PreviewHost(
            app,
            services.previews,
            secrets.signing_key(settings.home),
            where,
            lambda session: preview.wake(services, session),
        )
        async with web_host.running(hosted, [main, *rows]):
            try:
                yield RunningServer(service, url, local, slack, github)
            finally:
                await hosted.close()


@asynccontextmanager
async def _github(settings: Settings, service: HonkService) -> AsyncIterator[on_github.GitHubIntegration | None]:
    """GitHub as a surface, where there is a credential for it."""
    forge = service.services.forges["github"]
    if not settings.github or not isinstance(forge, GitHubForge):
        yield None
        return
    parts = on_github.GitHubParts(
        honk_client=service,
        store=service.services.store,
        github=ConversationClient(forge),
        access=settings.github,
        settings=settings.file.github,
        commit_changed=service.services.commit_notifier.notify,
        hook=f"{service.services.addresses.base}{GITHUB}",
    )
    async with on_github.open_github(parts) as opened:
        yield opened


def _github_hook(github: on_github.GitHubIntegration) -> Hook:
    async def answer(headers: Headers, body: bytes) -> Response:
        try:
            status, text = await github.receive(headers, body)
        except signature.InvalidGitHubSignature as forged:
            raise WebhookRefused(str(forged)) from forged
        return Response(text, status, media_type="text/plain")

    return answer


def _site(services: Services, person: Person, token: str, host: str) -> WebContext:
    return WebContext(
        store=services.store,
        blobs=services.blobs,
        mirrors=services.home / "mirrors",
        addresses=services.addresses,
        person=person,
        token=token,
        names=frozenset({host.lower()}),
    )


@asynccontextmanager
async def _world(settings: Settings, base_url: str, clock: Callable[[], float]) -> AsyncIterator[Services]:
    for directory in (settings.home, settings.run):
        private(directory)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(stores.open(settings.database_url, clock))
        gateway = await stack.enter_async_context(connection(settings))
        previews = await stack.enter_async_context(Previews(settings.file.worker.previews, settings.run))
        server = settings.file.server
        yield Services(
            home=settings.home,
            run=settings.run,
            store=store,
            blobs=store.blobs(settings.home / "blobs"),
            sandbox=await sandbox(settings),
            workspaces=await workspaces(settings),
            gateway=gateway,
            credential=settings.model,
            agents={name: make(settings) for name, make in backends.AGENTS.items()},
            forges={name: make(settings, store) for name, make in backends.FORGES.items()},
            previews=previews,
            addresses=Links(base_url, secrets.signing_key(settings.home), server.link_hours, time.time),
            limits=limits(settings.file.sandbox),
            keep_bytes=int(settings.file.workspace.keep_gb * GIGA),
            record=settings.file.model.record,
            indexes=_once(lambda: package_indexes.index_hosts(settings.indexes)),
            proxies=settings.proxies,
            github=settings.file.github,
            retention=settings.file.retention,
            clock=clock,
        )


def connection(settings: Settings) -> AbstractAsyncContextManager[Gateway]:
    """The gateway, on this machine's way to the model's service."""
    proxy = settings.proxies.to(settings.model.base_url)
    return connected(settings.model, proxy=proxy, patience=settings.file.model.patience_seconds)


async def sandbox(settings: Settings) -> Sandbox:
    """The sandbox that the settings name; `auto`: the first safe one that works here."""
    return await _choose(backends.SANDBOXES, settings, settings.file.sandbox.backend, SAFE)


async def workspaces(settings: Settings) -> Workspaces:
    """The same for workspaces."""
    return await _choose(backends.WORKSPACES, settings, settings.file.workspace.backend, backends.WORKSPACES)


async def _choose(
    registry: Mapping[str, Callable[[Settings], P]], settings: Settings, wanted: str, candidates: Iterable[str]
) -> P:
    """The backend `wanted`; for `auto` the first candidate that works here, and the very first when none does: its
    problem is then shown to people."""
    if wanted != "auto":
        return registry[wanted](settings)
    made = [registry[name](settings) for name in candidates]
    for backend in made:
        if not await backend.problem():
            return backend
    return made[0]


def limits(configured: SandboxSettings) -> JobLimits:
    """The most that one sandbox may use."""
    return replace(
        JobLimits(),
        memory_mb=configured.memory_mb,
        processes=configured.processes,
        disk_mb=configured.disk_mb,
        output_bytes=configured.output_mb * 1_000_000,
        seconds=configured.command_minutes * 60,
    )


def engine_url(settings: Settings) -> str:
    """Where the durable engine keeps its tables: on PostgreSQL the same database (a schema of its own), on SQLite a
    file beside ours, so that the two do not wait for each other's writes."""
    if settings.database_url.startswith("sqlite"):
        return f"sqlite:///{settings.home / 'engine.db'}"
    return settings.database_url


def private(directory: Path) -> None:
    """Make `directory` for nobody but us. Raises UsageError when it cannot be made or belongs to somebody else."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(
            f"{directory} cannot be made ({error.strerror}); HONK_HOME and TMPDIR say where Honk keeps its files."
        ) from error
    if directory.stat().st_uid != os.getuid():
        raise UsageError(f"{directory} belongs to another user; HONK_HOME names a directory of your own.")


def _once(ask: Callable[[], Awaitable[frozenset[str]]]) -> Callable[[], Awaitable[frozenset[str]]]:
    """`ask`, answered from memory after the first time: package clients take half a second to say what they know."""
    asked: asyncio.Future[frozenset[str]] | None = None

    async def answer() -> frozenset[str]:
        nonlocal asked
        if asked is None:
            asked = asyncio.ensure_future(ask())
        return await asyncio.shield(asked)

    return answer
