"""What goes over the wire: requests that came in, events that went out, limits, and faults on demand."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from honk_simulators.github.state.accounts import TokenKind

FaultKind = Literal["401", "403", "422", "429", "500", "502", "503", "secondary", "hang", "cut", "slow"]
"""A status; or secondary: the secondary rate limit; hang: no answer; cut: half an answer; slow: after `seconds`."""


@dataclass(frozen=True)
class LoggedRequest:
    """A request that came in, without its token: `kind` asked for `login`; `leaked` says a token was in its URL."""

    method: str
    path: str
    query: str
    kind: TokenKind
    login: str
    status: int
    headers: Mapping[str, str]
    body: Any
    leaked: bool = False


@dataclass
class RequestFault:
    """Something that goes wrong on demand, for requests whose `METHOD /path` matches the regular expression `where`.

    It strikes `count` requests (None: all) after letting `skip` pass. `after` does the work first and then goes wrong:
    the answer is lost, the deed is not. `seconds` is how slow slow is, or what Retry-After says.
    """

    kind: FaultKind
    where: str = ""
    count: int | None = 1
    skip: int = 0
    after: bool = False
    seconds: float = 0.2
    struck: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether it is about such a request."""
        return re.search(self.where, f"{method} {path}") is not None

    def strikes(self, method: str, path: str) -> bool:
        """Whether it strikes this request, which then counts."""
        if not self.matches(method, path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None and self.struck >= self.count:
            return False
        self.struck += 1
        return True


@dataclass
class RateLimits:
    """How much one token may ask. None: as much as it likes. The hour's window starts with its first request."""

    hourly: int | None = None
    content_per_minute: int | None = None
    used: dict[str, tuple[float, int]] = field(default_factory=dict)
    content: dict[str, list[float]] = field(default_factory=dict)


@dataclass
class WebhookDelivery:
    """An event on its way to a hook. `status` is what the hook answered, 0 before; `lost` ones never leave."""

    id: int
    guid: str
    event: str
    action: str | None
    url: str
    payload: dict[str, Any]
    delivered_at: str
    redelivery: bool = False
    app_id: int | None = None
    hook_id: int | None = None
    installation_id: int | None = None
    repository_id: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    answer: str = ""
    duration: float = 0.0
    lost: bool = False


@dataclass
class WebhookQueue:
    """Events that wait to be sent. While `held` they stay; `lose` and `double` count by event what is to go wrong."""

    queue: asyncio.Queue[WebhookDelivery] = field(default_factory=asyncio.Queue)
    held: bool = False
    kept: list[WebhookDelivery] = field(default_factory=list)
    lose: dict[str, int] = field(default_factory=dict)
    double: dict[str, int] = field(default_factory=dict)
