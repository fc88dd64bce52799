"""Work that is done once in this process, however often it is requested. Across processes, claims do that."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)

REMEMBERED = 20_000
"""Names of finished work that are remembered, the newest."""


@dataclass
class SingleFlight:
    """Requests during the work wait for its end, later ones return at once. Failed work may be tried again."""

    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _done: dict[str, None] = field(default_factory=dict)

    async def run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work`, unless `name` is done. Raises what it raises, in each caller that waits."""
        if name in self._done:
            return
        if name not in self._running:
            task = asyncio.create_task(work())
            self._running[name] = task
            task.add_done_callback(lambda ended: self._ended(name, ended))
        # a cancelled caller must not cancel the work of the others
        await asyncio.shield(self._running[name])

    def knows(self, name: str) -> bool:
        """Whether it is done or running."""
        return name in self._done or name in self._running

    async def close(self) -> None:
        """Wait for what is running."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        self._running.pop(name, None)
        if task.cancelled() or task.exception() is not None:
            return
        self._done[name] = None
        while len(self._done) > REMEMBERED:
            del self._done[next(iter(self._done))]


@dataclass
class BackgroundTasks:
    """Tasks that nobody waits for."""

    _running: set[asyncio.Task[None]] = field(default_factory=set)

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start it as a task."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def __len__(self) -> int:
        return len(self._running)

    async def wait(self) -> None:
        """Wait until none is left."""
        while self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        """Cancel the rest."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A background task failed.", exc_info=error)
