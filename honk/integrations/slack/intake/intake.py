"""A person's message becomes a turn: once, by whoever may, with what belongs to it."""

import asyncio
import logging

from honk.core.errors import HonkError, UsageError
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.core.phase import SHIPPED
from honk.integrations.slack import texts
from honk.integrations.slack.client import entities
from honk.integrations.slack.client.payloads import IncomingMessage
from honk.integrations.slack.client.people import AccountRefused
from honk.integrations.slack.intake import command_words, commands
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import markdown

EARLY_SECONDS = 10.0
MOST_EARLY = 500
"""Threads whose replies are remembered until their first message comes."""

log = logging.getLogger(__name__)


async def take_message(deps: SlackDependencies, said: IncomingMessage) -> None:
    """Take a message in, if it is for Honk. Done when it is in the store, or its author was told why not.

    Raises Unavailable when the store does not answer: the message has to come again.
    """
    deps.privacy.learn(said.thread.channel, said.kind)
    # of most deliveries it is clear without a look into the store: a mention, or the same message again
    known = deps.single_flight.knows(said.claim) or is_for_us(said, deps.team.bot_user, "")
    if known or (not said.first and is_for_us(said, deps.team.bot_user, deps.store.threads.session(str(said.thread)))):
        await deps.single_flight.run(said.claim, lambda: _take(deps, said, said.user, said.user_team))
    elif not said.first and _soon(said):
        deps.early_replies.setdefault(str(said.thread), []).append(said)
        while len(deps.early_replies) > MOST_EARLY:
            del deps.early_replies[next(iter(deps.early_replies))]


async def take_pointed_message(deps: SlackDependencies, said: IncomingMessage, user: str, user_team: str) -> None:
    """Do what somebody's message says because `user` pointed at it, in its thread. It is the same turn as if its
    author had mentioned Honk."""
    await deps.single_flight.run(said.claim, lambda: _take(deps, said, user, user_team, adopted=True))


def is_for_us(said: IncomingMessage, bot: str, session: str) -> bool:
    """Whether a message speaks to Honk. `session` is the one whose thread it stands in, if any. Pure."""
    mentioned = entities.mentions(said.text)
    if bot in mentioned:
        return True
    if command_words.is_aside(said.text):
        return False
    return said.kind == "im" or bool(session and not mentioned)


async def _take(
    deps: SlackDependencies, said: IncomingMessage, user: str, user_team: str, *, adopted: bool = False
) -> None:
    async with deps.thread_lock(said.thread):
        await _take_in(deps, said, user, user_team, adopted=adopted)


async def _take_in(deps: SlackDependencies, said: IncomingMessage, user: str, user_team: str, *, adopted: bool) -> None:
    try:
        person = await deps.people.person(user, user_team)
    except AccountRefused as refusal:
        if text := str(refusal):
            await deps.tell_person_once(f"refused:{said.thread}:{user}", said.thread, user, markdown.to_mrkdwn(text))
        return
    # a message that begins a thread is in nobody's yet; where it is after all, `ask` makes it that session's next turn
    session = "" if said.first else deps.store.threads.session(str(said.thread))
    addressed = entities.without(entities.visible(said.text), deps.team.bot_user)
    text = entities.decoded(addressed, await deps.people.names(entities.mentions(addressed)))
    if not text and said.files:
        text = texts.files_only()
    if not text:
        hint = texts.empty_mention(deps.team.bot_name)
        await deps.tell_person_once(said.claim, said.thread, user, hint)
        return
    await deps.react(said.thread, said.ts)
    command = None if adopted else command_words.parse(text)
    try:
        if command == "go on" and session:
            command, text = None, texts.go_on()
        if command is not None:
            await commands.run_command(deps, said, person, session, command)
        else:
            await _pass_on(deps, said, session, text, person)
            if said.first and not session:
                _catch_up(deps, str(said.thread))
    except HonkError as error:
        log.info("%s was not done: %s", said.claim, type(error).__name__)
        await deps.refuse(said.claim, said.thread, user, error)


def _soon(said: IncomingMessage) -> bool:
    """Whether a reply was written so soon after its thread's first message that the two may have changed places."""
    return float(said.ts) - float(said.thread.thread_ts) < EARLY_SECONDS


def _catch_up(deps: SlackDependencies, thread: str) -> None:
    """Hear what came before the first message of its thread did."""
    for reply in sorted(deps.early_replies.pop(thread, []), key=lambda each: each.ts):
        deps.background.run(take_message(deps, reply))


async def _pass_on(deps: SlackDependencies, said: IncomingMessage, session: str, text: str, person: Person) -> None:
    if session:
        now = await deps.honk_client.session(session)
        if now.phase in SHIPPED:
            raise UsageError(texts.over(now.phase))
    context = await gathered(deps, said, in_session=bool(session))
    if session:
        await deps.honk_client.reply(session, text, person, claim=said.claim, context=context)
    else:
        await deps.honk_client.ask(text, person, claim=said.claim, context=context)


async def gathered(deps: SlackDependencies, said: IncomingMessage, *, in_session: bool) -> MessageContext:
    """What comes along with a message. The thread of a session is known to it; any other is quoted."""
    private, about, fetched = await asyncio.gather(
        deps.privacy.is_private(said.thread.channel),
        deps.context.gather(said, with_thread=not in_session),
        deps.downloads.fetch(said.files),
    )
    files, notes = fetched
    return MessageContext(
        place=str(said.thread),
        link=deps.team.permalink(said.thread, said.ts),
        private=(private or about.private) and not deps.settings.quote_private,
        repo=deps.store.threads.binding(said.thread.channel_ref),
        quotes=(*about.quotes, *notes),
        files=files,
    )
