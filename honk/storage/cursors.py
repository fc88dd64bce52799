"""How far something outside has been read: small values by name, kept for the next start."""

import sqlalchemy as sa

from honk.storage.database import Database, insert
from honk.storage.tables import cursors


class Cursors:
    """The table `cursors`. Every method raises Unavailable when the database does not answer."""

    def __init__(self, connected: Database) -> None:
        self._database = connected

    def get(self, name: str) -> str:
        """The value kept under `name`; empty when there is none."""
        with self._database.read() as connection:
            return str(connection.execute(sa.select(cursors.c.value).where(cursors.c.name == name)).scalar() or "")

    def put(self, name: str, value: str) -> None:
        """Keep `value` under `name`, whatever was there before."""
        with self._database.write() as connection:
            row = insert(connection, cursors).values(name=name, value=value)
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
