"""A writer that waits for a lock of another process stops neither the event loop nor those who read."""

import asyncio

from honk.core import events
from honk.core.events import TurnRequested
from honk.core.person import Person
from honk.storage.store import Store
from tests.locked_database import locked

ANNA = Person("local:1000", "Anna", "anna@example.org")


async def test_the_loop_runs_and_reads_are_answered_while_another_process_holds_the_lock(kept: Store, url: str) -> None:
    await kept.start("abc2345", TurnRequested(1, "Make it blue", ANNA))
    async with locked(url):
        writing = [asyncio.create_task(kept.record("abc2345", events.AgentSaid(str(n)))) for n in range(20)]
        for _ in range(200):
            await asyncio.sleep(0)
            assert (await kept.session("abc2345")).request == "Make it blue"
        assert not any(task.done() for task in writing)
    await asyncio.gather(*writing)
    assert len(await kept.events("abc2345")) == 21


async def test_a_cancelled_caller_waits_for_its_transaction(kept: Store) -> None:
    await kept.start("abc2345", TurnRequested(1, "Make it blue", ANNA))
    for number in range(20):
        task = asyncio.create_task(kept.record("abc2345", events.AgentSaid(str(number))))
        await asyncio.sleep(0.001 * (number % 4))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        before = await kept.events("abc2345")
        assert await kept.events("abc2345") == before
