"""How each product sells: lately, in all, how often it is bought again, and since when there is it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.frames import MICROSECONDS_PER_DAY, IntColumn
from engine.recommend.past import Orders, Past, halved

FloatColumn = NDArray[np.float64]

WEEK, FORTNIGHT, SEASON = 5.0, 14.0, 60.0
"""Half-lives in days of what counts as just now, these weeks, this season."""
NEVER_SOLD_DAYS = 365.0
ENOUGH_BUYERS = 10.0
"""From so many on a product's own sales say more about it than those of products that read alike."""
USUAL_CHANCES = 20.0
"""How many chances of the average product each one's own rate of being bought again is mixed with."""


@dataclass(frozen=True)
class Pulse:
    """Of each product (m,): sales as a multiple of the average product's, halved every 5, 14, 60 days or never
    (``now``, ``weeks``, ``season``, ``ever``); ``again``: of the later orders of who bought it, the share with it;
    days since its first and last sale (``age``, ``idle``).
    """

    now: FloatColumn
    weeks: FloatColumn
    season: FloatColumn
    ever: FloatColumn
    again: FloatColumn
    age: FloatColumn
    idle: FloatColumn

    @classmethod
    def at(cls, orders: Orders, past: Past, cut: int) -> Pulse:
        """At ``cut``; ``again`` from the pairs of ``past``, everything else from all orders, guests' too."""
        m = len(orders.products)
        sold = orders.at[orders.order] <= cut
        column = orders.column[sold]
        days = (cut - orders.at[orders.order[sold]]) / MICROSECONDS_PER_DAY
        idle, age = np.full(m, NEVER_SOLD_DAYS), np.zeros(m)
        np.minimum.at(idle, column, days)
        np.maximum.at(age, column, days)
        now, weeks, season = (_lift(column, halved(days, life), m) for life in (WEEK, FORTNIGHT, SEASON))
        return cls(now, weeks, season, _lift(column, np.ones(len(days)), m), _again(past, m), age, idle)

    def lent(self, wording: Any, buyers: IntColumn) -> Pulse:
        """What hardly anybody bought yet sells like what reads like it: ``wording`` CSR (m, m), ``buyers`` (m,)."""
        lend, own = lending(wording, buyers)
        return replace(self, **{name: own * getattr(self, name) + lend @ getattr(self, name) for name in LENT})


LENT = ("now", "weeks", "season", "ever", "again")


def lending(wording: Any, buyers: IntColumn) -> tuple[Any, FloatColumn]:
    """What products of few buyers are lent by what reads like them, CSR (m, m), and the share that is their own."""
    total = np.asarray(wording.sum(axis=1)).ravel()
    lack = np.where(total > 0, np.maximum(1 - buyers / ENOUGH_BUYERS, 0), 0)
    return sparse.diags_array(lack / np.where(total > 0, total, 1)) @ wording, 1 - lack


def _lift(column: IntColumn, weight: FloatColumn, m: int) -> FloatColumn:
    sold = np.bincount(column, weight, m).astype(np.float64)
    return sold / max(float(sold.sum()) / max(m, 1), 1e-12)


def _again(past: Past, m: int) -> FloatColumn:
    bought = past.n > 0
    column = past.column[bought]
    chances = np.bincount(column, past.orders_first[bought], m)
    taken = np.bincount(column, np.maximum(past.n[bought] - 1, 0), m)
    usual = (taken.sum() + 1) / (chances.sum() + 20)
    return np.asarray((taken + USUAL_CHANCES * usual) / (chances + USUAL_CHANCES))
