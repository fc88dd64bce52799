"""Follows the house's news and keeps every thread in Slack up to date, in one of all server processes.

When it starts it compares what stands in the threads with what the log says, by digests: what was missed is made up
for, what is there is left alone. Then it is woken by the store's bell.
"""

import asyncio
import logging
import math
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from honk.core import events
from honk.core.errors import HonkError
from honk.core.phase import Phase
from honk.core.timeline import Timeline, TimelineItem
from honk.integrations.slack.client import thread_ref
from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.thread_ref import SURFACE, SlackThreadRef
from honk.integrations.slack.messages import captions, thread_messages, turn_message, uploads
from honk.integrations.slack.messages.block_kit import Message
from honk.integrations.slack.messages.outbox import Outbox
from honk.integrations.slack.messages.turn_message import View
from honk.integrations.slack.messages.uploads import Shelf
from honk.storage.leases import Lease
from honk.storage.store import Store, Subscription

log = logging.getLogger(__name__)

LEASE_SECONDS = 6.0
"""A process that has died is replaced after so long."""

GAP = 0.4
"""Seconds between two looks at one session: an agent does several things a second."""

RECENT = 200
"""So many sessions are looked at when a process starts, besides those that are busy."""

LONELY_SECONDS = 30.0
"""Without news for so long it is worth asking whether there is any worker."""

BETWEEN = 0.01
"""Seconds between these."""

RESTART_SECONDS = 5.0


@dataclass
class SlackPublisher:
    """See the module's text. `shelf` is where files come from, None where none are to be uploaded; `clock` gives
    seconds since the epoch."""

    client: SlackClient
    store: Store
    team: str
    view: View
    shelf: Shelf | None = None
    clock: Callable[[], float] = time.time
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    outbox: Outbox = field(init=False)
    _known: dict[str, Timeline] = field(default_factory=dict)
    _due: dict[str, float] = field(default_factory=dict)
    _looked: dict[str, float] = field(default_factory=dict)
    _lease: Lease | None = None

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.client, self.store, self._is_mine)

    async def run(self) -> None:
        """Tell, whenever this process has the lease, until cancelled."""
        while True:
            try:
                self._lease = self.store.lease(self._name, self.holder, LEASE_SECONDS)
                if self._lease is not None:
                    await self._tell()
            except* Exception as errors:
                # the boundary of telling: neither a database that is away nor a fault of ours leaves threads in silence
                log.exception("Slack is told again in %g s: %s", RESTART_SECONDS, errors.exceptions[0])
                await asyncio.sleep(RESTART_SECONDS)
            await asyncio.sleep(LEASE_SECONDS / 10)

    @property
    def _name(self) -> str:
        return f"slack:teller:{self.team}"

    def _is_mine(self) -> bool:
        # nobody else can take it before it ends, so there is nothing to ask
        return self._lease is not None and self.clock() < self._lease.until

    async def _tell(self) -> None:
        """Until the lease is lost."""
        self.outbox = Outbox(self.client, self.store, self._is_mine)
        self._known.clear()
        self._looked.clear()
        with self.store.subscribe() as news:
            # one by one: who says something meanwhile does not wait for all of them
            self._due = {name: _now() + number * BETWEEN for number, name in enumerate(self._behind())}
            async with asyncio.TaskGroup() as group:
                others = [group.create_task(self.outbox.run()), group.create_task(self._follow(news))]
                await self._keep()
                for other in others:
                    other.cancel()

    async def _keep(self) -> None:
        """Renew the lease for as long as it can be had."""
        while self._lease is not None:
            await asyncio.sleep(LEASE_SECONDS / 3)
            self._lease = self.store.renew(self._lease, LEASE_SECONDS)
        log.warning("Another process tells Slack from now on.")

    def _behind(self) -> list[str]:
        """Sessions with a thread here that may have moved while nobody looked."""
        here = {session for name, session in self.store.threads.places(surface=SURFACE) if self._ours(name)}
        lately = [*self.store.busy(), *self.store.sessions(RECENT)]
        return list(dict.fromkeys(session.id for session in lately if session.id in here))

    def _ours(self, name: str) -> SlackThreadRef | None:
        found = thread_ref.parse(name)
        return found if found is not None and found.team == self.team else None

    async def _follow(self, news: Subscription) -> None:
        while True:
            soonest = min(self._due.values(), default=math.inf)
            for session in await news.changed(max(0.0, min(soonest - _now(), 600.0))):
                at = max(_now(), self._looked.get(session, 0.0) + GAP)
                self._due[session] = min(at, self._due.get(session, math.inf))
            for session in [each for each, at in self._due.items() if at <= _now()]:
                del self._due[session]
                self._show(session)
                await asyncio.sleep(0)

    def _show(self, name: str) -> None:
        """Look at a session. One that cannot be shown keeps no other from being shown."""
        try:
            self._look(name)
        except HonkError:
            raise
        except Exception:
            log.exception("Session %s cannot be shown in Slack.", name)
            told = Message(captions.cannot_show(), ())
            for where in self._places(name):
                self.outbox.show(name, where, "trouble", told, ended=True)

    def _places(self, name: str) -> list[SlackThreadRef]:
        return [found for each, _ in self.store.threads.places(session=name) if (found := self._ours(each))]

    def _look(self, name: str) -> None:
        """Let the session's threads show what its log says now."""
        if not (places := self._places(name)):
            return
        known = self._known.setdefault(name, Timeline(name))
        known.add(self.store.events(name, known.seq))
        session, at = known.session, self.clock()
        lonely = self._is_lonely(known, at)
        for where in places:
            for chapter, message in thread_messages.messages(
                known.items, session, at, self.view, str(where), lonely=lonely
            ):
                self.outbox.show(name, where, chapter.key, message, ended=chapter.over, seq=known.seq)
                self._build(name, where, chapter)
        self._looked[name] = _now()
        if session.busy:
            self._tick(name)
        else:
            self._known.pop(name)

    def _tick(self, name: str) -> None:
        """Look again when the time that is shown has changed, where there is room for that."""
        pace = turn_message.TICK if self.outbox.has_room() else 4 * turn_message.TICK
        self._due.setdefault(name, _now() + pace)

    def _is_lonely(self, known: Timeline, at: float) -> bool:
        if not known.session.busy or at - known.at < LONELY_SECONDS:
            return False
        return not any(worker.beat > at - LONELY_SECONDS for worker in self.store.workers())

    def _build(self, name: str, where: SlackThreadRef, chapter: TimelineItem) -> None:
        """The files of a head, once it can be looked at."""
        ready = chapter.last(events.PreviewReady)
        then = chapter.session
        if self.shelf is None or not isinstance(ready, events.PreviewReady) or not chapter.over:
            return
        if chapter.turn.outcome != Phase.REVIEW or not then.change.head:
            return
        if (made := uploads.bundle(then.change.head, ready.preview, self.shelf)) is not None:
            self.outbox.upload(name, where, made.key, made)


@asynccontextmanager
async def telling(
    client: SlackClient,
    store: Store,
    *,
    team: str,
    view: View,
    shelf: Shelf | None = None,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[SlackPublisher]:
    """Tell Slack what happens, until the block is left. Another process goes on then."""
    teller = SlackPublisher(client, store, team, view, shelf, clock)
    running = asyncio.create_task(teller.run())
    running.add_done_callback(_say_why)
    try:
        yield teller
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        if teller._lease is not None:
            with suppress(HonkError):
                store.release(teller._lease)


def _say_why(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("Slack is not told anything any more.", exc_info=error)


def _now() -> float:
    return asyncio.get_running_loop().time()
