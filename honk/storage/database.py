"""The only door to the database: a URL becomes an engine, a migrated schema and two kinds of transactions."""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from honk.core.errors import Unavailable, UsageError
from honk.storage.migrations import LATEST

BUSY_SECONDS = 30.0
"""How long a writer waits for another one on SQLite, which has one at a time."""

_MIGRATION_LOCK = 0x686F6E6B
"""PostgreSQL's advisory lock while migrating: `honk` in ASCII."""

_EXAMPLES = "use sqlite:////path/honk.db or postgresql://user@host/name"


class Database:
    """An engine, and how to use it. On SQLite a `write` excludes all others from its beginning on."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(honk_write=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for looking. Raises Unavailable when the database does not answer."""
        with _translated(self._engine.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction: committed at the end of the block, undone by an exception. Raises Unavailable as `read`."""
        with _translated(self._engine.url), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def connect(url: str) -> Database:
    """The database at `url` with its schema brought up to date; several processes may do so at once.

    `sqlite:////path` (its directory is made) or `postgresql://…`. Raises UsageError for a URL that names no database
    we can use and for a database that a newer Honk wrote, Unavailable when it does not answer.
    """
    engine = _engine(url)
    database = Database(engine)
    try:
        _migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def insert(connection: sa.Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say `on_conflict_do_…`, which the two databases spell alike."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise UsageError(f"The database URL cannot be read; {_EXAMPLES}.") from error
    dumps = functools.partial(json.dumps, allow_nan=False, separators=(",", ":"))
    if parsed.drivername in ("postgresql", "postgres"):
        try:  # SQLAlchemy imports psycopg here, so it is needed only where PostgreSQL is used
            return sa.create_engine(
                parsed.set(drivername="postgresql+psycopg"), json_serializer=dumps, pool_pre_ping=True
            )
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


def _migrate(database: Database) -> None:
    with database.read() as connection:
        if _version(connection) == LATEST:
            return
    # Alembic takes longer to import than everything else here, and is needed once in the life of a database.
    from honk.storage import schema_upgrade  # noqa: PLC0415

    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        schema_upgrade.to_latest(connection)


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
