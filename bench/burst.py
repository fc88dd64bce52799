"""A burst in Slack: 100 mentions in 50 channels at once, repeated and out of order, against the simulated Slack.

Slack runs in this process and the house in another, as they would be apart. The house has no worker: what is measured
is the way from a message to the first thing that its author sees of Honk, a reaction or the first line of an answer.
"""

import asyncio
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.row import Row
from bench.table import Progress
from honk import process
from honk.chat.slack import manifest
from honk.settings import SlackAccess
from honk.store import store as stores
from honk.testing import slack
from honk.testing.slack import Channel, Message, User, World
from honk.testing.slack.limits import RATES

MENTIONS, CHANNELS, PEOPLE = 100, 50, 20
SLACKS_LIMIT_MS = 3000.0
GOAL_MS = 300.0
SETTLED_SECONDS = 20.0
"""For how long updates are counted after the burst."""


@dataclass(frozen=True)
class Burst:
    """What came of it. `first` are milliseconds from each message to its first visible answer, `acks` to the
    acknowledgement of its first delivery; `deliveries` counts what was delivered, `refused` calls that Slack turned
    away."""

    first: tuple[float, ...]
    acks: tuple[float, ...]
    turns: int
    deliveries: int
    calls: Counter[str]
    refused: Counter[str]
    seconds: float

    def rows(self) -> list[Row]:
        """For the table. The alternative of a latency is the time after which Slack calls an app dead."""
        limit = f"Slack's own limit, {SLACKS_LIMIT_MS:.0f} ms"
        first, acks = sorted(self.first), sorted(self.acks)
        per_second = (self.calls["chat.update"] + self.calls["chat.postMessage"]) / self.seconds
        allowed = sum(rate.burst + rate.per_minute * self.seconds / 60 for rate in (RATES["post"], RATES["3"]))
        return [
            Row("burst: first answer, p50", "ms", statistics.median(first), limit, SLACKS_LIMIT_MS, len(first)),
            Row("burst: first answer, p99", "ms", p99(first), limit, SLACKS_LIMIT_MS, len(first), GOAL_MS),
            Row("burst: acknowledged, p50", "ms", statistics.median(acks), limit, SLACKS_LIMIT_MS, len(acks)),
            Row("burst: acknowledged, p99", "ms", p99(acks), limit, SLACKS_LIMIT_MS, len(acks)),
            Row("burst: turns", "turns", self.turns, "deliveries", self.deliveries, 1, MENTIONS),
            Row("burst: posts and edits", "1/s", per_second, "Slack's limits", allowed / self.seconds, 1),
            Row("burst: calls refused", "calls", sum(self.refused.values()), "calls", sum(self.calls.values()), 1),
        ]


def p99(values: list[float]) -> float:
    """The value that one in a hundred exceeds; `values` are sorted."""
    return values[min(len(values) - 1, int(len(values) * 0.99))]


async def rows(root: Path, progress: Progress) -> list[Row]:
    """Measure once: it is a hundred messages."""
    progress(f"burst: {MENTIONS} mentions in {CHANNELS} channels")
    return (await measure(root / "burst")).rows()


async def measure(home: Path) -> Burst:
    """Serve a workspace with limits on, let everybody speak at once, and look."""
    async with slack.serve(manifest.manifest(), limits=True) as world, AsyncExitStack() as stack:
        people = [world.user(f"Person {number}") for number in range(PEOPLE)]
        rooms = [world.channel(f"room-{number}", members=people) for number in range(CHANNELS)]
        lobby = world.channel("lobby", members=people)
        await stack.enter_async_context(_house(home, world))
        # one message before: the house is warm, as it is on any day
        ts = await world.say(people[0], lobby, f"<@{world.bot_user}> good morning")
        await world.until(lambda: world.replies(lobby, ts), timeout=30)
        await world.quiet()
        calls, refused = len(world.calls), len(world.refused)
        eyes = Eyes(world, await _said(world, people, rooms))
        began = time.time()
        world.release(reverse=True)
        await eyes.watch(began)
        await world.quiet(timeout=60)
        await asyncio.sleep(SETTLED_SECONDS)
        with stores.open(f"sqlite:///{home / 'honk.db'}") as store:
            sessions = store.sessions(1000)
        return Burst(
            first=tuple(eyes.first.values()),
            acks=tuple(eyes.acks.values()),
            turns=sum(len(each.turns) for each in sessions) - 1,
            deliveries=sum(each.payload["event"].get("channel") != lobby.id for each in world.attempts if each.event),
            calls=Counter(call.method for call in world.calls[calls:]),
            refused=Counter(call.method for call in world.refused[refused:]),
            seconds=time.time() - began,
        )


async def _said(world: World, people: list[User], rooms: list[Channel]) -> dict[str, Message]:
    """Everybody has spoken, and nothing is delivered yet; a quarter of the events will come twice, a quarter again with
    another id. Each mention is two events anyway."""
    world.hold()
    world.disturb("duplicate", MENTIONS // 2)
    world.disturb("again", MENTIONS // 2)
    said = {}
    for number in range(MENTIONS):
        room = rooms[number % CHANNELS]
        ts = await world.say(people[number % PEOPLE], room, f"<@{world.bot_user}> request number {number}")
        found = room.find(ts)
        assert found is not None
        said[ts] = found
    return said


@dataclass
class Eyes:
    """When each message was first acknowledged, and first answered to be seen: milliseconds after the burst, by ts."""

    world: World
    said: dict[str, Message]
    first: dict[str, float] = field(default_factory=dict)
    acks: dict[str, float] = field(default_factory=dict)

    async def watch(self, began: float) -> None:
        """Until everything was answered. Looks at most every four milliseconds: the workspace lives in this process."""
        news = self.world.watch()
        async with asyncio.timeout(60):
            while len(self.first) < len(self.said) or len(self.acks) < len(self.said):
                await news.wait()
                news.clear()
                self._look((time.time() - began) * 1000)
                await asyncio.sleep(0.004)
        self.world.unwatch(news)

    def _look(self, now: float) -> None:
        if len(self.first) < len(self.said):
            answered = {each.thread_ts for room in self._rooms() for each in room.messages if each.bot_id}
            for ts, message in self.said.items():
                if ts not in self.first and (ts in answered or message.reactions):
                    self.first[ts] = now
        if len(self.acks) < len(self.said):
            for attempt in self.world.attempts:
                if attempt.ok and (ts := str(attempt.payload.get("event", {}).get("ts"))) in self.said:
                    self.acks.setdefault(ts, now)

    def _rooms(self) -> Iterable[Channel]:
        return self.world.workspace.channels.values()


@asynccontextmanager
async def _house(home: Path, world: World) -> AsyncIterator[None]:
    """The house in a process of its own."""
    access = SlackAccess(world.url, world.bot_token, world.app_token)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HONK_HOME": str(home),
        "HONK_SLACK_URL": access.url,
        "SLACK_BOT_TOKEN": access.bot_token,
        "SLACK_APP_TOKEN": access.app_token,
    }
    async with process.spawn((sys.executable, "-m", "bench.hearing"), env=env, stderr=sys.stderr.fileno()) as child:
        assert child.stdout is not None
        async with asyncio.timeout(60):
            await child.stdout.readline()
        yield
        child.terminate()
