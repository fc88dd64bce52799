"""The statement of an account as text."""

from ledger import amount


def render(account, width=24):
    """A line for each booking, then the balance."""
    lines = [f"{account.name:<{width - 10}}{'EUR':>10}"]
    lines += [f"{number:<{width - 10}}{amount.text(cents):>10}" for number, cents in enumerate(account.bookings, 1)]
    return "\n".join([*lines, "-" * width, f"{'balance':<{width - 10}}{amount.text(account.balance):>10}"]) + "\n"
