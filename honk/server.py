"""Honk with its web server: API, console, webhooks and previews on one address, and the chat integrations."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from honk import secrets
from honk.app import open_app
from honk.core.errors import UsageError
from honk.core.person import Person
from honk.integrations.github import from_settings as github_settings
from honk.integrations.github import integration as github_integration
from honk.integrations.slack import from_settings as slack_settings
from honk.integrations.slack import integration as slack_integration
from honk.pipeline.context import Services
from honk.pipeline.stages import preview
from honk.previews.origins import HostnameOrigins, Origins, PortOrigins, listen
from honk.previews.preview_host import PreviewHost
from honk.service import HonkService
from honk.settings import Settings
from honk.web import access, asgi_server, integration_hooks
from honk.web import app as web_app
from honk.web.web_context import WebContext
from honk.web.webhooks import GITHUB


@dataclass(frozen=True)
class RunningServer:
    """Honk with its server. `url` is where people reach it, `local` where this machine does; `slack` and `github` are
    the integrations, None where they are not configured."""

    service: HonkService
    url: str
    local: str
    slack: slack_integration.SlackIntegration | None = None
    github: github_integration.GitHubIntegration | None = None


@asynccontextmanager
async def open_server(
    settings: Settings, *, person: Person, host: str, port: int, preview_port: int
) -> AsyncIterator[RunningServer]:
    """Honk with a worker, and its API, console and previews on `host` (port 0: any free one).

    `person` is who speaks on the console: the machine's owner. Raises UsageError for an address that cannot be had.
    """
    server = settings.file.server
    # a partial configuration is an error before anything is opened
    slack_integration.transport(settings.slack, settings.file.slack)
    github_integration.is_configured(settings.github)
    try:
        main = asgi_server.bind(host, port)
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --host or --port."
        ) from error
    bound = main.getsockname()[1]
    url = server.public_url.rstrip("/") or f"http://{asgi_server.reachable(host)}:{bound}"
    local = f"http://{asgi_server.loopback(host)}:{bound}"
    by_name = HostnameOrigins(server.preview_url) if server.preview_url else None
    rows = [] if by_name else listen(host, preview_port, server.preview_ports)
    where: Origins = by_name or PortOrigins([each.getsockname()[1] for each in rows])
    async with (
        open_app(settings, base_url=url) as service,
        slack_integration.open_slack(slack_settings.parts(settings, service.services, service)) as slack,
        github_settings.opened(settings, service.services, service, f"{url}{GITHUB}") as github,
    ):
        services = service.services
        hooks = integration_hooks.hooks(slack, github)
        app = web_app.make(service, _site(services, person, access.token(settings.home), host), hooks)
        hosted = PreviewHost(
            app,
            services.previews,
            secrets.signing_key(settings.home),
            where,
            lambda session: preview.wake(services, session),
        )
        async with asgi_server.running(hosted, [main, *rows]):
            try:
                yield RunningServer(service, url, local, slack, github)
            finally:
                await hosted.close()


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
