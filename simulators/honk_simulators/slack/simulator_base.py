"""A running workspace as somebody sees it who looks on: what was said, what the app asked for, what was refused."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from honk_simulators.slack import transcript
from honk_simulators.slack.block_kit import mrkdwn
from honk_simulators.slack.delivery.delivery import DeliveryAttempt, EventDelivery, Timing
from honk_simulators.slack.faults import ApiFaults
from honk_simulators.slack.rate_limits import SlackRateLimits
from honk_simulators.slack.state.workspace import (
    Channel,
    ChannelMessage,
    SlackWorkspace,
    User,
    View,
    WorkspaceFile,
)

Found = TypeVar("Found")
UNTIL_SECONDS = 10.0


@dataclass(frozen=True)
class ApiCall:
    """One call of the Web API. `error` is empty when it was accepted; `arguments` have no token."""

    at: float
    method: str
    arguments: Mapping[str, Any]
    error: str = ""
    status: int = 200


@dataclass(eq=False)
class SimulatorBase:
    """A running workspace from outside: its credentials, what is to be seen in it, and waiting for that.

    `calls` are the accepted calls of the Web API, `refused` the others, in order.
    """

    workspace: SlackWorkspace
    limits: SlackRateLimits
    pace: Timing
    calls: list[ApiCall] = field(default_factory=list)
    refused: list[ApiCall] = field(default_factory=list)
    faults: ApiFaults = field(default_factory=ApiFaults)

    def __post_init__(self) -> None:
        self._news: set[asyncio.Event] = set()
        self.workspace.changed = self.changed
        self.delivery = EventDelivery(self.workspace, self.pace, self.changed)
        self.workspace.tell = self.delivery.event

    # What the app is configured with.

    @property
    def url(self) -> str:
        """The API root, which HONK_SLACK_URL holds."""
        return f"{self.workspace.root}/api/"

    @property
    def bot_token(self) -> str:
        """SLACK_BOT_TOKEN."""
        return self.workspace.app.bot_token

    @property
    def app_token(self) -> str:
        """SLACK_APP_TOKEN."""
        return self.workspace.app.app_token

    @property
    def signing_secret(self) -> str:
        """SLACK_SIGNING_SECRET."""
        return self.workspace.app.signing_secret

    @property
    def bot_user(self) -> str:
        """The id of the app's user, for mentions: `<@{world.bot_user}>`."""
        return self.workspace.app.bot_user

    # What is to be seen.

    @property
    def people(self) -> list[User]:
        """Everybody who could sit at a keyboard."""
        return [each for each in self.workspace.users.values() if not each.bot_id and not each.deleted]

    def thread(self, channel: Channel, ts: str) -> list[ChannelMessage]:
        """A message and its replies, as they are now."""
        return list(channel.thread(ts))

    def replies(self, channel: Channel, ts: str) -> list[ChannelMessage]:
        """The app's messages in a thread."""
        return [each for each in channel.thread(ts) if each.bot_id == self.workspace.app.bot_id]

    def text(self, message: ChannelMessage) -> str:
        """A message as a person reads it."""
        return "\n".join(transcript.body(self.workspace, message))

    def transcript(self, channel: Channel, ts: str = "") -> str:
        """A thread as a person reads it, or all of a channel."""
        if ts:
            return transcript.of_thread(self.workspace, channel, ts)
        return transcript.of_channel(self.workspace, channel)

    def ephemerals(self, user: User) -> list[ChannelMessage]:
        """What only this person sees."""
        return [
            each
            for channel in self.workspace.channels.values()
            for each in channel.ephemerals
            if each.only_to == user.id
        ]

    def views(self, user: User) -> list[View]:
        """The modals before a person's eyes, the topmost last."""
        return [
            each
            for each in self.workspace.views.values()
            if each.user == user.id and each.open and each.kind == "modal"
        ]

    def home(self, user: User) -> View | None:
        """A person's home tab of the app, when it was published."""
        return next(
            (each for each in self.workspace.views.values() if each.user == user.id and each.kind == "home"), None
        )

    @property
    def files(self) -> list[WorkspaceFile]:
        """Everything that was uploaded."""
        return list(self.workspace.files.values())

    @property
    def attempts(self) -> list[DeliveryAttempt]:
        """Every try to tell the app something."""
        return self.delivery.attempts

    def plain(self, text: str) -> str:
        """Slack's markup read out."""
        return mrkdwn.plain(self.workspace, text)

    # Waiting.

    async def until(self, found: Callable[[], Found], timeout: float = UNTIL_SECONDS) -> Found:
        """Wait until `found` returns something true; return that. Raises AssertionError with what there is instead."""

        async def ask() -> Found:
            return found()

        return await self.until_answered(ask, timeout)

    async def until_answered(self, ask: Callable[[], Awaitable[Found]], timeout: float = UNTIL_SECONDS) -> Found:
        """The same for an answer that has to be waited for."""
        news = asyncio.Event()
        self._news.add(news)
        try:
            async with asyncio.timeout(timeout):
                while not (value := await ask()):
                    await news.wait()
                    news.clear()
                return value
        except TimeoutError:
            raise AssertionError(f"not within {timeout:g} s\n{self.summary()}") from None
        finally:
            self._news.discard(news)

    async def quiet(self, timeout: float = UNTIL_SECONDS) -> None:
        """Wait until nothing is on its way to the app. Raises AssertionError with what still is."""
        try:
            await self.until(lambda: self.delivery.is_quiet, timeout)
        except AssertionError:
            raise AssertionError(f"still on its way after {timeout:g} s: {self.delivery.pending}") from None

    def changed(self) -> None:
        """Wake up whoever waits or looks on."""
        for news in self._news:
            news.set()

    def watch(self) -> asyncio.Event:
        """An event that is set at every change, until `unwatch`."""
        news = asyncio.Event()
        self._news.add(news)
        return news

    def unwatch(self, news: asyncio.Event) -> None:
        """No longer."""
        self._news.discard(news)

    def summary(self) -> str:
        """What there is to see, for somebody whose test failed."""
        rows = [f"#{each.name or each.id}\n{self.transcript(each)}" for each in self.workspace.channels.values()]
        rows += [f"refused: {each.method} {each.error}" for each in self.refused[-5:]]
        rows += [f"not taken: {each.event} {each.outcome}" for each in self.attempts if not each.ok][-5:]
        return "\n".join(rows)

    def record(self, method: str, arguments: Mapping[str, Any], error: str = "", status: int = 200) -> None:
        """Keep a call, and wake up whoever waits for it."""
        call = ApiCall(self.workspace.clock(), method, arguments, error, status)
        (self.refused if error else self.calls).append(call)
        self.changed()

    def _now(self, message: ChannelMessage | tuple[Channel, str]) -> ChannelMessage:
        """A message as it is now. Raises LookupError."""
        if isinstance(message, tuple):
            channel, ts = message
        else:
            channel, ts = self.workspace.channels[message.channel], message.ts
        for each in [*channel.messages, *channel.ephemerals]:
            if each.ts == ts:
                return each
        raise LookupError(f"there is no message {ts} in {channel.name or channel.id}")
