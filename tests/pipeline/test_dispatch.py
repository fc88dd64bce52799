"""Queueing waits for a crowd to quieten down, and for nobody else."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from honk.pipeline.engine import dispatch
from honk.pipeline.engine.dispatch import Dispatch
from tests.waiting import LoopClock


class Queue:
    """A running dispatch on a clock of its own; `started` are the sessions it has started, in their order."""

    def __init__(self, clock: LoopClock) -> None:
        self.clock = clock
        self.started: list[str] = []
        self.dispatch = Dispatch(self._start)

    async def _start(self, name: str) -> None:
        self.started.append(name)
        if name == "broken":
            raise ValueError(name)
        await asyncio.sleep(0.05)

    async def add(self, names: list[str], apart: float) -> None:
        for name in names:
            self.dispatch.add(name)
            await self.clock.forward(apart)


@pytest.fixture
async def queue(loop_clock: LoopClock) -> AsyncIterator[Queue]:
    made = Queue(loop_clock)
    running = asyncio.create_task(made.dispatch.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_few_are_queued_at_once_in_their_order(queue: Queue) -> None:
    await queue.add(["a", "b", "c"], apart=0)
    for _ in range(2):
        await queue.clock.forward(0.05)
    assert queue.started == ["a", "b", "c"]


async def test_a_crowd_is_heard_first(queue: Queue) -> None:
    names = [str(number) for number in range(2 * dispatch.CROWD)]
    await queue.add(names, apart=0.01)
    await queue.clock.forward(dispatch.QUIET_SECONDS - 0.02)
    assert len(queue.started) < dispatch.CROWD
    for _ in names:
        await queue.clock.forward(0.05)
    assert queue.started == names


async def test_what_breaks_keeps_no_other_waiting(queue: Queue) -> None:
    await queue.add(["broken", "a"], apart=0)
    assert queue.started == ["broken", "a"]
