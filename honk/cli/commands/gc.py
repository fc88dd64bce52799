"""`honk gc`: remove what nobody needs any more."""

import json
import os

import click

from honk import app, settings
from honk.cli import connection
from honk.retention import collector


@click.command("gc")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(dry_run: bool, as_json: bool) -> int:
    """Remove the working files of sessions that ended, and what nobody refers to. A server does so every hour."""
    return connection.run(_gc(dry_run, as_json))


async def _gc(dry_run: bool, as_json: bool) -> int:
    configured = settings.load(os.environ)
    async with app.open_app(configured, base_url="", working=False) as service:
        act = collector.find if dry_run else collector.collect
        found = await act(service.services, configured.file.retention)
    rows = [{"kind": each.kind, "name": each.name, "bytes": each.bytes} for each in found]
    if as_json:
        click.echo(json.dumps({"removed": not dry_run, "bytes": sum(each.bytes for each in found), "items": rows}))
        return 0
    for each in found:
        click.echo(f"{each.kind:12} {_size(each.bytes):>10}  {each.name}")
    total = _size(sum(each.bytes for each in found))
    click.echo(f"{'Would remove' if dry_run else 'Removed'} {len(found)} things, {total}.")
    return 0


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
