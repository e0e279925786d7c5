"""How long a stock lasts, and what of it will be left over: plain arithmetic on what a run expects.

Importable without numpy: stocks change between runs, and whoever answers people reckons with today's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

PERIOD = 4
"""Weeks, as in methods.py; a test holds them together."""
DAYS = 7


@dataclass(frozen=True)
class Between:
    """A number with the interval it is said with: None where nobody can say how far it may be off, or how far up."""

    middle: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Ratios:
    """``low`` and ``high``: what came, to what was expected, by how much was expected (parted at ``edges``)."""

    edges: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    idle: float

    def around(self, expected: float) -> tuple[float, float]:
        group = bisect_right(self.edges, expected)
        return self.low[group], self.high[group]


@dataclass(frozen=True)
class Expected:
    """Pieces a week, and how far one week, or PERIOD of them together, may be off; None where nobody can say."""

    rate: float
    one: Ratios | None = None
    many: Ratios | None = None

    def pieces(self, weeks: float) -> Between:
        """What so many weeks (also parts of one) will take. Beyond PERIOD the interval is as wide as for PERIOD."""
        middle = self.rate * max(weeks, 0.0)
        if middle == 0:
            idle = self.many.idle if self.many is not None and weeks > 0 else 0.0
            return Between(0.0, 0.0, idle)
        ratios = self._ratios(weeks)
        return Between(middle, *((middle * each for each in ratios) if ratios else (None, None)))

    def cover_days(self, stock: int) -> Between | None:
        """How many days a stock lasts; None where nothing is expected to sell. Its high end is None where the least
        that may sell is nothing."""
        if self.rate <= 0:
            return None
        days = max(stock, 0) / self.rate * DAYS
        ratios = self._ratios(days / DAYS)
        if ratios is None:
            return Between(days, None, None)
        low, high = ratios
        return Between(days, days / high if high > 0 else days, days / low if low > 0 else None)

    def left_over(self, stock: int, weeks: float) -> Between:
        """How many pieces of a stock will be there after so many weeks."""
        there, taken = max(stock, 0), self.pieces(weeks)
        low = None if taken.high is None else max(there - taken.high, 0.0)
        high = None if taken.low is None else max(there - taken.low, 0.0)
        return Between(max(there - taken.middle, 0.0), low, high)

    def _ratios(self, weeks: float) -> tuple[float, float] | None:
        """Between those of one week and of PERIOD, by how long it is: they always hold 1 between them."""
        if self.one is None or self.many is None:
            return None
        share = min(max((weeks - 1) / (PERIOD - 1), 0.0), 1.0)
        near, far = self.one.around(self.rate), self.many.around(self.rate * PERIOD)
        low, high = (a + (b - a) * share for a, b in zip(near, far, strict=True))
        return min(low, 1.0), max(high, 1.0)
