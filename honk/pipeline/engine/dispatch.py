"""Queues the runs of sessions one after another, after new messages have been answered.

Queueing a run takes the database ten times as long as recording a message. When many people write at once, each of them
first sees an answer; the work begins a moment later. What is not queued when the process ends is in the store, and the
next worker finds it there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

CROWD = 6
"""So many sessions waiting at once are a crowd."""

QUIET_SECONDS = 0.25
"""In a crowd nothing is queued until nobody has said anything for so long,"""

LONGEST_SECONDS = 3.0
"""or until it has lasted this long."""

log = logging.getLogger("honk.pipeline")


@dataclass
class Dispatch:
    """`start` queues what a session waits for. `add` may be called from anywhere in the process's event loop."""

    start: Callable[[str], Awaitable[None]]
    _waiting: dict[str, None] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _last: float = 0.0

    def add(self, session: str) -> None:
        """Something is to be queued for `session`."""
        self._waiting[session] = None
        self._last = _now()
        self._news.set()

    def __contains__(self, session: str) -> bool:
        return session in self._waiting

    async def run(self) -> None:
        """Queue, until cancelled."""
        while True:
            await self._news.wait()
            await self._quiet()
            session = next(iter(self._waiting))
            del self._waiting[session]
            if not self._waiting:
                self._news.clear()
            try:
                await self.start(session)
            except Exception:
                # whatever it was, the message is in the store: the heartbeat tries again
                log.exception("nothing could be queued for session %s now", session)

    async def _quiet(self) -> None:
        """Return at once, but in a crowd when it has quietened down."""
        until = _now() + LONGEST_SECONDS
        # it is for nothing to happen that is waited here, which no event tells
        while len(self._waiting) >= CROWD and (wait := min(self._last + QUIET_SECONDS, until) - _now()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(wait)


def _now() -> float:
    return asyncio.get_running_loop().time()
