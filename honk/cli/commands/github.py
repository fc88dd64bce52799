"""`honk github`: the App by which Honk works on GitHub, and people's accounts there."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from githubkit.auth import AppAuthStrategy
from rich.console import Console as Terminal
from rich.table import Table
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from honk import settings as settings_module
from honk.cli import connection, current_person
from honk.core.errors import UsageError
from honk.integrations.github.client import responses, urls
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.setup import account_link, app_manifest, from_settings
from honk.integrations.github.setup.accounts import GitHubAccounts
from honk.integrations.github.setup.app_manifest import App
from honk.integrations.github.setup.device_flow import DeviceCode
from honk.settings import Settings
from honk.storage import store as stores
from honk.web import asgi_server as web_host

WAIT_SECONDS = 3600.0
"""How long GitHub's code works."""


@click.group("github")
def command() -> None:
    """Make a GitHub App for Honk, and link accounts."""


@command.command("setup")
@click.option("--org", default="", help="The organisation that is to own the App; default: you.")
@click.option("--name", default="", help="What to call it; default: honk-HOSTNAME.")
@click.option("--port", default=0, help="Where to wait for GitHub's answer on this machine; default: any free port.")
@click.option("--page", type=click.Path(path_type=Path), help="Write the page to a file, for a browser elsewhere.")
@click.option("--code", default="", help="The code in the address to which GitHub sent that browser.")
def setup(org: str, name: str, port: int, page: Path | None, code: str) -> int:
    """Make the App: open the link that is printed, and confirm on GitHub."""
    title = name or f"honk-{socket.gethostname()}"
    return _write(page, org, title) if page is not None else connection.run(_setup(org, title, port, code))


@command.command("link")
def linking() -> int:
    """Link your GitHub account: type the code that is printed at GitHub."""
    return connection.run(_link())


@command.command("unlink")
def unlinking() -> int:
    """Forget your GitHub account."""
    return connection.run(_unlink())


@command.command("accounts")
def accounts() -> int:
    """Show as whom Honk works on GitHub, and whose accounts are linked."""
    return connection.run(_accounts())


def _write(page: Path, org: str, name: str) -> int:
    settings = settings_module.load(os.environ)
    wanted = app_manifest.manifest(name, settings.file.server.public_url, "http://127.0.0.1/")
    try:
        page.write_text(
            app_manifest.page(settings.github.url, org, secrets.token_urlsafe(16), wanted), encoding="utf-8"
        )
    except OSError as error:
        raise UsageError(f"{page} cannot be written: {error.strerror}.") from error
    click.echo(f"Open {page} in a browser. GitHub sends it to an address with code=… in it, which need not open.")
    click.echo("Then: honk github setup --code CODE")
    return 0


async def _setup(org: str, name: str, port: int, code: str) -> int:
    settings = settings_module.load(os.environ)
    client, public = from_settings.connection(settings), settings.file.server.public_url
    app = await (app_manifest.convert(client, code.strip()) if code else _by_browser(client, org, name, public, port))
    return _made(settings, app, org)


async def _by_browser(client: GitHubClient, org: str, name: str, public: str, port: int) -> App:
    """Serve the page on this machine, and wait for GitHub to send the browser back to it."""
    came: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    state = secrets.token_urlsafe(24)
    try:
        listening = web_host.bind("127.0.0.1", port)
    except OSError as error:
        raise UsageError(f"Cannot listen on 127.0.0.1:{port}: {error.strerror}. Choose another --port.") from error
    here = f"http://127.0.0.1:{listening.getsockname()[1]}"
    wanted = app_manifest.manifest(name, public, f"{here}/made")

    async def show(_: Request) -> Response:
        return HTMLResponse(app_manifest.page(client.url, org, state, wanted))

    async def made(request: Request) -> Response:
        if not secrets.compare_digest(request.query_params.get("state", ""), state):
            return HTMLResponse("This is not the answer to our question.", 403)
        if not came.done():
            came.set_result(request.query_params.get("code", ""))
        return HTMLResponse("<h1>Done</h1><p>Honk has its App. Go on at the terminal.</p>")

    async with web_host.running(Starlette(routes=[Route("/", show), Route("/made", made)]), [listening]):
        click.echo(f"Open this in a browser on this machine: {here}/")
        click.echo("Waiting for GitHub (a browser elsewhere: `honk github setup --page FILE`) …")
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                code = await came
        except TimeoutError as error:
            raise UsageError("Nobody confirmed the App within an hour; run `honk github setup` again.") from error
        return await app_manifest.convert(client, code)


