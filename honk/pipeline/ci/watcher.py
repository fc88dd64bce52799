"""The CI watcher: one per installation, it looks at the forge's checks of all heads that wait for a person.

Waiting for a forge occupies no worker slot: the session is in review meanwhile. The watcher looks at each session at
growing intervals, and at once when a webhook names its head. What it finds and does is recorded in the session's log,
so another watcher, in another process, continues where this one stopped.

The cost is bounded. With the default settings a head is looked at 70 times in the hour after something happened to it,
and all older ones together 300 times an hour. One look is six requests (nine where a workflow builds the preview), of
which GitHub counts those that find something new.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from honk.core import events
from honk.core.errors import HonkError, Unavailable
from honk.core.phase import Phase
from honk.core.session import Session
from honk.forges.checks import Checks
from honk.pipeline.ci import builds, checks_review
from honk.pipeline.ci import ci_texts as words
from honk.pipeline.context import Services, StageContext
from honk.storage.store import Subscription

RUN = "ci"
"""The name under which the follower tells: keys of its own in every session."""

LEASE_SECONDS = 60.0

FIRST_SECONDS = 2.0
GROWTH = 1.5
LATE_SECONDS = 600.0
"""Between two looks at what takes longer than it is waited for, at first."""

AGE = 0.1
RAREST_SECONDS = 86_400.0
"""Later it is looked at ever more seldom: after this part of the time in which nothing has happened; once a day."""

OLD_SECONDS = 12.0
"""Between two looks at any of the sessions in which nothing has happened for as long as checks are waited for: after a
start all of them are new to us, and there may be hundreds."""

SAID_AFTER = 3
"""So often in a row the forge may not answer before the thread is told."""

log = logging.getLogger("honk.pipeline")


@dataclass
class Watch:
    """One session's head, and when it is looked at next. `seq` is the session's last event, `moved` when that was."""

    session: Session
    seq: int
    moved: float
    due: float = 0.0
    pause: float = FIRST_SECONDS
    failures: int = 0
    over: bool = False

    @property
    def head(self) -> str:
        """What the forge checks."""
        return self.session.change.head


class Follower:
    """`clock` gives seconds since the epoch."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.time) -> None:
        self._services = services
        self._clock = clock
        self._holder = f"ci-{uuid.uuid4().hex[:12]}"
        self._watched: dict[str, Watch] = {}
        self._old_due = 0.0

    async def tick(self, heard: frozenset[str] = frozenset()) -> float:
        """Look at each session whose turn it is, or of whose head something was `heard`. Seconds until the next one."""
        store = self._services.store
        self._watched = await self._waiting()
        for watch in sorted(self._watched.values(), key=lambda each: each.due):
            if watch.head in heard:
                watch.due, watch.pause, watch.over = 0.0, FIRST_SECONDS, False
            elif watch.over or self._due(watch) > self._clock():
                continue
            if await store.lease(RUN, self._holder, LEASE_SECONDS) is None:
                return LEASE_SECONDS / 4
            if self._old(watch):
                self._old_due = self._clock() + OLD_SECONDS
            await self._look(watch)
        now = self._clock()
        times = [self._due(watch) - now for watch in self._watched.values() if not watch.over]
        return max(0.0, min([*times, self._services.github.poll_seconds]))

    async def stop(self) -> None:
        """Let another one go on at once."""
        lease = await self._services.store.lease(RUN, self._holder, LEASE_SECONDS)
        if lease is not None:
            await self._services.store.release(lease)

    async def _waiting(self) -> dict[str, Watch]:
        """Sessions that wait for a person, in repositories whose forge checks what is proposed. Only those that have
        moved are read again."""
        powers = {name for name, forge in self._services.forges.items() if isinstance(forge, Checks)}
        names = {repo.name for repo in await self._services.store.repos() if repo.forge in powers}
        rows = await self._services.store.in_review(names) if names else []
        known = {name: self._watched.get(name) for name, _, _ in rows}
        fresh = await self._services.store.some([name for name, seq, _ in rows if _is_news(known[name], seq)])
        found = {name: _watch(known[name], fresh.get(name), seq, moved) for name, seq, moved in rows}
        return {name: watch for name, watch in found.items() if watch is not None and _waits(watch.session)}

    def _old(self, watch: Watch) -> bool:
        return self._clock() - watch.moved > self._services.github.ci_minutes * 60

    def _due(self, watch: Watch) -> float:
        return max(watch.due, self._old_due) if self._old(watch) else watch.due

    async def _look(self, watch: Watch) -> None:
        ctx = await StageContext.opened(self._services, watch.session.id, RUN, 0)
        try:
            watch.over = await self._follow(ctx, watch)
            watch.failures = 0
        except checks_review.Gone:
            return
        except HonkError as error:
            log.info("session %s: its checks cannot be seen: %s", watch.session.id, error)
            watch.failures += 1
            if watch.failures >= SAID_AFTER or not isinstance(error, Unavailable):
                await ctx.record(events.NoteAdded(words.checks_unseen(str(error)), bad=True), f"unseen-{watch.head}")
        often, now = self._services.github.poll_seconds, self._clock()
        watch.due = now + min(watch.pause, often)
        watch.pause = min(watch.pause * GROWTH, often)
        if await self._late(ctx):
            watch.due = now + max(often, LATE_SECONDS, min(AGE * (now - watch.moved), RAREST_SECONDS))

    async def _follow(self, ctx: StageContext, watch: Watch) -> bool:
        """Checks and builds of one head; whether both are over."""
        forge, waited = ctx.forge, await self._waited(ctx)
        if not isinstance(forge, Checks):
            return True
        delivered = await builds.deliver(ctx, waited)
        settled = await checks_review.step(ctx, forge, waited)
        return delivered and settled

    async def _waited(self, ctx: StageContext) -> float:
        return self._clock() - (await ctx.last(events.ChangeProposed)).at

    async def _late(self, ctx: StageContext) -> bool:
        return await self._waited(ctx) > self._services.github.ci_minutes * 60


