"""What can be asked of a session, in one table: the names, the words that people say, and what each calls.

Slack's words and buttons, GitHub's words, the web form and the API look a command up here. To add one: a method of
`HonkClient`, an entry here, and where it needs one a button.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from honk.client import HonkClient
from honk.core.message_context import NO_CONTEXT, MessageContext
from honk.core.person import AGENT, Person
from honk.core.session import Session
from honk.core.verdict import Finding

GO_ON = "Go on."
TRY_AGAIN = "Try again."
"""What these commands say to the session."""


@dataclass(frozen=True)
class Call:
    """A command with what belongs to it; each command reads the fields that it needs. `head` is the commit that the
    person was shown, `confirmed`: they have looked at what was flagged. `claim` as in `HonkClient`."""

    session: str
    person: Person
    text: str = ""
    head: str = ""
    confirmed: bool = False
    claim: str | None = None
    bad: bool = False
    context: MessageContext = NO_CONTEXT


@dataclass(frozen=True)
class Command:
    """`words`: a message that says only this gives the command. `run` is None for a command that only shows something,
    which each integration does in its own markup. `help` says in a few words what it does. `replies`: it becomes a
    turn, with the context of its message."""

    name: str
    run: Callable[[HonkClient, Call], Awaitable[Session]] | None
    words: tuple[str, ...] = ()
    help: str = ""
    replies: bool = False


async def _reply(client: HonkClient, call: Call) -> Session:
    return await client.reply(call.session, call.text, call.person, claim=call.claim, context=call.context)


async def _go_on(client: HonkClient, call: Call) -> Session:
    return await client.reply(call.session, GO_ON, call.person, claim=call.claim, context=call.context)


async def _try_again(client: HonkClient, call: Call) -> Session:
    return await client.reply(call.session, TRY_AGAIN, call.person, claim=call.claim, context=call.context)


async def _approve(client: HonkClient, call: Call) -> Session:
    return await client.approve(call.session, call.person, call.head, claim=call.claim)


async def _merge(client: HonkClient, call: Call) -> Session:
    return await client.merge(call.session, call.person, head=call.head, confirmed=call.confirmed, claim=call.claim)


async def _merge_looked(client: HonkClient, call: Call) -> Session:
    return await _merge(client, replace(call, confirmed=True))


async def _rollback(client: HonkClient, call: Call) -> Session:
    return await client.rollback(call.session, call.person, claim=call.claim)


async def _cancel(client: HonkClient, call: Call) -> Session:
    return await client.cancel(call.session, call.person, claim=call.claim)


async def _close(client: HonkClient, call: Call) -> Session:
    person = None if call.person == AGENT else call.person
    return await client.close(call.session, call.text, claim=call.claim or "", person=person)


async def _reopen(client: HonkClient, call: Call) -> Session:
    return await client.reopen(call.session, call.text, claim=call.claim or "")


async def _merged_elsewhere(client: HonkClient, call: Call) -> Session:
    return await client.merged_elsewhere(call.session, call.person, call.head, call.text, claim=call.claim or "")


async def _note(client: HonkClient, call: Call) -> Session:
    await client.note(call.session, call.text, claim=call.claim or "", bad=call.bad)
    return await client.session(call.session)


COMMANDS = (
    Command("reply", _reply, help="answer, or ask for something different", replies=True),
    Command("merge", _merge, ("merge", "merge it"), "merge, deploy and watch the change"),
    Command(
        "merge looked", _merge_looked, ("merge looked", "merge, looked"), "merge what was flagged, after looking at it"
    ),
    Command("approve", _approve, ("approve", "approved"), "approve the change as it is now"),
    Command("cancel", _cancel, ("stop", "cancel"), "stop what runs; the work is kept"),
    Command(
        "rollback", _rollback, ("rollback", "roll back", "roll it back"), "revert the merged change and deploy that"
    ),
    Command("go on", _go_on, ("go on",), "continue a paused session, with as much money again", replies=True),
    Command("try again", _try_again, help="start the last turn again", replies=True),
    Command("status", None, ("status",), "say where the change is"),
    Command("help", None, ("help",), "list these words"),
)

"""What people say."""

REPORTS = (
    Command("close", _close, help="the pull request was closed"),
    Command("reopen", _reopen, help="the pull request was opened again"),
    Command("merged_elsewhere", _merged_elsewhere, help="the pull request was merged without Honk"),
    Command("note", _note, help="say something in the session's thread"),
)
"""What an integration reports."""

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
