"""The one sender: what should stand in each thread, brought there as often as Slack allows, the newest state always.

What a message should show is put in (`show`); older states that were not sent yet are forgotten. A first message is
noted before it is sent and carries its name in its metadata: whoever finds it noted but not known to be sent (after a
crash, or when the answer was lost) looks into the thread before posting it again.
"""

import asyncio
import logging
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from honk.core import events
from honk.core.errors import HonkError, Unavailable
from honk.integrations.slack.client.client import Gone, Limited, Refused, Revoked, SlackClient
from honk.integrations.slack.client.rate_schedule import Job, Kind, Schedule
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.messages import captions, message_lookup, uploads
from honk.integrations.slack.messages.block_kit import Message
from honk.integrations.slack.messages.uploads import Bundle
from honk.storage.store import Store

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds until something is tried again that Slack had no answer to, doubled each time."""

SHARE_SECONDS = 4.0
"""An upload appears in the thread some time after Slack said yes (slackapi/bolt-js issue 2115): it is not looked for
before that."""

EVENT = "honk_post"
"""The metadata's type on everything that is posted."""

_LOST = ("message_not_found", "edit_window_closed", "cant_update_message")
"""Our message cannot be edited any more: how it ended is then posted anew."""


@dataclass
class Item:
    """A message of ours: what it should show, and what is known of it. `seen` is the newest
    event that an earlier process had shown, `seq` the one that is to be shown. `begun`: it was noted by us
    before it was sent; `unsure`: it may have been sent already."""

    session: str
    place: SlackThreadRef
    key: str
    ref: str = ""
    shown: str = ""
    seen: int = 0
    seq: int = 0
    message: Message | None = None
    bundle: Bundle | None = None
    ended: bool = False
    begun: bool = False
    unsure: bool = False
    failures: int = 0

    @property
    def name(self) -> str:
        """Among all messages."""
        return f"{self.place} {self.key}"

    @property
    def digest(self) -> str:
        """Of what it should show."""
        if self.bundle is not None:
            return self.bundle.digest
        return self.message.digest if self.message is not None else self.shown

    @property
    def kind(self) -> Kind:
        """What has to be called."""
        if self.bundle is not None:
            return "file"
        if not self.ref:
            return "post"
        return "end" if self.ended else "edit"


