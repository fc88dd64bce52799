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

    simulator: SlackSimulator
    channel: Channel
    robin: User

    async def button(self, thread: str, label: str) -> ChannelMessage:
        """The newest message of the thread that has this button, as soon as there is one."""

        def found() -> ChannelMessage | None:
            shown = reversed(self.simulator.replies(self.channel, thread))
            return next((each for each in shown if f"[{label}]" in self.simulator.text(each)), None)

        message = await self.simulator.until(found, SECONDS)
        assert message is not None
        return message

    async def print_lines(self, thread: str, say: Callable[[str], None]) -> None:
        """Print each line of the thread when it appears, until cancelled; one that only counts seconds once."""
        printed: set[str] = set()
        news = self.simulator.watch()
        try:
            while True:
                for line in self.simulator.transcript(self.channel, thread).splitlines():
                    if (mark := _TIME.sub("", line.strip())) not in printed:
                        printed.add(mark)
                        say(line)
                await news.wait()
                news.clear()
        finally:
            self.simulator.unwatch(news)


@asynccontextmanager
async def opened(at: DemoSetup) -> AsyncIterator[tuple[DemoSetup, DemoSlack]]:
    """The demo's setup with a simulated workspace, in which the user Robin makes the request."""
    async with slack.serve(manifest.manifest(), name="Wavelength", limits=True) as simulator:
        robin = simulator.user(REQUESTER.name, email=REQUESTER.email)
        channel = simulator.channel(PROJECT, members=[robin])
        access = SlackAccess(simulator.url, simulator.bot_token, simulator.app_token)
        known = replace(at.settings.file.people, accounts={f"slack:{simulator.workspace.id}/{robin.id}": REQUESTER.id})
        own = replace(at.settings, slack=access, file=replace(at.settings.file, people=known))
        yield replace(at, settings=own), DemoSlack(simulator, channel, robin)


async def play(
    service: HonkService, at: DemoSetup, workspace: DemoSlack, request: Request, say: Callable[[str], None]
) -> AsyncIterator[Session]:
    """As `story.play`, but all requests and commands are given in the thread. `say` gets each line of the thread."""
    simulator, store = workspace.simulator, service.services.store
    await service.add_repo(at.address or str(at.repository), PROJECT)
    await store.threads.bind(SlackThreadRef(simulator.workspace.id, workspace.channel.id, "").channel_ref, PROJECT)
    thread = await simulator.say(workspace.robin, workspace.channel, f"<@{simulator.bot_user}> {request.text}")
    place = str(SlackThreadRef(simulator.workspace.id, workspace.channel.id, thread))
    printing = asyncio.create_task(workspace.print_lines(thread, say))
    try:
        name = await simulator.until_answered(lambda: store.threads.session(place), SECONDS)
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
            await simulator.press(workspace.robin, message, label)
            session = await _quiet(service, name)
        # the session has ended, its last message is on the way
        await simulator.until(lambda: f"{ROLLED_BACK}*" in simulator.transcript(workspace.channel, thread), SECONDS)
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
