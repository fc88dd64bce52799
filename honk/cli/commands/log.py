"""`honk log`: a session's timeline."""

import click
from rich.console import Console as Terminal

from honk.cli import connection
from honk.conversation.console import Console


@click.command("log")
@click.argument("session")
@click.option("--follow", is_flag=True, help="Follow until nothing more happens by itself.")
def command(session: str, follow: bool) -> int:
    """Print each turn and order from the beginning, with its events."""
    return connection.run(_log(session, follow))


async def _log(session: str, follow: bool) -> int:
    console = Console(Terminal())
    async with connection.reached(working=False) as at:
        async for _, event in at.honk_client.events(session):
            console.add(event)
        console.log()
        if follow:
            async for _, event in at.honk_client.events(session, after=console.timeline.seq, follow=True):
                console.show(event)
    return 0
