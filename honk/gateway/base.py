"""What a session hands to the gateway: its purse, and ears for what it should know."""

from collections.abc import Callable
from typing import Protocol

from honk.core.cost import Cost

MODEL_SOCKET = "model.sock"
EGRESS_SOCKET = "egress.sock"

Notify = Callable[[str], None]
"""Takes a sentence about what is going on (the model is overloaded, trying again), for a person who waits."""

ReportRequest = Callable[[str, bool, str], None]
"""Takes what a sandbox asked for: the host, whether it was let through, and why (not)."""


class CostMeter(Protocol):
    """A session's purse. Called from the event loop, so it must not block for long."""

    def refuse(self) -> str:
        """Empty when the session may spend more, otherwise a sentence that says why not. Asked before each request."""

    def spent(self, cost: Cost, model: str) -> None:
        """A request to `model` cost this much. Called once per request, also for one that broke in the middle."""


def ignore_notice(sentence: str) -> None:
    """A Tell for those who do not want to know."""
