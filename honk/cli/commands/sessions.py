"""`honk sessions`: the list."""

import json

import click
from rich.console import Console as Terminal
from rich.table import Table
from rich.text import Text

from honk.cli import connection
from honk.conversation import event_lines, evidence, texts
from honk.core.session import Session


@click.command("sessions")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@click.option("--limit", default=50, show_default=True, help="How many, newest first.")
def command(as_json: bool, limit: int) -> int:
    """List the sessions, newest first."""
    return connection.run(_sessions(as_json, limit))


async def _sessions(as_json: bool, limit: int) -> int:
    async with connection.reached(working=False) as at:
        found = await at.honk_client.sessions(limit)
    if as_json:
        click.echo(json.dumps([evidence.as_json(session) for session in found], ensure_ascii=False, indent=2))
    elif found:
        Terminal().print(_table(found))
    else:
        click.echo('No sessions yet. Start one with: honk ask "what should change"')
    return 0


def _table(sessions: tuple[Session, ...]) -> Table:
    table = Table("session", "repository", "phase", "cost", "request", box=None, header_style="dim")
    for session in sessions:
        cost = texts.money(session.cost.usd)
        table.add_row(session.id, session.repo, session.phase, cost, Text(event_lines.clip(session.request, 80)))
    return table
