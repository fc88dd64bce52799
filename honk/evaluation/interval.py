"""Shares with their uncertainty."""

import math
from dataclasses import dataclass

_Z = 1.959964
"""Of the normal distribution, for 95 %."""


@dataclass(frozen=True)
class Share:
    """`hits` of `n`. `low` and `high` bound the 95 % interval of Wilson (1927); without cases it is 0 to 1."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None where there are no cases."""
        return self.hits / self.n if self.n else None

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return self._bounds()[0]

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self._bounds()[1]

    def _bounds(self) -> tuple[float, float]:
        if not self.n:
            return 0.0, 1.0
        share = self.hits / self.n
        scale = 1 + _Z**2 / self.n
        middle = (share + _Z**2 / (2 * self.n)) / scale
        half = _Z * math.sqrt(share * (1 - share) / self.n + _Z**2 / (4 * self.n**2)) / scale
        return max(0.0, middle - half), min(1.0, middle + half)
