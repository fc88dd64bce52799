"""What `honk doctor` finds, one row for one thing."""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["ok", "missing", "without"]
"""ok; missing: it does not work so; without: it works with less, or one has to look oneself."""


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at. `text` says what is there, or what is not and how to get it."""

    name: str
    mark: Mark
    text: str
