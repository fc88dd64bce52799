"""What the handlers of Slack's events use, and how they answer one person alone."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from honk.client import HonkClient
from honk.conversation.intake import ThreadLocks
from honk.conversation.single_flight import BackgroundTasks, SingleFlight
from honk.core.errors import HonkError
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.core.session import Session
from honk.integrations.slack.client.channel_privacy import ChannelPrivacy
from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.downloads import Downloads
from honk.integrations.slack.client.payloads import ReceivedSlackMessage
from honk.integrations.slack.client.people import SlackPeople
from honk.integrations.slack.client.rate_schedule import CallRate, RateBucket
from honk.integrations.slack.client.team import SlackTeam
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.intake.thread_context import ThreadContextReader
from honk.integrations.slack.messages import markdown
from honk.settings import SlackAccess, SlackSettings
from honk.storage.blobs import Blobs
from honk.storage.store import Store

log = logging.getLogger(__name__)

REACTIONS = CallRate(45 / 60, 45)
"""reactions.add is of tier 3, "50+ per minute" (docs.slack.dev, "Rate limits")."""

REACTION_SECONDS = 0.1
"""How long a message waits for its reaction before it is stored."""

Changes = Callable[[Session], Awaitable[dict[str, Any]]]
"""The window with a session's changes. Raises HonkError when they cannot be read."""

Objection = Callable[[Session, Person], Awaitable[str]]
"""Why this person may not merge a session's change; empty when they may, or when that is not known yet."""


StartPublisher = Callable[[SlackClient, SlackTeam], AbstractAsyncContextManager[object]]
"""Keeps the workspace's threads up to date until the block is left."""


@dataclass(frozen=True, kw_only=True)
class SlackParts:
    """What the integration needs. `publish` keeps threads up to date, `changes` makes the window with a session's
    changes, `objection` says why a person may not merge, `page` gives the address of a session's page; `origins` are
    those of our links (`https://host`), `hide` the secrets that are never shown."""

    honk_client: HonkClient
    store: Store
    blobs: Blobs
    access: SlackAccess
    settings: SlackSettings
    accounts: Mapping[str, str]
    publish: StartPublisher
    changes: Changes
    objection: Objection
    page: Callable[[str], str]
    origins: Collection[str] = ()
    hide: Collection[str] = field(repr=False, default=())
    proxy: str = field(repr=False, default="")


@dataclass(frozen=True, kw_only=True)
class SlackDependencies(SlackParts):
    """The parts, and what is made from them for one workspace. `early_replies` holds replies, by thread, that came
    before the message that they reply to: Slack keeps no order."""

    client: SlackClient
    team: SlackTeam
    people: SlackPeople
    privacy: ChannelPrivacy
    context: ThreadContextReader
    downloads: Downloads
    reactions: RateBucket = field(default_factory=lambda: RateBucket(REACTIONS, REACTIONS.burst, 0.0))
    thread_locks: ThreadLocks = field(default_factory=ThreadLocks)
    early_replies: dict[str, list[ReceivedSlackMessage]] = field(default_factory=dict)
    single_flight: SingleFlight = field(default_factory=SingleFlight)
    background: BackgroundTasks = field(default_factory=BackgroundTasks)

    async def context_of(self, thread: SlackThreadRef) -> MessageContext:
        """The context of a button or window in a thread: where it was, and whether that is private."""
        private = await self.privacy.is_private(thread.channel) and not self.settings.quote_private
        return MessageContext(thread=str(thread), private=private)

    async def show_to(self, thread: SlackThreadRef, user: str, text: str) -> None:
        """Show one person a text in the thread, as markup. A failure is logged."""
        try:
            await self.client.call(
                "chat.postEphemeral", channel=thread.channel, user=user, thread_ts=thread.thread_ts or None, text=text
            )
        except HonkError as error:
            log.warning("%s could not be shown an answer in %s: %s", user, thread, error)

    async def show_once_to(self, name: str, thread: SlackThreadRef, user: str, text: str) -> None:
        """The same, once for each `name` across all processes."""
        if await self.first(f"slack:told:{name}"):
            await self.show_to(thread, user, text)

    async def refuse(self, name: str, thread: SlackThreadRef, user: str, error: HonkError) -> None:
        """Show a person why their message or press (`name`) was refused."""
        await self.show_once_to(name, thread, user, markdown.to_mrkdwn(str(error), self.hide))

    async def first(self, name: str) -> bool:
        """Claim `name`: True once across all processes."""
        return await self.store.claim(name, secrets.token_hex(8))

    async def react(self, thread: SlackThreadRef, ts: str) -> None:
        """Show with an emoji that a message was seen, unless there were too many lately. Returns after at most
        REACTION_SECONDS."""
        now = asyncio.get_running_loop().time()
        if not self.settings.acknowledge or self.reactions.wait(now) > 0:
            return
        self.reactions.take(now)
        await asyncio.wait({self.background.run(self._react(thread, ts))}, timeout=REACTION_SECONDS)

    async def _react(self, thread: SlackThreadRef, ts: str) -> None:
        try:
            await self.client.call(
                "reactions.add", channel=thread.channel, timestamp=ts, name=self.settings.acknowledge
            )
        except HonkError as error:  # already there, or too many: the thread's first message shows it as well
            log.info("No reaction in %s: %s", thread, error)
