"""So many work at once, and who waits lets others work."""

import asyncio

import pytest

from honk.pipeline.engine.concurrency import Concurrency
from tests.waiting import settle


class SlotUsers:
    """Runs on the same slots, each of which does what it is told; `working` are those that do just now."""

    def __init__(self, turns: int) -> None:
        self.slots = Concurrency(turns)
        self.working: set[str] = set()
        self.most = 0

    async def run(self, name: str, waits: asyncio.Event | None, goes: asyncio.Event) -> None:
        async with self.slots.taken(name):
            if waits is not None:
                async with self.slots.lent(name):
                    await waits.wait()
            self.working.add(name)
            self.most = max(self.most, len(self.working))
            try:
                await goes.wait()
            finally:
                self.working.discard(name)


async def test_who_waits_makes_room_and_comes_back_when_there_is_some() -> None:
    users, in_first, end, over = SlotUsers(1), asyncio.Event(), asyncio.Event(), asyncio.Event()
    tasks = [asyncio.create_task(users.run("a", in_first, end)), asyncio.create_task(users.run("b", None, over))]
    await settle()
    assert users.working == {"b"} and users.slots.waiting == 1
    in_first.set()
    await settle()
    assert users.working == {"b"} and users.slots.waiting == 1, "it has heard, and has to wait for a slot"
    over.set()
    await settle()
    assert users.working == {"a"} and users.slots.waiting == 0
    end.set()
    await asyncio.gather(*tasks)
    assert users.most == 1


async def test_many_that_wait_never_work_at_once() -> None:
    users, in_first, end = SlotUsers(2), asyncio.Event(), asyncio.Event()
    end.set()
    tasks = [asyncio.create_task(users.run(str(n), in_first if n % 2 else None, end)) for n in range(20)]
    await settle()
    in_first.set()
    await asyncio.gather(*tasks)
    assert users.most <= 2 and users.slots.waiting == 0
    await asyncio.wait_for(users.run("last", None, end), 1)


@pytest.mark.parametrize("ends", [asyncio.CancelledError, ValueError])
async def test_who_is_stopped_while_waiting_leaves_the_slots_as_they_were(ends: type[BaseException]) -> None:
    slots = Concurrency(1)

    async def waits() -> None:
        async with slots.taken("a"), slots.lent("a"):
            async with slots.taken("b"):
                pass
            raise ends

    with pytest.raises(ends):
        await waits()
    assert slots.waiting == 0
    async with asyncio.timeout(1), slots.taken("c"):
        pass


async def test_who_is_stopped_does_not_wait_for_a_slot() -> None:
    users = SlotUsers(1)
    waiting = asyncio.create_task(users.run("a", asyncio.Event(), asyncio.Event()))
    await settle()
    async with users.slots.taken("b"):
        waiting.cancel()
        done, _ = await asyncio.wait({waiting}, timeout=1)
    assert done == {waiting} and waiting.cancelled()


async def test_who_has_no_slot_gives_none_back() -> None:
    slots = Concurrency(1)
    async with slots.taken("a"), slots.lent("b"):
        third = asyncio.create_task(slots.taken("c").__aenter__())
        await settle()
        assert slots.waiting == 0 and not third.done()
        third.cancel()
