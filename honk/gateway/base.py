"""What a session passes to the gateway: its budget, and callbacks for notices and for requests of the sandbox."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from honk.core.cost import Cost

MODEL_SOCKET = "model.sock"
EGRESS_SOCKET = "egress.sock"

Notify = Callable[[str], Awaitable[object]]
"""Takes a sentence for the person who waits, such as: the model is overloaded, trying again."""

ReportRequest = Callable[[str, bool, str], Awaitable[None]]
"""Takes a request of the sandbox: the host, whether it was allowed, and the reason if not."""


class CostMeter(Protocol):
    """The budget of a session."""

    def refusal(self) -> str:
        """Empty when the session may spend more, otherwise a sentence with the reason. Asked before each request."""

    async def spent(self, cost: Cost, model: str) -> None:
        """Add the cost of a request to `model`. Called once for each request, also for one that broke off."""


async def ignore_notice(sentence: str) -> None:
    """A Notify that does nothing."""
