"""A session's log in chapters: each turn and each order (merge, roll back) is one message in the thread. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from honk.core import events
from honk.core.events import Event, EventData
from honk.core.phase import WORKING
from honk.core.session import Session, Turn, apply


@dataclass(frozen=True)
class ThreadItem:
    """One turn or one order. `events` are its own, in order; `session` is as it was at its end, or is now.

    `began` and `ended` are seconds since the epoch; `ended` is 0 while it runs or waits. `waiting`: others come first.
    `latest`: no other turn has come after it, so its buttons count.
    """

    kind: Literal["turn", "merge", "rollback"]
    number: int
    began: float
    session: Session
    history: tuple[Event, ...] = ()
    ended: float = 0.0
    waiting: bool = False
    latest: bool = True

    @property
    def key(self) -> str:
        """Its name among the posts of a thread."""
        return f"{'turn' if self.kind == 'turn' else 'order'}-{self.number}"

    @property
    def over(self) -> bool:
        """It has come to its end."""
        return self.ended > 0

    @property
    def turn(self) -> Turn:
        """The message that it is about; an order has none."""
        return self.session.turns[self.number - 1]

    def last(self, *kinds: type) -> EventData | None:
        """The newest of its facts that is one of `kinds`."""
        return next((event.data for event in reversed(self.history) if isinstance(event.data, kinds)), None)

    def seconds(self, now: float) -> float:
        """How long it has taken until its end, or until `now`."""
        return max(0.0, (self.ended or now) - self.began)


@dataclass
class _Open:
    """A chapter that is being read."""

    kind: Literal["turn", "merge", "rollback"]
    number: int
    began: float
    history: list[Event] = field(default_factory=list)
    ended: float = 0.0
    session: Session | None = None


def read(session: str, history: Iterable[Event]) -> tuple[ThreadItem, ...]:
    """All chapters of a session's whole log, oldest first."""
    reader = _Reader(Session(session))
    for event in history:
        reader.take(event)
    return reader.chapters()


class _Reader:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.turns: dict[int, _Open] = {}
        self.orders: list[_Open] = []
        self.all: list[_Open] = []

    def take(self, event: Event) -> None:
        """One event further. It belongs to the order that runs, or else to the oldest turn that has not ended; what
        comes after both, to the one that ended last."""
        self.session = apply(self.session, event.data)
        data = event.data
        if isinstance(data, events.Asked):
            self._add(_Open("turn", data.turn, event.at), event)
        elif isinstance(data, events.MergeAsked):
            self._add(_Open("merge", self.session.orders, event.at), event)
        elif isinstance(data, events.RollbackAsked) and data.person is not None:
            self._add(_Open("rollback", self.session.orders, event.at), event)
        elif (current := self._owner(data)) is not None:
            current.history.append(event)
            if _ends(current, data):
                current.ended = event.at
            if current.ended:
                current.session = self.session

    def chapters(self) -> tuple[ThreadItem, ...]:
        """What was read."""
        newest = max(self.turns, default=0)
        merging = any(each.kind != "turn" for each in self.all if not each.ended)
        running = next((each for each in self.all if not each.ended), None)
        return tuple(
            ThreadItem(
                each.kind,
                each.number,
                each.began,
                each.session or self.session,
                tuple(each.history),
                each.ended,
                waiting=not each.ended and (each is not running or (merging and each.kind == "turn")),
                latest=each.number == newest if each.kind == "turn" else each is self.orders[-1],
            )
            for each in self.all
        )

    def _add(self, chapter: _Open, event: Event) -> None:
        chapter.history.append(event)
        self.all.append(chapter)
        if chapter.kind == "turn":
            self.turns[chapter.number] = chapter
        else:
            self.orders.append(chapter)

    def _owner(self, data: EventData) -> _Open | None:
        if isinstance(data, events.TurnEnded):
            return self.turns.get(data.turn)
        order = self.orders[-1] if self.orders and not self.orders[-1].ended else None
        turn = next((each for each in self.turns.values() if not each.ended), None)
        return order or turn or (max(self.all, key=lambda each: each.ended) if self.all else None)


def _ends(chapter: _Open, data: EventData) -> bool:
    if chapter.kind == "turn":
        return isinstance(data, events.TurnEnded)
    return isinstance(data, events.Entered) and data.phase not in WORKING
