"""How regularly somebody buys the same thing, and whether it is about time again. Pure.

One idea for all who ask: the replenishment trigger, its offers, and what the owner is told. Somebody's own usual gap,
drawn to what is usual for the product as far as the engine found worth it (engine/lifetime/restocking.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp, log
from statistics import median

LEAST_TIMES = 3
"""Bought once or twice is no habit."""
ONE_VISIT = timedelta(days=1)
"""What is bought again within a day was forgotten the first time, not used up."""
DUE_FROM, DUE_UNTIL = 0.9, 1.5
"""In gaps since the last time: before, they still have some; after, the habit has changed."""


@dataclass(frozen=True)
class Usual:
    """What is usual for a product: the gap, how many gaps of one's own it is worth, how many customers it goes by."""

    gap: timedelta
    weight: float
    n: int


def gap(times: Sequence[datetime], usual: Usual | None = None) -> timedelta | None:
    """The time somebody usually leaves between two purchases, oldest first; None of fewer than LEAST_TIMES visits.

    The median of their own gaps, drawn to the product's: of three purchases half of it is the product's, of ten
    little. Drawn by logarithms, so that twice as long and half as long are as far.
    """
    visits = _visits(times)
    if len(visits) < LEAST_TIMES:
        return None
    own = timedelta(seconds=median((later - earlier).total_seconds() for earlier, later in pairwise(visits)))
    if usual is None:
        return own
    weight, count = usual.weight, len(visits) - 1
    seconds = (count * log(own.total_seconds()) + weight * log(usual.gap.total_seconds())) / (count + weight)
    return timedelta(seconds=exp(seconds))


def gaps_since(times: Sequence[datetime], now: datetime, usual: Usual | None = None) -> float | None:
    """How many of their usual gaps ago the last purchase is; None where there is no rhythm."""
    between = gap(times, usual)
    return (now - times[-1]) / between if between is not None else None


def is_due(times: Sequence[datetime], now: datetime, usual: Usual | None = None) -> bool:
    """Whether it is about time that they buy it again."""
    since = gaps_since(times, now, usual)
    return since is not None and DUE_FROM <= since <= DUE_UNTIL


def _visits(times: Sequence[datetime]) -> list[datetime]:
    visits: list[datetime] = []
    for each in times:
        if not visits or each - visits[-1] >= ONE_VISIT:
            visits.append(each)
    return visits
