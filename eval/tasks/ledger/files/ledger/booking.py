"""Accounts with bookings."""

from dataclasses import dataclass, field


class Refused(Exception):
    """The booking would overdraw the account."""


@dataclass
class Account:
    """`bookings` in order; the balance never goes below `-credit`."""

    name: str
    credit: int = 0
    bookings: list = field(default_factory=list)

    @property
    def balance(self):
        return sum(self.bookings)

    def book(self, cents):
        if self.balance + cents < -self.credit:
            raise Refused(f"{self.name}: {self.balance + cents} is below {-self.credit}")
        self.bookings.append(cents)


def transfer(source, target, cents):
    """Moves an amount above 0 from one account to the other."""
    if cents <= 0:
        raise ValueError("the amount must be above 0")
    source.book(-cents)
    target.book(cents)
