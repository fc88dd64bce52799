"""What goes wrong on demand in the Web API."""

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["429", "500", "503"]
FaultKind = str
"""A status (`429`, `500`, `503`); or `hang`: no answer until the caller leaves; `cut`: half an answer, nothing done;
`lost`: done, but half an answer; `fatal_error`: done, and answered as if it had failed; or any other error code of
Slack's, such as `internal_error`: nothing done, that answer."""

DONE = ("lost", "fatal_error")
"""Kinds whose call takes effect all the same."""


@dataclass
class ApiFault:
    """Strikes `count` calls of `method` (`*` for every one) after letting `skip` pass. `retry_after` is in seconds."""

    method: str
    kind: FaultKind
    count: int = 1
    skip: int = 0
    retry_after: int = 1


@dataclass
class ApiFaults:
    """The faults that are still to come."""

    coming: list[ApiFault] = field(default_factory=list)

    def strike(self, method: str) -> ApiFault | None:
        """The fault that this call meets, if any; it is used up by that."""
        for fault in self.coming:
            if fault.method not in ("*", method) or fault.count <= 0:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.count -= 1
            return fault
        return None
