"""`honk reply`: reply in a session's thread."""

import click

from honk.cli import connection


@click.command("reply")
@click.argument("session")
@click.argument("text")
@click.option("--wait", is_flag=True, help="Follow the thread until Honk is done (always, where no server runs).")
@click.option("--json", "as_json", is_flag=True, help="Print the session as one JSON object.")
def command(session: str, text: str, wait: bool, as_json: bool) -> int:
    """Answer a question, ask for more, or let a paused session continue."""
    return connection.run(
        connection.speak(session, lambda at, id: at.honk_client.reply(id, text, at.person), wait, as_json)
    )
