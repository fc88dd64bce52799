"""Wakes the CI watcher early when a webhook names a commit. Carries no data."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class CommitNotifier:
    """Wakes whoever waits for news of a commit. For one event loop; what nobody hears is found by looking."""

    def __init__(self) -> None:
        self._listening: set[Listener] = set()

    def tell(self, commit: str) -> None:
        """Something about `commit` has changed on its forge."""
        for listener in self._listening:
            listener.commits.add(commit)
            listener.rung.set()

    @contextmanager
    def listening(self) -> Iterator["Listener"]:
        """All news from now on."""
        listener = Listener()
        self._listening.add(listener)
        try:
            yield listener
        finally:
            self._listening.discard(listener)


class Listener:
    """Collects news until they are taken."""

    def __init__(self) -> None:
        self.commits: set[str] = set()
        self.rung = asyncio.Event()

    async def wait(self, seconds: float) -> frozenset[str]:
        """The commits of which there are news, waiting for some up to so many seconds; then none."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.rung.wait()
        news = frozenset(self.commits)
        self.commits.clear()
        self.rung.clear()
        return news
