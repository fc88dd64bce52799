"""A thread in the simulated workspace, kept up to date from the events of a real store."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from honk_simulators import slack
from honk_simulators.slack import Channel, ChannelMessage, SlackSimulator, User

from honk.conversation.publisher import Publisher
from honk.core import events
from honk.core.events import EventData
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.integrations.slack.client import client
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.messages import publisher
from honk.integrations.slack.messages.renderer import MessageRenderer
from honk.integrations.slack.messages.uploads import FileSource
from honk.previews import qr_code
from honk.settings import SlackAccess
from honk.storage import store as stores
from honk.storage.store import Store
from tests.integrations.slack import sample_events

VIEW = MessageRenderer(lambda session: f"https://honk.example/sessions/{session}", frozenset({"https://honk.example"}))
PNG = qr_code.png("a picture")


@dataclass
class PublishedThread:
    """A workspace with a thread in it, and a store."""

    simulator: SlackSimulator
    store: Store
    channel: Channel
    ts: str

    @property
    def ada(self) -> User:
        return next(user for user in self.simulator.workspace.users.values() if user.name == "Ada")

    @property
    def place(self) -> SlackThreadRef:
        return SlackThreadRef(self.simulator.workspace.id, self.channel.id, self.ts)

    async def ask(
        self,
        session: str = "s1",
        text: str = sample_events.REQUEST,
        person: Person = sample_events.ROBIN,
        place: str = "",
    ) -> None:
        asked = events.TurnRequested(
            1, text, person, context=MessageContext(thread=place or str(self.place), link="https://slack.example/p1")
        )
        await self.store.start(session, asked, claim=f"{session} {text}")

    async def record(self, *rows: EventData, session: str = "s1") -> None:
        for data in rows:
            if isinstance(data, events.TurnRequested):
                await self.store.reply(session, data)
            else:
                await self.store.record(session, data)

    async def note(self, session: str, text: str, *, claim: str, bad: bool = False) -> None:
        await self.store.record(session, events.NoteAdded(text, bad=bad), key=claim)

    def publishing(self, view: MessageRenderer = VIEW) -> AbstractAsyncContextManager[Publisher]:
        @asynccontextmanager
        async def publish() -> AsyncIterator[Publisher]:
            shelf = FileSource(lambda sha256: PNG, qr_code.png)
            access = SlackAccess(self.simulator.url, self.simulator.bot_token)
            async with client.connected(access) as connected:
                team = self.simulator.workspace.id
                async with publisher.publishing(
                    connected, self.store, self.note, team=team, view=view, source=shelf
                ) as made:
                    yield made

        return publish()

    @property
    def said(self) -> list[ChannelMessage]:
        return self.simulator.replies(self.channel, self.ts)

    @property
    def text(self) -> str:
        return self.simulator.transcript(self.channel, self.ts)

    async def reads(self, *parts: str, timeout: float = 10.0) -> None:
        await self.simulator.until(lambda: all(part in self.text for part in parts), timeout)

    def calls(self, method: str) -> int:
        return sum(call.method == method for call in self.simulator.calls)


@asynccontextmanager
async def published_thread(directory: Path) -> AsyncIterator[PublishedThread]:
    """A workspace with its limits on, one channel, one person and one message, and a new store in `directory`."""
    async with stores.open(f"sqlite:///{directory}/honk.db") as store, slack.serve(limits=True) as simulator:
        simulator.workspace.app.scopes.discard("chat:write.public")  # Honk writes where it is
        ada = simulator.user("Ada")
        channel = simulator.channel("playlists", members=[ada])
        yield PublishedThread(simulator, store, channel, await simulator.say(ada, channel, "please"))
