"""Wakes the CI watcher early when a webhook names a commit. Carries no data."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class CommitNotifier:
    """Wakes coroutines that wait for a change of a commit. For one event loop. Polling finds what nobody waited for."""

    def __init__(self) -> None:
        self._listening: set[Listener] = set()

    def notify(self, commit: str) -> None:
        """Something about `commit` has changed on its forge."""
        for listener in self._listening:
            listener.commits.add(commit)
            listener.signal.set()

    @contextmanager
    def listening(self) -> Iterator["Listener"]:
        """A listener for all commits from now on."""
        listener = Listener()
        self._listening.add(listener)
        try:
            yield listener
        finally:
            self._listening.discard(listener)


class Listener:
    """Collects the changed commits until `wait` returns them."""

    def __init__(self) -> None:
        self.commits: set[str] = set()
        self.signal = asyncio.Event()

    async def wait(self, seconds: float) -> frozenset[str]:
        """The commits that changed since the last call; waits for one up to `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.signal.wait()
        changed = frozenset(self.commits)
        self.commits.clear()
        self.signal.clear()
        return changed
