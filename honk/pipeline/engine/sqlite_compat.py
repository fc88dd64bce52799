"""Makes DBOS work on an SQLite older than 3.42 (Debian 12 has 3.40).

On Python 3.12 and later DBOS's tables take their times from `unixepoch('subsec')`, which such an SQLite answers with
NULL: the first row is refused. Functions of ours go before SQLite's own, so every connection gets one that answers.
"""

import sqlite3
import sys
import time

import sqlalchemy as sa
from sqlalchemy.engine import Engine

KNOWS_SUBSEC = (3, 42)


def mend() -> None:
    """Teach every SQLite connection that SQLAlchemy opens from now on. Nothing to do where SQLite is newer."""
    needed = sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < KNOWS_SUBSEC
    if needed and not sa.event.contains(Engine, "connect", _teach):
        sa.event.listen(Engine, "connect", _teach)


def _teach(connection: object, record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("unixepoch", 1, lambda modifier: int(time.time()))
