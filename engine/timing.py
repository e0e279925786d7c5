"""At which hour of the day somebody is likeliest to answer.

Every occasion on which a customer did something is a vote for its hour by the wall clock, and for half as much for
the hours beside it: hours lie in a circle, and 23 is next to 0. Votes are few, so everybody starts with the shop's
usual hours as a Dirichlet prior worth ``strength`` votes; the more they did themselves, the less those say. The
posterior mode is their hour.

Assumes that when somebody was at hand before, they will be again. It says when they act, not that an offer then makes
them act.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.frames import NONE, IntColumn, Interactions, Kind, UnfitFrame

HOURS = 24
FloatArray = NDArray[np.float64]

WEIGHTS = {
    Kind.CLICK: 3.0,  # they answered one of our messages: the very thing that is to happen again
    Kind.MESSAGE_IN: 2.0,  # they had the chat open
    Kind.VIEW: 1.0,  # they were looking at the shop, perhaps elsewhere
    Kind.CART: 1.0,
    Kind.PURCHASE: 1.0,  # they were buying, which at a counter says little of the telephone
}
"""How many votes an occasion has. What we sent, returns and reviews say nothing of when they are at hand."""

MOST_OF_ONE = 60.0
"""No customer's votes count for more than this in the shop's habit: one reseller is not the shop."""


class BestHours:
    """``strength`` counts votes: four clicks of one's own weigh as much as the shop's habit at 12.

    Learned: ``customer_`` (ascending, those with at least one occasion), ``hour_`` (0 to 23) and ``n_`` (their
    occasions) in the same order; ``shop_hour_`` (None where there is nothing at all); ``counts_``, the shop's
    occasions in each of the 24 hours.
    """

    def __init__(self, strength: float = 12.0) -> None:
        self.strength = strength

    def fit(
        self, interactions: Interactions, local_hour: IntColumn, is_open: NDArray[np.bool_] | None = None
    ) -> Self:
        """``local_hour`` counts the hours since the epoch by each customer's wall clock, a row an interaction, NONE
        where nobody knows. The same kind of thing within one hour is one occasion: ten lines of a chat are no ten
        votes. Only hours of ``is_open`` (24) are found; all are where none is open. Raises UnfitFrame, ValueError.
        """
        if len(local_hour) != len(interactions):
            raise UnfitFrame(f"local_hour has {len(local_hour)} rows, the interactions {len(interactions)}")
        if self.strength <= 0:
            raise ValueError("the prior needs a strength above nothing")
        customer, kind, hour = _occasions(interactions, local_hour)
        self.counts_: IntColumn = np.bincount(hour, minlength=HOURS).astype(np.int64)
        self.customer_, code, self.n_ = np.unique(customer, return_inverse=True, return_counts=True)
        weights = np.zeros(len(Kind))
        weights[[*WEIGHTS]] = [*WEIGHTS.values()]
        cells = code * HOURS + hour
        votes: FloatArray = (
            np.bincount(cells, weights[kind], len(self.customer_) * HOURS).reshape(-1, HOURS).astype(float)
        )
        closed = ~is_open if is_open is not None and is_open.any() else np.zeros(HOURS, dtype=np.bool_)
        theirs = np.maximum(votes.sum(axis=1, keepdims=True), MOST_OF_ONE)
        shop = _smoothed((votes * MOST_OF_ONE / theirs).sum(axis=0, keepdims=True))
        prior = self.strength * shop / max(float(shop.sum()), 1.0)
        self.hour_: IntColumn = np.where(closed, -1.0, _smoothed(votes) + prior).argmax(axis=1)
        self.shop_hour_ = int(np.where(closed, -1.0, shop[0]).argmax()) if len(hour) else None
        return self


def _occasions(interactions: Interactions, local_hour: IntColumn) -> tuple[IntColumn, IntColumn, IntColumn]:
    """Customer, kind and hour of the day of each occasion, once."""
    telling = np.isin(interactions.kind, [*WEIGHTS]) & (interactions.customer != NONE) & (local_hour != NONE)
    rows = np.array([column[telling] for column in (interactions.customer, interactions.kind, local_hour)])
    rows = rows[:, np.lexsort(rows)]
    is_new = np.r_[True, (rows[:, 1:] != rows[:, :-1]).any(axis=0)] if rows.shape[1] else np.zeros(0, np.bool_)
    customer, kind, hour = rows[:, is_new]
    return customer, kind, hour % HOURS


def _smoothed(votes: FloatArray) -> FloatArray:
    """Each row with half of every vote given to the hours beside it, around the clock."""
    smoothed: FloatArray = votes / 2 + (np.roll(votes, 1, axis=1) + np.roll(votes, -1, axis=1)) / 4
    return smoothed