def _is_news(known: Watch | None, seq: int) -> bool:
    return known is None or known.seq != seq


def _watch(known: Watch | None, session: Session | None, seq: int, moved: float) -> Watch | None:
    """The watch of a session, which was read again where it has moved: begun anew with another head or turn."""
    if session is None:
        return known
    if known is None or (known.head, len(known.session.turns)) != (session.change.head, len(session.turns)):
        return Watch(session, seq, moved)
    known.session, known.seq, known.moved = session, seq, moved
    return known


def _waits(session: Session) -> bool:
    return session.change.number > 0 and checks_review.still_there(session, session.change.head)


@asynccontextmanager
async def following(services: Services) -> AsyncIterator[Follower]:
    """A follower at work until the block is left."""
    follower = Follower(services)
    at_work = asyncio.create_task(_run(services, follower))
    try:
        yield follower
    finally:
        at_work.cancel()
        await asyncio.gather(at_work, return_exceptions=True)
        await follower.stop()


async def _run(services: Services, follower: Follower) -> None:
    """Tick when a session has come to wait for a person, when something was heard, and when it is time."""
    heard: frozenset[str] = frozenset()
    async with services.store.subscribe() as news:
        with services.commit_notifier.listening() as listener:
            while True:
                try:
                    pause = await follower.tick(heard)
                except HonkError:
                    log.exception("the follower failed; trying again")
                    pause = LEASE_SECONDS / 4
                moved = asyncio.create_task(_moved(services, news, pause))
                told = asyncio.create_task(listener.wait(pause))
                try:
                    await asyncio.wait({moved, told}, return_when=asyncio.FIRST_COMPLETED)
                    heard = told.result() if told.done() else frozenset()
                finally:
                    moved.cancel()
                    told.cancel()
                    await asyncio.gather(moved, told, return_exceptions=True)


async def _moved(services: Services, news: Subscription, seconds: float) -> None:
    """Return when a session has come to wait for a person, or after so many seconds without news."""
    while moved := await news.changed(seconds):
        if any(session.phase == Phase.REVIEW for session in (await services.store.some(moved)).values()):
            return
