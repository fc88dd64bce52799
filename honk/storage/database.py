"""The only module that connects to the database: a URL becomes an engine and a migrated schema, used in transactions.

SQLAlchemy's calls block. The event loop must not wait for them, so `read` and `write` run them in threads: a few that
read and a few that write, so that a writer that waits for a lock keeps nobody from reading.
"""

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from honk.core.errors import Unavailable, UsageError
from honk.storage.migrations import LATEST

BUSY_SECONDS = 30.0
"""How long a writer waits for another one on SQLite, which has one at a time."""

_MIGRATION_LOCK = 0x686F6E6B
"""PostgreSQL's advisory lock while migrating: `honk` in ASCII."""

READERS = 4
WRITERS = 4
"""Threads, and so connections, of one process. On SQLite, which has one writer at a time, a single thread writes."""

P = ParamSpec("P")
T = TypeVar("T")

_EXAMPLES = "use sqlite:////path/honk.db or postgresql://user@host/name"


class Database:
    """An engine and the threads that use it. On SQLite a `write` excludes all others from its beginning on.

    Both methods raise Unavailable when the database does not answer.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(honk_write=True)
        self._readers = ThreadPoolExecutor(READERS, "honk-read")
        self._writers = ThreadPoolExecutor(1 if engine.dialect.name == "sqlite" else WRITERS, "honk-write")

    async def read(self, ask: Callable[Concatenate[sa.Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `ask(connection, …)` returns."""

        def work() -> T:
            with self._reading() as connection:
                return ask(connection, *args, **kwargs)

        return await _in_thread(self._readers, work)

    async def write(self, do: Callable[Concatenate[sa.Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `do(connection, …)` returns, in a transaction: committed after it, rolled back when it raises.

        A caller that is cancelled waits until a transaction that has begun is over.
        """

        def work() -> T:
            with self._writing() as connection:
                return do(connection, *args, **kwargs)

        return await _in_thread(self._writers, work)

    def migrate(self) -> None:
        """Bring the schema up to date. Blocks; raises UsageError for a database that a newer Honk wrote."""
        with self._reading() as connection:
            if _version(connection) == LATEST:
                return
        # Alembic takes longer to import than everything else here, and is needed once in the life of a database.
        from honk.storage import schema_upgrade  # noqa: PLC0415

        with self._writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            schema_upgrade.to_latest(connection)

    def close(self) -> None:
        """Wait for the threads and close all connections. Blocks."""
        for pool in (self._readers, self._writers):
            pool.shutdown()
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with _translated(self._engine.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with _translated(self._engine.url), self._writer.begin() as connection:
            yield connection


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Database]:
    """The database at `url` with its schema brought up to date; several processes may do so at once.

    `sqlite:////path` (its directory is made) or `postgresql://…`. Raises UsageError for a URL that names no database
    we can use and for a database that a newer Honk wrote, Unavailable when it does not answer.
    """
    database = Database(await asyncio.to_thread(_engine, url))
    try:
        await asyncio.to_thread(database.migrate)
        yield database
    finally:
        await asyncio.to_thread(database.close)


def insert(connection: sa.Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say `on_conflict_do_…`, which the two databases spell alike."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def upsert(connection: sa.Connection, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write `values` to the row of `table` that `key` identifies, made where it is missing."""
    statement = insert(connection, table).values({**key, **values})
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def add_once(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert `row` unless the table has one with its key; whether it did."""
    return connection.execute(insert(connection, table).values(row).on_conflict_do_nothing()).rowcount == 1


def text(connection: sa.Connection, query: sa.Select[tuple[str]]) -> str:
    """The only value that `query` finds; empty for none."""
    return str(connection.execute(query).scalar() or "")


def rows(connection: sa.Connection, query: sa.Select[Any]) -> Sequence[Any]:
    """All rows that `query` finds."""
    return connection.execute(query).all()


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise UsageError(f"The database URL cannot be read; {_EXAMPLES}.") from error
    dumps = functools.partial(json.dumps, allow_nan=False, separators=(",", ":"))
    if parsed.drivername in ("postgresql", "postgres"):
        connections = READERS + WRITERS
        parsed = parsed.set(drivername="postgresql+psycopg")
        try:  # SQLAlchemy imports psycopg here, so it is needed only where PostgreSQL is used
            return sa.create_engine(parsed, json_serializer=dumps, pool_pre_ping=True, pool_size=connections)
        except ModuleNotFoundError as error:
            raise UsageError("PostgreSQL needs its driver; install it with: pip install 'honk[postgres]'") from error
    try:
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(parsed, dumps)
        return sa.create_engine(parsed, json_serializer=dumps)
    except (NoSuchModuleError, ImportError) as error:
        raise UsageError(
            f"Honk keeps its state in SQLite or PostgreSQL, not in {parsed.drivername}; {_EXAMPLES}."
        ) from error


def _sqlite_engine(url: sa.URL, dumps: Callable[[Any], str]) -> sa.Engine:
    if url.database in (None, "", ":memory:"):
        raise UsageError(f"An SQLite database must be a file, since several processes share it; {_EXAMPLES}.")
    Path(str(url.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = sa.create_engine(url, json_serializer=dumps, connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # Python's driver must not begin transactions by itself: it would do so too late, and without a lock.
        connection.isolation_level = None
        try:
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {pragma}").close()
        except BaseException:
            connection.close()
            raise

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A transaction that reads first and writes later would fail where another one wrote in between.
        writes = connection.get_execution_options().get("honk_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


async def _in_thread(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """What `work` returns. A cancelled caller takes back work that has not begun, and waits for work that has."""
    submitted = pool.submit(work)
    done = asyncio.wrap_future(submitted)
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        if not submitted.cancel():
            await asyncio.gather(done, return_exceptions=True)
        raise


def _version(connection: sa.Connection) -> str | None:
    """Alembic's note of the last migration, None in an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _translated(url: sa.URL) -> Iterator[None]:
    """What the database itself says no to, in words for people. Broken invariants go through as they are."""
    try:
        yield
    except DatabaseError as error:
        if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
            raise
        shown = url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "no reason given"
        raise Unavailable(f"The database {shown} does not answer ({reason}); `honk doctor` looks into it.") from error
