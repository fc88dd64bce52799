"""The tables are the sum of the migrations, and every process may run these."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

from honk.core import events
from honk.core.errors import Unavailable, UsageError
from honk.core.repo import Repo
from honk.storage import database, migrations, schema_upgrade, sessions, store, tables
from honk.storage.threads import Post

SCHEMA = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name",
    "postgresql": """
        SELECT 'column', table_name || '.' || column_name, data_type || ' ' || is_nullable, coalesce(column_default, '')
        FROM information_schema.columns WHERE table_schema = current_schema()
        UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, '', pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
        UNION ALL SELECT 'index', indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema()
        ORDER BY 1, 2""",
}


async def opened(url: str) -> None:
    async with store.open(url):
        pass


def schema(connection: sa.Connection) -> set[tuple[str, ...]]:
    rows = connection.exec_driver_sql(SCHEMA[connection.dialect.name])
    words = {tuple(" ".join(str(word).split()) for word in row) for row in rows}
    return {row for row in words if "alembic_version" not in " ".join(row)}


@pytest.fixture
def engine(url: str) -> sa.Engine:
    return sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))


async def test_the_tables_are_the_sum_of_the_migrations(url: str, engine: sa.Engine) -> None:
    await opened(url)
    with engine.begin() as connection:
        migrated = schema(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        tables.metadata.drop_all(connection)
        assert schema(connection) == set()
        tables.metadata.create_all(connection)
        assert schema(connection) == migrated
    engine.dispose()


def test_the_migrations_are_one_line_of_numbered_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions == [f"{number:04}" for number in range(len(revisions), 0, -1)]
    assert revisions[0] == migrations.LATEST


async def test_opening_again_changes_nothing(url: str, engine: sa.Engine) -> None:
    await opened(url)
    with engine.connect() as connection:
        before = schema(connection)
    await opened(url)
    with engine.connect() as connection:
        assert schema(connection) == before
    engine.dispose()


async def test_many_processes_may_open_an_empty_database_at_once(
    url: str, processes: Callable[[int, str], None]
) -> None:
    await asyncio.to_thread(processes, 8, "await s.claim('first', str(n))")
    async with store.open(url) as kept:
        assert [await kept.claim("first", str(n)) for n in range(8)].count(True) == 1


async def test_a_database_of_a_newer_honk_is_refused(url: str, engine: sa.Engine) -> None:
    await opened(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(UsageError, match="newer Honk .*9999.*upgrade Honk"):
        await opened(url)


async def test_an_interrupted_migration_leaves_nothing_behind(
    url: str, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The only thing replaced is Alembic's: a power cut after the last table, before the commit.
    real = schema_upgrade.command.upgrade

    def cut(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(schema_upgrade.command, "upgrade", cut)
    with pytest.raises(KeyboardInterrupt):
        await opened(url)
    monkeypatch.undo()
    with engine.connect() as connection:
        assert schema(connection) == set()
    engine.dispose()
    await opened(url)


async def test_sqlite_is_set_up_for_many_processes(tmp_path: Path) -> None:
    async with database.connect(f"sqlite:///{tmp_path}/new/honk.db") as connected:
        for name, wanted in {
            "journal_mode": "wal",
            "synchronous": 1,
            "foreign_keys": 1,
            "busy_timeout": 30_000,
        }.items():
            assert await connected.read(database.text, sa.text(f"PRAGMA {name}")) == str(wanted)
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("honk.db", "cannot be read; use sqlite:"),
        ("", "cannot be read; use sqlite:"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("mysql://user:secret@host/x", "SQLite or PostgreSQL, not in mysql"),
        ("oracle://host/x", "SQLite or PostgreSQL, not in oracle"),
        ("nonsense://host/x", "SQLite or PostgreSQL, not in nonsense"),
    ],
)
async def test_a_url_that_is_none_of_ours_is_refused(bad: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        await opened(bad)
    assert "secret" not in str(refused.value)


async def test_a_database_that_does_not_answer_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer") as refused:
        await opened("postgresql://honk:secret@127.0.0.1:1/honk")
    assert "secret" not in str(refused.value)
    (tmp_path / "honk.db").write_bytes(b"this is not a database, however long one looks at it" * 100)
    with pytest.raises(Unavailable, match="not a database"):
        await opened(f"sqlite:///{tmp_path}/honk.db")
    (tmp_path / "dir.db").mkdir()
    with pytest.raises(Unavailable, match="unable to open"):
        await opened(f"sqlite:///{tmp_path}/dir.db")


async def test_what_an_older_version_wrote_is_kept(url: str, engine: sa.Engine) -> None:
    written = {
        "0001": ("INSERT INTO repos VALUES ('shop', '/srv/shop.git', 'local', 'main')", SESSION),
        "0004": (
            "INSERT INTO threads VALUES ('slack:T1/C1/1.2', 's')",
            "INSERT INTO posts VALUES ('slack:T1/C1/1.2', 'turn-1', '1.3', 'hash', 5)",
            "INSERT INTO bindings VALUES ('slack:T1/C1', 'shop')",
        ),
    }
    await opened(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        tables.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        config.attributes["connection"] = connection
        for revision, statements in written.items():
            command.upgrade(config, revision)
            for statement in statements:
                connection.exec_driver_sql(statement)
    engine.dispose()
    async with store.open(url) as kept:
        assert await kept.repos() == (Repo("shop", "/srv/shop.git", "local", "main"),)
        assert await kept.threads.session("slack:T1/C1/1.2") == "s"
        assert await kept.threads.post("slack:T1/C1/1.2", "turn-1") == Post(
            "slack:T1/C1/1.2", "turn-1", "1.3", "hash", 5
        )
        assert await kept.threads.binding("slack:T1/C1") == "shop"


async def test_a_question_by_kind_reads_the_index(url: str) -> None:
    def plan(connection: sa.Connection) -> str:
        query = sessions.log_query("s", 0, (events.Verified,))
        text = query.compile(connection, compile_kwargs={"literal_binds": True})
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # empty tables are otherwise read as a whole
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
            connection.exec_driver_sql("ALTER TABLE events DROP CONSTRAINT pk_events")
            return str(connection.exec_driver_sql(f"EXPLAIN {text}").all())
        return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all())

    async with database.connect(url) as connected:
        assert "ix_events_session_kind_seq" in await connected.write(plan)


SESSION = "INSERT INTO sessions VALUES ('s', '', 'work', 'local:1', 0, 0, 1, '{}')"
PULL = "INSERT INTO pulls VALUES ('r', {}, '{}', '{}', 'main', 'c0ffee', '', '', 'local:1', '{}', '{}', 0, 0)"


FORBIDDEN = [
    ["INSERT INTO sessions VALUES ('', '', 'work', '', 0, 0, 1, '{}')"],
    ["INSERT INTO sessions VALUES ('s', '', 'work', '', 0, 0, 0, '{}')"],
    ["INSERT INTO events VALUES ('nobody', 1, 0, 'NoteAdded', '{}', NULL)"],
    [SESSION, *[f"INSERT INTO events VALUES ('s', {seq}, 0, 'NoteAdded', '{{}}', 'k')" for seq in (1, 2)]],
    [SESSION, "INSERT INTO turns VALUES ('s', 0, NULL, 0, NULL)"],
    [SESSION, *[f"INSERT INTO turns VALUES ('s', {n}, 'm', 0, NULL)" for n in (1, 2)]],
    [PULL.format(0, "s", "b", "open", "")],
    [PULL.format(1, "s", "main", "open", "")],
    [PULL.format(1, "s", "b", "ajar", "")],
    [PULL.format(1, "s", "b", "merged", "")],
    [PULL.format(1, "s", "b", "open", "c0ffee")],
    [PULL.format(1, "s", "b", "open", ""), PULL.format(2, "s", "c", "open", "")],
    [PULL.format(1, "s", "b", "open", ""), PULL.format(2, "t", "b", "draft", "")],
    ["INSERT INTO approvals VALUES ('r', 1, 'c0ffee', 'local:1', '', '', 0)"],
    ["INSERT INTO blobs VALUES ('abc', 1, '', 0)"],
    ["INSERT INTO accounts VALUES ('', 'github', 1, 'ada', '', 0)"],
    ["INSERT INTO accounts VALUES ('local:1', 'github', 0, 'ada', '', 0)"],
    [f"INSERT INTO accounts VALUES ('local:1', 'github', {account}, 'ada', '', 0)" for account in (1, 2)],
    ["INSERT INTO addresses VALUES ('https://x.test/a/b', 'github', 0)"],
    ["INSERT INTO cursors VALUES ('', 'x')"],
    [SESSION, "INSERT INTO threads VALUES ('', 's')"],
    ["INSERT INTO threads VALUES ('slack:T1/C1/1.2', 'nobody')"],
    [
        "INSERT INTO repos VALUES ('a', 'url', 'local', 'main', '')",
        "INSERT INTO repos VALUES ('b', 'url', 'local', 'm', '')",
    ],
]
"""Statements of which the last one must not be possible."""


async def test_the_database_itself_forbids(url: str) -> None:
    def attempt(connection: sa.Connection) -> None:
        for *before, last in FORBIDDEN:
            undone = connection.begin_nested()
            for statement in before:
                connection.exec_driver_sql(statement)
            with pytest.raises(IntegrityError), connection.begin_nested():
                connection.exec_driver_sql(last)
            undone.rollback()

    async with database.connect(url) as connected:
        await connected.write(attempt)
