"""What the judge said of changes, beside what people then did with them. Pure."""

from collections.abc import Iterable
from typing import Literal

from honk.core.person import AGENT
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.verdict import SCOPES, Scope

Response = Literal["merged", "sent back", "dropped", "open"]
"""What people did with the change of a turn: merged it as it was, asked for something else, cancelled or rolled it
back, or nothing yet."""

RESPONSES: tuple[Response, ...] = ("merged", "sent back", "dropped", "open")


Counts = dict[Scope, dict[Response, int]]


def response(session: Session, turn: int) -> Response:
    """What people did with the change that turn `turn` left."""
    if any(later.number > turn and later.person != AGENT for later in session.turns):
        return "sent back"
    if session.ship.reverted_sha or session.phase in (Phase.CANCELLED, Phase.CLOSED, Phase.ROLLED_BACK):
        return "dropped"
    return "merged" if session.ship.merged_sha else "open"


def report(sessions: Iterable[Session]) -> Counts:
    """How many judged turns got each answer of the judge, by what people then did."""
    counts: Counts = {scope: dict.fromkeys(RESPONSES, 0) for scope in SCOPES}
    for session in sessions:
        for judged in session.judged:
            counts[judged.judgement.scope][response(session, judged.turn)] += 1
    return counts


def precision(counts: Counts) -> dict[str, tuple[int, int]]:
    """For objections and for approvals: in how many cases people agreed, and in how many they have decided."""
    objections = [counts[scope] for scope in ("out of scope", "incomplete")]
    against = sum(row["sent back"] + row["dropped"] for row in objections)
    decided = against + sum(row["merged"] for row in objections)
    approved = counts["in scope"]
    return {
        "objections": (against, decided),
        "approvals": (approved["merged"], approved["merged"] + approved["sent back"] + approved["dropped"]),
    }
