"""How long a product lasts: the usual pause until the same customer buys it again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind

Floats = NDArray[np.float64]

LEAST_PAUSES = 2
"""Of three visits on: bought once or twice is no habit."""
LEAST_CUSTOMERS = 5
"""Of fewer customers a product's usual pause would be theirs, and tell on them."""
WEAKEST, STRONGEST = 0.5, 10.0
"""Between these lies how many pauses of one's own a product's usual pause is worth."""


@dataclass(frozen=True)
class Rhythms:
    """One row a product that is bought again and again (m,), sorted by id.

    ``pause_days`` is its usual pause: the geometric mean over customers of their own. ``weight`` is how many pauses
    of one's own it is worth; ``n`` how many customers it goes by.
    """

    product: IntColumn
    pause_days: Floats
    weight: Floats
    n: IntColumn


@dataclass(frozen=True)
class Restocked:
    """By what factor the last pauses of ``n`` customers with a product were missed, in the middle: with their own
    drawn to the usual (``miss``), with their own mean alone, with the usual alone. 1 is exact."""

    n: int
    miss: float
    miss_own: float
    miss_usual: float


def rhythms_of(interactions: Interactions) -> tuple[Rhythms, Restocked | None]:
    """The usual pause of every product that at least LEAST_CUSTOMERS bought on three days or more.

    The logarithms of pauses vary within a customer and between customers, and the ratio of the two variances is how
    many pauses of one's own weigh as much as what is usual (Bühlmann 1967, ASTIN Bulletin 4: credibility). It is
    reckoned over all products: one alone seldom has enough. Beside it how well that foresees each customer's last
    pause from those before, None where nobody has enough of them.
    """
    pauses = _pauses(interactions)
    return _learned(*pauses), _tested(*pauses)


def _learned(customer: IntColumn, product: IntColumn, log_pause: Floats) -> Rhythms:
    new = np.r_[True, (customer[1:] != customer[:-1]) | (product[1:] != product[:-1])][: len(customer)]
    pair = np.cumsum(new) - 1
    count = np.bincount(pair).astype(np.float64)
    enough = count >= LEAST_PAUSES
    mean = np.bincount(pair, log_pause, len(count)) / np.maximum(count, 1)
    within = _within(log_pause, mean, pair, enough)
    product_of = product[np.flatnonzero(new)][enough]
    ids, which, n = np.unique(product_of, return_inverse=True, return_counts=True)
    usual = np.bincount(which, mean[enough], len(ids)) / np.maximum(n, 1)
    weight = _weight(mean[enough] - usual[which], within, count[enough], len(ids))
    known = n >= LEAST_CUSTOMERS
    return Rhythms(ids[known], np.exp(usual[known]), np.full(int(known.sum()), weight), n[known])


def _pauses(interactions: Interactions) -> tuple[IntColumn, IntColumn, Floats]:
    """Customer, product and logarithm of days of each pause between two days with the same product."""
    wanted = (interactions.kind == Kind.PURCHASE) & (interactions.customer != NONE) & (interactions.product != NONE)
    customer, product = interactions.customer[wanted], interactions.product[wanted]
    customer, product, day = _in_order(customer, product, interactions.at[wanted] // MICROSECONDS_PER_DAY)
    pause = np.diff(day)
    again = (customer[1:] == customer[:-1]) & (product[1:] == product[:-1]) & (pause > 0)
    return customer[1:][again], product[1:][again], np.log(pause[again].astype(np.float64))


def _in_order(customer: IntColumn, product: IntColumn, day: IntColumn) -> tuple[IntColumn, IntColumn, IntColumn]:
    """Sorted by customer, product and day: as one number each where that can hold them: it is faster."""
    first, last = int(day.min(initial=0)), int(day.max(initial=0))
    days, products = last - first + 1, int(product.max(initial=0)) + 1
    if (int(customer.max(initial=0)) + 1) * products * days >= 2**62:
        rank = np.lexsort((day, product, customer))
        return customer[rank], product[rank], day[rank]
    keys = np.sort((customer * products + product) * days + (day - first))
    pairs, since = np.divmod(keys, days)
    who, what = np.divmod(pairs, products)
    return who, what, since + first


def _tested(customer: IntColumn, product: IntColumn, log_pause: Floats) -> Restocked | None:
    """Foresee each customer's last pause with a product from those before."""
    is_last = np.r_[(customer[1:] != customer[:-1]) | (product[1:] != product[:-1]), True][: len(customer)]
    before = ~is_last
    usual = _learned(customer[before], product[before], log_pause[before])
    pair = np.cumsum(is_last) - is_last
    count = np.bincount(pair[before], minlength=int(is_last.sum())).astype(np.float64)
    mean = np.bincount(pair[before], log_pause[before], len(count)) / np.maximum(count, 1)
    known = np.isin(product[is_last], usual.product) & (count >= LEAST_PAUSES)
    if not known.any():
        return None
    of = np.searchsorted(usual.product, product[is_last][known])
    own, count, came = mean[known], count[known], log_pause[is_last][known]
    usually, weight = np.log(usual.pause_days[of]), usual.weight[of]
    drawn = (count * own + weight * usually) / (count + weight)
    return Restocked(len(came), *(float(np.exp(np.median(np.abs(each - came)))) for each in (drawn, own, usually)))


def _within(log_pause: Floats, mean: Floats, pair: IntColumn, enough: NDArray[np.bool_]) -> float:
    """The variance of a customer's pauses around their own mean."""
    counted = enough[pair] if len(pair) else np.zeros(0, dtype=np.bool_)
    freedom = int(counted.sum()) - int(enough.sum())
    return float(((log_pause - mean[pair])[counted] ** 2).sum()) / max(freedom, 1)


def _weight(apart: Floats, within: float, count: Floats, products: int) -> float:
    """Variance within by variance between customers, kept between WEAKEST and STRONGEST."""
    freedom = max(len(apart) - products, 1)
    between = float((apart**2).sum()) / freedom - within * float((1 / count).mean() if len(count) else 0.0)
    if not len(count) or within <= WEAKEST * between:
        return WEAKEST
    return STRONGEST if within >= STRONGEST * between else within / between
