"""Keeps what an integration shows of each session up to date, in one process at a time.

It follows the store's notifications, folds the new events of a session into its timeline, and has the integration
update the session's threads. The store keeps the time up to which everything is published: at the start only sessions
with later events are read.
"""

import asyncio
import logging
import math
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from honk.core.errors import HonkError, Overloaded, Unavailable
from honk.core.timeline import Timeline
from honk.storage.leases import Lease
from honk.storage.store import SKEW_SECONDS, Store, Subscription

log = logging.getLogger(__name__)

LEASE_SECONDS = 6.0
"""Another process takes over this long after one has died."""

GAP = 0.4
"""Seconds between two updates of one session: an agent acts several times a second."""

BETWEEN = 0.01
"""Seconds between the sessions that are updated at the start, so that new events do not wait for all of them."""

AT_ONCE = 6
"""Sessions that are updated at the same time."""

RETRY_SECONDS = 30.0
"""Until a session is tried again whose threads could not be updated, unless the service names a time."""

RESTART_SECONDS = 5.0

POSITION_SECONDS = 5.0
"""Between two notes of the time up to which everything is published."""

FIRST = 200
"""Recent sessions that are looked at in the first start of all."""


class SessionThreads(Protocol):
    """The threads of all sessions in one integration."""

    async def has(self, session: str) -> bool:
        """Whether the session is, or may have to be, shown here."""

    async def update(self, timeline: Timeline) -> float | None:
        """Bring the session's threads up to date; when to do it again without new events, in seconds since the epoch.

        Raises Unavailable when it is to be tried again.
        """

    def all_sent(self) -> bool:
        """Whether everything that `update` queued is sent."""

    async def show_failure(self, session: str) -> None:
        """Show in the session's threads that an error in Honk keeps them from being updated."""

    def sending(self, may_post: Callable[[], bool]) -> AbstractAsyncContextManager[None]:
        """Send what `update` queues, while this process publishes. `may_post`: it still holds the lease."""


