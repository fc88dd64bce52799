"""Shows each session in its Slack threads: one message for each turn and order, and the files of its builds."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from honk.conversation import publisher
from honk.conversation.publisher import Publisher
from honk.core import events
from honk.core.phase import Phase
from honk.core.timeline import Timeline, TimelineItem
from honk.integrations.slack.client import thread_ref
from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.messages import message_texts, thread_messages, turn_message, uploads
from honk.integrations.slack.messages.block_kit import SlackMessage
from honk.integrations.slack.messages.outbox import Note, SlackOutbox
from honk.integrations.slack.messages.renderer import MessageRenderer
from honk.integrations.slack.messages.uploads import FileSource
from honk.storage.store import Store

NO_WORKER_SECONDS = 30.0
"""After this long without an event, a busy session may lack a worker."""


@dataclass
class SlackThreads:
    """The threads of one workspace. `source` is where files come from, None for no uploads; `clock` gives seconds since
    the epoch."""

    client: SlackClient
    store: Store
    note: Note
    team: str
    view: MessageRenderer
    source: FileSource | None
    clock: Callable[[], float]
    outbox: SlackOutbox = field(init=False)

    def __post_init__(self) -> None:
        self.outbox = SlackOutbox(self.client, self.store, self.note)

    @asynccontextmanager
    async def sending(self, may_post: Callable[[], bool]) -> AsyncIterator[None]:
        """Send what is queued, within Slack's rate limits."""
        self.outbox = SlackOutbox(self.client, self.store, self.note, may_post)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.outbox.run())
            try:
                yield
            finally:
                running.cancel()

    def all_sent(self) -> bool:
        """Whether everything that was queued is sent."""
        return self.outbox.all_sent()

    async def has(self, session: str) -> bool:
        """Whether the session has a thread in this workspace."""
        return bool(await self._refs(session))

    async def update(self, timeline: Timeline) -> float | None:
        """Queue the messages of the session's threads. A busy session is shown again when the displayed duration has
        changed, less often near the rate limits."""
        session, now = timeline.session, self.clock()
        no_worker = await self._lacks_worker(timeline, now)
        for thread in await self._refs(session.id):
            for item in timeline.items:
                message = thread_messages.message(item, session, now, self.view, str(thread), no_worker=no_worker)
                await self.outbox.show(session.id, thread, item.key, message, ended=item.over, seq=timeline.seq)
                await self._upload_build(thread, item)
        pace = turn_message.TICK if self.outbox.has_room() else 4 * turn_message.TICK
        return now + pace if session.busy else None

    async def show_failure(self, session: str) -> None:
        """Show that an error in Honk keeps the session from being shown."""
        failure = SlackMessage(message_texts.CANNOT_SHOW, ())
        for thread in await self._refs(session):
            await self.outbox.show(session, thread, "trouble", failure, ended=True)

    async def _refs(self, session: str) -> list[SlackThreadRef]:
        links = await self.store.threads.links(session, thread_ref.INTEGRATION)
        found = (thread_ref.parse(name) for name, _ in links)
        return [thread for thread in found if thread is not None and thread.team == self.team]

    async def _lacks_worker(self, timeline: Timeline, now: float) -> bool:
        if not timeline.session.busy or now - timeline.at < NO_WORKER_SECONDS:
            return False
        return not any(worker.beat > now - NO_WORKER_SECONDS for worker in await self.store.workers())

    async def _upload_build(self, thread: SlackThreadRef, item: TimelineItem) -> None:
        """Upload the files of a head once its preview is ready."""
        ready, head = item.last(events.PreviewReady), item.session.change.head
        if self.source is None or not isinstance(ready, events.PreviewReady) or not item.over:
            return
        if item.turn.outcome != Phase.REVIEW or not head:
            return
        if (bundle := uploads.bundle(head, ready.preview, self.source)) is not None:
            await self.outbox.upload(item.session.id, thread, bundle.key, bundle)


def publishing(
    client: SlackClient,
    store: Store,
    note: Note,
    *,
    team: str,
    view: MessageRenderer,
    source: FileSource | None = None,
    clock: Callable[[], float] = time.time,
) -> AbstractAsyncContextManager[Publisher]:
    """Publish until the block is left; then another process takes over."""
    threads = SlackThreads(client, store, note, team, view, source, clock)
    # processes of an older version, which may run at the same time, know the lease by this name
    lease = f"slack:teller:{team}"
    return publisher.publishing(Publisher(threads, store, lease, f"slack:{team}:published", "Slack", clock))
