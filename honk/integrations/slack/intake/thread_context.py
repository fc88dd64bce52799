"""What a request refers to: the thread above it and the messages that it links to, as quotes for the agent."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from honk.core.errors import HonkError
from honk.core.message_context import Quote
from honk.integrations.slack import texts
from honk.integrations.slack.client import entities
from honk.integrations.slack.client.channel_privacy import ChannelPrivacy
from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.payloads import ReceivedSlackMessage
from honk.integrations.slack.client.people import SlackPeople

SECONDS = 1.5
"""Limit for all of it: a request starts without its context rather than late."""

ABOVE = "the thread above"
LINKED = "a linked message"
MOST_LINKS = 5
MEMBER_PAGES = 5
THREAD_PAGES = 100


@dataclass(frozen=True)
class GatheredQuotes:
    """The quotes. `private`: some of them come from a private conversation."""

    quotes: tuple[Quote, ...] = ()
    private: bool = False


@dataclass(frozen=True)
class ThreadContextReader:
    """`root` is the workspace's address, `messages` how many messages of a thread are quoted at most, `bot` Honk's own
    user id."""

    client: SlackClient
    people: SlackPeople
    privacy: ChannelPrivacy
    root: str
    bot: str
    messages: int

    async def gather(self, message: ReceivedSlackMessage, *, with_thread: bool) -> GatheredQuotes:
        """The messages that `message` links to and, `with_thread`, those above it in its thread."""
        links = entities.permalinks(message.text, self.root)[:MOST_LINKS]
        quotes: list[Quote] = []
        private = False
        deadline = asyncio.get_running_loop().time() + SECONDS
        if with_thread and not message.first and self.messages:
            try:
                async with asyncio.timeout_at(deadline):
                    quotes += await self._above(message)
            except (HonkError, TimeoutError) as error:
                quotes.append(Quote("Honk", texts.no_thread(_why(error)), ABOVE))
        for channel, ts in links:
            try:
                async with asyncio.timeout_at(deadline):
                    quotes += await self._linked(message, channel, ts)
                    private = private or await self.privacy.is_private(channel)
            except (HonkError, TimeoutError) as error:
                quotes.append(Quote("Honk", texts.no_linked(_why(error)), LINKED))
        return GatheredQuotes(tuple(quotes), private)

    async def message(self, channel: str, ts: str) -> Mapping[str, Any] | None:
        """One message, as Slack's object; None when it does not exist. Raises as `SlackClient.call`."""
        found = await self.client.call(
            "conversations.replies", channel=channel, ts=ts, oldest=ts, latest=ts, inclusive=True, limit=10
        )
        return next((each for each in found.get("messages", ()) if each.get("ts") == ts), None)

    async def _above(self, message: ReceivedSlackMessage) -> list[Quote]:
        """The newest messages above this one, oldest first."""
        rows: list[Mapping[str, Any]] = []
        thread = {"channel": message.thread.channel, "ts": message.thread.thread_ts}
        async for page in self.client.pages(
            "conversations.replies", THREAD_PAGES, **thread, latest=message.ts, inclusive=False
        ):
            rows += [each for each in page.get("messages", ()) if str(each.get("ts")) < message.ts and each not in rows]
        return await self._quoted(rows[-self.messages :], ABOVE)

    async def _linked(self, message: ReceivedSlackMessage, channel: str, ts: str) -> list[Quote]:
        """The message at a link, when the author of the request may read it."""
        if channel != message.thread.channel and not await self._is_member(message.user, channel):
            return []
        found = await self.message(channel, ts)
        return [] if found is None else await self._quoted([found], LINKED)

    async def _is_member(self, user: str, channel: str) -> bool:
        async for page in self.client.pages("conversations.members", MEMBER_PAGES, channel=channel):
            if user in page.get("members", ()):
                return True
        return False

    async def _quoted(self, rows: Sequence[Mapping[str, Any]], source: str) -> list[Quote]:
        spoken = [row for row in rows if row.get("user") != self.bot and str(row.get("text") or "").strip()]
        texts = [str(row["text"]) for row in spoken]
        users = [str(row.get("user") or "") for row in spoken]
        mentioned = [user for text in texts for user in entities.mentions(text)]
        names = await self.people.names(tuple(user for user in (*users, *mentioned) if user))
        return [
            Quote(names.get(user, str(row.get("username") or user or "an app")), entities.decoded(text, names), source)
            for row, user, text in zip(spoken, users, texts, strict=True)
        ]


def _why(error: Exception) -> str:
    return "Slack was too slow" if isinstance(error, TimeoutError) else str(error)
