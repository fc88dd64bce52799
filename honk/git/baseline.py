"""The state of a tree before the session changed it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Baseline:
    """`commit` was checked out, and `index` is git's index of it (needed for plain trees only, not for overlays).

    `products` is a file that lists the paths that set-up made, each ended by NUL, whole directories with a final slash.
    """

    commit: str
    index: Path
    products: Path
