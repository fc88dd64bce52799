"""Ends the processes of one job: when it exceeds a limit, or on request."""

import asyncio
from collections.abc import Callable

from honk.core.job import JobLimits, Stopped
from honk.sandboxes.control_channel import ControlChannel
from honk.sandboxes.limits import ResourceMonitor


class Watchdog:
    """Watches a job from the moment at which its first shim connects. `kill_unstarted` ends what never got that far."""

    def __init__(self, limits: JobLimits, control: ControlChannel, meter: ResourceMonitor) -> None:
        self.stopped: Stopped = ""
        self.kill_unstarted: Callable[[], None] = lambda: None
        self._limits = limits
        self._control = control
        self._meter = meter
        self._ending: asyncio.Task[None] | None = None
        self._watching = asyncio.create_task(self._watch())

    def request(self, why: Stopped) -> None:
        """Begin to end the job and return at once. The first reason that is given is kept."""
        if self._ending is None:
            self.stopped = why
            self._ending = asyncio.create_task(self._end())

    async def end(self, why: Stopped) -> None:
        """End the job and return when none of its processes is left."""
        self.request(why)
        assert self._ending is not None
        await asyncio.shield(self._ending)

    async def stop_reason(self) -> Stopped:
        """Why the job was ended. Checks the limits once more, in case the kernel ended it because of one."""
        if not self.stopped:
            self.stopped = await asyncio.to_thread(self._meter.exceeded, ())
        return self.stopped

    async def close(self) -> None:
        self._watching.cancel()
        await asyncio.wait((self._watching,))

    async def _watch(self) -> None:
        await self._control.first_shim.wait()
        timer = asyncio.get_running_loop().call_later(self._limits.seconds, self.request, "time")
        try:
            while self._ending is None:
                await asyncio.sleep(self._meter.interval)  # usage has to be polled: the kernel sends no event
                if (roots := self._control.alive) and (why := await asyncio.to_thread(self._meter.exceeded, roots)):
                    self.request(why)
        finally:
            timer.cancel()

    async def _end(self) -> None:
        if not self._control.shims:
            self.kill_unstarted()
        await self._control.end_all()
