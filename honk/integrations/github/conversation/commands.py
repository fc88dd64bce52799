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
from honk.integrations.github.conversation.message import GitHubMessage, person_of

LATE = 5.0
"""Seconds by which clocks may differ before a word counts as said of an older change."""


async def run_command(command: Command, message: GitHubMessage, deps: GitHubDependencies) -> str:
    """Run `command` on the change at the message's place. The answer, in Markdown; empty where the thread shows it."""
    if command.name == "help":
        return texts.helps(deps.name, deps.label)
    thread, name = await deps.last(message.thread)
    if not name:
        return texts.no_session()
    session = await deps.honk_client.session(name)
    try:
        return await _run(command, session, replace(message, thread=thread), deps)
    except HonkError as error:
        told = markdown.line(str(error), message.repo.url)
        return f"{told} {texts.earlier()}" if thread.serial and command.name in _OF_ONE else told


async def _run(command: Command, session: Session, message: GitHubMessage, deps: GitHubDependencies) -> str:
    if command.run is None:
        return await _status(session, message, deps)
    if command.name in _MERGE and (objection := await _objection(command, session, message, deps)):
        return objection
    context, head = MessageContext(str(message.thread), message.link), session.change.head
    call = Call(session.id, person_of(message.author), head=head, claim=message.claim, context=context)
    await command.run(deps.honk_client, call)
    if command.name in (*_MERGE, "rollback"):
        await _remember(session, message, deps)
    if command.name == "approve":
        shown = message.at is not None and await deps.comment_writer.react(message.repo, *message.at, "+1")
        return "" if shown else texts.approved(message.author.login, head)
    return ""


async def _status(session: Session, message: GitHubMessage, deps: GitHubDependencies) -> str:
    head = f"**{session.phase.replace('_', ' ').capitalize()}** · session {session.id}"
    frame = await deps.frame(session)
    return "\n\n".join([head, *evidence_parts.parts(session, frame.home), *session_comments.state(session, frame)])


async def _objection(command: Command, session: Session, message: GitHubMessage, deps: GitHubDependencies) -> str:
    """Why a merge command is not passed on: it is about an older head, or something flagged has to be looked at."""
    if await deps.store.has(session.id, message.claim):
        return ""
    if (older := await _moved_since(session, message, deps)) is not None:
        return markdown.line(flow_words.stale_merge(older or "nothing", session.change.head))
    if session.guard and command.name == "merge" and session.phase == Phase.REVIEW:
        return "\n".join([texts.look_first(deps.name), "", *map(markdown.finding, session.guard)])
    return ""


async def _moved_since(session: Session, message: GitHubMessage, deps: GitHubDependencies) -> str | None:
    """The head that was there when the word was said, empty for none; None where it is still the same."""
    said = message.created + LATE
    told = ((event.at, event.data) for event in await deps.store.events(session.id, 0, events.ChangeProposed))
    heads = [(at, data.change.head) for at, data in told if isinstance(data, events.ChangeProposed)]
    since = next((at for at, head in heads if head == session.change.head), 0.0)
    if not message.created or since <= said:
        return None
    return next((head for at, head in reversed(heads) if at <= said), "")


async def _remember(session: Session, message: GitHubMessage, deps: GitHubDependencies) -> None:
    """Which comment gave the order, for a reaction when it has been carried out."""
    number = (await deps.store.session(session.id)).orders
    if message.at is not None and number == session.orders + 1:
        kind, at = message.at
        await deps.store.threads.sent(str(message.thread), f"word-{session.id}-{number}", f"{kind} {at}", "")


_MERGE = ("merge", "merge looked")
_OF_ONE = (*_MERGE, "rollback", "approve")
"""Commands about one change, of which there may be several at a place."""
