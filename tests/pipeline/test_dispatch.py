"""Queueing waits for a crowd to quieten down, and for nobody else."""

import asyncio
import time

from honk.pipeline.engine import dispatch
from honk.pipeline.engine.dispatch import Dispatch


async def started(names: list[str], apart: float = 0.0, takes: float = 0.0) -> tuple[list[str], list[float]]:
    """Add sessions so many seconds apart; in which order they were started, and how long after the last was added.
    Starting one takes a while."""
    done: list[str] = []
    at: list[float] = []

    async def start(name: str) -> None:
        done.append(name)
        at.append(time.monotonic())
        if name == "broken":
            raise ValueError(name)
        await asyncio.sleep(takes)

    queue = Dispatch(start)
    running = asyncio.create_task(queue.run())
    for name in names:
        queue.add(name)
        await asyncio.sleep(apart)
    last = time.monotonic()
    async with asyncio.timeout(10):
        while len(done) < len(set(names)):
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return done, [each - last for each in at]


async def test_a_few_are_queued_at_once_in_their_order() -> None:
    done, after = await started(["a", "b", "c"])
    assert done == ["a", "b", "c"]
    assert max(after) < dispatch.QUIET_SECONDS


async def test_a_crowd_is_heard_first() -> None:
    names = [str(number) for number in range(2 * dispatch.CROWD)]
    done, after = await started(names, apart=0.01, takes=0.05)
    assert done == names
    assert sum(each > 0 for each in after) > dispatch.CROWD
    assert max(after) > dispatch.QUIET_SECONDS


async def test_what_breaks_keeps_no_other_waiting() -> None:
    done, _ = await started(["broken", "a"])
    assert done == ["broken", "a"]
