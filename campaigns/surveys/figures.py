"""What a set of answers comes to: means, shares and the net promoter score, each with its n and its interval. Pure.

Intervals are 95 %. Of fewer than LEAST answers nothing is told: they could be known again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import fmean, variance
from typing import Any

from engine.experiments import proportion_interval
from engine.student import student

LEAST = 5
"""Of a group of fewer people nothing is shown."""
LEVEL = 0.95
PROMOTERS, DETRACTORS = 9, 6
"""From 9 one promotes, up to 6 one does not: Reichheld (2003), The one number you need to grow."""
CONTENT = 4
"""From 4 of 5 one is counted as content."""


@dataclass(frozen=True)
class Estimate:
    """A value and what it may be between, of ``n`` answers; an empty interval where nothing can be said of it."""

    value: float
    low: float | None
    high: float | None
    n: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def mean(values: Sequence[float], least: int, most: int) -> Estimate | None:
    """Student's interval of the mean, within the scale; None of fewer than LEAST."""
    n = len(values)
    if n < LEAST:
        return None
    middle = fmean(values)
    half = student(n - 1) * sqrt(variance(values) / n)
    return Estimate(middle, max(least, middle - half), min(most, middle + half), n)


def share(yes: int, n: int) -> Estimate | None:
    """Wilson's interval of a share; None of fewer than LEAST."""
    if n < LEAST:
        return None
    found = proportion_interval(yes, n, LEVEL)
    return Estimate(found.value, found.low, found.high, n)


def promoters(values: Sequence[int]) -> Estimate | None:
    """The net promoter score, −100 to 100: promoters less detractors, in percent; its interval by the mean of +1, 0
    and −1. None of fewer than LEAST."""
    signs = [1 if each >= PROMOTERS else -1 if each <= DETRACTORS else 0 for each in values]
    found = mean(signs, -1, 1)
    if found is None or found.low is None or found.high is None:
        return None
    return Estimate(100 * found.value, 100 * found.low, 100 * found.high, found.n)


def distribution(values: Sequence[int], least: int, most: int) -> Mapping[int, int]:
    """How many gave each value, the least first."""
    counts = Counter(values)
    return {value: counts[value] for value in range(least, most + 1)}
