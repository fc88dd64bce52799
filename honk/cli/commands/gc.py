"""`honk gc`: remove what nobody needs any more."""

import json
from collections.abc import Collection
from dataclasses import asdict

import click

from honk.cli import connection
from honk.client import Removal


@click.command("gc")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(dry_run: bool, as_json: bool) -> int:
    """Remove the working files of idle sessions, and what nobody refers to. A server does so every hour."""
    return connection.run(_gc(dry_run, as_json))


async def _gc(dry_run: bool, as_json: bool) -> int:
    async with connection.reached(working=False) as at:
        found = await at.honk_client.collect(dry_run=dry_run)
    if as_json:
        rows = [asdict(each) for each in found]
        click.echo(json.dumps({"removed": not dry_run, "bytes": sum(each.bytes for each in found), "items": rows}))
    else:
        listed(found, "Would remove" if dry_run else "Removed")
    return 0


def listed(found: Collection[Removal], did: str) -> None:
    """Print each thing with its size, and their sum."""
    for each in found:
        click.echo(f"{each.kind:12} {_size(each.bytes):>10}  {each.name}")
    click.echo(f"{did} {len(found)} things, {_size(sum(each.bytes for each in found))}.")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
