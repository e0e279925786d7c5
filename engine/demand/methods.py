"""Ways to expect what a product sells in a week, from the weeks before: the plain ones first.

Each takes the pace of every product (m, w), nan where nothing is known, and gives pieces a week (m,). All of them
double when sales double, none falls below zero, and all but
the plain ones go toward zero when a product falls silent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Method = Callable[[Floats], Floats]
PERIOD = 4
"""Weeks: what is foretold together, and how long "last period" is."""
YEAR = 52
TOO_BIG = 5.0
"""A week of so many times the usual selling week counts as so many: one bulk order is no habit."""


def mean_of(pace: Floats, weeks: int) -> Floats:
    """The mean of the known among the last ``weeks``; 0 where none is known."""
    lately = pace[:, -weeks:]
    known = ~np.isnan(lately)
    return np.asarray(np.nan_to_num(lately).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def same_as_last_year(pace: Floats) -> Floats:
    """What the same weeks brought a year ago: only where there is a year, and nothing else is known of the season."""
    there = pace[:, -YEAR : -YEAR + PERIOD]
    return np.where(np.isnan(there).all(axis=1), mean_of(pace, PERIOD), mean_of(there, PERIOD))


def smoothed(pace: Floats, alpha: float) -> Floats:
    """Exponential smoothing whose weights add up to one however few weeks there are (Brown 1959)."""
    weeks = pace.shape[1]
    weight = (1 - alpha) ** np.arange(weeks - 1, -1, -1)
    told = np.nan_to_num(pace) @ weight
    of = ~np.isnan(pace) @ weight
    return np.divide(told, of, out=np.zeros_like(told), where=of > 0)


def tempered(pace: Floats, alpha: float) -> Floats:
    """Smoothed weeks, of which those beyond TOO_BIG usual selling weeks count as no more than that."""
    return smoothed(_held(pace), alpha)


def between(pace: Floats, alpha: float) -> Floats:
    """Halfway between the tempered mean and the smoothed power mean of 1/2, which minds big weeks less still."""
    held = _held(pace)
    return np.asarray((smoothed(held, alpha) + smoothed(np.sqrt(held), alpha) ** 2) / 2)


def now_and_then(pace: Floats, alpha: float, beta: float) -> Floats:
    """How often it sells at all, times how many pieces then.

    Source: Teunter, Syntetos, Babai (2011), Intermittent demand: linking forecasting to inventory obsolescence.
    """
    held = _held(pace)
    sells = np.where(np.isnan(held), np.nan, (held > 0).astype(np.float64))
    return np.asarray(smoothed(sells, alpha) * smoothed(np.where(held > 0, held, np.nan), beta))


def together(pace: Floats) -> Floats:
    """The mean of three ways, which misses less than each where they err differently (Bates, Granger 1969)."""
    return np.asarray((tempered(pace, 0.3) + now_and_then(pace, 0.3, 0.1) + between(pace, 0.3)) / 3)


def _held(pace: Floats) -> Floats:
    sold = np.where(pace > 0, pace, np.inf)
    order = np.sort(sold, axis=1)
    n = np.isfinite(order).sum(axis=1)
    rows = np.arange(len(pace))
    low, high = order[rows, np.maximum((n - 1) // 2, 0)], order[rows, np.maximum(n // 2, 0) % pace.shape[1]]
    usual = np.where(n > 0, np.where(n % 2 == 1, low, (low + np.where(n > 0, high, low)) / 2), np.inf)
    return np.asarray(np.minimum(pace, (TOO_BIG * usual)[:, None]))


LAST = "last"
METHODS: Mapping[str, Method] = {
    LAST: partial(mean_of, weeks=PERIOD),
    "mean_8": partial(mean_of, weeks=8),
    "mean_13": partial(mean_of, weeks=13),
    "last_year": same_as_last_year,
    **{f"smoothed_{a:g}": partial(smoothed, alpha=a) for a in (0.1, 0.2, 0.3)},
    **{f"tempered_{a:g}": partial(tempered, alpha=a) for a in (0.1, 0.2, 0.3)},
    **{f"between_{a:g}": partial(between, alpha=a) for a in (0.1, 0.2, 0.3)},
    "together": together,
    **{f"now_and_then_{a:g}": partial(now_and_then, alpha=a, beta=0.1) for a in (0.1, 0.2, 0.3)},
}
LEAST_FOR = {"last_year": YEAR}
"""Weeks of history a way needs; the others make do with what there is."""
PLAIN = "tempered_0.2"
"""Where nothing can be tried yet."""
