"""Sessions, their turns and their events: what `Store` does inside one transaction, as functions over it.

A session's row is locked first, always: that serialises its recorders and keeps the numbers of its events free of gaps.
"""

import difflib
import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from honk.core import serialization
from honk.core.errors import UsageError
from honk.core.events import Event, EventData, NoteAdded, PageViewed, PreviewReady, TurnEnded, TurnRequested
from honk.core.phase import WORKING, Phase
from honk.core.session import Session, apply
from honk.storage import threads
from honk.storage.tables import events, sessions, turns

Clock = Callable[[], float]
"""Seconds since the epoch."""

_WITH_FILES = serialization.kind_names(PageViewed, PreviewReady, TurnRequested)
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")

_AT_ONCE = 500
"""So many ids in one query: databases have limits."""


class Occupied(Exception):  # noqa: N818 - a state, not a mistake
    """The place is the thread of another session."""


@dataclass(frozen=True)
class SessionVersion:
    """A session as its events up to number `seq` make it."""

    session: Session
    seq: int


def create(connection: sa.Connection, session: str, asked: TurnRequested, claim: str | None, now: float) -> Session:
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
    if asked.context.thread and threads.take(connection, asked.context.thread, session) != session:
        raise Occupied(asked.context.thread)
    _insert_event(connection, Event(session, 1, now, first), None)
    return new


def reply(connection: sa.Connection, session: str, asked: TurnRequested, claim: str | None, clock: Clock) -> int:
    """Add `asked` as the session's next turn, and return that turn's number. Raises UsageError for an unknown session,
    IntegrityError when the claim is taken."""
    before = _lock(connection, session)
    numbered = replace(asked, turn=len(before.session.turns) + 1)
    now = clock()
    add_turn(connection, session, numbered.turn, claim, now)
    _append(connection, before, numbered, None, now)
    return numbered.turn


def record(
    connection: sa.Connection,
    session: str,
    event_data: EventData,
    key: str | None,
    check: Callable[[Session], None] | None,
    clock: Clock,
) -> SessionVersion | None:
    """Add `event_data` to the session's log and fold it into its row; None when the log has the `key` already.

    `check` is called with the session as it is under its lock. Raises what it raises, UsageError for an unknown
    session.
    """
    before = _lock(connection, session)
    if key is not None and seen(connection, session, key):
        return None
    if check is not None:
        check(before.session)
    return _append(connection, before, event_data, key, clock())


def version(connection: sa.Connection, session: str) -> SessionVersion:
    """The session with exactly this id. Raises UsageError when there is none."""
    query = sa.select(sessions.c.projection, sessions.c.seq).where(sessions.c.id == session)
    return _loaded(connection, session, query)


def _lock(connection: sa.Connection, session: str) -> SessionVersion:
    """The session, locked until the transaction ends. Raises UsageError when there is none."""
    query = sa.select(sessions.c.projection, sessions.c.seq).where(sessions.c.id == session).with_for_update()
    return _loaded(connection, session, query)


def _loaded(connection: sa.Connection, session: str, query: sa.Select[tuple[Any, int]]) -> SessionVersion:
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UsageError(unknown(session, session, ids(connection)))
    return SessionVersion(serialization.load(Session, row.projection), row.seq)


def _append(
    connection: sa.Connection, before: SessionVersion, event_data: EventData, key: str | None, now: float
) -> SessionVersion:
    """Add `event_data` to the log of a locked session, and fold it into its row."""
    session = before.session.id
    after = SessionVersion(apply(before.session, event_data), before.seq + 1)
    _insert_event(connection, Event(session, after.seq, now, event_data), key)
    values: dict[str, Any] = {"seq": after.seq, "updated": now}
    if after.session is not before.session:
        values |= {
            "repo": after.session.repo,
            "phase": after.session.phase.value,
            "projection": serialization.dump(after.session),
        }
    connection.execute(sessions.update().where(sessions.c.id == session).values(values))
    if isinstance(event_data, TurnEnded):
        this = (turns.c.session == session) & (turns.c.number == event_data.turn)
        connection.execute(turns.update().where(this).values(outcome=event_data.outcome.value))
    return after


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


