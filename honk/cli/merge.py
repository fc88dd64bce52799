"""`honk merge`: the word to merge, deploy and watch."""

import click

from honk.cli import reach


@click.command("merge")
@click.argument("session")
@click.option("--head", default="", metavar="SHA", help="Only if this is still the change's head.")
@click.option("--looked", is_flag=True, help="I have looked at what the guard flagged.")
@click.option("--wait/--no-wait", default=True, help="Follow until it is live (default).")
@click.option("--json", "as_json", is_flag=True, help="Print the session as one JSON object.")
def command(session: str, head: str, looked: bool, wait: bool, as_json: bool) -> int:
    """Merge a session's change, deploy it and watch it."""
    return reach.run(
        reach.speak(session, lambda at, id: at.house.merge(id, at.person, head=head, confirmed=looked), wait, as_json)
    )
