"""GitHub's rate limits, obeyed by all sessions together: they share a credential, so they share what it may do.

Primary: so many requests an hour; every answer says how many are left and when it starts anew. Secondary: not too much
at once; a refusal says how long to stay away. Sans-IO: times come in, seconds to wait go out.

Facts: docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

SECONDARY_SECONDS = 60.0
"""What GitHub asks for when it says nothing more exact; doubled each time in a row."""

MAX_SECONDARY_SECONDS = 900.0

WRITES_PER_MINUTE = 60
"""GitHub lets 80 requests a minute create content; the rest is for other programs with the same credential."""

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass
class CredentialUsage:
    """What is known of one credential. Times are seconds since the epoch, GitHub's own clock."""

    open_at: float = 0.0
    refusals: int = 0
    writes: deque[float] = field(default_factory=deque)


class GitHubRateLimits:
    """When the next request of a credential may go out. `who` is a name for it that is no secret."""

    def __init__(self) -> None:
        self._budgets: dict[str, CredentialUsage] = {}

    def pause(self, who: str, method: str, now: float) -> float:
        """How many seconds to wait before sending; 0 to go. Whoever goes on has taken one of the minute's writes."""
        budget = self._budgets.setdefault(who, CredentialUsage())
        if budget.open_at > now:
            return budget.open_at - now
        if method not in WRITING:
            return 0.0
        while budget.writes and budget.writes[0] <= now - 60:
            budget.writes.popleft()
        if len(budget.writes) >= WRITES_PER_MINUTE:
            return budget.writes[0] + 60 - now
        budget.writes.append(now)
        return 0.0

    def heard(self, who: str, status: int, headers: Mapping[str, str], body: str, now: float) -> bool:
        """Learn from an answer; whether it was turned away because of a limit, and may be sent again after `pause`."""
        budget = self._budgets.setdefault(who, CredentialUsage())
        wait = retry_delay(status, headers, body, now)
        if wait is None:
            budget.refusals = 0 if status < 400 else budget.refusals
            if headers.get("x-ratelimit-remaining") == "0":
                budget.open_at = max(budget.open_at, _number(headers, "x-ratelimit-reset", now))
            return False
        budget.refusals += 1
        if not math.isfinite(wait):
            wait = min(MAX_SECONDARY_SECONDS, SECONDARY_SECONDS * 2.0 ** (budget.refusals - 1))
        budget.open_at = max(budget.open_at, now + wait)
        return True


def retry_delay(status: int, headers: Mapping[str, str], body: str, now: float) -> float | None:
    """How long GitHub wants us to stay away, in seconds; infinity where it does not say; None when it is no limit."""
    if status not in (403, 429):
        return None
    if "retry-after" in headers:
        return max(0.0, _number(headers, "retry-after", SECONDARY_SECONDS))
    if headers.get("x-ratelimit-remaining") == "0":
        return max(1.0, _number(headers, "x-ratelimit-reset", now + SECONDARY_SECONDS) - now)
    return math.inf if status == 429 or "secondary rate limit" in body.lower() else None


def _number(headers: Mapping[str, str], name: str, otherwise: float) -> float:
    try:
        value = float(headers.get(name, ""))
    except ValueError:
        return otherwise
    return value if math.isfinite(value) else otherwise
