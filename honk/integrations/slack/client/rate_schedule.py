"""Which call to Slack is next, within Slack's rate limits. Pure: without a clock and without a network.

Each method has a token bucket, and posts have one more for each channel. Slack names rates only
("20+ per minute", "short bursts"): docs.slack.dev, "Rate limits"; chat.postMessage "1 per second" and channel, "several
hundred a minute" for a workspace; chat.update tier 3, "50+ per minute"; files.* tier 4, "100+ per minute". The figures
here stay below those; the sizes of bursts are ours.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

CallKind = Literal["post", "end", "file", "edit"]
"""A new message; an edit with the outcome; an upload; any other edit. Listed by priority."""

ORDER: tuple[CallKind, ...] = ("post", "end", "file", "edit")

METHOD: Mapping[CallKind, str] = {
    "post": "chat.postMessage",
    "end": "chat.update",
    "edit": "chat.update",
    "file": "files.completeUploadExternal",
}


@dataclass(frozen=True)
class CallRate:
    """Calls per second, after a burst of so many at once."""

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

RESERVED = 20.0
"""Edits that are reserved for outcomes: progress may wait, an outcome may not."""

GAP = 1.2
"""Seconds between two edits of one message."""


@dataclass
class RateBucket:
    """Times are seconds of one monotonic clock."""

    rate: CallRate
    level: float
    at: float

    def wait(self, now: float, leaving: float = 0.0) -> float:
        """Seconds until there is one token more than `leaving`."""
        lacking = 1.0 + leaving - min(self.rate.burst, self.level + (now - self.at) * self.rate.per_second)
        return max(0.0, lacking / self.rate.per_second)

    def take(self, now: float) -> None:
        """Use one token."""
        self.level = min(self.rate.burst, self.level + (now - self.at) * self.rate.per_second) - 1.0
        self.at = now


@dataclass(frozen=True)
class ScheduledCall:
    """A call to be made. `name` identifies the message; a newer call for the same message replaces an older one.

    `since` is when the message became out of date, `number` its position in the queue. New messages of one `thread`
    are posted one after the other, in that order.
    """

    name: str
    kind: CallKind
    channel: str
    thread: str = ""
    since: float = 0.0
    number: int = 0

    @property
    def is_new(self) -> bool:
        """It adds a message to the thread."""
        return self.kind in ("post", "file")

    @property
    def method(self) -> str:
        """The method whose limits apply."""
        return METHOD[self.kind]


@dataclass
class RateSchedule:
    """All calls that wait or are being made. `now` is in seconds of one monotonic clock."""

    rates: Mapping[str, CallRate] = field(default_factory=lambda: RATES)
    channel: CallRate = CHANNEL
    _waiting: dict[str, ScheduledCall] = field(default_factory=dict)
    _in_flight: dict[str, ScheduledCall] = field(default_factory=dict)
    _count: int = 0
    _buckets: dict[str, RateBucket] = field(default_factory=dict)
    _closed: dict[str, float] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)
    _failed: dict[str, float] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """No call waits and none is being made."""
        return not self._waiting and not self._in_flight

    def want(self, name: str, kind: CallKind, channel: str, now: float, thread: str = "") -> None:
        """Queue an update of message `name`; a message that already waits keeps its position."""
        before = self._waiting.get(name)
        self._count += 1
        since, number = (before.since, before.number) if before else (now, self._count)
        self._waiting[name] = ScheduledCall(name, kind, channel, thread, since, number)

    def drop(self, name: str) -> None:
        """Remove it from the queue."""
        self._waiting.pop(name, None)

    def tick(self, now: float) -> ScheduledCall | float:
        """The next call, or for how many seconds there is none (inf: until another is queued)."""
        soonest = math.inf
        taken = {job.thread for job in self._in_flight.values() if job.is_new and job.thread}
        for job in sorted(self._waiting.values(), key=lambda each: (ORDER.index(each.kind), each.since, each.number)):
            if job.name in self._in_flight or (job.is_new and job.thread in taken):
                continue
            wait = self._wait(job, now)
            if wait <= 0:
                return self._take(job, now)
            soonest = min(soonest, wait)
            taken |= {job.thread} if job.is_new and job.thread else set()
        return soonest

    def done(self, name: str, now: float) -> None:
        """A call has ended and is not repeated."""
        self._in_flight.pop(name, None)
        self._failed.pop(name, None)
        self._not_before[name] = now + GAP
        self._forget(now)

    def again(self, job: ScheduledCall, now: float, seconds: float) -> None:
        """A call has failed: repeat it after `seconds`, with the newest content."""
        self._in_flight.pop(job.name, None)
        self._waiting.setdefault(job.name, job)
        self._failed[job.name] = now + seconds

    def limited(self, method: str, now: float, seconds: float) -> None:
        """Slack refuses the method for so many `seconds`."""
        self._closed[method] = max(self._closed.get(method, 0.0), now + seconds)

    def has_room(self, method: str, now: float) -> bool:
        """Whether one more call leaves enough for others."""
        return self._closed.get(method, 0.0) <= now and self._bucket(method, now).wait(now, RESERVED) <= 0

    def _wait(self, job: ScheduledCall, now: float) -> float:
        waits = [
            self._closed.get(job.method, 0.0) - now,
            self._failed.get(job.name, 0.0) - now,
            self._bucket(job.method, now).wait(now, RESERVED if job.kind == "edit" else 0.0),
        ]
        if job.kind == "post":
            waits.append(self._channel_bucket(job.channel, now).wait(now))
        if job.kind == "edit":
            waits.append(self._not_before.get(job.name, 0.0) - now)
        return max(waits)

    def _take(self, job: ScheduledCall, now: float) -> ScheduledCall:
        del self._waiting[job.name]
        self._in_flight[job.name] = job
        self._bucket(job.method, now).take(now)
        if job.kind in ("post", "file"):
            self._channel_bucket(job.channel, now).take(now)
        return job

    def _bucket(self, method: str, now: float) -> RateBucket:
        return self._bucket_of(method, self.rates[method], now)

    def _channel_bucket(self, channel: str, now: float) -> RateBucket:
        return self._bucket_of(f"#{channel}", self.channel, now)

    def _bucket_of(self, key: str, rate: CallRate, now: float) -> RateBucket:
        return self._buckets.setdefault(key, RateBucket(rate, rate.burst, now))

    def _forget(self, now: float) -> None:
        """Remove full buckets and waits that are over."""
        if len(self._not_before) + len(self._buckets) < 500:
            return
        self._not_before = {name: at for name, at in self._not_before.items() if at > now}
        full = [key for key, each in self._buckets.items() if each.wait(now, each.rate.burst - 1) <= 0]
        for key in full:
            del self._buckets[key]
