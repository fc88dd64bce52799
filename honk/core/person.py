"""Who stands behind a message."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """`id` is stable and unique per surface (`local:1000`, `slack:T1/U2`, `github:583231`); never a display name.

    `name` and `email` go into the commit as its author.
    """

    id: str
    name: str
    email: str


AGENT = Person("honk:agent", "Honk", "honk@localhost")
"""The committer of every change: the machine, next to the human author."""
