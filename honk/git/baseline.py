"""What a tree stood on before anybody worked in it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Baseline:
    """`commit` was checked out; `index` is git's index of that (read only for plain trees, an overlay's layers say as
    much); `products` is a file with the paths that set-up made then, each ended by NUL, whole directories with a slash
    at their end.
    """

    commit: str
    index: Path
    products: Path
