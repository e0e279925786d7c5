"""Whether segments say anything of what their people do next: behaviour held out, and how much of it is explained.

Customers are described as they were at an earlier moment. One half of them finds the segments and says what is usual
in each afterwards; the other half, whom the segments have never seen, tells how far off that was. Then the halves
change places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.features import (
    AVERAGE_ORDER,
    BULK_QUANTITY,
    DISCOUNT_SHARE,
    FREQUENCY,
    MONETARY,
    NOVELTY,
    PREMIUM_SHARE,
    VARIETY,
    Features,
    features,
)
from engine.frames import IntColumn, Interactions, Kind, Products, TooLittleData
from engine.segments.clusters import drawn

Floats = NDArray[np.float64]

HELD_OUT: Final = 0.25
"""The share of the shop's time, its latest, in which is seen what customers did."""

MOST_HELD: Final = 10_000
"""Of more customers a sample is looked at."""

LEAST_HELD: Final = 60
LEAST_SEEN: Final = 30
"""Customers who must have come in the later time, and of whom a behaviour must be known in each half."""

NOISE: Final = 2.0
CAME, ORDERS, SPENT = "came", "orders", "spent"
LATER_HABITS: Final = (AVERAGE_ORDER, BULK_QUANTITY, VARIETY, NOVELTY, PREMIUM_SHARE, DISCOUNT_SHARE)
BEHAVIOURS: Final = (CAME, ORDERS, SPENT, *LATER_HABITS)
"""What is foretold: whether customers come, how often, for how much (both in logarithms), and how they buy then."""

IN_LOGARITHMS: Final = (AVERAGE_ORDER, BULK_QUANTITY)


@dataclass(frozen=True)
class Held:
    """``before`` describes n customers as of an earlier moment; ``later`` (n, b) is what each did after it.

    Columns of ``later`` follow BEHAVIOURS; nan where it was not seen. ``is_first`` (n,): the half a customer is in.
    """

    before: Features
    later: Floats
    is_first: NDArray[np.bool_]


def held_out(interactions: Interactions, products: Products, now: int, seed: int = 0) -> Held:
    """Customers before and after the last HELD_OUT of the shop's time up to ``now`` (µs).

    Raises TooLittleData where fewer than LEAST_HELD had bought before, or than LEAST_SEEN of them came after.
    """
    until = interactions.where(interactions.at <= now)
    bought = until.kind == Kind.PURCHASE
    if not bought.any():
        raise TooLittleData("customers to hold out", needed=LEAST_HELD, seen=0)
    first = int(until.at[bought].min())
    since = now - int(HELD_OUT * (now - first))
    known = np.unique(until.customer[bought & (until.at <= since)])
    if len(known) < LEAST_HELD:
        raise TooLittleData("customers to hold out", needed=LEAST_HELD, seen=len(known))
    chosen = drawn(known.astype(np.float64), MOST_HELD, seed).astype(np.int64)
    theirs = until.where(np.isin(until.customer, chosen)) if len(chosen) < len(known) else until
    before = features(theirs, products, since)
    later = behaviour(theirs.where(theirs.at > since), products, now, before.customer)
    if (later[:, 0] > 0).sum() < LEAST_SEEN:
        raise TooLittleData("customers who came again", needed=LEAST_SEEN, seen=int((later[:, 0] > 0).sum()))
    halves = np.random.default_rng(seed).permutation(len(before)) % 2 == 0
    return Held(before, later, halves)


def behaviour(later: Interactions, products: Products, now: int, customer: IntColumn) -> Floats:
    """What each of these customers (n,), sorted, did in ``later``: (n, b) as BEHAVIOURS has them."""
    seen = features(later, products, now)
    place = np.minimum(np.searchsorted(customer, seen.customer), len(customer) - 1)
    is_known = customer[place] == seen.customer
    out = np.full((len(customer), len(BEHAVIOURS)), np.nan)
    out[:, :3] = 0.0
    rows = place[is_known]
    out[rows, 0] = 1.0
    out[rows, 1] = np.log1p(seen.column(FREQUENCY)[is_known])
    out[rows, 2] = np.log1p(np.nan_to_num(seen.column(MONETARY)[is_known]))
    for column, name in enumerate(LATER_HABITS, start=3):
        told = seen.column(name)[is_known]
        out[rows, column] = np.log1p(told) if name in IN_LOGARITHMS else told
    return out


