"""A simulated workspace, and Honk connected to it without a worker: requests become turns that wait."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from honk_simulators import slack
from honk_simulators.slack import Channel, ChannelMessage, SlackSimulator, Timing, User

from honk import app, settings
from honk.core import events
from honk.core.repo import Repo
from honk.core.session import Session
from honk.integrations.slack import from_settings, integration
from honk.integrations.slack.client import client, manifest
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.service import HonkService
from honk.settings import PeopleSettings, Settings, SlackAccess

QUICK = Timing(retries=(0.0, 0.05, 0.05), refresh=0.2)


@dataclass
class ConnectedSlack:
    """See the module's text."""

    simulator: SlackSimulator
    settings: Settings
    service: HonkService
    slack: integration.SlackIntegration

    @property
    def at(self) -> str:
        """Honk's mention."""
        return f"<@{self.simulator.bot_user}>"

    def place(self, channel: Channel, ts: str) -> SlackThreadRef:
        return SlackThreadRef(self.simulator.workspace.id, channel.id, ts)

    async def session(self, channel: Channel, ts: str) -> Session | None:
        """The session whose thread this is."""
        found = await self.service.services.store.threads.session(str(self.place(channel, ts)))
        return await self.service.services.store.session(found) if found else None

    async def sessions(self) -> tuple[Session, ...]:
        return await self.service.services.store.sessions(1000)

    async def asked(self, session: Session) -> list[events.TurnRequested]:
        """What was said to a session, with what came along."""
        history = await self.service.services.store.events(session.id)
        return [event.data for event in history if isinstance(event.data, events.TurnRequested)]

    def ephemeral_text(self, user: User) -> str:
        """What only this person can see."""
        return "\n".join(self.simulator.text(each) for each in self.simulator.ephemerals(user))

    def reacted(self, channel: Channel, ts: str) -> bool:
        """Whether Honk has shown that it saw a message."""
        message = channel.find(ts)
        return message is not None and "eyes" in message.reactions

    async def post(self, channel: Channel, thread: str, blocks: list[dict[str, object]]) -> ChannelMessage:
        """Honk posts something with buttons."""
        async with client.connected(self.settings.slack) as slack:
            sent = await slack.call("chat.postMessage", channel=channel.id, thread_ts=thread, text="…", blocks=blocks)
        found = channel.find(str(sent["ts"]))
        assert found is not None
        return found

    async def repo(self, name: str, about: str = "") -> None:
        """A repository that this machine could write to, with nothing in it."""
        place = self.settings.home / f"{name}.git"
        place.mkdir()
        await self.service.services.store.add_repo(Repo(name, str(place), "local", "main", about))


Open = Callable[..., AbstractAsyncContextManager[ConnectedSlack]]


@pytest.fixture
async def simulator() -> AsyncIterator[SlackSimulator]:
    async with slack.serve(manifest.manifest(), pace=QUICK) as here:
        yield here


@pytest.fixture
def connect_slack(simulator: SlackSimulator, tmp_path: Path) -> Open:
    """Connects Honk to the workspace, several times in turn or side by side, with the same database."""

    @asynccontextmanager
    async def opened(*writers: User, **values: object) -> AsyncIterator[ConnectedSlack]:
        base = settings.load({"HONK_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)})
        access = SlackAccess(simulator.url, simulator.bot_token, simulator.app_token, simulator.signing_secret)
        ids = tuple(f"slack:{simulator.workspace.id}/{user.id}" for user in writers)
        file = replace(base.file, slack=replace(base.file.slack, **values), people=PeopleSettings(writers=ids))
        own = replace(base, slack=access, file=file)
        async with AsyncExitStack() as stack:
            service = await stack.enter_async_context(app.open_app(own, base_url="http://honk.test", working=False))
            here = await stack.enter_async_context(
                integration.open_slack(from_settings.parts(own, service.services, service))
            )
            assert here is not None
            await here.tried.wait()
            yield ConnectedSlack(simulator, own, service, here)

    return opened


@pytest.fixture
async def connected(connect_slack: Open) -> AsyncIterator[ConnectedSlack]:
    async with connect_slack() as here:
        yield here
