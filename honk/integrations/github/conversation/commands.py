"""Runs the commands of the table on GitHub: merge, stop, rollback and the others."""

from dataclasses import replace

from honk.conversation import markdown
from honk.conversation import texts as flow_words
from honk.conversation.commands import Call, Command
from honk.core import events
from honk.core.errors import HonkError
from honk.core.message_context import MessageContext
from honk.core.phase import Phase
from honk.core.session import Session
from honk.integrations.github.conversation import evidence_parts, session_comments, texts
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.message import Message, who

LATE = 5.0
"""Seconds by which clocks may differ before a word counts as said of an older change."""


async def carry_out(command: Command, message: Message, room: GitHubDependencies) -> str:
    """Run `command` on the change at the message's place. The answer, in Markdown; empty where the thread shows it."""
    if command.name == "help":
        return texts.helps(room.name, room.label)
    place, name = await room.last(message.place)
    if not name:
        return texts.no_session()
    session = await room.honk_client.session(name)
    try:
        return await _run(command, session, replace(message, place=place), room)
    except HonkError as error:
        told = markdown.line(str(error), message.repo.url)
        return f"{told} {texts.earlier()}" if place.serial and command.name in _OF_ONE else told


async def _run(command: Command, session: Session, message: Message, room: GitHubDependencies) -> str:
    if command.run is None:
        return await _status(session, message, room)
    if command.name in _MERGE and (objection := await _objection(command, session, message, room)):
        return objection
    context, head = MessageContext(str(message.place), message.link), session.change.head
    call = Call(session.id, who(message.author), head=head, claim=message.claim, context=context)
    await command.run(room.honk_client, call)
    if command.name in (*_MERGE, "rollback"):
        await _remember(session, message, room)
    if command.name == "approve":
        shown = message.at is not None and await room.desk.react(message.repo, *message.at, "+1")
        return "" if shown else texts.approved(message.author.login, head)
    return ""


async def _status(session: Session, message: Message, room: GitHubDependencies) -> str:
    head = f"**{session.phase.replace('_', ' ').capitalize()}** · session {session.id}"
    frame = await room.frame(session)
    return "\n\n".join([head, *evidence_parts.parts(session, frame.home), *session_comments.state(session, frame)])


async def _objection(command: Command, session: Session, message: Message, room: GitHubDependencies) -> str:
    """Why a merge command is not passed on: it is about an older head, or something flagged has to be looked at."""
    if await room.store.has(session.id, message.claim):
        return ""
    if (older := await _moved_since(session, message, room)) is not None:
        return markdown.line(flow_words.stale_merge(older or "nothing", session.change.head))
    if session.guard and command.name == "merge" and session.phase == Phase.REVIEW:
        return "\n".join([texts.look_first(room.name), "", *map(markdown.finding, session.guard)])
    return ""


async def _moved_since(session: Session, message: Message, room: GitHubDependencies) -> str | None:
    """The head that was there when the word was said, empty for none; None where it is still the same."""
    said = message.created + LATE
    told = ((event.at, event.data) for event in await room.store.events(session.id, 0, events.ChangeProposed))
    heads = [(at, data.change.head) for at, data in told if isinstance(data, events.ChangeProposed)]
    since = next((at for at, head in heads if head == session.change.head), 0.0)
    if not message.created or since <= said:
        return None
    return next((head for at, head in reversed(heads) if at <= said), "")


async def _remember(session: Session, message: Message, room: GitHubDependencies) -> None:
    """Which comment gave the order, for a reaction when it has been carried out."""
    number = (await room.store.session(session.id)).orders
    if message.at is not None and number == session.orders + 1:
        kind, at = message.at
        await room.store.threads.sent(str(message.place), f"word-{session.id}-{number}", f"{kind} {at}", "")


_MERGE = ("merge", "merge looked")
_OF_ONE = (*_MERGE, "rollback", "approve")
"""Commands about one change, of which there may be several at a place."""
