"""Who a person is on a forge, as they have shown themselves by signing in there."""

from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from honk.storage.database import Database, insert
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

    def link(self, account: Account) -> None:
        """Keep `account` as its person's only one on that forge, as of now."""
        values = {"account": account.account, "login": account.login, "token": account.token, "at": self._clock()}
        with self._database.write() as connection:
            row = insert(connection, accounts).values(person=account.person, forge=account.forge, **values)
            connection.execute(row.on_conflict_do_update(index_elements=["person", "forge"], set_=values))

    def unlink(self, person: str, forge: str) -> bool:
        """Forget it; whether there was one."""
        this = (accounts.c.person == person) & (accounts.c.forge == forge)
        with self._database.write() as connection:
            return connection.execute(accounts.delete().where(this)).rowcount > 0

    def of(self, person: str, forge: str) -> Account | None:
        """The person's account on a forge."""
        found = self._where((accounts.c.person == person) & (accounts.c.forge == forge))
        return found[0] if found else None

    def on(self, forge: str) -> tuple[Account, ...]:
        """All that are linked on a forge, by person."""
        return self._where(accounts.c.forge == forge)

    def _where(self, this: sa.ColumnElement[bool]) -> tuple[Account, ...]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(accounts).where(this).order_by(accounts.c.person))
            return tuple(Account(*row) for row in rows)
