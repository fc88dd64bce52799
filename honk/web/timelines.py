"""The timelines of the sessions that people look at, kept in memory: each request reads only the new events."""

from collections import OrderedDict

from honk.core.timeline import Timeline
from honk.storage.store import Store

MOST = 32
"""Sessions kept in memory; the one that was looked at longest ago is dropped first."""


class Timelines:
    """For one event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[str, Timeline] = OrderedDict()

    async def read(self, session: str) -> Timeline:
        """The timeline of `session` with all events up to now."""
        timeline = self._kept.setdefault(session, Timeline(session))
        self._kept.move_to_end(session)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        new = await self._store.events(session, timeline.seq)
        timeline.add(event for event in new if event.seq == timeline.seq + 1)  # another request may have read them too
        return timeline
