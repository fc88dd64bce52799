import asyncio
import subprocess
import time
from pathlib import Path

from honk import process
from tests.waiting import until


def written(pid: int) -> int:
    """Bytes that the process has written so far."""
    counters = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(counters["wchar"])


async def test_unread_output_does_not_block_the_end() -> None:
    async with asyncio.timeout(5):
        async with process.spawn(("head", "-c", "1000000", "/dev/zero"), stdin=subprocess.PIPE) as child:
            await until(lambda: written(child.pid) >= 1 << 16)


async def test_a_survivor_with_open_pipes_does_not_block_the_end() -> None:
    started = time.monotonic()
    async with process.spawn(("sh", "-c", "sleep 20 & echo $!"), survivors=True) as child:
        assert child.stdout
        heir = int(await child.stdout.readline())
    assert time.monotonic() - started < 5
    process.kill_group(child.pid)
    assert heir


async def test_unread_input_does_not_block_the_end() -> None:
    async with asyncio.timeout(5):
        async with process.spawn(("sleep", "20"), stdin=subprocess.PIPE) as child:
            assert child.stdin
            child.stdin.write(b"x" * 1_000_000)


async def test_a_child_that_was_read_to_its_end_is_left_quietly() -> None:
    async with process.spawn(("echo", "honk"), stdin=subprocess.PIPE) as child:
        assert child.stdout
        assert await child.stdout.read() == b"honk\n"
        await child.wait()
