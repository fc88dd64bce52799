"""Takes in people's messages: each becomes one turn or one command, with its context."""

import asyncio
from dataclasses import dataclass

from honk.conversation import intake
from honk.conversation.commands import Command, named
from honk.core.errors import HonkError, UsageError
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.core.phase import SHIPPED
from honk.core.session import Session
from honk.integrations.slack import texts
from honk.integrations.slack.client import entities
from honk.integrations.slack.client.payloads import ReceivedSlackMessage
from honk.integrations.slack.client.people import AccountRefused
from honk.integrations.slack.intake import commands
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import markdown

ASIDE = "(aside)"
"""A message in a session's thread that begins with this is for people, not for Honk."""

EARLY_SECONDS = 10.0
MOST_EARLY = 500
"""Threads whose early replies are kept until their first message arrives."""


async def take_message(deps: SlackDependencies, message: ReceivedSlackMessage) -> None:
    """Take a message in, if it is for Honk. Returns when it is stored, or its author has seen why not.

    Raises Unavailable when the store does not answer: Slack has to deliver the message again.
    """
    deps.privacy.learn(message.thread.channel, message.kind)
    # before anything is awaited: messages of one thread are taken in in the order in which they came
    async with deps.thread_locks.of(str(message.thread)):
        # most deliveries need no query: a mention, or a message that was delivered before
        ours = deps.single_flight.knows(message.claim) or is_for_us(message, deps.team.bot_user, "")
        if not ours and not message.first:
            session = await deps.store.threads.session(str(message.thread))
            ours = is_for_us(message, deps.team.bot_user, session)
        if ours:
            incoming = SlackIncomingMessage(deps, message, message.user, message.user_team)
            await deps.single_flight.run(message.claim, lambda: _take(incoming))
        elif not message.first and _soon(message):
            deps.early_replies.setdefault(str(message.thread), []).append(message)
            while len(deps.early_replies) > MOST_EARLY:
                del deps.early_replies[next(iter(deps.early_replies))]


async def take_pointed_message(
    deps: SlackDependencies, message: ReceivedSlackMessage, user: str, user_team: str
) -> None:
    """Take a message in because `user` chose it by emoji or menu: the same turn as if its author had mentioned Honk."""
    chosen = SlackIncomingMessage(deps, message, user, user_team, chosen=True)
    async with deps.thread_locks.of(str(message.thread)):
        await deps.single_flight.run(message.claim, lambda: _take(chosen))


def is_for_us(message: ReceivedSlackMessage, bot: str, session: str) -> bool:
    """Whether a message is for Honk. `session` is that of its thread, if any. Pure."""
    mentioned = entities.mentions(message.text)
    if bot in mentioned:
        return True
    if message.text.lstrip().lower().startswith(ASIDE):
        return False
    return message.kind == "im" or bool(session and not mentioned)


async def _take(incoming: "SlackIncomingMessage") -> None:
    await intake.take(incoming.deps.honk_client, incoming)
    if incoming.message.first:
        _catch_up(incoming.deps, str(incoming.message.thread))


def _soon(message: ReceivedSlackMessage) -> bool:
    """Whether a reply is so close to its thread's first message that Slack may deliver the two in reverse order."""
    return float(message.ts) - float(message.thread.thread_ts) < EARLY_SECONDS


def _catch_up(deps: SlackDependencies, thread: str) -> None:
    """Take in the replies that arrived before the first message of their thread."""
    for reply in sorted(deps.early_replies.pop(thread, []), key=lambda each: each.ts):
        deps.background.run(take_message(deps, reply))


@dataclass(frozen=True)
class SlackIncomingMessage:
    """An `IncomingMessage` of Slack's. `user` gives Honk the work; `chosen`: by emoji or menu, so it is no command."""

    deps: SlackDependencies
    message: ReceivedSlackMessage
    user: str
    user_team: str
    chosen: bool = False
    repo: str = ""

    @property
    def claim(self) -> str:
        return self.message.claim

    async def author(self) -> Person | None:
        try:
            return await self.deps.people.person(self.user, self.user_team)
        except AccountRefused as refusal:
            if text := str(refusal):
                name = f"refused:{self.message.thread}:{self.user}"
                await self.deps.show_once_to(name, self.message.thread, self.user, markdown.to_mrkdwn(text))
            return None

    async def text(self) -> str:
        addressed = entities.without(entities.visible(self.message.text), self.deps.team.bot_user)
        text = entities.decoded(addressed, await self.deps.people.names(entities.mentions(addressed)))
        if not text and self.message.files:
            return texts.FILES_ONLY
        if not text:
            await self.answer(texts.empty_mention(self.deps.team.bot_name))
        return text

    async def acknowledge(self) -> None:
        await self.deps.react(self.message.thread, self.message.ts)

    async def session(self) -> Session | None:
        if self.message.first:
            return None  # if its thread has one after all, `ask` makes it the next turn there
        session = await self.deps.store.threads.session(str(self.message.thread))
        return await self.deps.honk_client.session(session) if session else None

    def command(self, text: str) -> Command | None:
        return None if self.chosen else named(text)

    def continues(self, session: Session) -> bool:
        if session.phase in SHIPPED:
            raise UsageError(texts.over(session.phase))
        return True

    async def context(self, session: Session | None) -> MessageContext:
        return await gathered(self.deps, self.message, in_session=session is not None)

    async def show(self, command: Command, session: Session | None) -> str:
        if command.name == "help":
            return commands.help_text(self.deps)
        if session is not None:
            return commands.status(self.deps, session)
        if command.name != "status":
            raise UsageError(texts.no_session(command.words[0]))
        return await commands.channel_status(self.deps, self.message.thread.channel_ref)

    async def check(self, command: Command, session: Session, person: Person) -> str:
        if command.replies:
            self.continues(session)
        if command.name == "merge":
            commands.check_findings(session)
        if command.name in ("merge", "merge looked"):
            await commands.check_person(self.deps, session, person)
        return ""

    async def started(self, command: Command | None, session: Session | None) -> None:
        if command is not None and command.name == "approve":
            await self.answer(texts.APPROVED)

    async def answer(self, text: str) -> None:
        await self.deps.show_once_to(self.claim, self.message.thread, self.user, text)

    async def refuse(self, error: HonkError, command: Command | None) -> None:
        await self.deps.refuse(self.claim, self.message.thread, self.user, error)


async def gathered(deps: SlackDependencies, message: ReceivedSlackMessage, *, in_session: bool) -> MessageContext:
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
