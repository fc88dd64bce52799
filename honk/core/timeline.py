"""The one reading of a session's log: its turns and orders, and which of them each event belongs to. Pure.

Slack, GitHub, the console and the web page all show this timeline, so that they agree about every event:

- A message begins a turn. A person's command to merge or to roll back begins an order, and ends one that is still open.
- `TurnEnded` belongs to its turn and ends it. `PhaseEntered` with a phase in which Honk does nothing ends an open
  order.
- Every other event belongs to the open order; without one, to the oldest turn that has not ended; without that, to the
  item that ended last. A note after a failed merge therefore belongs to the order, not to the turn before it.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from honk.core import events
from honk.core.events import Event, EventData
from honk.core.phase import WORKING
from honk.core.session import Session, Turn, apply

Kind = Literal["turn", "merge", "rollback"]


@dataclass(frozen=True)
class TimelineItem:
    """One turn or one order. `history` holds its events in log order, the first is the message or the command.

    `session` is the session as it was after the last event of an ended item, or as it is now. `began` and `ended` are
    seconds since the epoch; `ended` is 0 until the end. `waiting`: other items are worked on first. `latest`: no newer
    item of its kind exists (merge and rollback are one kind), so that its buttons count.
    """

    kind: Kind
    number: int
    began: float
    session: Session
    history: tuple[Event, ...] = ()
    ended: float = 0.0
    waiting: bool = False
    latest: bool = True

    @property
    def key(self) -> str:
        """Names the item within its session: `turn-2`, `order-1`."""
        return f"{'turn' if self.kind == 'turn' else 'order'}-{self.number}"

    @property
    def over(self) -> bool:
        """The item has ended."""
        return self.ended > 0

    @property
    def turn(self) -> Turn:
        """The turn with its outcome. Raises LookupError for an order."""
        if self.kind != "turn":
            raise LookupError(f"{self.key} is not a turn")
        return self.session.turns[self.number - 1]

    @property
    def asked(self) -> events.TurnRequested:
        """The message that began the turn. Raises LookupError for an order."""
        first = self.history[0].data
        if not isinstance(first, events.TurnRequested):
            raise LookupError(f"{self.key} is not a turn")
        return first

    @property
    def afterwards(self) -> tuple[Event, ...]:
        """The events after the item's end."""
        end = next((n for n, event in enumerate(self.history) if _ends(self.kind, event.data)), len(self.history))
        return self.history[end + 1 :]

    def last(self, *kinds: type) -> EventData | None:
        """The item's newest event that is one of `kinds`."""
        return next((event.data for event in reversed(self.history) if isinstance(event.data, kinds)), None)

    def seconds(self, now: float) -> float:
        """Duration until the end, or until `now` (seconds since the epoch)."""
        return max(0.0, (self.ended or now) - self.began)


@dataclass
class _Draft:
    """An item that still grows."""

    kind: Kind
    number: int
    began: float
    history: list[Event] = field(default_factory=list)
    ended: float = 0.0
    session: Session | None = None


class Timeline:
    """The fold of one session's log. `add` takes further events; nothing is read twice.

    `session` is the session after the last event, `seq` that event's number and `at` its time; `began` is the time of
    the first event. `busy_seconds` is how long Honk worked, without the time in which it waited for people.
    """

    def __init__(self, session: str, history: Iterable[Event] = ()) -> None:
        self.session = Session(session)
        self.seq = 0
        self.began = 0.0
        self.at = 0.0
        self.busy_seconds = 0.0
        self._drafts: list[_Draft] = []
        self._turns: dict[int, _Draft] = {}
        self._order: _Draft | None = None
        self._last_ended: _Draft | None = None
        self.add(history)

    def add(self, history: Iterable[Event]) -> None:
        """Take in the events that follow `seq`, in log order."""
        for event in history:
            if self.session.busy:
                self.busy_seconds += event.at - self.at
            self.session = apply(self.session, event.data)
            self.began = self.began or event.at
            self.seq, self.at = event.seq, event.at
            self._assign(event)

    @property
    def items(self) -> tuple[TimelineItem, ...]:
        """All turns and orders, in the order in which they began."""
        return tuple(self._item(draft) for draft in self._drafts)

    def entries(self, after: int = 0) -> list[tuple[TimelineItem, Event]]:
        """Every event behind number `after` with its item, in log order."""
        found = []
        for item in (self._item(draft) for draft in self._drafts if draft.history[-1].seq > after):
            new = itertools.takewhile(lambda event: event.seq > after, reversed(item.history))
            found += [(item, event) for event in new]
        return sorted(found, key=lambda entry: entry[1].seq)

    def _item(self, draft: _Draft) -> TimelineItem:
        newest = draft is self._order if draft.kind != "turn" else draft.number == max(self._turns)
        return TimelineItem(
            draft.kind,
            draft.number,
            draft.began,
            draft.session or self.session,
            tuple(draft.history),
            draft.ended,
            waiting=not draft.ended and draft is not self._running(),
            latest=newest,
        )

    def _assign(self, event: Event) -> None:
        data = event.data
        if isinstance(data, events.TurnRequested):
            self._turns[data.turn] = self._begin("turn", data.turn, event)
        elif (kind := order_kind(data)) is not None:
            if self._order is not None and not self._order.ended:
                self._end(self._order, event.at)
            self._order = self._begin(kind, self.session.orders, event)
        elif (owner := self._owner(data)) is not None:
            owner.history.append(event)
            if _ends(owner.kind, data) and not owner.ended:
                self._end(owner, event.at)
            if owner.ended:
                owner.session = self.session

    def _begin(self, kind: Kind, number: int, event: Event) -> _Draft:
        draft = _Draft(kind, number, event.at, [event])
        self._drafts.append(draft)
        return draft

    def _end(self, draft: _Draft, at: float) -> None:
        draft.ended, draft.session = at, self.session
        self._last_ended = draft

    def _owner(self, data: EventData) -> _Draft | None:
        if isinstance(data, events.TurnEnded) and data.turn in self._turns:
            return self._turns[data.turn]
        return self._running() or self._last_ended

    def _running(self) -> _Draft | None:
        if self._order is not None and not self._order.ended:
            return self._order
        return next((turn for turn in self._turns.values() if not turn.ended), None)


def order_kind(data: EventData) -> Kind | None:
    """The kind of order that `data` begins: only a person's command does, Honk's own rollback is part of its merge."""
    if isinstance(data, events.MergeRequested):
        return "merge"
    return "rollback" if isinstance(data, events.RollbackRequested) and data.person is not None else None


def _ends(kind: Kind, data: EventData) -> bool:
    if kind == "turn":
        return isinstance(data, events.TurnEnded)
    return isinstance(data, events.PhaseEntered) and data.phase not in WORKING
