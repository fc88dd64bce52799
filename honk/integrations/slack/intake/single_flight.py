"""Work that is done once in this process, however often it is asked for; across processes the store's claims decide."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)

REMEMBERED = 20_000
"""Names of done work, the oldest forgotten first."""


@dataclass
class SingleFlight:
    """Deliveries of the same thing meet here: those that come while it is done wait for its end, later ones do nothing.

    What fails may be tried again.
    """

    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _done: dict[str, None] = field(default_factory=dict)

    async def run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` under its `name`, unless it is done. Raises what it raises, to everybody who waits for it."""
        if name in self._done:
            return
        if name not in self._running:
            task = asyncio.create_task(work())
            self._running[name] = task
            task.add_done_callback(lambda ended: self._ended(name, ended))
        # whoever gives up waiting must not take the work away from the others
        await asyncio.shield(self._running[name])

    def knows(self, name: str) -> bool:
        """Whether it is done, or being done."""
        return name in self._done or name in self._running

    async def close(self) -> None:
        """Wait for what is under way."""
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
    """Small things that nobody waits for."""

    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def run(self, errand: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do it beside."""
        task = asyncio.create_task(errand)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """Leave the rest undone."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A small thing in Slack was left undone.", exc_info=error)
