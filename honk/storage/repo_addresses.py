"""Repositories that move: a forge's own number for what is at an address, or was when Honk last looked."""

import sqlalchemy as sa

from honk.storage.database import Database, insert
from honk.storage.tables import addresses, repos


class RepoAddresses:
    """The table `addresses`. Every method raises Unavailable when the database does not answer."""

    def __init__(self, connected: Database) -> None:
        self._database = connected

    def number(self, forge: str, url: str) -> int:
        """The forge's number for the repository at `url`; 0 when it was never seen."""
        with self._database.read() as connection:
            query = sa.select(addresses.c.number).where(addresses.c.url == url, addresses.c.forge == forge)
            return connection.execute(query).scalar() or 0

    def keep(self, forge: str, url: str, number: int) -> None:
        """Note that repository `number` is at `url`, whatever was there before."""
        values = {"forge": forge, "number": number}
        with self._database.write() as connection:
            row = insert(connection, addresses).values(url=url, **values)
            connection.execute(row.on_conflict_do_update(index_elements=["url"], set_=values))

    def moved(self, forge: str, old: str, new: str, number: int) -> None:
        """Repository `number`, known as `old`, is at `new` now: who knows it by either finds it."""
        self.keep(forge, new, number)
        with self._database.write() as connection:
            taken = connection.execute(sa.select(repos.c.name).where(repos.c.url == new)).scalar()
            if taken is None:
                this = (repos.c.url == old) & (repos.c.forge == forge)
                connection.execute(repos.update().where(this).values(url=new))
