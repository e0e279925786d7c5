"""When a customer is due again, by the rhythm of their visits shrunk to everybody's.

The pauses between visits are Gamma-Gamma: one regularity for the shop, a mean of each customer's own. Of few pauses
the shop's says more, of many one's own. It is asked as if they come again; whether, engine.lifetime.staying says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.frames import IntColumn
from engine.lifetime.gamma import GammaGamma
from engine.lifetime.visits import Visits

Floats = NDArray[np.float64]
MOST_DAYS = 3650.0
HALF = 0.5


@dataclass(frozen=True)
class Pauses:
    """Of each customer with at least two visits (n,), sorted by id: how many pauses between, their mean in days and
    the mean of their logarithms, and the day of the last visit."""

    customer: IntColumn
    count: Floats
    mean: Floats
    mean_log: Floats
    last: IntColumn

    def __len__(self) -> int:
        return len(self.customer)

    def where(self, rows: NDArray[np.bool_]) -> Pauses:
        """Of these customers (boolean)."""
        return Pauses(self.customer[rows], self.count[rows], self.mean[rows], self.mean_log[rows], self.last[rows])


def pauses_of(visits: Visits, besides_last: bool = False) -> Pauses:
    """The pauses between the visits of each; ``besides_last`` as they were before the last visit."""
    is_next = np.r_[False, visits.customer[1:] == visits.customer[:-1]]
    is_last = np.r_[visits.customer[1:] != visits.customer[:-1], True][: len(visits)]
    counted = (is_next & ~is_last if besides_last else is_next)[: len(visits)]
    at = np.flatnonzero(counted)
    length = (visits.day[at] - visits.day[at - 1]).astype(np.float64)
    customer, who, count = np.unique(visits.customer[at], return_inverse=True, return_counts=True)
    last = np.zeros(len(customer), dtype=np.int64)
    np.maximum.at(last, who, visits.day[at])
    return Pauses(
        customer,
        count.astype(np.float64),
        np.bincount(who, length, len(customer)) / count,
        np.bincount(who, np.log(length), len(customer)) / count,
        last,
    )


def rhythm_of(pauses: Pauses) -> GammaGamma:
    """How long the days between visits are. Raises TooLittleData where fewer than ten customers came twice."""
    return GammaGamma().fit(pauses.count, pauses.mean, pauses.mean_log)


def due(rhythm: GammaGamma, pauses: Pauses, share: float = HALF) -> tuple[Floats, Floats, Floats]:
    """Days (n,) from the last visit to the next if there is one: from, half way, until.

    ``share`` of the next visits lie between the first and the last, if the model is right.
    """
    at = (0.5 - share / 2, 0.5, 0.5 + share / 2)
    early, middle, late = (np.minimum(rhythm.quantile(each, pauses.count, pauses.mean), MOST_DAYS) for each in at)
    return early, middle, late
