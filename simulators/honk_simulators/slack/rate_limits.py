"""How often the app may call. Each method has a tier; each tier is a bucket per method that fills up steadily.

Source: docs.slack.dev, "Rate limits" (tiers, posting messages) and each method's own page (its tier). Slack names the
rates only ("20+ per minute", "bursts tolerated"); the sizes of the bursts are ours, on the small side.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Tier = Literal["1", "2", "3", "4", "post", "free"]
"""`post` is chat.postMessage's special one; `free` stands for the special ones of some hundreds a minute."""


@dataclass(frozen=True)
class Rate:
    """So many a minute, after a burst."""

    per_minute: float
    burst: int


RATES: dict[Tier, Rate] = {
    "1": Rate(1, 10),
    "2": Rate(20, 20),
    "3": Rate(50, 50),
    "4": Rate(100, 100),
    "post": Rate(300, 100),  # "several hundred messages per minute" for a workspace
    "free": Rate(600, 600),
}
CHANNEL = Rate(60, 5)
"""Messages to one channel: "1 per second, short bursts > 1 allowed"."""


@dataclass
class SlackRateLimits:
    """The buckets. `on` switches them; `factor` multiplies every rate and burst; `clock` is in seconds."""

    clock: Callable[[], float]
    on: bool = False
    factor: float = 1.0
    _levels: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, method: str, tier: Tier, channel: str = "") -> int:
        """0 when the call may go on, which counts it; otherwise for how many seconds to stay away (`Retry-After`)."""
        if not self.on:
            return 0
        buckets = [(method, RATES[tier])]
        if tier == "post" and channel:
            buckets.append((f"{method} {channel}", CHANNEL))
        waits = [self._missing(key, rate) for key, rate in buckets]
        if max(waits) > 0:
            return max(1, math.ceil(max(waits)))
        for key, rate in buckets:
            self._levels[key] = (self._level(key, rate) - 1, self.clock())
        return 0

    def _level(self, key: str, rate: Rate) -> float:
        full = max(1.0, rate.burst * self.factor)
        level, at = self._levels.get(key, (full, self.clock()))
        return min(full, level + (self.clock() - at) * rate.per_minute * self.factor / 60)

    def _missing(self, key: str, rate: Rate) -> float:
        """Seconds until there is room for one more."""
        lacking = 1 - self._level(key, rate)
        return lacking * 60 / (rate.per_minute * self.factor) if lacking > 0 else 0.0
