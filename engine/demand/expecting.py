"""Pieces a week of each product, with intervals: whole weeks in, expectations out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.demand.methods import METHODS, PERIOD
from engine.demand.spread import LEVELS, Spread, coverage, spread
from engine.demand.trying import Choice, choose, tried
from engine.demand.weeks import Weekly

Floats = NDArray[np.float64]
OWN_WEEKS = 8
"""A product known for fewer borrows from how its category's launches went."""
BORROWED = 2.0
"""Weeks of its own that what is borrowed is worth."""
LEAST_LAUNCHES = 3
"""Of fewer launches of a category the whole shop's are borrowed from."""


@dataclass(frozen=True)
class Demand:
    """A row a product (m,): pieces a usual week, nan where nothing can be said; ``known`` weeks it goes by.

    ``one`` and ``many`` are the intervals of one week and of PERIOD together, None where too few weeks were held out.
    ``covered`` says, for LEVELS, what share of held-out results lay within intervals learned before them, of
    ``covered_n``. ``borrowed`` marks products that borrow from ``launches`` others.
    """

    weekly: Weekly
    choice: Choice
    rate: Floats
    known: NDArray[np.int64]
    borrowed: NDArray[np.int64]
    one: Spread | None
    many: Spread | None
    covered: Sequence[float]
    covered_n: int


def expect(weekly: Weekly, categories: Mapping[int, str] | None = None, seed: int = 0) -> Demand:
    """What each product is expected to sell in a usual week from now on. ``categories`` by product."""
    choice = choose(weekly, seed)
    known = (~np.isnan(weekly.pace)).sum(axis=1)
    rate = np.where(known > 0, METHODS[choice.method](weekly.pace), np.nan)
    rate, borrowed = _borrow(weekly, rate, known, categories or {})
    one, many, covered, n = _intervals(weekly, choice)
    return Demand(weekly, choice, rate, known, borrowed, one, many, covered, n)


def _intervals(weekly: Weekly, choice: Choice) -> tuple[Spread | None, Spread | None, Sequence[float], int]:
    """Learned from all origins; how well they hold from the later, with those learned from the earlier."""
    at = [*choice.choosing, *choice.held]
    if not at:
        return None, None, (), 0
    everything = tried(weekly, choice.method, at)
    first = ~np.isnan(everything.first)
    one = spread(everything.rate[first], everything.first[first])
    many = spread(*_whole(everything.expected, everything.came, everything.weeks))
    if not choice.choosing:
        return one, many, (), 0
    before, after = (tried(weekly, choice.method, each) for each in (choice.choosing, choice.held))
    earlier = spread(*_whole(before.expected, before.came, before.weeks))
    return one, many, coverage(earlier, after) if earlier else (), len(after.row) if earlier else 0


def _whole(expected: Floats, came: Floats, weeks: Floats) -> tuple[Floats, Floats]:
    """Of periods of which more than half is known."""
    kept = weeks > PERIOD / 2
    return expected[kept], came[kept]


def _borrow(
    weekly: Weekly, rate: Floats, known: NDArray[np.int64], categories: Mapping[int, str]
) -> tuple[Floats, NDArray[np.int64]]:
    """The expectation of what was launched lately drawn to what launches before brought in their first weeks.

    Its own weeks count as many as they are, what is borrowed BORROWED (Bühlmann 1967). Gives also how many launches
    each borrows from, 0 where none.
    """
    names = np.array([categories.get(int(each), "") for each in weekly.product])
    first, of_launch = _launches(weekly)
    young, found = _young(weekly, known), np.zeros(len(rate), dtype=np.int64)
    drawn = rate.copy()
    for row in np.flatnonzero(young):
        alike = of_launch & (names == names[row]) if names[row] else of_launch
        alike = alike if alike.sum() >= LEAST_LAUNCHES else of_launch
        if alike.sum() < LEAST_LAUNCHES:
            continue
        usual, n = float(np.median(first[alike])), float(known[row])
        own = float(rate[row]) if n else 0.0
        drawn[row], found[row] = (n * own + BORROWED * usual) / (n + BORROWED), int(alike.sum())
    return drawn, found


def _launches(weekly: Weekly) -> tuple[Floats, NDArray[np.bool_]]:
    """Pieces a week in the first PERIOD of each product, and of which these were seen: it was not there before."""
    there = ~np.isnan(weekly.pace)
    begun = np.where(there.any(axis=1), np.argmax(there, axis=1), weekly.weeks)
    place = begun[:, None] + np.arange(PERIOD)
    pace = np.take_along_axis(weekly.pace, np.minimum(place, weekly.weeks - 1), axis=1)
    seen = ~np.isnan(pace) & (place < weekly.weeks)
    first = np.where(seen, pace, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    # What is there from the first weeks on may be as old as the shop.
    return first, (begun >= PERIOD) & (begun <= weekly.weeks - PERIOD) & seen.any(axis=1)


def _young(weekly: Weekly, known: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which products came within the last OWN_WEEKS and are not merely out of stock."""
    there = ~np.isnan(weekly.pace)
    lately = there[:, -OWN_WEEKS:].any(axis=1) & ~there[:, :-OWN_WEEKS].any(axis=1)
    return np.asarray(lately & (known < OWN_WEEKS))


LEVEL = LEVELS.index(0.8)
"""The interval people are told."""
