"""Amounts of money as whole cents."""

import re

_AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d{2}))?")


class AmountError(ValueError):
    """The text is no amount."""


def parse(text):
    """Cents of a text such as 12.50. Raises AmountError for anything else."""
    match = _AMOUNT.fullmatch(text.strip())
    if not match:
        raise AmountError(f"no amount: {text!r}")
    sign, whole, cents = match.groups()
    return (-1 if sign else 1) * (int(whole) * 100 + int(cents or 0))


def split(cents, shares):
    """The amount in `shares` parts that differ by at most a cent; the larger ones come first."""
    part, rest = divmod(cents, shares)
    return [part + 1] * rest + [part] * (shares - rest)


def text(cents):
    """The amount with two digits."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
