"""Repositories that move: a forge's own number for what is at an address, or was when Honk last looked."""

import sqlalchemy as sa

from honk.storage.database import Database, rows, upsert
from honk.storage.tables import addresses, repos


class RepoAddresses:
    """The table `addresses`. Every method raises Unavailable when the database does not answer."""

    def __init__(self, connected: Database) -> None:
        self._database = connected

    async def number(self, forge: str, url: str) -> int:
        """The forge's number for the repository at `url`; 0 when it was never seen."""
        query = sa.select(addresses.c.number).where(addresses.c.url == url, addresses.c.forge == forge)
        found = await self._database.read(rows, query)
        return int(found[0].number) if found else 0

    async def keep(self, forge: str, url: str, number: int) -> None:
        """Note that repository `number` is at `url`, whatever was there before."""
        await self._database.write(upsert, addresses, {"url": url}, {"forge": forge, "number": number})

    async def moved(self, forge: str, old: str, new: str, number: int) -> None:
        """Repository `number`, known as `old`, is at `new` now: who knows it by either finds it."""
        await self._database.write(_move, forge, old, new, number)


def _move(connection: sa.Connection, forge: str, old: str, new: str, number: int) -> None:
    upsert(connection, addresses, {"url": new}, {"forge": forge, "number": number})
    if connection.execute(sa.select(repos.c.name).where(repos.c.url == new)).first() is None:
        this = (repos.c.url == old) & (repos.c.forge == forge)
        connection.execute(repos.update().where(this).values(url=new))
