"""One publisher for every integration: what it reads at the start, and how it goes on when something fails."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from inspect import isawaitable
from pathlib import Path

import pytest

from honk.conversation.publisher import POSITION_SECONDS, RETRY_SECONDS, Publisher, publishing
from honk.core import events
from honk.core.errors import Unavailable
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.timeline import Timeline
from honk.storage import store as stores
from honk.storage.store import SKEW_SECONDS, Store
from tests.waiting import until

ANNA = Person("github:1", "Anna", "anna@example.org")


@dataclass
class RecordedThreads:
    """Records what is published of each session: (id, number of its newest event). Sessions in `failing` raise."""

    updates: list[tuple[str, int]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    failing: dict[str, Exception] = field(default_factory=dict)
    sent: bool = True

    async def has(self, session: str) -> bool:
        return not session.startswith("elsewhere")

    async def update(self, timeline: Timeline) -> float | None:
        if timeline.session.id in self.failing:
            raise self.failing[timeline.session.id]
        self.updates.append((timeline.session.id, timeline.seq))
        return None

    def all_sent(self) -> bool:
        return self.sent

    async def show_failure(self, session: str) -> None:
        self.failures.append(session)

    def sending(self, may_post: Callable[[], bool]) -> AbstractAsyncContextManager[None]:
        return nullcontext()


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    async def until(self, condition: Callable[[], object]) -> None:
        """Let time pass until `condition` holds."""

        async def later() -> object:
            self.now += 0.1
            found = condition()
            return await found if isawaitable(found) else found

        await until(later)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    async with stores.open(f"sqlite:///{tmp_path}/honk.db", clock) as opened:
        yield opened


async def ended(store: Store, name: str) -> None:
    """A session whose only turn has failed."""
    await store.start(name, events.TurnRequested(1, "fix it", ANNA), claim=name)
    await store.record(name, events.TurnEnded(1, Phase.FAILED, "", "It did not work out."))


def make(store: Store, clock: Clock) -> tuple[Publisher, RecordedThreads]:
    threads = RecordedThreads()
    return Publisher(threads, store, "test:lease", "test:published", "Test", clock), threads


async def test_a_start_reads_only_sessions_that_may_not_be_published(store: Store, clock: Clock) -> None:
    first, threads = make(store, clock)
    for number in range(20):
        await ended(store, f"old{number}")
        clock.now += 1
    clock.now += SKEW_SECONDS + POSITION_SECONDS
    async with publishing(first):
        await ended(store, "published")
        await clock.until(lambda: len(threads.updates) >= 21)
        clock.now += POSITION_SECONDS
        await clock.until(lambda: store.cursors.get("test:published"))
    await ended(store, "missed")
    second, threads = make(store, clock)
    await second.catch_up()
    assert set(second.due) == {"published", "missed"}


async def test_what_is_not_sent_yet_is_looked_at_again_in_the_next_start(store: Store, clock: Clock) -> None:
    first, threads = make(store, clock)
    threads.sent = False
    async with publishing(first):
        await ended(store, "s1")
        clock.now += 2 * SKEW_SECONDS
        await ended(store, "s2")
        await clock.until(lambda: {("s1", 2), ("s2", 2)} <= set(threads.updates))
    second, threads = make(store, clock)
    await second.catch_up()
    assert set(second.due) == {"s1", "s2"}


async def test_only_new_events_of_a_busy_session_are_read(store: Store, clock: Clock) -> None:
    publisher, threads = make(store, clock)
    await store.start("s1", events.TurnRequested(1, "fix it", ANNA), claim="s1")
    publisher.changed(["s1"])
    await publisher.tick()
    read = store.events
    asked: list[int] = []

    async def counted(session: str, after: int = 0, *kinds: type[object]) -> tuple[events.Event, ...]:
        asked.append(after)
        return await read(session, after, *kinds)

    store.events = counted  # type: ignore[method-assign]
    await store.record("s1", events.PhaseEntered(Phase.WORK))
    publisher.changed(["s1"])
    await publisher.tick()
    assert asked == [1]
    assert threads.updates == [("s1", 1), ("s1", 2)]


async def test_a_session_that_cannot_be_shown_does_not_affect_others(store: Store, clock: Clock) -> None:
    publisher, threads = make(store, clock)
    threads.failing = {"away": Unavailable("It does not answer."), "broken": KeyError("a fault of ours")}
    for name in ("away", "broken", "fine", "elsewhere"):
        await ended(store, name)
    publisher.changed(["away", "broken", "fine", "elsewhere"])
    await publisher.tick()
    assert threads.updates == [("fine", 2)]
    assert threads.failures == ["broken"]
    assert publisher.due == {"away": clock.now + RETRY_SECONDS}
    threads.failing.clear()
    clock.now += RETRY_SECONDS
    await publisher.tick()
    assert threads.updates == [("fine", 2), ("away", 2)]


async def test_one_process_publishes_and_another_takes_over(store: Store, clock: Clock) -> None:
    first, threads_of_first = make(store, clock)
    second, threads_of_second = make(store, clock)
    async with publishing(first):
        await clock.until(first.may_post)
        async with publishing(second):
            await ended(store, "s1")
            await clock.until(lambda: ("s1", 2) in threads_of_first.updates)
            assert not second.may_post() and not threads_of_second.updates
    async with publishing(second):
        await clock.until(lambda: ("s1", 2) in threads_of_second.updates)
