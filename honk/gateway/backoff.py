"""Backoff from an overloaded service, shared by all sessions: they use one key, and so share its rate limits."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

FIRST = 1.0
MOST = 60.0
JITTER = 0.25


@dataclass
class Backoff:
    """When the next request may go out. All times are seconds of one monotonic clock; `rng` gives numbers in [0, 1).

    Responses arrive late: only a request that was sent after the last failure counts as a new failure or success, so a
    hundred sessions that fail together count as one failure.
    """

    rng: Callable[[], float] = field(default=random.random)
    failures: int = 0
    _failed_at: float = float("-inf")
    _open_at: float = float("-inf")

    def pause(self, now: float) -> float:
        """Seconds to wait before sending, with jitter, so that the sessions do not all send at once."""
        left = self._open_at - now
        return left * (1 + JITTER * self.rng()) if left > 0 else 0.0

    def failed(self, sent: float, now: float, retry_after: float | None = None) -> None:
        """The request sent at `sent` was refused for overload; `retry_after` is the wait that the service asked for."""
        if sent >= self._failed_at:
            self.failures += 1
            self._failed_at = now
        wait = min(MOST, FIRST * 2.0 ** (self.failures - 1)) if retry_after is None else retry_after
        self._open_at = max(self._open_at, now + wait)

    def succeeded(self, sent: float) -> None:
        if sent >= self._failed_at:
            self.failures = 0
            self._open_at = float("-inf")


def retry_after(value: str, milliseconds: str = "") -> float | None:
    """Seconds from the headers `retry-after` and `retry-after-ms`; None when neither holds a number.

    The form with a date, which these services do not use, counts as absent.
    """
    for text, unit in ((milliseconds, 0.001), (value, 1.0)):
        try:
            seconds = float(text) * unit
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None
