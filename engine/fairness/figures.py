"""A share, a mean, a ratio of two, each with its interval. Only the standard library: owners are answered here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, sqrt

from engine.errors import TooLittleData
from engine.experiments import proportion_interval
from engine.student import student

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its interval, ``low <= value <= high``, and the n it goes by."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What is needed of a group for a share or a mean: how many, the sum of what they have, and of its squares.

    Of a share everybody has 1 or 0, so that both sums are the count of the ones.
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> Tally:
        told = list(values)
        return cls(len(told), sum(told), sum(each * each for each in told))

    @classmethod
    def share(cls, successes: int, n: int) -> Tally:
        return cls(n, successes, successes)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.n + other.n, self.total + other.total, self.squares + other.squares)


def share(tally: Tally, confidence: float = CONFIDENCE) -> Figure:
    """Wilson's interval; see engine/experiments.py. Raises TooLittleData for nobody."""
    found = proportion_interval(round(tally.total), tally.n, confidence)
    return Figure(found.value, found.low, found.high, tally.n)


def mean(tally: Tally, confidence: float = CONFIDENCE) -> Figure:
    """Student's interval of a mean of what is never negative: it does not go below 0.

    Raises TooLittleData for fewer than two.
    """
    if tally.n < 2:
        raise TooLittleData("people for a mean with an interval", 2, tally.n)
    value = tally.total / tally.n
    variance = max(tally.squares - tally.n * value * value, 0.0) / (tally.n - 1)
    reach = student(tally.n - 1, confidence) * sqrt(variance / tally.n)
    return Figure(value, max(0.0, value - reach), value + reach, tally.n)


def ratio(ours: Figure, theirs: Figure) -> Figure | None:
    """Ours as a part of theirs, with the interval that both intervals together leave; None where theirs is 0.

    The method of variance estimates recovery for ratios: it needs of either only the point and its interval, stays
    above 0, and does not collapse where ours is 0. ``high`` is infinite where theirs may be 0.
    Source: Donner and Zou (2012), Closed-form confidence intervals for functions of the normal mean and standard
    deviation, Statistical Methods in Medical Research 21.
    """
    if theirs.value <= 0:
        return None
    both = ours.value * theirs.value
    # As a fraction turned over: the usual form divides by what may be 0 or less where theirs is known badly.
    least = ours.low * (2 * ours.value - ours.low)
    rest = sqrt(max(both * both - least * theirs.high * (2 * theirs.value - theirs.high), 0.0))
    low = least / (both + rest) if both + rest > 0 else 0.0
    most, under = ours.high * (2 * ours.value - ours.high), theirs.low * (2 * theirs.value - theirs.low)
    high = (both + sqrt(max(both * both - most * under, 0.0))) / under if under > 0 else inf
    value = ours.value / theirs.value
    return Figure(value, min(max(low, 0.0), value), max(high, value), ours.n + theirs.n)


def difference(ours: Figure, theirs: Figure) -> Figure:
    """Ours less theirs; of two shares with Wilson's intervals it is Newcombe's (1998, method 10)."""
    value = ours.value - theirs.value
    below = sqrt((ours.value - ours.low) ** 2 + (theirs.high - theirs.value) ** 2)
    above = sqrt((ours.high - ours.value) ** 2 + (theirs.value - theirs.low) ** 2)
    return Figure(value, value - below, value + above, ours.n + theirs.n)
