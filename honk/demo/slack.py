"""The demo in a simulated Slack: Robin mentions Honk in a channel and presses its buttons."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from honk_simulators import slack
from honk_simulators.slack import Channel, ChannelMessage, SlackSimulator, User

from honk.core.phase import Phase
from honk.core.session import Session
from honk.demo.requests import Request
from honk.demo.story import PATIENCE, PROJECT, REQUESTER, DemoSetup
from honk.integrations.slack.client import manifest
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.service import HonkService
from honk.settings import SlackAccess

SECONDS = 60.0
"""How long to wait for a message or a button."""

ROLLED_BACK = "↩ Rolled back"
"""The title of the last message."""

_TIME = re.compile(r"\d+(?:\.\d+)?(?= ?(?:s|min)\b)")


@dataclass(frozen=True)
class DemoSlack:
    """The simulated workspace with its one channel and Robin."""

    world: SlackSimulator
    channel: Channel
    robin: User

    async def button(self, thread: str, label: str) -> ChannelMessage:
        """The newest message of the thread that has this button, as soon as there is one."""

        def found() -> ChannelMessage | None:
            shown = reversed(self.world.replies(self.channel, thread))
            return next((each for each in shown if f"[{label}]" in self.world.text(each)), None)

        message = await self.world.until(found, SECONDS)
        assert message is not None
        return message

    async def print_lines(self, thread: str, say: Callable[[str], None]) -> None:
        """Print each line of the thread when it appears, until cancelled; one that only counts seconds once."""
        printed: set[str] = set()
        news = self.world.watch()
        try:
            while True:
                for line in self.world.transcript(self.channel, thread).splitlines():
                    if (mark := _TIME.sub("", line.strip())) not in printed:
                        printed.add(mark)
                        say(line)
                await news.wait()
                news.clear()
        finally:
            self.world.unwatch(news)


@asynccontextmanager
async def opened(at: DemoSetup) -> AsyncIterator[tuple[DemoSetup, DemoSlack]]:
    """The demo's setup with a simulated workspace, in which the user Robin makes the request."""
    async with slack.serve(manifest.manifest(), name="Wavelength", limits=True) as world:
        robin = world.user(REQUESTER.name, email=REQUESTER.email)
        channel = world.channel(PROJECT, members=[robin])
        access = SlackAccess(world.url, world.bot_token, world.app_token)
        known = replace(at.settings.file.people, accounts={f"slack:{world.workspace.id}/{robin.id}": REQUESTER.id})
        own = replace(at.settings, slack=access, file=replace(at.settings.file, people=known))
        yield replace(at, settings=own), DemoSlack(world, channel, robin)


async def play(
    service: HonkService, at: DemoSetup, workspace: DemoSlack, request: Request, say: Callable[[str], None]
) -> AsyncIterator[Session]:
    """As `story.play`, but all requests and commands are given in the thread. `say` gets each line of the thread."""
    world, store = workspace.world, service.services.store
    await service.add_repo(at.address or str(at.repository), PROJECT)
    await store.threads.bind(SlackThreadRef(world.workspace.id, workspace.channel.id, "").channel_ref, PROJECT)
    thread = await world.say(workspace.robin, workspace.channel, f"<@{world.bot_user}> {request.text}")
    place = str(SlackThreadRef(world.workspace.id, workspace.channel.id, thread))
    printing = asyncio.create_task(workspace.print_lines(thread, say))
    try:
        name = await world.until_answered(lambda: store.threads.session(place), SECONDS)
        session = await _quiet(service, name)
        while session.phase == Phase.REVIEW and not at.ready(session):
            await store.wait(name, len(await store.events(name)), timeout=PATIENCE)
            session = await _quiet(service, name)
        for phase, label in ((Phase.REVIEW, "Merge"), (Phase.LIVE, "Roll back")):
            if session.phase == phase:
                message = await workspace.button(thread, label)
            yield session
            if session.phase != phase:
                return
            await world.press(workspace.robin, message, label)
            session = await _quiet(service, name)
        # the session has ended, its last message is on the way
        await world.until(lambda: f"{ROLLED_BACK}*" in world.transcript(workspace.channel, thread), SECONDS)
        yield session
    finally:
        await asyncio.sleep(0)
        printing.cancel()
        await asyncio.gather(printing, return_exceptions=True)


async def _quiet(service: HonkService, session: str) -> Session:
    """The session when nothing more happens by itself."""
    async for _ in service.events(session, follow=True):
        pass
    return await service.session(session)
