"""`honk show`: one session, with its evidence."""

import click

from honk.cli import connection


@click.command("show")
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="Print the session as one JSON object.")
def command(session: str, as_json: bool) -> int:
    """Show the request, what changed, what was checked, where to try it, and the cost."""
    return connection.run(_show(session, as_json))


async def _show(session: str, as_json: bool) -> int:
    async with connection.reached(working=False) as at:
        await connection.report(at, session, as_json=as_json)
        return 0
