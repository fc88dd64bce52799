"""`honk repo`: which repositories Honk knows."""

import os

import click
from rich.console import Console as Terminal
from rich.table import Table

from honk import settings as settings_module
from honk.cli import connection, first_check
from honk.cli.commands import gc
from honk.core.errors import Unavailable, UsageError
from honk.integrations.github.client import urls
from honk.integrations.local.forge import LocalForge


@click.group("repo")
def command() -> None:
    """Add, list and remove repositories."""


@command.command("add")
@click.argument("path_or_url")
@click.option("--name", default="", help="What to call it; default: the last part of its address.")
@click.option(
    "--about", default="", help="What it is, in a few words: requests that do not name it are matched by them."
)
@click.option("--no-check", is_flag=True, help="Do not set it up and run its checks now.")
def add(path_or_url: str, name: str, about: str, no_check: bool) -> int:
    """Make a repository known (a checkout, a bare repository, or the URL of one), and try its checks."""
    status = connection.run(_add(path_or_url, name, about))
    return status if no_check else connection.run(_try(path_or_url))


@command.command("list")
def listing() -> int:
    """List the known repositories."""
    return connection.run(_list())


@command.command("remove")
@click.argument("name")
def remove(name: str) -> int:
    """Forget a repository and remove what Honk keeps of it. The repository itself is not touched."""
    return connection.run(_remove(name))


async def _remove(name: str) -> int:
    async with connection.reached(working=False) as at:
        removed = await at.honk_client.remove_repo(name)
    gc.listed(removed, "Removed")
    click.echo(f"{name} is forgotten. Its sessions stay in the list; nobody can go on with them.")
    return 0


async def _add(path_or_url: str, name: str, about: str) -> int:
    async with connection.reached(working=False) as at:
        repo = await at.honk_client.add_repo(path_or_url, name, about)
    click.echo(f'Added {repo.name} ({repo.url}, {repo.default_branch}). Try: honk ask --repo {repo.name} "…"')
    if repo.forge == LocalForge.name and urls.parse(repo.url, at.settings.github.url):
        click.echo(
            "Honk pushes to it by itself, without pull requests: it has no credential for GitHub. Make an App with"
            " `honk github setup`, or set GITHUB_TOKEN; then add it again."
        )
    return 0


async def _try(path_or_url: str) -> int:
    """The first check of an added repository; it stays added whatever comes out."""
    try:
        async with first_check.checkout(path_or_url) as path:
            await first_check.check(settings_module.load(os.environ), path, Terminal(highlight=False, soft_wrap=True))
    except (Unavailable, UsageError) as error:
        click.echo(f"Its checks were not tried: {error}")
    return 0


async def _list() -> int:
    async with connection.reached(working=False) as at:
        repos = await at.honk_client.repos()
    if not repos:
        click.echo("No repositories yet. Add one with: honk repo add PATH_OR_URL")
        return 0
    table = Table("name", "address", "branch", "forge", "about", box=None, header_style="dim")
    for repo in repos:
        table.add_row(repo.name, repo.url, repo.default_branch, repo.forge, repo.about)
    Terminal().print(table)
    return 0
