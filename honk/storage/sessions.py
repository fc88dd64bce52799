"""Sessions, their turns and their events: what `Store` does inside one transaction, as functions over it.

A session's row is locked first, always: that serialises its recorders and keeps the numbers of its events free of gaps.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from honk.core import serialization
from honk.core.events import Asked, Event, EventData, Noted, TurnEnded
from honk.core.phase import WORKING, Phase
from honk.core.session import Session, apply
from honk.storage import threads
from honk.storage.tables import events, sessions, turns

_AT_ONCE = 500
"""So many ids in one query: databases have limits."""


class Occupied(Exception):  # noqa: N818 - a state, not a mistake
    """The place is the thread of another session."""


@dataclass(frozen=True)
class Row:
    """A session's row while its transaction holds the lock."""

    session: Session
    seq: int


def create(connection: sa.Connection, session: str, asked: Asked, claim: str | None, now: float) -> Session:
    """A new session whose first turn is `asked`. Raises IntegrityError when the id or the claim is taken, Occupied
    when the place that it was asked at is another session's thread."""
    first = replace(asked, turn=1)
    new = apply(Session(session), first)
    row = {
        "id": session,
        "repo": new.repo,
        "phase": new.phase.value,
        "requester": asked.person.id,
        "created": now,
        "updated": now,
        "seq": 1,
        "projection": serialization.dump(new),
    }
    connection.execute(sessions.insert(), row)
    add_turn(connection, session, 1, claim, now)
    if asked.context.place and threads.take(connection, asked.context.place, session) != session:
        raise Occupied(asked.context.place)
    _insert_event(connection, Event(session, 1, now, first), None)
    return new


def lock(connection: sa.Connection, session: str) -> Row | None:
    """The session, locked until the transaction ends; None when there is none."""
    query = sa.select(sessions.c.projection, sessions.c.seq).where(sessions.c.id == session).with_for_update()
    row = connection.execute(query).one_or_none()
    return None if row is None else Row(serialization.load(Session, row.projection), row.seq)


def append(connection: sa.Connection, row: Row, event_data: EventData, key: str | None, now: float) -> Event:
    """Add `event_data` to the log of a locked session, and fold it into its row."""
    after = apply(row.session, event_data)
    event = Event(row.session.id, row.seq + 1, now, event_data)
    _insert_event(connection, event, key)
    values: dict[str, Any] = {"seq": event.seq, "updated": now}
    if after is not row.session:
        values |= {"repo": after.repo, "phase": after.phase.value, "projection": serialization.dump(after)}
    connection.execute(sessions.update().where(sessions.c.id == row.session.id).values(values))
    if isinstance(event_data, TurnEnded):
        this = (turns.c.session == row.session.id) & (turns.c.number == event_data.turn)
        connection.execute(turns.update().where(this).values(outcome=event_data.outcome.value))
    return event


def seen(connection: sa.Connection, session: str, key: str) -> bool:
    """Whether an event with this key is in the session's log."""
    query = sa.select(events.c.seq).where(events.c.session == session, events.c.key == key)
    return connection.execute(query).first() is not None


def add_turn(connection: sa.Connection, session: str, number: int, claim: str | None, now: float) -> None:
    """The row of a turn. Raises IntegrityError when the number or the claim is taken."""
    values = {"session": session, "number": number, "claim": claim, "asked": now}
    connection.execute(turns.insert(), values)


def claimed(connection: sa.Connection, claim: str) -> tuple[str, int] | None:
    """Session and number of the turn that the message `claim` became."""
    query = sa.select(turns.c.session, turns.c.number).where(turns.c.claim == claim)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.session, row.number)


