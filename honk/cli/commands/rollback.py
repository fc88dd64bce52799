"""`honk rollback`: roll a merged change back."""

import click

from honk.cli import connection
from honk.core.phase import Phase


@click.command("rollback")
@click.argument("session")
@click.option("--wait/--no-wait", default=True, help="Follow until it is rolled back (default).")
@click.option("--json", "as_json", is_flag=True, help="Print the session as one JSON object.")
def command(session: str, wait: bool, as_json: bool) -> int:
    """Revert a merged change, verify the revert and deploy it."""
    return connection.run(
        connection.speak(
            session, lambda at, id: at.honk_client.rollback(id, at.person), wait, as_json, goal=Phase.ROLLED_BACK
        )
    )
