"""Who a person is on a forge, as they have shown themselves by signing in there."""

from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from honk.storage.database import Database, rows, upsert
from honk.storage.tables import accounts


@dataclass(frozen=True)
class Account:
    """`person` is a Person's id, `account` the forge's number for them, `login` what they were called when they linked
    it. `token` is sealed: only who sealed it can read it; empty where none was given."""

    person: str
    forge: str
    account: int
    login: str
    token: str = field(repr=False, default="")
    at: float = 0.0


class Accounts:
    """The table `accounts`. Every method raises Unavailable when the database does not answer."""

    def __init__(self, connected: Database, clock: Callable[[], float]) -> None:
        self._database = connected
        self._clock = clock

    async def link(self, account: Account) -> None:
        """Keep `account` as its person's only one on that forge, as of now."""
        values = {"account": account.account, "login": account.login, "token": account.token, "at": self._clock()}
        await self._database.write(upsert, accounts, {"person": account.person, "forge": account.forge}, values)

    async def unlink(self, person: str, forge: str) -> bool:
        """Forget it; whether there was one."""
        return await self._database.write(_unlink, person, forge)

    async def of(self, person: str, forge: str) -> Account | None:
        """The person's account on a forge."""
        found = await self._where((accounts.c.person == person) & (accounts.c.forge == forge))
        return found[0] if found else None

    async def on(self, forge: str) -> tuple[Account, ...]:
        """All that are linked on a forge, by person."""
        return await self._where(accounts.c.forge == forge)

    async def _where(self, this: sa.ColumnElement[bool]) -> tuple[Account, ...]:
        query = sa.select(accounts).where(this).order_by(accounts.c.person)
        return tuple(Account(*row) for row in await self._database.read(rows, query))


def _unlink(connection: sa.Connection, person: str, forge: str) -> bool:
    this = (accounts.c.person == person) & (accounts.c.forge == forge)
    return connection.execute(accounts.delete().where(this)).rowcount > 0
