"""Waiting in tests: until a condition holds, with a deadline. Where the code under test offers an event, await that."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from inspect import isawaitable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
SECONDS = 30.0
"""How long to wait by default: long enough for a loaded machine, and short enough to see which test waits in vain."""
EVERY = 0.02
"""Seconds between two looks."""


async def until(condition: Callable[[], T | Awaitable[T]], seconds: float = SECONDS) -> T:
    """Poll `condition` until its result is true; returns that. Raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            result = condition()
            if isawaitable(result):
                result = await result
            if result:
                return result
            await asyncio.sleep(EVERY)


def until_sync(condition: Callable[[], T], seconds: float = SECONDS) -> T:
    """`until` for a test without an event loop."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(EVERY)
    return result


def running(text: str) -> bool:
    """Whether a process of this machine has `text` on its command line (arguments joined by blanks)."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if text in file.read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                return True
    return False


class LoopClock:
    """The event loop's clock, which goes forward only when it is told to. Timers fire then."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time()

    def __call__(self) -> float:
        """What `loop.time()` returns."""
        return self._now

    async def forward(self, seconds: float) -> None:
        """Let `seconds` pass, and run what is due."""
        self._now += seconds
        await settle()


async def settle(rounds: int = 20) -> None:
    """Let the event loop run what is ready, and what becomes ready by that."""
    for _ in range(rounds):
        await asyncio.sleep(0)