@dataclass
class Publisher:
    """See the module's text. `due` says when a session is updated next, in seconds since the epoch, as `clock` gives
    it. `lease` names the lease and `position` the stored time; `integration` is the name for the log."""

    threads: SessionThreads
    store: Store
    lease: str
    position: str
    integration: str
    clock: Callable[[], float] = time.time
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    due: dict[str, float] = field(default_factory=dict)
    _timelines: dict[str, Timeline] = field(default_factory=dict)
    _updated_at: dict[str, float] = field(default_factory=dict)
    _failed: set[str] = field(default_factory=set)
    _newest: float = 0.0
    _noted: float = 0.0
    _noted_at: float = 0.0
    _held: Lease | None = None

    async def run(self) -> None:
        """Publish whenever this process has the lease, until cancelled."""
        while True:
            try:
                self._held = await self.store.lease(self.lease, self.holder, LEASE_SECONDS)
                if self._held is not None:
                    await self._publish()
            except* Exception as errors:
                # the boundary of publishing: it must survive a database that is away and faults of our own
                log.exception(
                    "Publishing to %s starts again in %g s: %s",
                    self.integration,
                    RESTART_SECONDS,
                    errors.exceptions[0],
                )
                await asyncio.sleep(RESTART_SECONDS)
            await asyncio.sleep(LEASE_SECONDS / 10)

    async def release(self) -> None:
        """Let another process take over at once."""
        if self._held is not None:
            with suppress(HonkError):
                await self.store.release(self._held)

    def may_post(self) -> bool:
        """Whether this process holds the lease: nobody else can take it before it ends."""
        return self._held is not None and self.clock() < self._held.until

    async def catch_up(self) -> None:
        """Make the sessions due that are busy, or have events that may not be published."""
        noted = await self.store.cursors.get(self.position)
        behind = [session.id for session in await self.store.busy()]
        if noted:
            behind += await self.store.changed_since(float(noted) - SKEW_SECONDS)
        else:
            behind += [session.id for session in await self.store.sessions(FIRST)]
        now = self.clock()
        self.due = {name: now + number * BETWEEN for number, name in enumerate(dict.fromkeys(behind))}

    def changed(self, sessions: Iterable[str], gap: float = 0.0) -> None:
        """These have new events. They are due now, or `gap` seconds after their last update."""
        now = self.clock()
        for name in sessions:
            at = now + max(0.0, min(gap, self._updated_at.get(name, 0.0) + gap - now))
            self.due[name] = min(at, self.due.get(name, math.inf))

    async def tick(self) -> float:
        """Update all sessions that are due. Returns the seconds until the next one is."""
        now = self.clock()
        names = [name for name, at in self.due.items() if at <= now]
        for name in names:
            del self.due[name]
        limit = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._try_update(name, limit) for name in names))
        return max(0.0, min(self.due.values(), default=math.inf) - self.clock())

    async def _publish(self) -> None:
        """Publish until the lease is lost."""
        for kept in (self._timelines, self._updated_at, self._failed):
            kept.clear()
        async with self.store.subscribe() as news:
            await self.catch_up()
            async with self.threads.sending(self.may_post), asyncio.TaskGroup() as group:
                following = group.create_task(self._follow(news))
                await self._keep_lease()
                following.cancel()

    async def _keep_lease(self) -> None:
        """Renew the lease until another process has it."""
        while self._held is not None:
            await asyncio.sleep(LEASE_SECONDS / 3)
            self._held = await self.store.renew(self._held, LEASE_SECONDS)
        log.warning("Another process publishes to %s from now on.", self.integration)

    async def _follow(self, news: Subscription) -> None:
        wait = 0.0
        while True:
            self.changed(await news.changed(min(wait, 600.0)), GAP)
            wait = await self.tick()
            if self._newest > self._noted:
                await self._note_position()
                wait = min(wait, POSITION_SECONDS)
            await asyncio.sleep(0)

    async def _note_position(self) -> None:
        """Note the time up to which everything is published, unless something is not. Busy sessions do not count: they
        are looked at in every start."""
        now, behind = self.clock(), [name for name in self.due if not self._is_busy(name)]
        if now < self._noted_at + POSITION_SECONDS or behind or self._failed or not self.threads.all_sent():
            return
        await self.store.cursors.put(self.position, repr(self._newest))
        self._noted, self._noted_at = self._newest, now

    def _is_busy(self, name: str) -> bool:
        return name in self._timelines and self._timelines[name].session.busy

    async def _try_update(self, name: str, limit: asyncio.Semaphore) -> None:
        """Update a session. A fault in one session does not affect others."""
        async with limit:
            try:
                again = await self._update(name)
            except Unavailable as error:
                log.warning("Session %s cannot be shown in %s now: %s", name, self.integration, error)
                named = error.retry_after if isinstance(error, Overloaded) else None
                again = self.clock() + (named or RETRY_SECONDS)
            except Exception:
                log.exception("Session %s cannot be shown in %s.", name, self.integration)
                self._timelines.pop(name, None)
                self._failed.add(name)
                again = None
                await self._show_failure(name)
            else:
                self._failed.discard(name)
        if again is not None:
            self.due[name] = min(again, self.due.get(name, math.inf))

    async def _update(self, name: str) -> float | None:
        if not await self.threads.has(name):
            return None
        timeline = self._timelines.setdefault(name, Timeline(name))
        timeline.add(await self.store.events(name, timeline.seq))
        again = await self.threads.update(timeline)
        self._updated_at[name], self._newest = self.clock(), max(self._newest, timeline.at)
        if again is None and not timeline.session.busy:
            del self._timelines[name], self._updated_at[name]
        return again

    async def _show_failure(self, name: str) -> None:
        try:
            await self.threads.show_failure(name)
        except HonkError as error:
            log.warning("That could not be shown in %s either: %s", self.integration, error)


@asynccontextmanager
async def publishing(publisher: Publisher) -> AsyncIterator[Publisher]:
    """Publish until the block is left; then another process takes over."""

    def log_failure(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Publishing to %s has stopped.", publisher.integration, exc_info=error)

    running = asyncio.create_task(publisher.run())
    running.add_done_callback(log_failure)
    try:
        yield publisher
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await publisher.release()
