"""Honk with a simulated Slack workspace: people mention it, reply, press buttons and read the thread."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from honk_simulators import slack
from honk_simulators.slack import Channel, ChannelMessage, SlackSimulator, Timing, User

from honk import app
from honk.core.session import Session
from honk.integrations.slack import from_settings, integration
from honk.integrations.slack.client import manifest
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.settings import SlackAccess
from tests.story.conftest import APP, Installation

QUICK = Timing(retries=(0.0, 0.05, 0.05), refresh=0.2)
SECONDS = 60.0


@dataclass
class SlackStory:
    """A workspace. `ada` and `ben` may write to the repositories, `cat` may not; all are in `channel`."""

    installation: Installation
    simulator: SlackSimulator
    ada: User
    ben: User
    cat: User
    channel: Channel

    @property
    def at(self) -> str:
        """Honk's mention."""
        return f"<@{self.simulator.bot_user}>"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[integration.SlackIntegration]:
        """Run Honk, connected to Slack, until the block is left."""
        installation = self.installation
        async with AsyncExitStack() as stack:
            installation.service = await stack.enter_async_context(
                app.open_app(installation.settings, base_url="http://honk.test")
            )
            parts = from_settings.parts(installation.settings, installation.service.services, installation.service)
            running = await stack.enter_async_context(integration.open_slack(parts))
            assert running is not None
            await running.tried.wait()
            yield running

    def thread(self, ts: str, channel: Channel | None = None) -> str:
        """What everybody reads there."""
        return self.simulator.transcript(channel or self.channel, ts)

    async def session(self, ts: str, channel: Channel | None = None) -> Session:
        """The session whose thread it is."""
        place = SlackThreadRef(self.simulator.workspace.id, (channel or self.channel).id, ts)
        store = self.installation.service.services.store
        return await store.session(await store.threads.session(str(place)))

    async def begun(self, ts: str, channel: Channel | None = None) -> Session:
        """Wait until a message has become a session."""
        place = str(SlackThreadRef(self.simulator.workspace.id, (channel or self.channel).id, ts))
        await self.simulator.until_answered(
            lambda: self.installation.service.services.store.threads.session(place), SECONDS
        )
        return await self.session(ts, channel)

    async def reads(self, ts: str, *texts: str, channel: Channel | None = None) -> str:
        """Wait until the thread says all of it; what it says then."""
        await self.simulator.until(lambda: all(text in self.thread(ts, channel) for text in texts), SECONDS)
        return self.thread(ts, channel)

    async def button(self, ts: str, label: str, channel: Channel | None = None) -> ChannelMessage:
        """Wait for a button in the thread; the newest message that has it."""

        def found() -> ChannelMessage | None:
            for message in reversed(self.simulator.replies(channel or self.channel, ts)):
                if f"[{label}]" in self.simulator.text(message):
                    return message
            return None

        return await self.simulator.until(found, SECONDS)

    def ephemeral_text(self, user: User) -> str:
        """What only this person can see."""
        return "\n".join(self.simulator.text(each) for each in self.simulator.ephemerals(user))


@pytest.fixture
async def make_story(make_installation: Callable[..., Installation]) -> AsyncIterator[Callable[..., object]]:
    """Builds workspaces; values go to `make_installation`."""
    async with AsyncExitStack() as stack:

        async def build(**values: object) -> SlackStory:
            installation = await make_installation(**values)
            simulator = await stack.enter_async_context(slack.serve(manifest.manifest(), pace=QUICK))
            ada, ben, cat = (
                simulator.user(name, email=f"{name.lower()}@example.com") for name in ("Ada", "Ben", "Cat")
            )
            channel = simulator.channel("playlists", members=[ada, ben, cat])
            writers = tuple(f"slack:{simulator.workspace.id}/{user.id}" for user in (ada, ben))
            file = replace(
                installation.settings.file, people=replace(installation.settings.file.people, writers=writers)
            )
            access = SlackAccess(simulator.url, simulator.bot_token, simulator.app_token, simulator.signing_secret)
            installation.settings = replace(installation.settings, file=file, slack=access)
            return SlackStory(installation, simulator, ada, ben, cat, channel)

        yield build


@pytest.fixture
async def story(make_story: Callable[..., object]) -> SlackStory:
    """A workspace with the smallest project, known as `app`."""
    built: SlackStory = await make_story()  # type: ignore[misc]
    built.installation.repository("app", APP)
    return built
