"""Wakes coroutines of this process that wait for events. `Store.wait` finds events of other processes by polling."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EVERY = ""
"""Stands for all sessions."""


class Notifier:
    """May be notified from any thread; each event loop has its own signals."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    @contextmanager
    def signal(self, session: str) -> Iterator[asyncio.Event]:
        """An asyncio event that is set whenever `session` (or EVERY) has new events. For the running loop only."""
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

    def notify(self, session: str) -> None:
        """Set the signals for `session`."""
        with self._lock:
            entries = [*self._listeners.get(session, ()), *self._listeners.get(EVERY, ())]
            for loop, event in entries:
                # The lock keeps the listener in the list; a closed loop needs no signal.
                if not loop.is_closed():
                    loop.call_soon_threadsafe(event.set)
