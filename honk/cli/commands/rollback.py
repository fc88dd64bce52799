"""`honk rollback`: take a merged change back."""

import click

from honk.cli import connection
from honk.core.phase import Phase


@click.command("rollback")
@click.argument("session")
@click.option("--wait/--no-wait", default=True, help="Follow until it is back (default).")
@click.option("--json", "as_json", is_flag=True, help="Print the session as one JSON object.")
def command(session: str, wait: bool, as_json: bool) -> int:
    """Revert a merged change, verified, and deploy what was before."""
    return connection.run(
        connection.speak(
            session, lambda at, id: at.honk_client.rollback(id, at.person), wait, as_json, goal=Phase.ROLLED_BACK
        )
    )