def busy(connection: sa.Connection) -> tuple[Session, ...]:
    """Every session in a working phase or with a turn without an outcome, the longest untouched first."""
    waiting = sa.select(turns.c.session).where(turns.c.outcome.is_(None))
    working = sessions.c.phase.in_(sorted(phase.value for phase in WORKING))
    query = sa.select(sessions.c.projection).where(working | sessions.c.id.in_(waiting))
    rows = connection.execute(query.order_by(sessions.c.updated, sessions.c.id)).scalars()
    return tuple(serialization.load(Session, projection) for projection in rows)


def in_review(connection: sa.Connection, repos: Collection[str]) -> list[tuple[str, int, float]]:
    """Id, last event's number and its time, of every session of `repos` that waits for a person's review, newest first.
    Found by the index of phases: those that have ended cost nothing."""
    query = sa.select(sessions.c.id, sessions.c.seq, sessions.c.updated)
    query = query.where(sessions.c.phase == Phase.REVIEW.value, sessions.c.repo.in_(sorted(repos)))
    rows = connection.execute(query.order_by(sessions.c.updated.desc(), sessions.c.id))
    return [(row.id, row.seq, row.updated) for row in rows]


def some(connection: sa.Connection, ids: Sequence[str]) -> tuple[Session, ...]:
    """Those of the sessions `ids` that there are, in any order."""
    found: list[Session] = []
    for start in range(0, len(ids), _AT_ONCE):
        query = sa.select(sessions.c.projection).where(sessions.c.id.in_(ids[start : start + _AT_ONCE]))
        found += (serialization.load(Session, projection) for projection in connection.execute(query).scalars())
    return tuple(found)


def find(connection: sa.Connection, session: str) -> Session | None:
    """The session with exactly this id."""
    projection = connection.execute(sa.select(sessions.c.projection).where(sessions.c.id == session)).scalar()
    return None if projection is None else serialization.load(Session, projection)


def ids(connection: sa.Connection, prefix: str = "", limit: int = 1000) -> list[str]:
    """Ids that begin with `prefix`, the latest sessions first."""
    query = sa.select(sessions.c.id).where(sessions.c.id.startswith(prefix, autoescape=True))
    return list(connection.execute(query.order_by(sessions.c.updated.desc()).limit(limit)).scalars())


def latest(connection: sa.Connection, limit: int) -> tuple[Session, ...]:
    """The sessions with the newest events, newest first."""
    query = sa.select(sessions.c.projection).order_by(sessions.c.updated.desc(), sessions.c.id).limit(limit)
    return tuple(serialization.load(Session, projection) for projection in connection.execute(query).scalars())


def log(connection: sa.Connection, session: str, after: int) -> tuple[Event, ...]:
    """The events behind number `after`, in order."""
    query = sa.select(events).where(events.c.session == session, events.c.seq > after).order_by(events.c.seq)
    return tuple(Event(row.session, row.seq, row.at, _fact(row.kind, row.data)) for row in connection.execute(query))


def last(connection: sa.Connection, session: str) -> int:
    """The number of the session's last event, 0 when there is no such session."""
    return connection.execute(sa.select(sessions.c.seq).where(sessions.c.id == session)).scalar() or 0


def moved(connection: sa.Connection, since: float) -> list[tuple[str, int, float]]:
    """Id, last event's number and its time, of every session with an event at `since` or later."""
    query = sa.select(sessions.c.id, sessions.c.seq, sessions.c.updated).where(sessions.c.updated >= since)
    return [(row.id, row.seq, row.updated) for row in connection.execute(query.order_by(sessions.c.updated))]


def _insert_event(connection: sa.Connection, event: Event, key: str | None) -> None:
    row = {
        "session": event.session,
        "seq": event.seq,
        "at": event.at,
        "kind": type(event.data).__name__,
        "data": serialization.dump(event.data),
        "key": key,
    }
    connection.execute(events.insert(), row)


def _fact(kind: str, data: dict[str, Any]) -> EventData:
    if kind not in serialization.KINDS:
        return Noted(f"(Another version of Honk recorded something here that this one does not know: {kind}.)")
    return serialization.load_event(kind, data)