@dataclass
class Outbox:
    """See the module's text. `mine` says whether this process may still post: of several only one does."""

    client: SlackClient
    store: Store
    mine: Callable[[], bool] = lambda: True
    schedule: Schedule = field(default_factory=Schedule)
    jitter: Callable[[], float] = random.random
    _items: dict[str, Item] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _rung: asyncio.Event = field(default_factory=asyncio.Event)
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)

    def show(
        self, session: str, place: SlackThreadRef, key: str, message: Message, *, ended: bool, seq: int = 0
    ) -> None:
        """Let `message` stand in the thread `place` under `key`. `ended`: this is how it came out.

        `seq` is the number of the newest event that it takes into account. What an earlier process has shown of the
        same events is left as it is, even when the words would be others now.
        """
        item = self._item(session, place, key)
        item.message, item.ended, item.seq = message, ended, seq
        if ended and seq and item.seen == seq:
            item.shown = item.digest
        self._want(item)

    def upload(self, session: str, place: SlackThreadRef, key: str, bundle: Bundle) -> None:
        """Let these files be in the thread, once."""
        item = self._item(session, place, key)
        item.bundle, item.ended = bundle, True
        if not item.ref:
            self._want(item)

    def has_room(self) -> bool:
        """Whether there is room for an edit that nobody would miss."""
        return self.schedule.has_room("chat.update", _now())

    async def run(self) -> None:
        """Send, until cancelled."""
        async with asyncio.TaskGroup() as sending:
            while True:
                self._rung.clear()
                job = self.schedule.tick(_now())
                if isinstance(job, Job):
                    sending.create_task(self._do(job))
                    continue
                if self.schedule.idle:
                    self._quiet.set()
                await self._ring(job)

    async def quiet(self) -> None:
        """Wait until everything is there."""
        self._quiet.clear()
        self._rung.set()
        await self._quiet.wait()

    async def _ring(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                await self._rung.wait()
        except TimeoutError:
            return

    def _item(self, session: str, place: SlackThreadRef, key: str) -> Item:
        item = Item(session, place, key)
        if item.name in self._items:
            return self._items[item.name]
        if (post := self.store.threads.post(str(place), key)) is not None:
            seen, _, digest = post.digest.rpartition(":")
            item = replace(item, ref=post.ref, shown=digest, seen=int(seen or 0), unsure=not post.ref)
        self._items[item.name] = item
        return item

    def _want(self, item: Item) -> None:
        if item.digest == item.shown or (str(item.place) in self._gone and not item.ended):
            self.schedule.drop(item.name)
            return
        self.schedule.want(item.name, item.kind, item.place.channel, _now(), str(item.place))
        self._rung.set()

    async def _do(self, job: Job) -> None:
        """One call, and what becomes of it."""
        item = self._items[job.name]
        digest = item.digest
        try:
            await self._send(item)
        except Limited as error:
            self.schedule.limited(job.method, _now(), error.retry_after)
            self.schedule.again(job, _now(), 0.0)
        except Unavailable as error:
            item.unsure = item.unsure or not item.ref
            item.failures += 1
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (item.failures - 1)) * (1 + 0.25 * self.jitter())
            if item.bundle is not None:
                wait = max(wait, SHARE_SECONDS)
            log.warning("%s %s is tried again in %.1f s: %s", item.session, item.key, wait, error)
            self.schedule.again(job, _now(), wait)
        except (Gone, Refused, Revoked) as error:
            self.schedule.done(job.name, _now())
            self._cannot(item, digest, error)
        else:
            item.failures = 0
            self._gone.discard(str(item.place))
            self.schedule.done(job.name, _now())
            self._behind(item)
        self._rung.set()

    def _behind(self, item: Item) -> None:
        """Want it again if it has changed meanwhile; let go of what is shown for good."""
        if item.digest != item.shown:
            self._want(item)
        elif item.ended:
            item.message = None

    async def _send(self, item: Item) -> None:
        if item.ref:
            await self._edit(item)
            return
        if not item.begun:
            item.begun = self.store.threads.begin(str(item.place), item.key)
            item.unsure = item.unsure or not item.begun
        if item.unsure:  # another process may have been quicker, or we died after sending
            if ref := await self._found(item):
                self._sent(item, ref, item.bundle.digest if item.bundle else "")
                return
            if not self.mine():
                item.shown = item.digest
                return
        await (self._post(item) if item.bundle is None else self._upload(item, item.bundle))

    async def _found(self, item: Item) -> str:
        """Our message in the thread; empty when it is not there, or we may not look: twice is better than never."""
        try:
            return await message_lookup.ref(self.client, item.place, item.key, item.bundle)
        except Refused as error:
            log.warning("The thread %s cannot be read: %s", item.place, error)
            return ""

    async def _post(self, item: Item) -> None:
        message, seq = _needed(item), item.seq
        said = await self.client.call(
            "chat.postMessage",
            channel=item.place.channel,
            thread_ts=item.place.thread,
            text=message.text,
            blocks=list(message.blocks),
            metadata=_metadata(item),
        )
        self._sent(item, str(said["ts"]), message.digest, seq)

    async def _edit(self, item: Item) -> None:
        message, seq = _needed(item), item.seq
        await self.client.call(
            "chat.update",
            channel=item.place.channel,
            ts=item.ref,
            text=message.text,
            blocks=list(message.blocks),
            metadata=_metadata(item),
        )
        self._sent(item, item.ref, message.digest, seq)

    async def _upload(self, item: Item, bundle: Bundle) -> None:
        ref = await uploads.send(self.client, item.place, bundle)
        self._sent(item, ref, bundle.digest)

    def _sent(self, item: Item, ref: str, digest: str, seq: int = 0) -> None:
        self.store.threads.sent(str(item.place), item.key, ref, f"{seq}:{digest}")
        item.ref, item.shown, item.begun, item.unsure = ref, digest, True, False

    def _cannot(self, item: Item, digest: str, error: Gone | Refused | Revoked) -> None:
        """It cannot be shown: say so in the log of the session, where other surfaces read it, and go on."""
        reason = error.error if isinstance(error, Refused) else error.reason
        if reason in _LOST and item.ref:
            item.ref = "" if item.ended else item.ref
            item.shown = "" if item.ended else digest
            self._behind(item)
            return
        if isinstance(error, Refused) and item.message is not None and item.message.blocks and not error.needed:
            log.error("Slack does not take %s of %s, its text alone is sent: %s", item.key, item.session, error)
            item.message = Message(item.message.text, ())
            self._want(item)
            return
        item.shown = digest  # not again, until there is something else to show
        if isinstance(error, Gone):
            self._gone.add(str(item.place))
        log.warning("%s of %s cannot be shown at %s: %s", item.key, item.session, item.place, error)
        self._note(item, reason, error)

    def _note(self, item: Item, reason: str, error: HonkError) -> None:
        try:
            noted = events.Noted(captions.not_shown(str(error)), bad=True)
            self.store.record(item.session, noted, key=f"slack:{item.place}:{reason}")
        except HonkError as trouble:
            log.warning("That could not be noted in the session either: %s", trouble)


def _needed(item: Item) -> Message:
    assert item.message is not None
    return item.message


def _metadata(item: Item) -> dict[str, object]:
    return {"event_type": EVENT, "event_payload": {"session": item.session, "key": item.key}}


def _now() -> float:
    return asyncio.get_running_loop().time()
