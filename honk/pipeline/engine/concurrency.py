"""Worker slots of this process: how many runs work at the same time. A run that waits holds none.

A run takes a slot when it begins, gives it back while it waits for a forge or for its turn to deploy, and takes one
again before it goes on. Who holds a slot never waits for who holds none.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Concurrency:
    """`turns` of them, for one event loop. Runs are called by names of their own."""

    def __init__(self, turns: int = 1) -> None:
        self._free = asyncio.Semaphore(turns)
        self._working: set[str] = set()
        self._waiting: set[str] = set()

    @property
    def waiting(self) -> int:
        """How many runs have begun and have no slot, since they wait. May be asked from any thread."""
        return len(self._waiting)

    @asynccontextmanager
    async def taken(self, run: str) -> AsyncIterator[None]:
        """A slot for `run`, from when one is free until the block is left."""
        await self._take(run)
        try:
            yield
        finally:
            self._give(run)

    @asynccontextmanager
    async def lent(self, run: str) -> AsyncIterator[None]:
        """Within the block others may have the slot of `run`; behind it the run has one again, as soon as one is free.
        For a run that has none nothing happens. Who is cancelled in the block does not wait for a slot."""
        if run not in self._working:
            yield
            return
        self._give(run)
        self._waiting.add(run)
        try:
            try:
                yield
            except asyncio.CancelledError:
                raise
            except BaseException:
                await self._take(run)
                raise
            await self._take(run)
        finally:
            self._waiting.discard(run)

    async def _take(self, run: str) -> None:
        await self._free.acquire()
        self._working.add(run)

    def _give(self, run: str) -> None:
        if run in self._working:
            self._working.discard(run)
            self._free.release()
