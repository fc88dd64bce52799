"""Where sessions are shown: their threads on chat surfaces, what was posted there, and what channels are about."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from honk.storage.database import Database, add_once, rows, text, upsert
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

    async def session(self, place: str) -> str:
        """The id of the session whose thread `place` is; empty when it is nobody's."""
        return await self._database.read(text, sa.select(threads.c.session).where(threads.c.place == place))

    async def add(self, place: str, session: str) -> str:
        """Let `place` be a thread of `session`, unless it is one already; the session whose it is."""
        return await self._database.write(take, place, session)

    async def places(self, session: str = "", surface: str = "") -> tuple[tuple[str, str], ...]:
        """(place, session) of all threads, or those of one session; of one surface: `slack`."""
        query = sa.select(threads.c.place, threads.c.session).order_by(threads.c.place)
        if session:
            query = query.where(threads.c.session == session)
        if surface:
            query = query.where(threads.c.place.startswith(f"{surface}:", autoescape=True))
        return tuple((row.place, row.session) for row in await self._database.read(rows, query))

    async def post(self, place: str, key: str) -> Post | None:
        """What was posted at `place` under `key`, or is being posted."""
        found = await self._database.read(rows, sa.select(posts).where(posts.c.place == place, posts.c.key == key))
        return Post(*found[0]) if found else None

    async def begin(self, place: str, key: str) -> bool:
        """Note that `key` is about to be posted at `place`: True for the first who says so."""
        new = {"place": place, "key": key, "ref": "", "digest": "", "at": self._clock()}
        return await self._database.write(add_once, posts, new)

    async def sent(self, place: str, key: str, ref: str, digest: str) -> None:
        """Note what the surface calls it, and a digest of what it shows now."""
        values = {"ref": ref, "digest": digest, "at": self._clock()}
        await self._database.write(upsert, posts, {"place": place, "key": key}, values)

    async def binding(self, place: str) -> str:
        """The repository that the channel `place` is about; empty for none."""
        return await self._database.read(text, sa.select(bindings.c.repo).where(bindings.c.place == place))

    async def bind(self, place: str, repo: str) -> None:
        """Let the channel `place` be about `repo`; empty: about none."""
        await self._database.write(_bind, place, repo)


def _bind(connection: sa.Connection, place: str, repo: str) -> None:
    connection.execute(bindings.delete().where(bindings.c.place == place))
    if repo:
        connection.execute(bindings.insert().values(place=place, repo=repo))


def take(connection: sa.Connection, place: str, session: str) -> str:
    """Let `place` be a thread of `session`, unless it is another's already; whose it is."""
    add_once(connection, threads, {"place": place, "session": session})
    return str(connection.execute(sa.select(threads.c.session).where(threads.c.place == place)).scalar_one())
