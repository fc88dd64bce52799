"""Words that do something by themselves: merge, stop, rollback and their like."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from honk.conversation import markdown
from honk.conversation import texts as flow_words
from honk.core import events
from honk.core.errors import HonkError
from honk.core.message_context import MessageContext
from honk.core.phase import Phase
from honk.core.session import Session
from honk.integrations.github.conversation import evidence_parts, session_comments, texts, timestamps
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.mention import Command
from honk.integrations.github.conversation.message import Message, who

LATE = 5.0
"""Seconds by which clocks may differ before a word counts as said of an older change."""


async def carry_out(word: Command, message: Message, room: GitHubDependencies) -> str:
    """Do what `word` says about the change at its place. The answer, in Markdown; empty where the thread tells it."""
    if word == "help":
        return texts.helps(room.name, room.label)
    place, name = await room.last(message.place)
    if not name:
        return texts.no_session()
    session = await room.honk_client.session(name)
    try:
        return await _ORDERS[word](session, replace(message, place=place), room)
    except HonkError as error:
        told = markdown.line(str(error), message.repo.url)
        return f"{told} {texts.earlier()}" if place.serial and word in _OF_ONE else told


async def _status(session: Session, message: Message, room: GitHubDependencies) -> str:
    head = f"**{session.phase.replace('_', ' ').capitalize()}** · session {session.id}"
    frame = await room.frame(session)
    return "\n\n".join([head, *evidence_parts.parts(session, frame.home), *session_comments.state(session, frame)])


async def _stop(session: Session, message: Message, room: GitHubDependencies) -> str:
    await room.honk_client.cancel(session.id, who(message.author), claim=message.claim)
    return ""


async def _merge(session: Session, message: Message, room: GitHubDependencies) -> str:
    return await _merged(session, message, room, looked=False)


async def _merge_looked(session: Session, message: Message, room: GitHubDependencies) -> str:
    return await _merged(session, message, room, looked=True)


async def _merged(session: Session, message: Message, room: GitHubDependencies, *, looked: bool) -> str:
    """A word is about what was there when it was said, however late it is heard."""
    if not await room.store.has(session.id, message.claim):
        if (older := await _moved_since(session, message, room)) is not None:
            return markdown.line(flow_words.stale_merge(older or "nothing", session.change.head))
        if session.guard and not looked and session.phase == Phase.REVIEW:
            return "\n".join([texts.look_first(room.name), "", *map(markdown.finding, session.guard)])
    head = session.change.head
    await room.honk_client.merge(session.id, who(message.author), head=head, confirmed=looked, claim=message.claim)
    await _remember(session, message, room)
    return ""


async def _rollback(session: Session, message: Message, room: GitHubDependencies) -> str:
    await room.honk_client.rollback(session.id, who(message.author), claim=message.claim)
    await _remember(session, message, room)
    return ""


async def _approve(session: Session, message: Message, room: GitHubDependencies) -> str:
    await room.honk_client.approve(session.id, who(message.author), session.change.head)
    shown = message.at is not None and await room.desk.react(message.repo, *message.at, "+1")
    return "" if shown else texts.approved(message.author.login, session.change.head)


async def _go_on(session: Session, message: Message, room: GitHubDependencies) -> str:
    context = MessageContext(str(message.place), message.link)
    await room.honk_client.reply(session.id, "Go on.", who(message.author), claim=message.claim, context=context)
    return ""


async def _moved_since(session: Session, message: Message, room: GitHubDependencies) -> str | None:
    """The head that was there when the word was said, empty for none; None where it is still the same."""
    said = timestamps.seconds(message.created) + LATE
    told = ((event.at, event.data) for event in await room.store.events(session.id))
    heads = [(at, data.change.head) for at, data in told if isinstance(data, events.Proposed)]
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


_OF_ONE: frozenset[Command] = frozenset({"merge", "merge looked", "rollback", "approve"})
"""Those that are about one change, of which there may be several at a place."""

_ORDERS: Mapping[Command, Callable[[Session, Message, GitHubDependencies], Awaitable[str]]] = {
    "status": _status,
    "stop": _stop,
    "merge": _merge,
    "merge looked": _merge_looked,
    "rollback": _rollback,
    "approve": _approve,
    "go on": _go_on,
}
