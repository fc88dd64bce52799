"""`honk ask`: start a session."""

import click

from honk.cli import connection


@click.command("ask")
@click.argument("text")
@click.option("--repo", default="", metavar="NAME", help="The repository; asked for when it is not clear.")
@click.option("--agent", default="", metavar="KIND", help="The agent; default: what the repository says.")
@click.option("--wait", is_flag=True, help="Follow the thread until Honk is done (always, where no server runs).")
@click.option("--json", "as_json", is_flag=True, help="Print the session as one JSON object.")
def command(text: str, repo: str, agent: str, wait: bool, as_json: bool) -> int:
    """Ask for a change, in a sentence."""
    return connection.run(_ask(text, repo, agent, wait, as_json))


async def _ask(text: str, repo: str, agent: str, wait: bool, as_json: bool) -> int:
    async with connection.reached() as at:
        session = await at.honk_client.ask(text, at.person, repo=repo, agent=agent)
        if wait or at.here:
            return await connection.wait(at, session.id, as_json=as_json)
        return await connection.started(at, session, as_json=as_json)
