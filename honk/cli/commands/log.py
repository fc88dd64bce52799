"""`honk log`: a session's thread."""

import click
from rich.console import Console as Terminal

from honk.cli import connection
from honk.conversation.console import Console


@click.command("log")
@click.argument("session")
@click.option("--follow", is_flag=True, help="Follow until nothing more happens by itself.")
def command(session: str, follow: bool) -> int:
    """Print the thread from the beginning."""
    return connection.run(_log(session, follow))


async def _log(session: str, follow: bool) -> int:
    console = Console(Terminal())
    async with connection.reached(working=False) as at:
        async for now, event in at.honk_client.events(session, follow=follow):
            await console.show(now, event)
    return 0
