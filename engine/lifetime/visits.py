"""When each customer came: the days with a purchase, by the clock of a shop that is sometimes closed."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEAST_CLOSED_DAYS = 14
"""A shop without a sale for less than this is not called closed."""
SURPRISE = 5.0
"""A pause this many mean pauses longer than the longest to be expected is no chance (about e⁻⁵)."""


@dataclass(frozen=True)
class Visits:
    """One row a customer and day with a purchase, sorted by customer, then day; all columns (v,).

    ``day`` counts days since the epoch, UTC, less the days on which the shop was closed. However many lines, orders
    or repeated imports a day has, it is one visit. ``spent_minor`` is what the day came to, nan where no amount is
    known. ``closures`` (c, 2) are each closure's first day and length, by the calendar.
    """

    customer: IntColumn
    day: IntColumn
    spent_minor: Floats
    closures: IntColumn

    def __len__(self) -> int:
        return len(self.customer)

    def until(self, day: int) -> Visits:
        """What had happened by the end of a day."""
        known = self.day <= day
        return Visits(self.customer[known], self.day[known], self.spent_minor[known], self.closures)

    @property
    def starts(self) -> IntColumn:
        """Where each customer's rows begin (n,)."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(np.r_[True, self.customer[1:] != self.customer[:-1]])

    @property
    def last_day(self) -> int:
        """The latest day with a visit; 0 where there is none."""
        return int(self.day.max(initial=0))

    def shop_day(self, calendar: IntColumn) -> IntColumn:
        """Days of the calendar (any shape) by the clock of the shop."""
        return calendar - _closed_before(calendar, self.closures)

    def calendar_day(self, shop_day: IntColumn) -> IntColumn:
        """The same the other way round."""
        gone = np.r_[0, np.cumsum(self.closures[:, 1])]
        later: IntColumn = gone[np.searchsorted(self.closures[:, 0] - gone[:-1], shop_day, side="right")]
        return shop_day + later


@dataclass(frozen=True)
class Histories:
    """One row a customer who ever came, sorted by id (n,): what BG/NBD needs to know of each, in days.

    ``frequency`` is how often they came again (x), ``recency`` from the first visit to the last (t_x), ``age`` from
    the first to the day of reckoning (T). ``last`` is the day of the last visit.
    """

    customer: IntColumn
    frequency: Floats
    recency: Floats
    age: Floats
    last: IntColumn

    def __len__(self) -> int:
        return len(self.customer)


def visits_of(interactions: Interactions, closures: IntColumn | None = None) -> Visits:
    """The days on which each known customer bought something. Returns are not taken off: who returned was there.

    ``closures`` where they are known already, and the interactions are of some customers only.
    """
    bought = interactions.where((interactions.kind == Kind.PURCHASE) & (interactions.customer != NONE))
    calendar = bought.at // MICROSECONDS_PER_DAY
    closures = closures_of(np.unique(calendar)) if closures is None else closures
    first, span = (int(calendar.min()), int(np.ptp(calendar)) + 1) if len(bought) else (0, 1)
    keys, who = np.unique(bought.customer * span + (calendar - first), return_inverse=True)
    known = bought.amount_minor >= 0
    paid = np.bincount(who, np.where(known, bought.amount_minor, 0), len(keys))
    spent = np.where(np.bincount(who, known, len(keys)) > 0, paid, np.nan)
    day = keys % span + first
    return Visits(keys // span, day - _closed_before(day, closures), spent, closures)


def histories(visits: Visits, until: int) -> Histories:
    """Every customer who came by the end of day ``until``, as of that day."""
    known = visits.until(until)
    starts = known.starts
    if not len(starts):
        none = np.zeros(0)
        return Histories(known.customer, none, none, none, known.day)
    ends = np.r_[starts[1:], len(known)] - 1
    first, last = known.day[starts], known.day[ends]
    return Histories(
        known.customer[starts],
        (ends - starts).astype(np.float64),
        (last - first).astype(np.float64),
        (until - first).astype(np.float64),
        last,
    )


def closures_of(days: IntColumn) -> IntColumn:
    """When the shop was closed (c, 2): first day and length of pauses too long for chance.

    ``days`` are the calendar days with a sale, ascending. If sales came at random, the longest of k pauses would be
    about ln k mean pauses; what is SURPRISE more than that, and LEAST_CLOSED_DAYS, is taken for a closure.
    """
    pauses = np.diff(days)
    if not len(pauses):
        return np.zeros((0, 2), dtype=np.int64)
    usual = float(np.median(pauses)) / log(2)
    closed = pauses - 1 > max(LEAST_CLOSED_DAYS, usual * (log(len(pauses)) + SURPRISE))
    return np.column_stack([days[:-1][closed] + 1, pauses[closed] - 1])


def _closed_before(day: IntColumn, closures: IntColumn) -> IntColumn:
    """How many closed days lie before each day."""
    if not len(closures):
        return np.zeros_like(day)
    ended = np.searchsorted(closures[:, 0], day, side="right")
    gone: IntColumn = np.r_[0, np.cumsum(closures[:, 1])][ended]
    return gone
