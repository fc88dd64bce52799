"""GitHub's rate limits, shared by all sessions that use one credential.

Primary: a number of requests per hour; every response says how many are left and when the hour ends. Secondary: too
many requests at once; the refusal says how long to wait. Pure: times come in, seconds to wait go out.

API: docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

SECONDARY_SECONDS = 60.0
"""GitHub's advice where a refusal names no time; doubled for each refusal in a row."""

MAX_SECONDARY_SECONDS = 900.0

WRITES_PER_MINUTE = 60
"""GitHub allows 80 requests per minute that create content; 20 are left to other programs with the credential."""

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass
class CredentialUsage:
    """The use of one credential. Times are seconds since the epoch, by GitHub's clock."""

    open_at: float = 0.0
    refusals: int = 0
    writes: deque[float] = field(default_factory=deque)


class GitHubRateLimits:
    """When the next request of a credential may be sent. `who` is a name for it that is no secret."""

    def __init__(self) -> None:
        self._budgets: dict[str, CredentialUsage] = {}

    def pause(self, who: str, method: str, now: float) -> float:
        """Seconds to wait before sending. 0: send now; a write then counts for this minute."""
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

    def record(self, who: str, status: int, headers: Mapping[str, str], body: str, now: float) -> bool:
        """Record a response. True: a rate limit refused the request, and it may be sent again after `pause`."""
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
    """Seconds that GitHub asks to wait; infinity where it does not say; None when no rate limit refused the request."""
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
