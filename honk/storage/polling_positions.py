"""How far something outside has been read: small values by name, kept for the next start."""

import sqlalchemy as sa

from honk.storage.database import Database, text, upsert
from honk.storage.tables import cursors


class Cursors:
    """The table `cursors`. Every method raises Unavailable when the database does not answer."""

    def __init__(self, connected: Database) -> None:
        self._database = connected

    async def get(self, name: str) -> str:
        """The value kept under `name`; empty when there is none."""
        return await self._database.read(text, sa.select(cursors.c.value).where(cursors.c.name == name))

    async def put(self, name: str, value: str) -> None:
        """Keep `value` under `name`, whatever was there before."""
        await self._database.write(upsert, cursors, {"name": name}, {"value": value})