Grouping = Callable[[Features, Features], tuple[IntColumn, IntColumn]]
"""Groups learned from the first customers: the labels of those, and of the second."""


def missed(held: Held, grouping: Grouping) -> Floats:
    """How far off (n, b) each customer's later behaviour is from what is usual in their group, squared.

    In units of the behaviour's variance, so that 1 is no better than everybody's mean; nan where it is not known.
    """
    out = np.full(held.later.shape, np.nan)
    for own in (held.is_first, ~held.is_first):
        learning, judged = _rows(held.before, own), _rows(held.before, ~own)
        labels, others = grouping(learning, judged)
        out[~own] = _missed(labels, held.later[own], others, held.later[~own])
    return out


def explained(misses: Floats) -> Floats:
    """The share (b,) of each behaviour's variance that was foretold; nan where too few showed it."""
    is_seen = (~np.isnan(misses)).sum(axis=0) >= 2 * LEAST_SEEN
    share: Floats = np.full(misses.shape[1], np.nan)
    share[is_seen] = 1 - np.nanmean(misses[:, is_seen], axis=0)
    return share


def overall(misses: Floats) -> float:
    """The mean over the behaviours of what was foretold; nan where none was seen often enough."""
    share = explained(misses)
    return float(np.nanmean(share)) if not np.isnan(share).all() else float("nan")


def standard_error(misses: Floats) -> float:
    """Of ``overall``, over customers; nan where that is."""
    counted = ~np.isnan(explained(misses))
    return (
        _standard_error(_each(np.nan_to_num(misses[:, counted]), misses[:, counted]))
        if counted.any()
        else float("nan")
    )


def is_as_good(misses: Floats, best: Floats) -> bool:
    """Whether these are no worse than the best by more than NOISE standard errors of the difference.

    After the rule of one standard error (Breiman, Friedman, Olshen, Stone 1984, CART); two, because the best of two
    dozen is also the luckiest of them.
    """
    counted = ~np.isnan(explained(best))
    each = _each(np.nan_to_num(misses[:, counted] - best[:, counted]), best[:, counted])
    return bool(each.mean() <= NOISE * _standard_error(each) + 1e-12)


def _each(errors: Floats, seen: Floats) -> Floats:
    """The mean (n,) of a customer's errors, a behaviour few have shown counting as much as one that all have."""
    weight = len(seen) / np.maximum((~np.isnan(seen)).sum(axis=0), 1)
    mean: Floats = (errors * weight).mean(axis=1)
    return mean


def _standard_error(each: Floats) -> float:
    return float(each.std() / np.sqrt(len(each)))


def _rows(told: Features, rows: NDArray[np.bool_]) -> Features:
    return Features(told.customer[rows], told.names, told.values[rows])


def _missed(labels: IntColumn, learned: Floats, others: IntColumn, later: Floats) -> Floats:
    """Squared errors (m, b) of the means of each group, in variances around the mean of those it was learned from."""
    groups = int(max(labels.max(initial=0), others.max(initial=0))) + 1
    out = np.full(later.shape, np.nan)
    for column in range(later.shape[1]):
        known, asked = ~np.isnan(learned[:, column]), ~np.isnan(later[:, column])
        if known.sum() < LEAST_SEEN or asked.sum() < LEAST_SEEN:
            continue
        usual = learned[known, column].mean()
        size = np.bincount(labels[known], minlength=groups)
        total = np.bincount(labels[known], learned[known, column], groups)
        expected = np.where(size > 0, total / np.maximum(size, 1), usual)
        around = ((later[asked, column] - usual) ** 2).mean()
        if around > 0:
            out[asked, column] = (later[asked, column] - expected[others[asked]]) ** 2 / around
    return out
