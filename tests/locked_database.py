"""Another process that holds a database's write lock."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_HOLD = """
import sys
import sqlalchemy as sa
engine = sa.create_engine(sys.argv[1].replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
with engine.connect() as connection:
    sqlite = engine.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if sqlite else "BEGIN")
    if not sqlite:
        connection.exec_driver_sql("LOCK TABLE sessions, turns, events, workers IN EXCLUSIVE MODE")
    print("held", flush=True)
    sys.stdin.readline()
    connection.exec_driver_sql("COMMIT")
"""


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Hold the write lock of the database at `url` in another process until the block is left. Reads stay possible."""
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", _HOLD, url, stdin=pipe, stdout=pipe)
    assert holder.stdin is not None and holder.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert await holder.stdout.readline() == b"held\n"
        yield
    finally:
        await holder.communicate(b"\n")
    assert holder.returncode == 0
