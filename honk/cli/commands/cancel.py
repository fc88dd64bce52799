"""`honk cancel`: stop a session's running turn."""

import click

from honk.cli import connection


@click.command("cancel")
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="Print the session as one JSON object.")
def command(session: str, as_json: bool) -> int:
    """Stop the running turn and those that are queued behind it. The work is kept."""
    return connection.run(_cancel(session, as_json))


async def _cancel(session: str, as_json: bool) -> int:
    async with connection.reached() as at:
        now = await at.honk_client.cancel(session, at.person)
        await connection.wait(at, now, as_json=as_json, after=await connection.last(at, now))
        return 0
