import asyncio
from pathlib import Path

import pytest

from honk import process
from honk.git import lock
from tests import waiting


async def test_the_lock_is_exclusive(tmp_path: Path) -> None:
    inside, most = 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with lock.held(tmp_path / "lock"):
            inside += 1
            most = max(most, inside)
            await waiting.settle()
            inside -= 1

    await asyncio.gather(*(work() for _ in range(8)))
    assert most == 1


async def test_another_process_waits_and_a_waiter_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    async with lock.held(path):
        other = await process.run(("flock", "--nonblock", str(path), "true"))
        assert other.exit == 1
        with lock.held_if_free(path) as free:
            assert not free
        later = asyncio.create_task(lock.held(path).__aenter__())
        await waiting.until(lambda: waiting.running(f"--exclusive {path} "))
        later.cancel()
        with pytest.raises(asyncio.CancelledError):
            await later
    async with asyncio.timeout(10):
        async with lock.held(path):
            pass
