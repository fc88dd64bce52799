"""Wakes those who wait for events, at once within this process; those of others are found by looking (`Store.wait`)."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EVERY = ""
"""Listens for all sessions."""


class Notifier:
    """May be rung from any thread, and be listened to from any event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    @contextmanager
    def listening(self, session: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever `session` (or EVERY) has news. For the running loop only."""
        entry = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._listeners.setdefault(session, []).append(entry)
        try:
            yield entry[1]
        finally:
            with self._lock:
                self._listeners[session].remove(entry)
                if not self._listeners[session]:
                    del self._listeners[session]

    def ring(self, session: str) -> None:
        """`session` has news."""
        with self._lock:
            entries = [*self._listeners.get(session, ()), *self._listeners.get(EVERY, ())]
            for loop, event in entries:
                # Under the lock a listener is still there; a loop that was closed over it will not ask again.
                if not loop.is_closed():
                    loop.call_soon_threadsafe(event.set)
