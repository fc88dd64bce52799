"""Takes in people's messages: each becomes one turn or one command, with its context."""

import asyncio
import logging

from honk.conversation.commands import GO_ON, named
from honk.core.errors import HonkError, UsageError
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.core.phase import SHIPPED
from honk.integrations.slack import texts
from honk.integrations.slack.client import entities
from honk.integrations.slack.client.payloads import IncomingMessage
from honk.integrations.slack.client.people import AccountRefused
from honk.integrations.slack.intake import commands
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import markdown

ASIDE = "(aside)"
"""A message in a session's thread that begins with this is for people, not for Honk."""

EARLY_SECONDS = 10.0
MOST_EARLY = 500
"""Threads whose early replies are kept until their first message arrives."""

log = logging.getLogger(__name__)


async def take_message(deps: SlackDependencies, message: IncomingMessage) -> None:
    """Take a message in, if it is for Honk. Returns when it is stored, or its author has seen why not.

    Raises Unavailable when the store does not answer: Slack has to deliver the message again.
    """
    deps.privacy.learn(message.thread.channel, message.kind)
    # before anything is awaited: messages of one thread are taken in in the order in which they came
    async with deps.thread_lock(message.thread):
        # most deliveries need no query: a mention, or a message that was delivered before
        ours = deps.single_flight.knows(message.claim) or is_for_us(message, deps.team.bot_user, "")
        if not ours and not message.first:
            session = await deps.store.threads.session(str(message.thread))
            ours = is_for_us(message, deps.team.bot_user, session)
        if ours:
            await deps.single_flight.run(message.claim, lambda: _take(deps, message, message.user, message.user_team))
        elif not message.first and _soon(message):
            deps.early_replies.setdefault(str(message.thread), []).append(message)
            while len(deps.early_replies) > MOST_EARLY:
                del deps.early_replies[next(iter(deps.early_replies))]


async def take_pointed_message(deps: SlackDependencies, message: IncomingMessage, user: str, user_team: str) -> None:
    """Take a message in because `user` chose it by emoji or menu: the same turn as if its author had mentioned Honk."""
    async with deps.thread_lock(message.thread):
        await deps.single_flight.run(message.claim, lambda: _take(deps, message, user, user_team, chosen=True))


def is_for_us(message: IncomingMessage, bot: str, session: str) -> bool:
    """Whether a message is for Honk. `session` is that of its thread, if any. Pure."""
    mentioned = entities.mentions(message.text)
    if bot in mentioned:
        return True
    if message.text.lstrip().lower().startswith(ASIDE):
        return False
    return message.kind == "im" or bool(session and not mentioned)


async def _take(
    deps: SlackDependencies, message: IncomingMessage, user: str, user_team: str, *, chosen: bool = False
) -> None:
    try:
        person = await deps.people.person(user, user_team)
    except AccountRefused as refusal:
        if text := str(refusal):
            await deps.show_once_to(f"refused:{message.thread}:{user}", message.thread, user, markdown.to_mrkdwn(text))
        return
    # a message that begins a thread has no session yet; if it has one after all, `ask` makes it the next turn there
    session = "" if message.first else await deps.store.threads.session(str(message.thread))
    addressed = entities.without(entities.visible(message.text), deps.team.bot_user)
    text = entities.decoded(addressed, await deps.people.names(entities.mentions(addressed)))
    if not text and message.files:
        text = texts.FILES_ONLY
    if not text:
        hint = texts.empty_mention(deps.team.bot_name)
        await deps.show_once_to(message.claim, message.thread, user, hint)
        return
    await deps.react(message.thread, message.ts)
    command = None if chosen else named(text)
    try:
        if command is not None and command.name == "go on" and session:
            command, text = None, GO_ON
        if command is not None:
            await commands.run_command(deps, message, person, session, command)
        else:
            await _to_session(deps, message, session, text, person)
            if message.first and not session:
                _catch_up(deps, str(message.thread))
    except HonkError as error:
        log.info("%s was refused: %s", message.claim, type(error).__name__)
        await deps.refuse(message.claim, message.thread, user, error)


def _soon(message: IncomingMessage) -> bool:
    """Whether a reply is so close to its thread's first message that Slack may deliver the two in reverse order."""
    return float(message.ts) - float(message.thread.thread_ts) < EARLY_SECONDS


def _catch_up(deps: SlackDependencies, thread: str) -> None:
    """Take in the replies that arrived before the first message of their thread."""
    for reply in sorted(deps.early_replies.pop(thread, []), key=lambda each: each.ts):
        deps.background.run(take_message(deps, reply))


async def _to_session(
    deps: SlackDependencies, message: IncomingMessage, session: str, text: str, person: Person
) -> None:
    if session:
        now = await deps.honk_client.session(session)
        if now.phase in SHIPPED:
            raise UsageError(texts.over(now.phase))
    context = await gathered(deps, message, in_session=bool(session))
    if session:
        await deps.honk_client.reply(session, text, person, claim=message.claim, context=context)
    else:
        await deps.honk_client.ask(text, person, claim=message.claim, context=context)


async def gathered(deps: SlackDependencies, message: IncomingMessage, *, in_session: bool) -> MessageContext:
    """A message's context. The thread of a session is known to the agent; any other thread is quoted."""
    private, about, fetched = await asyncio.gather(
        deps.privacy.is_private(message.thread.channel),
        deps.context.gather(message, with_thread=not in_session),
        deps.downloads.fetch(message.files),
    )
    files, notes = fetched
    return MessageContext(
        thread=str(message.thread),
        link=deps.team.permalink(message.thread, message.ts),
        private=(private or about.private) and not deps.settings.quote_private,
        repo=await deps.store.threads.binding(message.thread.channel_ref),
        quotes=(*about.quotes, *notes),
        files=files,
    )
