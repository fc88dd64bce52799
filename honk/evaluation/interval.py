"""Shares and means with their uncertainty."""

import math
import statistics
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol, TypeVar

C = TypeVar("C")

_Z = 1.959964
"""Of the normal distribution, for 95 %."""

_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
)
"""Of Student's distribution with 1, 2, … degrees of freedom, for 95 % (NIST/SEMATECH e-Handbook, table 1.3.6.7.2)."""


class Estimate(Protocol):
    """A value with its number of cases and the bounds of its 95 % interval; None where there is none."""

    @property
    def value(self) -> float | None: ...
    @property
    def n(self) -> int: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


@dataclass(frozen=True)
class Share:
    """`hits` of `n`. `low` and `high` bound the 95 % interval of Wilson (1927); without cases it is 0 to 1."""

    hits: int
    n: int

    @classmethod
    def of(cls, cases: Collection[C], test: Callable[[C], bool]) -> "Share":
        """The share of the cases for which `test` is true."""
        return cls(sum(map(test, cases)), len(cases))

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


@dataclass(frozen=True)
class Mean:
    """The mean of the values, with Student's interval; a single value has none."""

    values: tuple[float, ...]

    @property
    def n(self) -> int:
        """The number of values."""
        return len(self.values)

    @property
    def value(self) -> float | None:
        """None where there are no values."""
        return statistics.fmean(self.values) if self.values else None

    @property
    def low(self) -> float | None:
        """The lower end of the interval, not below 0: all that is measured here is positive."""
        return None if self._half is None else max(0.0, statistics.fmean(self.values) - self._half)

    @property
    def high(self) -> float | None:
        """The upper end of the interval."""
        return None if self._half is None else statistics.fmean(self.values) + self._half

    @property
    def _half(self) -> float | None:
        if self.n < 2:
            return None
        t = _T[self.n - 2] if self.n - 2 < len(_T) else _Z + 2.5 / (self.n - 1)
        return t * statistics.stdev(self.values) / math.sqrt(self.n)
