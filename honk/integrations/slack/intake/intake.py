"""A person's message becomes a turn: once, by whoever may, with what belongs to it."""

import asyncio
import logging

from honk.core.errors import HonkError, UsageError
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.core.phase import SHIPPED
from honk.integrations.slack import texts
from honk.integrations.slack.client import entities
from honk.integrations.slack.client.payloads import Said
from honk.integrations.slack.client.people import NotServed
from honk.integrations.slack.intake import command_words, commands
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import mrkdwn

EARLY_SECONDS = 10.0
MOST_EARLY = 500
"""Threads whose replies are remembered until their first message comes."""

log = logging.getLogger(__name__)


async def hear(desk: SlackDependencies, said: Said) -> None:
    """Take a message in, if it is for Honk. Done when it is in the store, or its author was told why not.

    Raises Unavailable when the store does not answer: the message has to come again.
    """
    desk.rooms.learn(said.place.channel, said.kind)
    # of most deliveries it is clear without a look into the store: a mention, or the same message again
    known = desk.once.knows(said.claim) or is_for_us(said, desk.team.bot_user, "")
    if known or (not said.first and is_for_us(said, desk.team.bot_user, desk.store.threads.session(str(said.place)))):
        await desk.once.run(said.claim, lambda: _take(desk, said, said.user, said.user_team))
    elif not said.first and _soon(said):
        desk.early.setdefault(str(said.place), []).append(said)
        while len(desk.early) > MOST_EARLY:
            del desk.early[next(iter(desk.early))]


async def adopt(desk: SlackDependencies, said: Said, user: str, user_team: str) -> None:
    """Do what somebody's message says because `user` pointed at it, in its thread. It is the same turn as if its
    author had mentioned Honk."""
    await desk.once.run(said.claim, lambda: _take(desk, said, user, user_team, adopted=True))


def is_for_us(said: Said, bot: str, session: str) -> bool:
    """Whether a message speaks to Honk. `session` is the one whose thread it stands in, if any. Pure."""
    mentioned = entities.mentions(said.text)
    if bot in mentioned:
        return True
    if command_words.is_aside(said.text):
        return False
    return said.kind == "im" or bool(session and not mentioned)


async def _take(desk: SlackDependencies, said: Said, user: str, user_team: str, *, adopted: bool = False) -> None:
    async with desk.lane(said.place):
        await _take_in(desk, said, user, user_team, adopted=adopted)


async def _take_in(desk: SlackDependencies, said: Said, user: str, user_team: str, *, adopted: bool) -> None:
    try:
        person = await desk.people.person(user, user_team)
    except NotServed as refusal:
        if text := str(refusal):
            await desk.tell_once(f"refused:{said.place}:{user}", said.place, user, mrkdwn.markdown(text))
        return
    # a message that begins a thread is in nobody's yet; where it is after all, `ask` makes it that session's next turn
    session = "" if said.first else desk.store.threads.session(str(said.place))
    addressed = entities.without(entities.visible(said.text), desk.team.bot_user)
    text = entities.decoded(addressed, await desk.people.names(entities.mentions(addressed)))
    if not text and said.files:
        text = texts.files_only()
    if not text:
        hint = texts.empty_mention(desk.team.bot_name)
        await desk.tell_once(said.claim, said.place, user, hint)
        return
    await desk.react(said.place, said.ts)
    command = None if adopted else command_words.named(text)
    try:
        if command == "go on" and session:
            command, text = None, texts.go_on()
        if command is not None:
            await commands.obey(desk, said, person, session, command)
        else:
            await _pass_on(desk, said, session, text, person)
            if said.first and not session:
                _catch_up(desk, str(said.place))
    except HonkError as error:
        log.info("%s was not done: %s", said.claim, type(error).__name__)
        await desk.refuse(said.claim, said.place, user, error)


def _soon(said: Said) -> bool:
    """Whether a reply was written so soon after its thread's first message that the two may have changed places."""
    return float(said.ts) - float(said.place.thread) < EARLY_SECONDS


def _catch_up(desk: SlackDependencies, place: str) -> None:
    """Hear what came before the first message of its thread did."""
    for reply in sorted(desk.early.pop(place, []), key=lambda each: each.ts):
        desk.errands.run(hear(desk, reply))


async def _pass_on(desk: SlackDependencies, said: Said, session: str, text: str, person: Person) -> None:
    if session:
        now = await desk.honk_client.session(session)
        if now.phase in SHIPPED:
            raise UsageError(texts.over(now.phase))
    context = await gathered(desk, said, in_session=bool(session))
    if session:
        await desk.honk_client.reply(session, text, person, claim=said.claim, context=context)
    else:
        await desk.honk_client.ask(text, person, claim=said.claim, context=context)


async def gathered(desk: SlackDependencies, said: Said, *, in_session: bool) -> MessageContext:
    """What comes along with a message. The thread of a session is known to it; any other is quoted."""
    private, about, fetched = await asyncio.gather(
        desk.rooms.is_private(said.place.channel),
        desk.context.gather(said, thread=not in_session),
        desk.downloads.fetch(said.files),
    )
    files, notes = fetched
    return MessageContext(
        place=str(said.place),
        link=desk.team.permalink(said.place, said.ts),
        private=(private or about.private) and not desk.settings.quote_private,
        repo=desk.store.threads.binding(said.place.room),
        quotes=(*about.quotes, *notes),
        files=files,
    )
