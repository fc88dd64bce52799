"""`honk merge`: merge, deploy and watch."""

from collections.abc import Awaitable

import click

from honk.cli import connection
from honk.cli.connection import Reach
from honk.core.phase import Phase
from honk.core.session import Session


@click.command("merge")
@click.argument("session")
@click.option("--head", default="", metavar="SHA", help="Only if this is still the change's head.")
@click.option("--looked", is_flag=True, help="I have looked at what the guard flagged.")
@click.option("--wait/--no-wait", default=True, help="Follow until it is live (default).")
@click.option("--json", "as_json", is_flag=True, help="Print the session as one JSON object.")
def command(session: str, head: str, looked: bool, wait: bool, as_json: bool) -> int:
    """Merge a session's change, deploy it and watch it."""

    def say(at: Reach, name: str) -> Awaitable[Session]:
        return at.honk_client.merge(name, at.person, head=head, confirmed=looked)

    return connection.run(connection.speak(session, say, wait, as_json, goal=Phase.LIVE))
