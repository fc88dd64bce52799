"""What the console's pages show of a session, as plain values for the templates. Pure.

The sentences are those of `conversation.event_lines`; this module decides who speaks and which buttons there are.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from honk.conversation import event_lines
from honk.conversation.console import clock
from honk.conversation.event_lines import EventLine
from honk.core import events
from honk.core.events import Event, EventData
from honk.core.evidence import Card
from honk.core.phase import SHIPPED, WORKING, Phase
from honk.core.session import Session
from honk.core.timeline import TimelineItem

Role = Literal["person", "agent", "verify", "honk"]
Mood = Literal["busy", "ask", "good", "bad", "done"]

STAGES: tuple[tuple[str, frozenset[Phase]], ...] = (
    ("understand", frozenset({Phase.INTAKE, Phase.ASKING})),
    ("prepare", frozenset({Phase.PREPARE})),
    ("work", frozenset({Phase.WORK, Phase.PAUSED, Phase.CANCELLED})),
    ("check", frozenset({Phase.CHECK, Phase.FAILED})),
    ("propose", frozenset({Phase.PROPOSE, Phase.PREVIEW})),
    ("review", frozenset({Phase.REVIEW, Phase.CLOSED})),
    ("ship", frozenset({Phase.MERGE, Phase.DEPLOY, Phase.WATCH})),
    ("live", frozenset({Phase.LIVE, Phase.ROLLBACK, Phase.ROLLED_BACK})),
)
"""The way of a change as a person sees it, and the phases that stand at each place of it."""

_MOODS: dict[Phase, Mood] = {
    Phase.ASKING: "ask",
    Phase.PAUSED: "ask",
    Phase.REVIEW: "ask",
    Phase.LIVE: "good",
    Phase.FAILED: "bad",
}

_PEOPLE = (
    events.TurnRequested,
    events.CancelRequested,
    events.MergeRequested,
    events.Approved,
    events.RollbackRequested,
)


@dataclass(frozen=True)
class Entry:
    """One line of the thread. `elapsed` counts from the session's beginning, `at` is the moment in ISO 8601 (UTC).

    `item` is the key of the turn or order that it belongs to. `step`: one of the agent's many small steps, which can be
    hidden.
    """

    seq: int
    item: str
    role: Role
    line: EventLine
    elapsed: str
    at: str
    step: bool


@dataclass(frozen=True)
class Actions:
    """What the person can do now. `deploy`: the change is merged already, and the merge command tests and deploys it.
    `again` is the reply that one tap sends, `answers` those that a question offers."""

    merge: bool = False
    deploy: bool = False
    approve: bool = False
    rollback: bool = False
    stop: bool = False
    reply: bool = False
    again: str = ""
    answers: tuple[str, ...] = ()


def entry(item: TimelineItem, event: Event, began: float) -> Entry | None:
    """The line of an `event` of `item`; None when it shows elsewhere. `began` is when the session began."""
    line = event_lines.line(item.session, event)
    if line is None:
        return None
    moment = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="seconds")
    step = isinstance(event.data, events.AgentToolUsed)
    return Entry(event.seq, item.key, _role(event.data, line), line, clock(event.at - began), moment, step)


def _role(data: EventData, line: EventLine) -> Role:
    """Who speaks. By what happened and not by the name shown: people may call themselves anything."""
    if isinstance(data, _PEOPLE):
        return "person"
    if isinstance(data, events.AgentSaid | events.AgentToolUsed):
        return "agent"
    return "verify" if isinstance(data, events.Verified) else "honk"


def actions(session: Session) -> Actions:
    """The buttons. The service decides again when one is pressed."""
    phase = session.phase
    ready = phase == Phase.REVIEW and not session.busy and bool(session.change.number)
    ship = session.ship
    untested = ship.untested and not ship.reverted_sha and not session.busy
    return Actions(
        merge=(ready and not ship.merged_sha) or untested,
        deploy=untested,
        approve=ready and not ship.merged_sha,
        rollback=bool(ship.merged_sha) and not ship.reverted_sha and not session.busy,
        stop=session.current is not None,
        reply=phase not in SHIPPED,
        again={Phase.PAUSED: "go on", Phase.CANCELLED: "go on", Phase.FAILED: "try again"}.get(phase, ""),
        answers=session.question.choices if phase == Phase.ASKING and session.question else (),
    )


def mood(session: Session) -> Mood:
    """How the session's phase looks from afar."""
    if session.phase in WORKING or session.busy:
        return "busy"
    return _MOODS.get(session.phase, "done")


def stage(session: Session) -> int:
    """Where on the way the session stands: an index of STAGES."""
    return next(index for index, (_, phases) in enumerate(STAGES) if session.phase in phases)


def has_content(card: Card) -> bool:
    """Whether there is anything in the evidence yet."""
    return bool(card.groups or card.verdicts or card.findings or card.refused or card.note)


def groups(sessions: tuple[Session, ...]) -> tuple[tuple[str, tuple[Session, ...]], ...]:
    """The sessions by what they want of the person who looks, each group in the order given."""
    names = {"ask": "Waiting for you", "bad": "Waiting for you", "busy": "Working", "good": "Done", "done": "Done"}
    order = ("Waiting for you", "Working", "Done")
    return tuple(
        (name, found)
        for name in order
        if (found := tuple(session for session in sessions if names[mood(session)] == name))
    )
