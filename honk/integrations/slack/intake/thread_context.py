"""The talk around a request: the thread above it, and messages that it links to. Material for the agent, in quotes."""

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
from honk.integrations.slack.client.payloads import IncomingMessage
from honk.integrations.slack.client.people import SlackPeople

SECONDS = 1.5
"""For all of it: a request goes on without its context rather than late."""

ABOVE = "the thread above"
LINKED = "a linked message"
MOST_LINKS = 5
MEMBER_PAGES = 5
PAGE = 200


@dataclass(frozen=True)
class GatheredQuotes:
    """What was found. `private`: some of it comes from where not everybody may read."""

    quotes: tuple[Quote, ...] = ()
    private: bool = False


@dataclass(frozen=True)
class ThreadContextReader:
    """See the module's text. `root` is the workspace's address, `messages` the most of a thread that is quoted, `bot`
    Honk's own user."""

    client: SlackClient
    people: SlackPeople
    privacy: ChannelPrivacy
    root: str
    bot: str
    messages: int

    async def gather(self, said: IncomingMessage, *, with_thread: bool) -> GatheredQuotes:
        """What belongs to `said`: with_thread, what stands above it in its thread, and what it links to."""
        links = entities.permalinks(said.text, self.root)[:MOST_LINKS]
        quotes: list[Quote] = []
        private = False
        deadline = asyncio.get_running_loop().time() + SECONDS
        if with_thread and not said.first and self.messages:
            try:
                async with asyncio.timeout_at(deadline):
                    quotes += await self._above(said)
            except (HonkError, TimeoutError) as error:
                quotes.append(Quote("Honk", texts.no_thread(_why(error)), ABOVE))
        for channel, ts in links:
            try:
                async with asyncio.timeout_at(deadline):
                    quotes += await self._linked(said, channel, ts)
                    private = private or await self.privacy.is_private(channel)
            except (HonkError, TimeoutError) as error:
                quotes.append(Quote("Honk", texts.no_linked(_why(error)), LINKED))
        return GatheredQuotes(tuple(quotes), private)

    async def message(self, channel: str, ts: str) -> Mapping[str, Any] | None:
        """One message as Slack has it; None when it is not there. Raises what `Client.call` raises."""
        found = await self.client.call(
            "conversations.replies", channel=channel, ts=ts, oldest=ts, latest=ts, inclusive=True, limit=10
        )
        return next((each for each in found.get("messages", ()) if each.get("ts") == ts), None)

    async def _above(self, said: IncomingMessage) -> list[Quote]:
        """The newest of what was said in the thread before this message, oldest first."""
        rows: list[Mapping[str, Any]] = []
        cursor = ""
        while True:
            page = await self.client.call(
                "conversations.replies",
                channel=said.thread.channel,
                ts=said.thread.thread_ts,
                latest=said.ts,
                inclusive=False,
                limit=PAGE,
                cursor=cursor or None,
            )
            rows += [each for each in page.get("messages", ()) if str(each.get("ts")) < said.ts and each not in rows]
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                break
        return await self._quoted(rows[-self.messages :], ABOVE)

    async def _linked(self, said: IncomingMessage, channel: str, ts: str) -> list[Quote]:
        """The message that was linked to, if the asking person could read it there themselves."""
        if channel != said.thread.channel and not await self._is_member(said.user, channel):
            return []
        found = await self.message(channel, ts)
        return [] if found is None else await self._quoted([found], LINKED)

    async def _is_member(self, user: str, channel: str) -> bool:
        cursor = ""
        for _ in range(MEMBER_PAGES):
            page = await self.client.call("conversations.members", channel=channel, limit=PAGE, cursor=cursor or None)
            if user in page.get("members", ()):
                return True
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                break
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
