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
from tests.story.conftest import APP, Town

QUICK = Timing(retries=(0.0, 0.05, 0.05), refresh=0.2)
SECONDS = 60.0


@dataclass
class SlackStory:
    """A workspace. `ada` and `ben` may write to the repositories, `cat` may not; all are in `channel`."""

    town: Town
    world: SlackSimulator
    ada: User
    ben: User
    cat: User
    channel: Channel

    @property
    def at(self) -> str:
        """Honk's mention."""
        return f"<@{self.world.bot_user}>"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[integration.SlackIntegration]:
        """Run Honk, connected to Slack, until the block is left."""
        town = self.town
        async with AsyncExitStack() as stack:
            town.service = await stack.enter_async_context(app.open_app(town.settings, base_url="http://honk.test"))
            parts = from_settings.parts(town.settings, town.service.services, town.service)
            running = await stack.enter_async_context(integration.open_slack(parts))
            assert running is not None
            await running.tried.wait()
            yield running

    def thread(self, ts: str, channel: Channel | None = None) -> str:
        """What everybody reads there."""
        return self.world.transcript(channel or self.channel, ts)

    async def session(self, ts: str, channel: Channel | None = None) -> Session:
        """The session whose thread it is."""
        place = SlackThreadRef(self.world.workspace.id, (channel or self.channel).id, ts)
        store = self.town.service.services.store
        return await store.session(await store.threads.session(str(place)))

    async def begun(self, ts: str, channel: Channel | None = None) -> Session:
        """Wait until a message has become a session."""
        place = str(SlackThreadRef(self.world.workspace.id, (channel or self.channel).id, ts))
        await self.world.until_answered(lambda: self.town.service.services.store.threads.session(place), SECONDS)
        return await self.session(ts, channel)

    async def reads(self, ts: str, *texts: str, channel: Channel | None = None) -> str:
        """Wait until the thread says all of it; what it says then."""
        await self.world.until(lambda: all(text in self.thread(ts, channel) for text in texts), SECONDS)
        return self.thread(ts, channel)

    async def button(self, ts: str, label: str, channel: Channel | None = None) -> ChannelMessage:
        """Wait for a button in the thread; the newest message that has it."""

        def found() -> ChannelMessage | None:
            for message in reversed(self.world.replies(channel or self.channel, ts)):
                if f"[{label}]" in self.world.text(message):
                    return message
            return None

        return await self.world.until(found, SECONDS)

    def ephemeral_text(self, user: User) -> str:
        """What only this person can see."""
        return "\n".join(self.world.text(each) for each in self.world.ephemerals(user))


@pytest.fixture
async def make_story(make_town: Callable[..., Town]) -> AsyncIterator[Callable[..., object]]:
    """Builds workspaces; values go to `make_town`."""
    async with AsyncExitStack() as stack:

        async def build(**values: object) -> SlackStory:
            town = await make_town(**values)
            world = await stack.enter_async_context(slack.serve(manifest.manifest(), pace=QUICK))
            ada, ben, cat = (world.user(name, email=f"{name.lower()}@example.com") for name in ("Ada", "Ben", "Cat"))
            channel = world.channel("playlists", members=[ada, ben, cat])
            writers = tuple(f"slack:{world.workspace.id}/{user.id}" for user in (ada, ben))
            file = replace(town.settings.file, people=replace(town.settings.file.people, writers=writers))
            access = SlackAccess(world.url, world.bot_token, world.app_token, world.signing_secret)
            town.settings = replace(town.settings, file=file, slack=access)
            return SlackStory(town, world, ada, ben, cat, channel)

        yield build


@pytest.fixture
async def story(make_story: Callable[..., object]) -> SlackStory:
    """A workspace with the smallest project, known as `app`."""
    built: SlackStory = await make_story()  # type: ignore[misc]
    built.town.repository("app", APP)
    return built
