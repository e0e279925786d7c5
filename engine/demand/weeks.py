"""Pieces sold of each product in each whole week, and which weeks nothing can be said of.

Weeks are counted back from the end of the last whole day, so that none is a half one. A week in which the shop was
open on fewer days than usual counts for what a whole one would have brought; one in which the shop as a whole was all
but silent counts for nothing: nobody knows what would have sold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import TooLittleData
from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind, Products

Floats = NDArray[np.float64]
DAYS = 7
LEAST_WEEKS = 8
"""Of fewer whole weeks nothing is foretold."""
MOST_WEEKS = 157
"""Three years and a week: what lies farther back says nothing of the next weeks."""
LEAST_OPEN = 0.4
"""Of a usual week: a week in which the shop was open for less of it counts as unknown."""


@dataclass(frozen=True)
class Weekly:
    """A row a product, a column a week, the latest last. (m, w)

    ``units`` are the pieces sold, less what came back. ``pace`` is what a whole week would have brought: nan before
    the product was there, in weeks the shop was silent, and since it ran out. ``open`` (w,) is each week's share of a
    usual one. ``end`` is the moment (µs) the last week ends.
    """

    product: IntColumn
    units: Floats
    pace: Floats
    open: Floats
    end: int

    @property
    def weeks(self) -> int:
        return int(self.units.shape[1])

    @property
    def known(self) -> NDArray[np.bool_]:
        """(w,) which weeks say something."""
        return np.asarray(self.open >= LEAST_OPEN)


def weekly(
    interactions: Interactions,
    products: Products,
    until: int,
    *,
    offset: int = 0,
    launched: Mapping[int, int] | None = None,
) -> Weekly:
    """The whole weeks up to ``until`` (µs); ``offset`` is how far the shop's clock is ahead of UTC (µs).

    ``launched`` says since when (µs) a product is there; of others the first sale does. Raises TooLittleData.
    """
    end = (until + offset) // MICROSECONDS_PER_DAY * MICROSECONDS_PER_DAY - offset
    ids = np.unique(products.id)
    bought = interactions.where(
        (interactions.kind == Kind.PURCHASE) & np.isin(interactions.product, ids) & (interactions.at < end)
    )
    ago = (end - 1 - bought.at) // MICROSECONDS_PER_DAY
    weeks = min((int(ago.max(initial=-1)) + 1) // DAYS, MOST_WEEKS)
    if weeks < LEAST_WEEKS:
        raise TooLittleData("whole weeks with sales", LEAST_WEEKS, weeks)
    pieces = _less_returns(bought, interactions)
    within = ago < weeks * DAYS
    row, week = np.searchsorted(ids, bought.product[within]), weeks - 1 - ago[within] // DAYS
    counted = np.bincount(row * weeks + week, pieces[within], len(ids) * weeks).astype(np.float64)
    units: Floats = counted.reshape(len(ids), weeks)
    is_open = _openness(week, ago[within] % DAYS, weeks)
    pace = np.where(is_open >= LEAST_OPEN, units / np.maximum(is_open, LEAST_OPEN), np.nan)
    since = _since(ids, units, end, launched or {})
    pace[np.arange(weeks) < since[:, None]] = np.nan
    pace[_ran_out(units, _stock_of(ids, products))] = np.nan
    return Weekly(ids, units, pace, is_open, int(end))


def _less_returns(bought: Interactions, interactions: Interactions) -> Floats:
    """The pieces of each purchase line, less what of the same order and product came back."""
    pieces = np.where(bought.quantity == NONE, 1, np.maximum(bought.quantity, 0)).astype(np.float64)
    back = interactions.of_kind(Kind.RETURN)
    back = back.where((back.order != NONE) & (back.product != NONE))
    if not len(back):
        return pieces
    most = int(max(bought.product.max(initial=0), back.product.max())) + 1
    marks, came = np.unique(back.order * most + back.product, return_inverse=True)
    left = np.bincount(came, np.where(back.quantity == NONE, 1, back.quantity))
    mine = np.where(bought.order == NONE, -1, bought.order * most + bought.product)
    place = np.minimum(np.searchsorted(marks, mine), len(marks) - 1)
    for line in np.flatnonzero(marks[place] == mine):
        taken = min(pieces[line], left[place[line]])
        pieces[line] -= taken
        left[place[line]] -= taken
    return pieces


def _openness(week: IntColumn, weekday: IntColumn, weeks: int) -> Floats:
    """How much of a usual week each week was, by the days something was sold: Sundays weigh nothing where the shop
    is closed on Sundays."""
    sold = np.zeros((weeks, DAYS), dtype=np.bool_)
    sold[week, weekday] = True
    usual = sold.mean(axis=0)
    # A day on which a shop sells now and then is no part of its usual week, nor is it missed.
    weight: Floats = np.where(usual >= 0.5, usual, 0.0)
    if not weight.any():
        # It sells too seldom for a day without a sale to say anything.
        return np.ones(weeks)
    return np.asarray((sold * weight).sum(axis=1) / weight.sum())


def _since(ids: IntColumn, units: Floats, end: int, launched: Mapping[int, int]) -> IntColumn:
    """In which week each product was first there; as many as there are weeks where it never was."""
    weeks = units.shape[1]
    first = np.where(units.any(axis=1), np.argmax(units > 0, axis=1), weeks)
    told = np.array([launched.get(int(each), end) for each in ids], dtype=np.int64)
    ago = (end - 1 - told) // (DAYS * MICROSECONDS_PER_DAY)
    return np.asarray(np.minimum(first, np.clip(weeks - 1 - ago, 0, weeks)))


def _stock_of(ids: IntColumn, products: Products) -> IntColumn:
    order = np.argsort(products.id, kind="stable")
    return np.asarray(products.stock[order][np.searchsorted(products.id[order], ids)])


def _ran_out(units: Floats, stock: IntColumn) -> NDArray[np.bool_]:
    """(m, w): the weeks since the last sale of what is sold out today. It did not sell because there was none."""
    weeks = units.shape[1]
    last = weeks - 1 - np.argmax(units[:, ::-1] > 0, axis=1)
    is_out = np.asarray((stock == 0) & units.any(axis=1))
    return np.asarray(is_out[:, None] & (np.arange(weeks) > last[:, None]))
