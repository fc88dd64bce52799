"""`honk init`: the first look at a repository."""

import os
from pathlib import Path

import click
from rich.console import Console as Terminal

from honk import settings as settings_module
from honk.cli import connection, first_check, honk_toml_draft
from honk.core.honk_toml import FILENAME


@click.command("init")
@click.argument("path_or_name", default=".")
@click.option("--dry-run", is_flag=True, help="Print the honk.toml, and write none.")
def command(path_or_name: str, dry_run: bool) -> int:
    """Find a repository's set-up and checks and run them all. Write a honk.toml for what Honk cannot find by itself."""
    here = first_check.is_checkout(path_or_name)
    return connection.run(_init(path_or_name, named=not Path(path_or_name).exists(), writes=here and not dry_run))


async def _init(path_or_name: str, *, named: bool, writes: bool) -> int:
    terminal = Terminal(highlight=False, soft_wrap=True)
    address = path_or_name
    if named:
        async with connection.reached(working=False) as at:
            known = {repo.name: repo.url for repo in await at.honk_client.repos()}
        address = known.get(path_or_name, path_or_name)
    async with first_check.checkout(address) as path:
        plan, found = await first_check.check(settings_module.load(os.environ), path, terminal)
        text = honk_toml_draft.draft(plan, found)
        if not text:
            click.echo(f"No {FILENAME} is needed: Honk finds all of this by itself.")
        elif not writes or (path / FILENAME).exists():
            click.echo(f"\nWhat {FILENAME} could say:\n\n{text}")
        else:
            (path / FILENAME).write_text(text, encoding="utf-8")
            click.echo(f"Wrote {path / FILENAME}. Edit it, commit it on a branch and open a pull request for it.")
    return 0 if found.ok else 1
