"""Who waits for discounts, rather than happens to buy while there are some.

For every visit it is reckoned how likely one of the other customers' purchases of that week was a discounted one. Who
buys on discount oftener than that seeks discounts. What a few visits show is shrunk to nobody being different.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import TooLittleData
from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind

Floats = NDArray[np.float64]

LEAST_CUSTOMERS = 30
WEEK_WORTH = 10.0
"""The shop's usual share counts as so many visits beside those of the week."""
VISITS_WORTH = 5.0
"""How chancy a customer's visits are, is taken to be as everybody's are to this many visits' worth."""
DAYS = 7


@dataclass(frozen=True)
class _Occasions:
    """One row a customer and day of which discounts are known; ``share`` of its lines were discounted."""

    customer: IntColumn
    week: IntColumn
    share: Floats


class Bargains:
    """How much oftener each customer buys on discount than the others of the same weeks do.

    Needs LEAST_CUSTOMERS customers of whom discounts are known. Learned, of each of those (n,), sorted by id:
    ``customer_``, ``n_`` days with a purchase, ``seen_`` the share of them on discount, ``usual_`` the share of
    others' at those times, ``excess_`` the difference shrunk (from −1 to 1, 0 where nothing is shown) and ``z_`` how
    many standard errors it is from nothing. ``spread_`` is how much customers differ at all (standard deviation).
    How much they differ is what is left of the differences when chance is taken off (method of moments; Efron,
    Morris 1973, J. of the American Statistical Association 68).
    """

    def fit(self, interactions: Interactions) -> Self:
        """Raises TooLittleData."""
        told = _occasions(interactions)
        self.customer_, who, count = np.unique(told.customer, return_inverse=True, return_counts=True)
        if len(self.customer_) < LEAST_CUSTOMERS:
            raise TooLittleData("customers of whom discounts are known", LEAST_CUSTOMERS, len(self.customer_))
        self.n_ = count.astype(np.int64)
        expected = _expected(told, who)
        n = len(self.customer_)
        self.seen_ = np.bincount(who, told.share, n) / count
        self.usual_ = np.bincount(who, expected, n) / count
        chance = expected * (1 - expected)
        chancy = (np.bincount(who, chance, n) + VISITS_WORTH * chance.mean()) / (count + VISITS_WORTH)
        self.excess_, self.z_, self.spread_ = _shrunk(self.seen_ - self.usual_, chancy, self.n_)
        return self


def _occasions(interactions: Interactions) -> _Occasions:
    known = interactions.where(
        (interactions.kind == Kind.PURCHASE) & (interactions.customer != NONE) & (interactions.discount_minor != NONE)
    )
    day = known.at // MICROSECONDS_PER_DAY
    first, span = (int(day.min()), int(np.ptp(day)) + 1) if len(known) else (0, 1)
    keys, which, lines = np.unique(known.customer * span + day - first, return_inverse=True, return_counts=True)
    share = np.bincount(which, known.discount_minor > 0, len(keys)) / np.maximum(lines, 1)
    return _Occasions(keys // span, keys % span // DAYS, share)


def _expected(told: _Occasions, who: IntColumn) -> Floats:
    """The share of discounted purchases among the others of the same week, drawn to what is usual among others."""
    weeks = int(told.week.max()) + 1
    customers = int(who.max()) + 1
    seen, on_discount = np.bincount(told.week, minlength=weeks), np.bincount(told.week, told.share, weeks)
    _, same = np.unique(who * weeks + told.week, return_inverse=True)
    own_seen, own_discount = np.bincount(same)[same], np.bincount(same, told.share)[same]
    own_count = np.bincount(who, minlength=customers)[who]
    others = np.maximum(len(who) - own_count, 1)
    usual = np.clip((told.share.sum() - np.bincount(who, told.share, customers)[who]) / others, 0.0, 1.0)
    weekly = on_discount[told.week] - own_discount + WEEK_WORTH * usual
    share: Floats = np.clip(weekly / (seen[told.week] - own_seen + WEEK_WORTH), 0.0, 1.0)
    return share


def _shrunk(apart: Floats, chancy: Floats, count: IntColumn) -> tuple[Floats, Floats, float]:
    """The differences drawn to 0, in standard errors, and how far customers truly differ."""
    variance = chancy / count
    spread = max(float((count * (apart**2 - variance)).sum()) / float(count.sum()), 0.0)
    if not variance.all():
        return np.zeros(len(apart)), np.zeros(len(apart)), 0.0
    return apart * spread / (spread + variance), apart / np.sqrt(variance), float(np.sqrt(spread))
