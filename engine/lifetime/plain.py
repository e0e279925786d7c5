"""The plain rule every model has to beat: who was here lately comes again."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import TooLittleData
from engine.lifetime.visits import Histories, Visits, histories

Floats = NDArray[np.float64]
MOST_GROUPS = 10
LEAST_IN_GROUP = 20


class RecencyRule:
    """What customers of the same days since the last visit did in the ``days`` before the day of reckoning.

    Groups of equally many by days since the last visit, as they were ``days`` before; at most MOST_GROUPS, at least
    LEAST_IN_GROUP people in each. Learned: ``edges_``, and of each group ``visits_``, the mean of visits, and
    ``share_``, the share who came at all.
    """

    def fit(self, visits: Visits, until: int, days: int) -> Self:
        """Raises TooLittleData where fewer than LEAST_IN_GROUP had ever come by then."""
        then = histories(visits, until - days)
        if len(then) < LEAST_IN_GROUP:
            raise TooLittleData("customers before the days looked at", LEAST_IN_GROUP, len(then))
        came = visits_between(visits, then.customer, until - days, until)
        away = until - days - then.last
        groups = min(MOST_GROUPS, len(then) // LEAST_IN_GROUP)
        self.edges_ = np.unique(np.quantile(away, np.arange(1, groups) / groups))
        group = np.searchsorted(self.edges_, away)
        n = np.maximum(np.bincount(group, minlength=len(self.edges_) + 1), 1)
        self.visits_ = np.bincount(group, came, len(n)) / n
        self.share_ = np.bincount(group, came > 0, len(n)) / n
        return self

    @classmethod
    def of(cls, edges: Floats, visits: Floats, share: Floats) -> Self:
        """With what was learned before."""
        rule = cls()
        rule.edges_, rule.visits_, rule.share_ = edges, visits, share
        return rule

    def predict(self, now: Histories) -> tuple[Floats, Floats]:
        """The visits expected of each (n,) in as many days from then on, and the chance of any."""
        group = np.searchsorted(self.edges_, now.age - now.recency)
        return self.visits_[group], self.share_[group]


def visits_between(visits: Visits, customer: NDArray[np.int64], after: int, until: int) -> Floats:
    """How often each customer (n,), sorted by id, came after one day and by the end of another."""
    within = visits.customer[(visits.day > after) & (visits.day <= until)]
    counted = np.searchsorted(within, customer, side="right") - np.searchsorted(within, customer)
    return counted.astype(np.float64)
