"""A burst in Slack: 100 mentions in 50 channels, repeated and out of order, against the simulated Slack.

Slack runs in this process, Honk with its worker in another one. Measured: the time until the author of a message
sees the first reaction or the first line of an answer.
"""

import asyncio
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from honk_simulators import slack
from honk_simulators.slack import Channel, SlackSimulator, User
from honk_simulators.slack.rate_limits import RATES

from bench.row import Row
from bench.table import Progress
from honk import process
from honk.integrations.slack.client import manifest
from honk.settings import SlackAccess
from honk.storage import store as stores

MENTIONS, CHANNELS, PEOPLE = 100, 50, 20
SLACKS_LIMIT_MS = 3000.0
GOAL_MS = 300.0
SETTLED_SECONDS = 20.0
"""For how long updates are counted after the burst."""


@dataclass(frozen=True)
class Burst:
    """Results. `first`: milliseconds from each message to its first visible answer. `deliveries`: events that Slack
    delivered. `refused`: calls that Slack refused, by method."""

    name: str
    first: tuple[float, ...]
    turns: int
    deliveries: int
    calls: Counter[str]
    refused: Counter[str]
    seconds: float

    def rows(self) -> list[Row]:
        """For the table. The alternative of a latency is the time after which Slack gives up on an app."""
        limit = f"Slack's own limit, {SLACKS_LIMIT_MS:.0f} ms"
        first, name = sorted(self.first), self.name
        per_second = (self.calls["chat.update"] + self.calls["chat.postMessage"]) / self.seconds
        allowed = sum(rate.burst + rate.per_minute * self.seconds / 60 for rate in (RATES["post"], RATES["3"]))
        return [
            Row(f"{name}: first answer, p50", "ms", statistics.median(first), limit, SLACKS_LIMIT_MS, len(first)),
            Row(f"{name}: first answer, p99", "ms", p99(first), limit, SLACKS_LIMIT_MS, len(first), GOAL_MS),
            Row(f"{name}: turns", "turns", self.turns, "deliveries", self.deliveries, 1, MENTIONS),
            Row(f"{name}: posts and edits", "1/s", per_second, "Slack's limits", allowed / self.seconds, 1),
            Row(f"{name}: calls refused", "calls", sum(self.refused.values()), "calls", sum(self.calls.values()), 1),
        ]


def p99(values: list[float]) -> float:
    """The value that one in a hundred exceeds; `values` are sorted."""
    return values[min(len(values) - 1, int(len(values) * 0.99))]


async def rows(root: Path, progress: Progress) -> list[Row]:
    """100 messages within a second, and 100 in the same instant."""
    found = []
    for name, seconds in (("burst in a second", 1.0), ("burst in an instant", 0.0)):
        progress(f"{name}: {MENTIONS} mentions in {CHANNELS} channels")
        found += (await measure(root / name.replace(" ", "-"), name, seconds)).rows()
    return found


async def measure(home: Path, name: str, seconds: float) -> Burst:
    """Serve a workspace with rate limits, send all messages within `seconds`, and measure."""
    async with slack.serve(manifest.manifest(), limits=True) as simulator, AsyncExitStack() as stack:
        people = [simulator.user(f"Person {number}") for number in range(PEOPLE)]
        channels = [simulator.channel(f"channel-{number}", members=people) for number in range(CHANNELS)]
        lobby = simulator.channel("lobby", members=people)
        await stack.enter_async_context(_honk(home, simulator))
        # one message before, so that caches are warm
        ts = await simulator.say(people[0], lobby, f"<@{simulator.bot_user}> good morning")
        await simulator.until(lambda: simulator.replies(lobby, ts), timeout=30)
        await simulator.quiet()
        calls, refused, began = len(simulator.calls), len(simulator.refused), time.time()
        said = await _send(simulator, people, channels, seconds)
        await simulator.until(lambda: said.keys() <= _answered(simulator).keys(), timeout=60)
        answered = _answered(simulator)
        await simulator.quiet(timeout=60)
        await asyncio.sleep(SETTLED_SECONDS)
        async with stores.open(f"sqlite:///{home / 'honk.db'}") as store:
            sessions = await store.sessions(1000)
        return Burst(
            name=name,
            first=tuple(1000 * (answered[ts] - at) for ts, at in said.items()),
            turns=sum(len(each.turns) for each in sessions) - 1,
            deliveries=sum(
                each.payload["event"].get("channel") != lobby.id for each in simulator.attempts if each.event
            ),
            calls=Counter(call.method for call in simulator.calls[calls:]),
            refused=Counter(call.method for call in simulator.refused[refused:]),
            seconds=time.time() - began,
        )


async def _send(
    simulator: SlackSimulator, people: list[User], channels: list[Channel], seconds: float
) -> dict[str, float]:
    """Send all messages; returns when Slack received each of them, by ts. A quarter of the events is delivered twice, a
    quarter again with another id, and each mention is two events anyway. Some events come late, or all in reverse."""
    simulator.disturb("duplicate", MENTIONS // 2)
    simulator.disturb("again", MENTIONS // 2)
    if seconds:
        simulator.disturb("delay", MENTIONS // 4, seconds=0.1)
    else:
        simulator.hold()
    said, began = {}, time.time()
    for number in range(MENTIONS):
        await asyncio.sleep(max(0.0, began + seconds * number / MENTIONS - time.time()))
        channel, at = channels[number % CHANNELS], time.time()
        said[
            await simulator.say(people[number % PEOPLE], channel, f"<@{simulator.bot_user}> request number {number}")
        ] = at
    if seconds:
        return said
    released = time.time()
    simulator.release(reverse=True)
    return dict.fromkeys(said, released)


def _answered(simulator: SlackSimulator) -> dict[str, float]:
    """When Honk's first reaction or reply to each message was visible, by the message's ts."""
    seen: dict[str, float] = {}
    for call in simulator.calls:
        ts = call.arguments.get({"reactions.add": "timestamp", "chat.postMessage": "thread_ts"}.get(call.method, ""))
        if ts is not None:
            seen.setdefault(str(ts), call.at)
    return seen


@asynccontextmanager
async def _honk(home: Path, simulator: SlackSimulator) -> AsyncIterator[None]:
    """Honk in a process of its own."""
    access = SlackAccess(simulator.url, simulator.bot_token, simulator.app_token)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HONK_HOME": str(home),
        "HONK_SLACK_URL": access.url,
        "SLACK_BOT_TOKEN": access.bot_token,
        "SLACK_APP_TOKEN": access.app_token,
    }
    async with process.spawn(
        (sys.executable, "-m", "bench.first_answer"), env=env, stderr=sys.stderr.fileno()
    ) as child:
        assert child.stdout is not None
        async with asyncio.timeout(60):
            await child.stdout.readline()
        yield
        child.terminate()
