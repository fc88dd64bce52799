"""The words that people say to Honk, in one table: which command each gives, and its help.

Slack's words and buttons, GitHub's words and the web form look a command up here. What a command does is in
`honk.commands`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from honk.client import Call, HonkClient
from honk.core.session import Session
from honk.core.verdict import Finding


@dataclass(frozen=True)
class Command:
    """`words`: a message that says only this gives the command.

    `sends` names the command of `honk.commands.table` that runs, `fixed` the fields of its call that do not depend on
    the message. Without `sends` the command only shows something, which each integration does in its own markup.
    """

    name: str
    sends: str
    words: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def replies(self) -> bool:
        """Whether the command becomes a turn, with the context of its message."""
        return self.sends == "reply"

    async def run(self, client: HonkClient, call: Call) -> Session:
        """Run the command. Raises HonkError as `HonkClient.command`."""
        return await client.command(self.sends, replace(call, **self.fixed))


COMMANDS = (
    Command("reply", "reply"),
    Command("merge", "merge", ("merge", "merge it")),
    Command("merge looked", "merge", ("merge looked", "merge, looked", "yes, merge", "yes merge"), {"confirmed": True}),
    Command("approve", "approve", ("approve", "approved")),
    Command("cancel", "cancel", ("stop", "cancel")),
    Command("rollback", "rollback", ("rollback", "roll back", "roll it back")),
    Command("go on", "reply", ("go on",), {"text": "Go on."}),
    Command("try again", "reply", fixed={"text": "Try again."}),
    Command("status", "", ("status",)),
    Command("help", "", ("help",)),
)

BY_NAME = {command.name: command for command in COMMANDS}
_BY_WORDS = {words: command for command in COMMANDS for words in command.words}
_LONGEST = 60
_MARKS = " \t\r\n.,!?…:;*_~`"


def named(text: str) -> Command | None:
    """The command that `text` is: by itself, on one line, in any case, with or without punctuation and `please`."""
    if len(text) > _LONGEST:
        return None
    words = re.sub(r"\bplease\b", " ", text.lower()).strip(_MARKS)
    return _BY_WORDS.get(" ".join(words.split()))


def to_look_at(session: Session) -> tuple[Finding, ...]:
    """The findings that somebody has to look at before a merge; none when somebody else has approved this head."""
    asked = {person.id for person in session.askers}
    if any(given.head == session.change.head and given.person.id not in asked for given in session.approvals):
        return ()
    return tuple(finding for finding in session.guard if finding.severity == "flag")
