"""Keeps each session's thread in Slack up to date, in one server process at a time.

At its start it compares, by hashes, what the threads show with the sessions' events, and sends what is missing. Then it
follows the store's notifications.
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
from honk.integrations.slack.messages import message_texts, thread_messages, turn_message, uploads
from honk.integrations.slack.messages.block_kit import SlackMessage
from honk.integrations.slack.messages.outbox import Note, SlackOutbox
from honk.integrations.slack.messages.renderer import MessageRenderer
from honk.integrations.slack.messages.uploads import FileSource
from honk.storage.leases import Lease
from honk.storage.store import Store, Subscription

log = logging.getLogger(__name__)

LEASE_SECONDS = 6.0
"""Another process takes over this long after one has died."""

GAP = 0.4
"""Seconds between two updates of one session: an agent acts several times a second."""

RECENT = 200
"""Sessions that are compared at the start, besides those that are busy."""

NO_WORKER_SECONDS = 30.0
"""After this long without an event, a busy session may lack a worker."""

BETWEEN = 0.01
"""Seconds between two of these."""

RESTART_SECONDS = 5.0


@dataclass
class SlackPublisher:
    """See the module's text. `source` is where files come from, None for no uploads; `clock` gives seconds
    since the epoch."""

    client: SlackClient
    store: Store
    note: Note
    team: str
    view: MessageRenderer
    source: FileSource | None = None
    clock: Callable[[], float] = time.time
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    outbox: SlackOutbox = field(init=False)
    _known: dict[str, Timeline] = field(default_factory=dict)
    _due: dict[str, float] = field(default_factory=dict)
    _updated_at: dict[str, float] = field(default_factory=dict)
    _lease: Lease | None = None

    def __post_init__(self) -> None:
        self.outbox = SlackOutbox(self.client, self.store, self.note, self._is_mine)

    async def run(self) -> None:
        """Publish whenever this process has the lease, until cancelled."""
        while True:
            try:
                self._lease = await self.store.lease(self._name, self.holder, LEASE_SECONDS)
                if self._lease is not None:
                    await self._publish()
            except* Exception as errors:
                # the boundary of publishing: it must survive a database that is away and faults of our own
                log.exception("Publishing to Slack starts again in %g s: %s", RESTART_SECONDS, errors.exceptions[0])
                await asyncio.sleep(RESTART_SECONDS)
            await asyncio.sleep(LEASE_SECONDS / 10)

    @property
    def _name(self) -> str:
        return f"slack:teller:{self.team}"

    def _is_mine(self) -> bool:
        # nobody else can take the lease before it ends
        return self._lease is not None and self.clock() < self._lease.until

    async def _publish(self) -> None:
        """Publish until the lease is lost."""
        self.outbox = SlackOutbox(self.client, self.store, self.note, self._is_mine)
        self._known.clear()
        self._updated_at.clear()
        async with self.store.subscribe() as news:
            # one by one, so that new events do not wait for all of them
            self._due = {name: _now() + number * BETWEEN for number, name in enumerate(await self._behind())}
            async with asyncio.TaskGroup() as group:
                others = [group.create_task(self.outbox.run()), group.create_task(self._follow(news))]
                await self._keep_lease()
                for other in others:
                    other.cancel()

    async def _keep_lease(self) -> None:
        """Renew the lease until another process has it."""
        while self._lease is not None:
            await asyncio.sleep(LEASE_SECONDS / 3)
            self._lease = await self.store.renew(self._lease, LEASE_SECONDS)
        log.warning("Another process publishes to Slack from now on.")

    async def _behind(self) -> list[str]:
        """Sessions with a thread here that may have changed while nobody published."""
        here = {session for name, session in await self.store.threads.links(integration=SURFACE) if self._ours(name)}
        lately = [*await self.store.busy(), *await self.store.sessions(RECENT)]
        return list(dict.fromkeys(session.id for session in lately if session.id in here))

    def _ours(self, name: str) -> SlackThreadRef | None:
        found = thread_ref.parse(name)
        return found if found is not None and found.team == self.team else None

    async def _follow(self, news: Subscription) -> None:
        while True:
            soonest = min(self._due.values(), default=math.inf)
            for session in await news.changed(max(0.0, min(soonest - _now(), 600.0))):
                at = max(_now(), self._updated_at.get(session, 0.0) + GAP)
                self._due[session] = min(at, self._due.get(session, math.inf))
            for session in [each for each, at in self._due.items() if at <= _now()]:
                del self._due[session]
                await self._show(session)
                await asyncio.sleep(0)

    async def _show(self, name: str) -> None:
        """Update a session's threads. A fault in one session does not affect others."""
        try:
            await self._update_threads(name)
        except HonkError:
            raise
        except Exception:
            log.exception("Session %s cannot be shown in Slack.", name)
            failure = SlackMessage(message_texts.CANNOT_SHOW, ())
            for where in await self._places(name):
                await self.outbox.show(name, where, "trouble", failure, ended=True)

    async def _places(self, name: str) -> list[SlackThreadRef]:
        return [found for each, _ in await self.store.threads.links(session=name) if (found := self._ours(each))]

    async def _update_threads(self, name: str) -> None:
        """Show the session's events in its threads."""
        if not (places := await self._places(name)):
            return
        known = self._known.setdefault(name, Timeline(name))
        known.add(await self.store.events(name, known.seq))
        session, at = known.session, self.clock()
        no_worker = await self._lacks_worker(known, at)
        for where in places:
            for item in known.items:
                message = thread_messages.message(item, session, at, self.view, str(where), no_worker=no_worker)
                await self.outbox.show(name, where, item.key, message, ended=item.over, seq=known.seq)
                await self._build(name, where, item)
        self._updated_at[name] = _now()
        if session.busy:
            self._tick(name)
        else:
            self._known.pop(name)

    def _tick(self, name: str) -> None:
        """Update again when the displayed duration has changed, less often near the rate limits."""
        pace = turn_message.TICK if self.outbox.has_room() else 4 * turn_message.TICK
        self._due.setdefault(name, _now() + pace)

    async def _lacks_worker(self, known: Timeline, at: float) -> bool:
        if not known.session.busy or at - known.at < NO_WORKER_SECONDS:
            return False
        return not any(worker.beat > at - NO_WORKER_SECONDS for worker in await self.store.workers())

    async def _build(self, name: str, where: SlackThreadRef, item: TimelineItem) -> None:
        """Upload the files of a head once its preview is ready."""
        ready = item.last(events.PreviewReady)
        then = item.session
        if self.source is None or not isinstance(ready, events.PreviewReady) or not item.over:
            return
        if item.turn.outcome != Phase.REVIEW or not then.change.head:
            return
        if (made := uploads.bundle(then.change.head, ready.preview, self.source)) is not None:
            await self.outbox.upload(name, where, made.key, made)


@asynccontextmanager
async def publishing(
    client: SlackClient,
    store: Store,
    note: Note,
    *,
    team: str,
    view: MessageRenderer,
    source: FileSource | None = None,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[SlackPublisher]:
    """Publish until the block is left; then another process takes over."""
    publisher = SlackPublisher(client, store, note, team, view, source, clock)
    running = asyncio.create_task(publisher.run())
    running.add_done_callback(_log_failure)
    try:
        yield publisher
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        if publisher._lease is not None:
            with suppress(HonkError):
                await store.release(publisher._lease)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("Publishing to Slack has stopped.", exc_info=error)


def _now() -> float:
    return asyncio.get_running_loop().time()
