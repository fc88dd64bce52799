"""What to call next, so that Slack is never called more often than it allows. Pure: it knows no clock and no network.

Each method has a bucket that fills up steadily, and posts have one for each channel besides. Slack names rates only
("20+ per minute", "short bursts"): docs.slack.dev, "Rate limits"; chat.postMessage "1 per second" and channel, "several
hundred a minute" for a workspace; chat.update tier 3, "50+ per minute"; files.* tier 4, "100+ per minute". The figures
here stay below those; the sizes of bursts are ours.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

CallKind = Literal["post", "end", "file", "edit"]
"""A first message; an edit that shows how something ended; an upload; any other edit. In the order of their right."""

ORDER: tuple[CallKind, ...] = ("post", "end", "file", "edit")

METHOD: Mapping[CallKind, str] = {
    "post": "chat.postMessage",
    "end": "chat.update",
    "edit": "chat.update",
    "file": "files.completeUploadExternal",
}


@dataclass(frozen=True)
class CallRate:
    """So many a second, after a burst."""

    per_second: float
    burst: float


RATES: Mapping[str, CallRate] = {
    "chat.postMessage": CallRate(4.0, 100),
    "chat.update": CallRate(45 / 60, 40),
    # one upload is two calls for each file
    "files.completeUploadExternal": CallRate(6 / 60, 8),
}
CHANNEL = CallRate(0.95, 4)
"""Posts to one channel."""

KEPT = 20.0
"""So many edits are kept back for ends: what is on its way may wait, how it came out may not."""

GAP = 1.2
"""Seconds between two edits of one message."""


@dataclass
class RateBucket:
    """Times are seconds of one monotonic clock."""

    rate: CallRate
    level: float
    at: float

    def wait(self, now: float, leaving: float = 0.0) -> float:
        """Seconds until there is one more than `leaving`."""
        lacking = 1.0 + leaving - min(self.rate.burst, self.level + (now - self.at) * self.rate.per_second)
        return max(0.0, lacking / self.rate.per_second)

    def take(self, now: float) -> None:
        """One less."""
        self.level = min(self.rate.burst, self.level + (now - self.at) * self.rate.per_second) - 1.0
        self.at = now


@dataclass(frozen=True)
class ScheduledCall:
    """Something to be called. `name` is that of a message; of two jobs for one message the newer one counts.

    `since` is when the message began to be behind, `number` counts them. What is new in one `thread` is posted one
    after the other, in that order.
    """

    name: str
    kind: CallKind
    channel: str
    thread: str = ""
    since: float = 0.0
    number: int = 0

    @property
    def is_new(self) -> bool:
        """It adds a message to its thread."""
        return self.kind in ("post", "file")

    @property
    def method(self) -> str:
        """Whose limits hold."""
        return METHOD[self.kind]


@dataclass
class RateSchedule:
    """All jobs that wait or are on their way. Every method takes the time, in seconds of one monotonic clock."""

    rates: Mapping[str, CallRate] = field(default_factory=lambda: RATES)
    channel: CallRate = CHANNEL
    _waiting: dict[str, ScheduledCall] = field(default_factory=dict)
    _flying: dict[str, ScheduledCall] = field(default_factory=dict)
    _count: int = 0
    _buckets: dict[str, RateBucket] = field(default_factory=dict)
    _closed: dict[str, float] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)
    _failed: dict[str, float] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Nothing waits and nothing is on its way."""
        return not self._waiting and not self._flying

    def want(self, name: str, kind: CallKind, channel: str, now: float, thread: str = "") -> None:
        """The message `name` should be brought up to date; how long it has been behind is remembered."""
        before = self._waiting.get(name)
        self._count += 1
        since, number = (before.since, before.number) if before else (now, self._count)
        self._waiting[name] = ScheduledCall(name, kind, channel, thread, since, number)

    def drop(self, name: str) -> None:
        """Nothing is wanted of it any more."""
        self._waiting.pop(name, None)

    def tick(self, now: float) -> ScheduledCall | float:
        """The job to do now, or for how many seconds there is none (inf: until another is wanted)."""
        soonest = math.inf
        taken = {job.thread for job in self._flying.values() if job.is_new and job.thread}
        for job in sorted(self._waiting.values(), key=lambda each: (ORDER.index(each.kind), each.since, each.number)):
            if job.name in self._flying or (job.is_new and job.thread in taken):
                continue
            wait = self._wait(job, now)
            if wait <= 0:
                return self._take(job, now)
            soonest = min(soonest, wait)
            taken |= {job.thread} if job.is_new and job.thread else set()
        return soonest

    def done(self, name: str, now: float) -> None:
        """A job has come to its end, well or not."""
        self._flying.pop(name, None)
        self._failed.pop(name, None)
        self._not_before[name] = now + GAP
        self._forget(now)

    def again(self, job: ScheduledCall, now: float, seconds: float) -> None:
        """A job has failed: it is tried again after so many `seconds`, in its newest form."""
        self._flying.pop(job.name, None)
        self._waiting.setdefault(job.name, job)
        self._failed[job.name] = now + seconds

    def limited(self, method: str, now: float, seconds: float) -> None:
        """Slack wants the method not to be called for so long."""
        self._closed[method] = max(self._closed.get(method, 0.0), now + seconds)

    def has_room(self, method: str, now: float) -> bool:
        """Whether a call more or less does not matter now."""
        return self._closed.get(method, 0.0) <= now and self._bucket(method, now).wait(now, KEPT) <= 0

    def _wait(self, job: ScheduledCall, now: float) -> float:
        waits = [
            self._closed.get(job.method, 0.0) - now,
            self._failed.get(job.name, 0.0) - now,
            self._bucket(job.method, now).wait(now, KEPT if job.kind == "edit" else 0.0),
        ]
        if job.kind == "post":
            waits.append(self._room(job.channel, now).wait(now))
        if job.kind == "edit":
            waits.append(self._not_before.get(job.name, 0.0) - now)
        return max(waits)

    def _take(self, job: ScheduledCall, now: float) -> ScheduledCall:
        del self._waiting[job.name]
        self._flying[job.name] = job
        self._bucket(job.method, now).take(now)
        if job.kind in ("post", "file"):
            self._room(job.channel, now).take(now)
        return job

    def _bucket(self, method: str, now: float) -> RateBucket:
        return self._made(method, self.rates[method], now)

    def _room(self, channel: str, now: float) -> RateBucket:
        return self._made(f"#{channel}", self.channel, now)

    def _made(self, key: str, rate: CallRate, now: float) -> RateBucket:
        return self._buckets.setdefault(key, RateBucket(rate, rate.burst, now))

    def _forget(self, now: float) -> None:
        """Let go of what says nothing any more: channels that are full again, waits that are over."""
        if len(self._not_before) + len(self._buckets) < 500:
            return
        self._not_before = {name: at for name, at in self._not_before.items() if at > now}
        full = [key for key, each in self._buckets.items() if each.wait(now, each.rate.burst - 1) <= 0]
        for key in full:
            del self._buckets[key]
