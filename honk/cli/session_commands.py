"""The verbs that change a session: `honk reply|approve|merge|rollback|cancel`, from one table.

Each becomes a click command with the options of its row; `honk.commands` does the work.
"""

from dataclasses import dataclass
from typing import Any

import click

from honk.core.phase import Phase


@dataclass(frozen=True)
class SessionVerb:
    """`help` stands in the list of verbs, `details` on the verb's own page.

    `follows`: without `--no-wait`, the verb ends when nothing more happens by itself. `goal` is the phase in which a
    session has to be then for exit status 0. Without `reports_work` the status is 0 as soon as the command is accepted.
    """

    help: str
    details: str
    parameters: tuple[click.Parameter, ...] = ()
    follows: bool = True
    goal: Phase | None = None
    reports_work: bool = True


TEXT = click.Argument(["text"])
HEAD = click.Option(["--head"], default="", metavar="SHA", help="Only if this is still the change's head.")
LOOKED = click.Option(["--looked", "confirmed"], is_flag=True, help="I have looked at what the guard flagged.")
JSON = click.Option(["--json", "as_json"], is_flag=True, help="Print the session as one JSON object.")

VERBS = {
    "reply": SessionVerb(
        "Reply in a session's thread.",
        "Answer a question, ask for more, or let a paused session continue.",
        (TEXT,),
        follows=False,
    ),
    "approve": SessionVerb(
        "Approve a session's change.", "Approve the change as it is now.", (HEAD,), reports_work=False
    ),
    "merge": SessionVerb(
        "Merge a session's change, deploy it and watch it.",
        "Merge a session's change, deploy it and watch it.",
        (HEAD, LOOKED),
        goal=Phase.LIVE,
    ),
    "rollback": SessionVerb(
        "Roll a merged change back.",
        "Revert a merged change, verify the revert and deploy it.",
        goal=Phase.ROLLED_BACK,
    ),
    "cancel": SessionVerb(
        "Stop a session's running turn.",
        "Stop the running turn and those that are queued behind it. The work is kept.",
        reports_work=False,
    ),
}


def command(name: str) -> click.Command:
    """The click command of the verb `name`."""
    verb = VERBS[name]

    def run(session: str, wait: bool, as_json: bool, **fields: Any) -> int:
        from honk.cli import connection  # noqa: PLC0415 - as all verbs: `--help` imports nothing

        status = connection.run(
            connection.command(name, session, fields, wait_for_it=wait, as_json=as_json, goal=verb.goal)
        )
        return status if verb.reports_work else 0

    wait = click.Option(
        ["--wait/--no-wait"], default=verb.follows, show_default=True, help="Follow the thread until Honk is done."
    )
    parameters = [click.Argument(["session"]), *verb.parameters, wait, JSON]
    return click.Command(name, callback=run, params=parameters, help=verb.details)
