"""How regularly somebody buys the same thing, and whether it is about time again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

LEAST_TIMES = 3
"""Bought once or twice is no habit."""
ONE_VISIT = timedelta(days=1)
"""What is bought again within a day was forgotten the first time, not used up."""
DUE_FROM, DUE_UNTIL = 0.9, 1.5
"""In gaps since the last time: before, they still have some; after, the habit has changed."""


def gap(times: Sequence[datetime]) -> timedelta | None:
    """The median time between two purchases, oldest first; None of fewer than LEAST_TIMES visits."""
    visits = _visits(times)
    if len(visits) < LEAST_TIMES:
        return None
    return timedelta(seconds=median((later - earlier).total_seconds() for earlier, later in pairwise(visits)))


def gaps_since(times: Sequence[datetime], now: datetime) -> float | None:
    """How many of their usual gaps ago the last purchase is; None where there is no rhythm."""
    usual = gap(times)
    return (now - times[-1]) / usual if usual is not None else None


def is_due(times: Sequence[datetime], now: datetime) -> bool:
    """Whether it is about time that they buy it again."""
    since = gaps_since(times, now)
    return since is not None and DUE_FROM <= since <= DUE_UNTIL


def _visits(times: Sequence[datetime]) -> list[datetime]:
    visits: list[datetime] = []
    for each in times:
        if not visits or each - visits[-1] >= ONE_VISIT:
            visits.append(each)
    return visits
