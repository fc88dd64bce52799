"""Where sessions are shown: their threads on chat surfaces, what was posted there, and what channels are about."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from honk.storage.database import Database, insert
from honk.storage.tables import bindings, posts, threads


@dataclass(frozen=True)
class Post:
    """One message of ours. `ref` is the surface's name for it, empty while it is being sent; `digest` is of what it
    shows, `at` when that was noted (seconds since the epoch)."""

    place: str
    key: str
    ref: str
    digest: str
    at: float


class Threads:
    """See the module's text. Every method raises Unavailable when the database does not answer."""

    def __init__(self, connected: Database, clock: Callable[[], float]) -> None:
        self._database = connected
        self._clock = clock

    def session(self, place: str) -> str:
        """The id of the session whose thread `place` is; empty when it is nobody's."""
        with self._database.read() as connection:
            query = sa.select(threads.c.session).where(threads.c.place == place)
            return str(connection.execute(query).scalar() or "")

    def add(self, place: str, session: str) -> str:
        """Let `place` be a thread of `session`, unless it is one already; the session whose it is."""
        with self._database.write() as connection:
            return take(connection, place, session)

    def places(self, session: str = "", surface: str = "") -> tuple[tuple[str, str], ...]:
        """(place, session) of all threads, or those of one session; of one surface: `slack`."""
        query = sa.select(threads.c.place, threads.c.session).order_by(threads.c.place)
        if session:
            query = query.where(threads.c.session == session)
        if surface:
            query = query.where(threads.c.place.startswith(f"{surface}:", autoescape=True))
        with self._database.read() as connection:
            return tuple((row.place, row.session) for row in connection.execute(query))

    def post(self, place: str, key: str) -> Post | None:
        """What was posted at `place` under `key`, or is being posted."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(posts).where(posts.c.place == place, posts.c.key == key)).one_or_none()
        return None if row is None else Post(*row)

    def begin(self, place: str, key: str) -> bool:
        """Note that `key` is about to be posted at `place`: True for the first who says so."""
        with self._database.write() as connection:
            row = insert(connection, posts).values(place=place, key=key, ref="", digest="", at=self._clock())
            return connection.execute(row.on_conflict_do_nothing()).rowcount == 1

    def sent(self, place: str, key: str, ref: str, digest: str) -> None:
        """Note what the surface calls it, and a digest of what it shows now."""
        values = {"ref": ref, "digest": digest, "at": self._clock()}
        with self._database.write() as connection:
            row = insert(connection, posts).values(place=place, key=key, **values)
            connection.execute(row.on_conflict_do_update(index_elements=["place", "key"], set_=values))

    def binding(self, place: str) -> str:
        """The repository that the channel `place` is about; empty for none."""
        with self._database.read() as connection:
            return str(connection.execute(sa.select(bindings.c.repo).where(bindings.c.place == place)).scalar() or "")

    def bind(self, place: str, repo: str) -> None:
        """Let the channel `place` be about `repo`; empty: about none."""
        with self._database.write() as connection:
            connection.execute(bindings.delete().where(bindings.c.place == place))
            if repo:
                connection.execute(bindings.insert().values(place=place, repo=repo))


def take(connection: sa.Connection, place: str, session: str) -> str:
    """Let `place` be a thread of `session`, unless it is another's already; whose it is."""
    connection.execute(insert(connection, threads).values(place=place, session=session).on_conflict_do_nothing())
    return str(connection.execute(sa.select(threads.c.session).where(threads.c.place == place)).scalar_one())