def idle(connection: sa.Connection, phases: Collection[Phase], before: float) -> tuple[str, ...]:
    """Ids of the sessions in one of `phases` whose last event is older than `before`, the oldest first."""
    query = sa.select(sessions.c.id).where(sessions.c.phase.in_(sorted(phases)), sessions.c.updated < before)
    return tuple(connection.execute(query.order_by(sessions.c.updated)).scalars())


def last_use(connection: sa.Connection) -> dict[str, float]:
    """The time of the last event of any session, for each repository."""
    query = sa.select(sessions.c.repo, sa.func.max(sessions.c.updated).label("used")).group_by(sessions.c.repo)
    return {row.repo: row.used for row in connection.execute(query)}


def of_repo(connection: sa.Connection, repo: str) -> tuple[str, ...]:
    """Ids of all sessions of the repository."""
    return tuple(connection.execute(sa.select(sessions.c.id).where(sessions.c.repo == repo)).scalars())


def file_references(connection: sa.Connection, since: float) -> frozenset[str]:
    """Every SHA-256 in the events that can refer to kept files, of sessions with an event at or after `since`."""
    used = sa.select(sessions.c.id).where(sessions.c.updated >= since)
    query = sa.select(events.c.data).where(events.c.kind.in_(_WITH_FILES), events.c.session.in_(used))
    return frozenset(name for data in connection.execute(query).scalars() for name in _SHA256.findall(json.dumps(data)))


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


def get(connection: sa.Connection, session: str) -> Session:
    """The session with this id, or with the only id that begins so. Raises UsageError that names the near ones."""
    if (found := _find(connection, session)) is not None:
        return found
    given = session.strip().lower()
    fitting = ids(connection, given, limit=6) if given else []
    if len(fitting) == 1 and (found := _find(connection, fitting[0])) is not None:
        return found
    if fitting:
        raise UsageError(f"Several sessions begin with `{given}`: {', '.join(fitting)}. Type one more letter.")
    raise UsageError(unknown(session, given, ids(connection)))


def unknown(given: str, cleaned: str, known: list[str]) -> str:
    """The message for a session that does not exist."""
    if not known:
        return f"There is no session `{given}`, and no other yet; `honk ask` starts one."
    near = difflib.get_close_matches(cleaned, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the latest is {known[0]}, `honk sessions` lists them."
    return f"There is no session `{given}`; {hint}"


def _find(connection: sa.Connection, session: str) -> Session | None:
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


def log(connection: sa.Connection, session: str, after: int, kinds: Sequence[type[object]] = ()) -> tuple[Event, ...]:
    """The events behind number `after`, in order; only those of `kinds`, where some are named."""
    rows = connection.execute(log_query(session, after, kinds))
    return tuple(Event(row.session, row.seq, row.at, _event_data(row.kind, row.data)) for row in rows)


def newest(connection: sa.Connection, session: str, kinds: Sequence[type[object]]) -> Event | None:
    """The session's newest event of one of `kinds`."""
    query = log_query(session, 0, kinds).order_by(None).order_by(events.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Event(row.session, row.seq, row.at, _event_data(row.kind, row.data))


def log_query(session: str, after: int, kinds: Sequence[type[object]] = ()) -> sa.Select[Any]:
    """The rows of `log`. With `kinds` the database reads only these, by the index of kinds."""
    query = sa.select(events).where(events.c.session == session, events.c.seq > after).order_by(events.c.seq)
    return query.where(events.c.kind.in_(serialization.kind_names(*kinds))) if kinds else query


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


def _event_data(kind: str, data: dict[str, Any]) -> EventData:
    if kind not in serialization.KINDS:
        return NoteAdded(f"(Another version of Honk recorded something here that this one does not know: {kind}.)")
    return serialization.load_event(kind, data)
