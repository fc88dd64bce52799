"""Keeps watch over what was started for one job, and ends it: when a limit is passed, or on demand."""

import asyncio
from collections.abc import Callable

from honk.core.job import JobLimits, Stopped
from honk.sandboxes.control_channel import ControlChannel
from honk.sandboxes.limits import ResourceMonitor


class Watchdog:
    """Watches from the moment that a first shim is up. `abandon` gets rid of what has not come that far."""

    def __init__(self, limits: JobLimits, control: ControlChannel, meter: ResourceMonitor) -> None:
        self.stopped: Stopped = ""
        self.abandon: Callable[[], None] = lambda: None
        self._limits = limits
        self._control = control
        self._meter = meter
        self._ending: asyncio.Task[None] | None = None
        self._watching = asyncio.create_task(self._watch())

    def request(self, why: Stopped) -> None:
        """End everything; the first reason given is the one that counts. Returns at once."""
        if self._ending is None:
            self.stopped = why
            self._ending = asyncio.create_task(self._end())

    async def end(self, why: Stopped) -> None:
        """End everything and return when nothing is left of it."""
        self.request(why)
        assert self._ending is not None
        await asyncio.shield(self._ending)

    async def verdict(self) -> Stopped:
        """Why it was ended, with a last look at the limits in case it ended by itself because of one."""
        if not self.stopped:
            self.stopped = await asyncio.to_thread(self._meter.exceeded, ())
        return self.stopped

    async def close(self) -> None:
        """Stop watching."""
        self._watching.cancel()
        await asyncio.wait((self._watching,))

    async def _watch(self) -> None:
        await self._control.up.wait()
        timer = asyncio.get_running_loop().call_later(self._limits.seconds, self.request, "time")
        try:
            while self._ending is None:
                await asyncio.sleep(self._meter.interval)  # use is a number that somebody has to read; it rings no bell
                if (roots := self._control.alive) and (why := await asyncio.to_thread(self._meter.exceeded, roots)):
                    self.request(why)
        finally:
            timer.cancel()

    async def _end(self) -> None:
        if not self._control.lines:
            self.abandon()
        await self._control.hang_up()