def _made(settings: Settings, app: App, org: str) -> int:
    file = app_manifest.keep(settings.home, settings.github.url, app)
    web = urls.web_url(settings.github.url)
    page = f"{web}/organizations/{org}/settings/apps/{app.slug}" if org else f"{web}/settings/apps/{app.slug}"
    click.echo(f"The App {app.slug} is made; its key is in {file}.")
    if os.environ.get("GITHUB_TOKEN") or os.environ.get("GITHUB_APP_ID"):
        click.echo("GITHUB_TOKEN or GITHUB_APP_ID is set here and comes before it: unset them to use the App.")
    click.echo(f"1. Install it on the repositories that Honk is to work on: {app.url}/installations/new")
    click.echo(f"2. To link people's accounts, tick “Enable Device Flow”: {page}")
    click.echo("3. honk repo add OWNER/NAME")
    return 0


@asynccontextmanager
async def _people() -> AsyncIterator[tuple[Settings, GitHubAccounts]]:
    settings = settings_module.load(os.environ)
    async with stores.open(settings.database_url) as store:
        yield settings, from_settings.people(settings, store, from_settings.connection(settings))


async def _link() -> int:
    async def tell(code: DeviceCode) -> None:
        click.echo(f"Open {code.url} and type: {code.user}")
        click.echo("Waiting …")

    async with _people() as (settings, people):
        who = await current_person.here(settings.file.people)
        user = await account_link.link(people, who, tell)
    click.echo(f"{who.name} ({who.id}) is {user.login} on GitHub. Your requests are proposed in your own name now.")
    return 0


async def _unlink() -> int:
    async with _people() as (settings, people):
        who = await current_person.here(settings.file.people)
        gone = await account_link.unlink(people, who)
    click.echo("Your GitHub account is forgotten here." if gone else "No GitHub account was linked.")
    if gone:
        click.echo(
            f"To withdraw the App's right to act as you: {urls.web_url(settings.github.url)}/settings/applications"
        )
    return 0


async def _accounts() -> int:
    async with _people() as (settings, people):
        click.echo(await _machine(settings, people))
        linked = await people.accounts.on("github")
    if not linked:
        click.echo("No accounts are linked. Link yours with: honk github link")
        return 0
    table = Table("person", "GitHub", "number", "since", box=None, header_style="dim")
    for each in linked:
        since = datetime.fromtimestamp(each.at, UTC).strftime("%Y-%m-%d")
        table.add_row(each.person, each.login, str(each.account), since)
    Terminal().print(table)
    return 0


async def _machine(settings: Settings, people: GitHubAccounts) -> str:
    """As whom Honk works, asked now: a refused credential is told here too."""
    access = settings.github
    if access.token:
        return f"Honk works with the personal token of {(await people.token_owner(access.token)).login}."
    if not access:
        return "There is no credential for GitHub: set GITHUB_TOKEN, or create an App with `honk github setup`."
    async with people.client.connect(AppAuthStrategy(access.app_id, access.private_key), "app") as github:
        app = await responses.parsed(github.rest.apps.async_get_authenticated(), "the App")
        found = await responses.parsed(github.rest.apps.async_list_installations(per_page=100), "installations")
    names = [getattr(each.account, "login", "?") for each in found]
    where = f"installed on {', '.join(names)}" if names else "not installed anywhere yet"
    return f"Honk works as the App {app.name if app else access.app_id}, {where}."
