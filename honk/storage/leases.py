"""Who may do what, and who is alive: claims, leases and workers, as functions over a transaction."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from honk.storage.database import insert
from honk.storage.tables import claims, leases, workers


@dataclass(frozen=True)
class Worker:
    """A process that works on turns. `id` is its DBOS executor id; `started` and `beat` are seconds since the epoch."""

    id: str
    host: str
    pid: int
    started: float
    beat: float


@dataclass(frozen=True)
class Lease:
    """The held lock as a value: whoever needs the lock asks for it. `token` grows with each new holder."""

    name: str
    holder: str
    until: float
    token: int


def claim(connection: sa.Connection, key: str, holder: str, now: float) -> str:
    """Who holds `key`, for good: `holder`, unless somebody was there before."""
    connection.execute(insert(connection, claims).values(key=key, holder=holder, at=now).on_conflict_do_nothing())
    return str(connection.execute(sa.select(claims.c.holder).where(claims.c.key == key)).scalar_one())


def count_claims(connection: sa.Connection, before: float) -> int:
    """How many claims are older than `before`."""
    return connection.execute(sa.select(sa.func.count()).select_from(claims).where(claims.c.at < before)).scalar_one()


def forget_claims(connection: sa.Connection, before: float) -> int:
    """Forget the claims older than `before`, and leases that ended before; how many claims there were."""
    connection.execute(leases.delete().where(leases.c.until < before))
    return connection.execute(claims.delete().where(claims.c.at < before)).rowcount


def beat(connection: sa.Connection, worker: Worker) -> None:
    """Note that `worker` is alive."""
    row = {"id": worker.id, "host": worker.host, "pid": worker.pid, "started": worker.started, "beat": worker.beat}
    statement = insert(connection, workers).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"beat": worker.beat}))


def workers_by_beat(connection: sa.Connection) -> tuple[Worker, ...]:
    """Every worker that has not been forgotten, the longest silent first."""
    return tuple(Worker(*row) for row in connection.execute(sa.select(workers).order_by(workers.c.beat)))


def forget(connection: sa.Connection, worker: str) -> bool:
    """Strike a worker off; False when somebody else did."""
    return connection.execute(workers.delete().where(workers.c.id == worker)).rowcount == 1


def take(connection: sa.Connection, name: str, holder: str, seconds: float, now: float) -> Lease | None:
    """The lease `name` for `holder`, None while another one has it. Its own holder gets it prolonged."""
    fresh = Lease(name, holder, now + seconds, 1)
    row = {"name": name, "holder": holder, "until": fresh.until, "token": 1}
    if connection.execute(insert(connection, leases).values(row).on_conflict_do_nothing()).rowcount == 1:
        return fresh
    kept = connection.execute(sa.select(leases).where(leases.c.name == name).with_for_update()).one()
    held = kept.until > now
    if held and kept.holder != holder:
        return None
    lease = replace(fresh, token=kept.token if held else kept.token + 1)
    values = {"holder": holder, "until": lease.until, "token": lease.token}
    connection.execute(leases.update().where(leases.c.name == name).values(values))
    return lease


def prolong(connection: sa.Connection, lease: Lease, until: float, now: float) -> bool:
    """Let `lease` end at `until` instead (0: now); False when it had already ended or is another's."""
    return connection.execute(leases.update().where(_is(lease, now)).values(until=until)).rowcount == 1


def holds(connection: sa.Connection, lease: Lease, now: float) -> bool:
    """Whether `lease` is still its holder's."""
    return connection.execute(sa.select(leases.c.name).where(_is(lease, now))).first() is not None


def _is(lease: Lease, now: float) -> sa.ColumnElement[bool]:
    return sa.and_(
        leases.c.name == lease.name,
        leases.c.holder == lease.holder,
        leases.c.token == lease.token,
        leases.c.until > now,
    )
