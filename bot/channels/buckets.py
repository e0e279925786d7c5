"""How fast: a bucket that fills drop by drop, kept as one number. Pure; all times are seconds of one clock."""

from __future__ import annotations

from dataclasses import dataclass

EMPTY = float("-inf")
"""What a bucket owes that nothing was ever taken from."""


@dataclass(frozen=True)
class Bucket:
    """One every ``interval`` on average, some of them up to ``slack`` early.

    In no window of t seconds are there more than 1 + (t + slack) / interval. Kept of it is only what it owes: the
    moment from which on it is as if nothing had ever been taken (the generic cell rate algorithm of ITU-T I.371).
    """

    interval: float
    slack: float = 0.0

    @classmethod
    def of(cls, interval: float, burst: int) -> Bucket:
        """A bucket that ``burst`` can be taken from at once when it is full."""
        return cls(interval, interval * (burst - 1))

    def opens(self, owed: float) -> float:
        """When the next may be taken."""
        return owed - self.slack

    def take(self, owed: float, at: float) -> float:
        """What is owed after one was taken."""
        return max(owed, at) + self.interval
