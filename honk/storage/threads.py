"""The threads in which sessions are shown, the messages that Honk posted there, and the repositories of channels."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from honk.storage.database import Database, add_once, rows, text, upsert
from honk.storage.tables import bindings, posts, threads


@dataclass(frozen=True)
class Post:
    """One message that Honk posted. `ref` is the integration's id of it, empty while it is being sent; `digest` is the
    hash of its content, `at` the time of the last change (seconds since the epoch)."""

    thread: str
    key: str
    ref: str
    digest: str
    at: float


class Threads:
    """The tables `threads`, `posts` and `bindings`. Every method raises Unavailable when the database does not answer.

    A thread is named by its integration: `slack:T1/C2/1700000000.000100`.
    """

    def __init__(self, connected: Database, clock: Callable[[], float]) -> None:
        self._database = connected
        self._clock = clock

    async def session(self, thread: str) -> str:
        """The id of the session that `thread` belongs to; empty for none."""
        return await self._database.read(text, sa.select(threads.c.session).where(threads.c.thread == thread))

    async def add(self, thread: str, session: str) -> str:
        """Link `thread` to `session` unless it is linked already; the id of the session that it is linked to."""
        return await self._database.write(take, thread, session)

    async def links(self, session: str = "", integration: str = "") -> tuple[tuple[str, str], ...]:
        """(thread, session) of all threads, of one session, or of one integration: `slack`."""
        query = sa.select(threads.c.thread, threads.c.session).order_by(threads.c.thread)
        if session:
            query = query.where(threads.c.session == session)
        if integration:
            query = query.where(threads.c.thread.startswith(f"{integration}:", autoescape=True))
        return tuple((row.thread, row.session) for row in await self._database.read(rows, query))

    async def post(self, thread: str, key: str) -> Post | None:
        """The message under `key` in `thread`, also while it is being sent."""
        found = await self._database.read(rows, sa.select(posts).where(posts.c.thread == thread, posts.c.key == key))
        return Post(*found[0]) if found else None

    async def begin(self, thread: str, key: str) -> bool:
        """Note that the message `key` is about to be posted in `thread`: True for the first caller only."""
        new = {"thread": thread, "key": key, "ref": "", "digest": "", "at": self._clock()}
        return await self._database.write(add_once, posts, new)

    async def sent(self, thread: str, key: str, ref: str, digest: str) -> None:
        """Note the integration's id of the message, and the hash of its present content."""
        values = {"ref": ref, "digest": digest, "at": self._clock()}
        await self._database.write(upsert, posts, {"thread": thread, "key": key}, values)

    async def binding(self, channel: str) -> str:
        """The name of the repository that `channel` is about; empty for none."""
        return await self._database.read(text, sa.select(bindings.c.repo).where(bindings.c.channel == channel))

    async def bind(self, channel: str, repo: str) -> None:
        """Make `repo` the repository of `channel`; an empty name removes the binding."""
        await self._database.write(_bind, channel, repo)


def _bind(connection: sa.Connection, channel: str, repo: str) -> None:
    connection.execute(bindings.delete().where(bindings.c.channel == channel))
    if repo:
        connection.execute(bindings.insert().values(channel=channel, repo=repo))


def take(connection: sa.Connection, thread: str, session: str) -> str:
    """Link `thread` to `session` unless it is linked already; the id of the session that it is linked to."""
    add_once(connection, threads, {"thread": thread, "session": session})
    return str(connection.execute(sa.select(threads.c.session).where(threads.c.thread == thread)).scalar_one())
