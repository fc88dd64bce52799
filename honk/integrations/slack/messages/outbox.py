"""Sends messages to Slack within its rate limits: the newest state of each message, and each message once.

`show` sets what a message should show and replaces a state that was not sent yet.
"""

import asyncio
import logging
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from honk.conversation import published_posts
from honk.conversation.published_posts import MessageCalls
from honk.core.errors import HonkError, Unavailable
from honk.integrations.slack.client.client import (
    SlackClient,
    SlackGone,
    SlackRateLimited,
    SlackRefused,
    SlackTokenRevoked,
)
from honk.integrations.slack.client.rate_schedule import CallKind, RateSchedule, ScheduledCall
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.messages import message_texts
from honk.integrations.slack.messages.block_kit import SlackMessage
from honk.integrations.slack.messages.message_calls import SlackMessageCalls, UploadCalls
from honk.integrations.slack.messages.uploads import BuildUpload
from honk.storage.store import Store

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds until a call is repeated that Slack did not answer, doubled each time."""

SHARE_SECONDS = 4.0
"""An upload appears in the thread some time after Slack's answer (slackapi/bolt-js issue 2115); it is not searched for
before."""

Note = Callable[..., Awaitable[None]]
"""`HonkClient.note`."""


@dataclass
class OutboxItem:
    """One message: what it should show, and what is known about it. `ref` is its timestamp once it is posted, `shown`
    the hash of what it shows. `seen` is the newest event that an earlier process had shown, `seq` the newest one to be
    shown."""

    session: str
    thread: SlackThreadRef
    key: str
    ref: str = ""
    shown: str = ""
    seen: int = 0
    seq: int = 0
    message: SlackMessage | None = None
    bundle: BuildUpload | None = None
    ended: bool = False
    failures: int = 0

    @property
    def name(self) -> str:
        """Identifies it among all messages."""
        return f"{self.thread} {self.key}"

    @property
    def digest(self) -> str:
        """Hash of what it should show."""
        if self.bundle is not None:
            return self.bundle.digest
        return self.message.digest if self.message is not None else self.shown

    @property
    def kind(self) -> CallKind:
        """The kind of the next call."""
        if self.bundle is not None:
            return "file"
        if not self.ref:
            return "post"
        return "end" if self.ended else "edit"


@dataclass
class SlackOutbox:
    """See the module's text. `may_post`: this process still holds the lease, so that nobody else posts."""

    client: SlackClient
    store: Store
    note: Note
    may_post: Callable[[], bool] = lambda: True
    schedule: RateSchedule = field(default_factory=RateSchedule)
    jitter: Callable[[], float] = random.random
    _items: dict[str, OutboxItem] = field(default_factory=dict)
    _gone_threads: set[str] = field(default_factory=set)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def show(
        self, session: str, thread: SlackThreadRef, key: str, message: SlackMessage, *, ended: bool, seq: int = 0
    ) -> None:
        """Show `message` in `thread` under `key`. `ended`: it is an outcome, and does not change by itself any more.

        `seq` is the number of the newest event in it. An outcome that an earlier process has shown for the same events
        is left as it is, even when this version would say it differently.
        """
        item = await self._item(session, thread, key)
        item.message, item.ended, item.seq = message, ended, seq
        if ended and seq and item.seen == seq:
            item.shown = item.digest
        self._want(item)

    async def upload(self, session: str, thread: SlackThreadRef, key: str, bundle: BuildUpload) -> None:
        """Upload these files to the thread, once."""
        item = await self._item(session, thread, key)
        item.bundle, item.ended = bundle, True
        if not item.ref:
            self._want(item)

    def all_sent(self) -> bool:
        """Whether every message shows its newest state, or was refused."""
        return self.schedule.idle

    def has_room(self) -> bool:
        """Whether the rate limits allow an edit that only updates the time."""
        return self.schedule.has_room("chat.update", _now())

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as sending:
            while True:
                self._wake.clear()
                job = self.schedule.tick(_now())
                if isinstance(job, ScheduledCall):
                    sending.create_task(self._do(job))
                    continue
                await self._wait(job)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _item(self, session: str, thread: SlackThreadRef, key: str) -> OutboxItem:
        item = OutboxItem(session, thread, key)
        if item.name in self._items:
            return self._items[item.name]
        if (post := await self.store.threads.post(str(thread), key)) is not None:
            seen, _, digest = post.digest.rpartition(":")
            item.ref, item.shown, item.seen = post.ref, digest, int(seen or 0)
        self._items[item.name] = item
        return item

    def _want(self, item: OutboxItem) -> None:
        if item.digest == item.shown or (str(item.thread) in self._gone_threads and not item.ended):
            self.schedule.drop(item.name)
            return
        self.schedule.want(item.name, item.kind, item.thread.channel, _now(), str(item.thread))
        self._wake.set()

    async def _do(self, job: ScheduledCall) -> None:
        """One call, and what follows from its result."""
        item = self._items[job.name]
        digest = item.digest
        try:
            await self._send(item)
        except SlackRateLimited as error:
            self.schedule.limited(job.method, _now(), error.retry_after)
            self.schedule.again(job, _now(), 0.0)
        except Unavailable as error:
            item.failures += 1
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (item.failures - 1)) * (1 + 0.25 * self.jitter())
            if item.bundle is not None:
                wait = max(wait, SHARE_SECONDS)
            log.warning("%s %s is sent again in %.1f s: %s", item.session, item.key, wait, error)
            self.schedule.again(job, _now(), wait)
        except (SlackGone, SlackRefused, SlackTokenRevoked) as error:
            self.schedule.done(job.name, _now())
            await self._cannot(item, digest, error)
        else:
            item.failures = 0
            self._gone_threads.discard(str(item.thread))
            self.schedule.done(job.name, _now())
            self._catch_up(item)
        self._wake.set()

    def _catch_up(self, item: OutboxItem) -> None:
        """Queue it again if it has changed meanwhile; drop the content of a finished one."""
        if item.digest != item.shown:
            self._want(item)
        elif item.ended:
            item.message = None

    async def _send(self, item: OutboxItem) -> None:
        calls: MessageCalls = (
            UploadCalls(self.client, item.thread, item.bundle)
            if item.bundle is not None
            else SlackMessageCalls(self.client, item.thread, item.session, item.key, _needed(item), item.ended)
        )
        digest, seq = item.digest, item.seq
        ref = await published_posts.show(
            self.store.threads, str(item.thread), item.key, f"{seq}:{digest}", calls, self.may_post
        )
        item.ref, item.shown = ref, digest

    async def _cannot(self, item: OutboxItem, digest: str, error: SlackGone | SlackRefused | SlackTokenRevoked) -> None:
        """It cannot be shown: note that in the session, where other chats show it, and go on."""
        reason = error.error if isinstance(error, SlackRefused) else error.reason
        if isinstance(error, SlackRefused) and item.message is not None and item.message.blocks and not error.needed:
            log.error("Slack refuses the blocks of %s of %s, only the text is sent: %s", item.key, item.session, error)
            item.message = SlackMessage(item.message.text, ())
            self._want(item)
            return
        item.shown = digest  # not again, until it should show something else
        if isinstance(error, SlackGone):
            self._gone_threads.add(str(item.thread))
        log.warning("%s of %s cannot be shown at %s: %s", item.key, item.session, item.thread, error)
        await self._note(item, reason, error)

    async def _note(self, item: OutboxItem, reason: str, error: HonkError) -> None:
        try:
            claim = f"slack:{item.thread}:{reason}"
            await self.note(item.session, message_texts.not_shown(str(error)), claim=claim, bad=True)
        except HonkError as trouble:
            log.warning("That could not be noted in the session either: %s", trouble)


def _needed(item: OutboxItem) -> SlackMessage:
    assert item.message is not None
    return item.message


def _now() -> float:
    return asyncio.get_running_loop().time()
