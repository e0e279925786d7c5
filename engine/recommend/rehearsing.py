"""Learning from the shop's own past: put back to a moment, what would have been said, and what was bought next.

moments (70 and 85 % of the orders' lines) → items as known then → candidates with opinions, and what came true
the earlier moment → blends → measured and calibrated on the latest → learnt again from both
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation import Pairs, interval, ndcg, recall, reliability, standard_error
from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn
from engine.recommend.blending import Blend
from engine.recommend.opinions import Candidates, Views, others, own
from engine.recommend.past import Orders, Past
from engine.recommend.priors import AGAIN, DISCOVER
from engine.recommend.ranking import ranked
from engine.recommend.similar import SimilarItems

FloatColumn = NDArray[np.float64]
Mask = NDArray[np.bool_]

MOMENTS = (0.7, 0.85)
LEAST_ORDERS = 30
"""Of fewer next orders at a moment nothing is learnt there."""
MOST_CUSTOMERS = 800
"""So many customers are looked at at a moment: more make it no better and everything longer."""
NAMES = ("again", "discover")
AT_A_TIME = 2
"""Moments, and blocks of customers, where there are so many cores: neither knows anything of the others."""
STRENGTH = 20.0
"""How firmly the stated weights are believed."""


@dataclass(frozen=True)
class Lesson:
    """Candidates at a moment, whether each was in the next order, and what all was (rows of customers, columns)."""

    again: Candidates
    discover: Candidates
    again_hit: Mask
    discover_hit: Mask
    wanted: Pairs


@dataclass(frozen=True)
class Tried:
    """How good the lists of each ``customer`` (n,) were on held-out time: ``ndcg`` of the first ten, and whether
    anything of the next order was among them (``is_hit``)."""

    customer: IntColumn
    ndcg: FloatColumn
    is_hit: Mask


@dataclass(frozen=True)
class Schooling:
    """The blends, and how good they were on held-out time: ``quality`` by name, empty where there was too little.

    ``tried`` tells the same customer by customer; None where nothing was tried.
    """

    again: Blend
    discover: Blend
    quality: dict[str, Any] = field(default_factory=dict)
    tried: Tried | None = None


def schooled(
    orders: Orders, at: Callable[[int], SimilarItems], now: int, seed: int, learns: bool = True
) -> Schooling:
    """The blends after rehearsing, the stated ones where the past is too short; ``at``: the items at a moment."""
    lines = orders.at[orders.order]
    cuts = [_eve(int(np.quantile(lines, share))) for share in MOMENTS] if learns and len(lines) else []
    if not cuts:
        return Schooling(AGAIN, DISCOVER)
    rehearsed = [(cut, *_next(orders, cut, until, seed)) for cut, until in zip(cuts, [*cuts[1:], now], strict=True)]
    rehearsed = [each for each in rehearsed if len(each[1]) >= LEAST_ORDERS]
    if len(rehearsed) < 2:
        return Schooling(AGAIN, DISCOVER)

    def held(rehearsal: tuple[int, IntColumn, Pairs]) -> Lesson:
        cut, rows, wanted = rehearsal
        return _lesson(orders, at(cut), rows, wanted, cut)

    with ThreadPoolExecutor(AT_A_TIME) as many:
        lessons = list(many.map(held, rehearsed))
    *earlier, latest = lessons
    first = _learned(AGAIN, earlier, "again"), _learned(DISCOVER, earlier, "discover")
    people = orders.customers[rehearsed[-1][1]]
    quality, tried = _measured(first, latest, people, seed)
    again, discover = (
        _final(blend, start, lessons, name)
        for blend, start, name in zip(first, (AGAIN, DISCOVER), NAMES, strict=True)
    )
    return Schooling(again, discover, quality, tried)


def sold_before(orders: Orders) -> IntColumn:
    """How many lines each product (m,) had before the first moment that is rehearsed."""
    lines = orders.at[orders.order]
    first = np.quantile(lines, MOMENTS[0]) if len(lines) else 0
    return np.bincount(orders.column[lines < first], minlength=len(orders.products))


def _eve(at: int) -> int:
    """The last moment of the day before: no order lies across it."""
    return at - at % MICROSECONDS_PER_DAY - 1


def _next(orders: Orders, cut: int, until: int, seed: int) -> tuple[IntColumn, Pairs]:
    """Customers (rows) known at ``cut`` who ordered again by ``until``, at most MOST_CUSTOMERS of them, and what."""
    known = np.zeros(len(orders.customers), dtype=bool)
    has = orders.buyer != NONE
    known[orders.buyer[has & (orders.at <= cut)]] = True
    later = np.flatnonzero(has & (orders.at > cut) & (orders.at <= until))
    later = later[known[orders.buyer[later]]]
    # Orders stand by buyer and time: the first of each run is the next one.
    first = later[np.r_[True, np.diff(orders.buyer[later]) != 0][: len(later)]]
    if len(first) > MOST_CUSTOMERS:
        lots = np.random.default_rng(seed)
        first = np.sort(lots.choice(first, MOST_CUSTOMERS, replace=False))
    rows = orders.buyer[first]
    place = np.full(len(orders.at), NONE)
    place[first] = np.arange(len(first))
    lines = place[orders.order] != NONE
    return rows, Pairs.of(place[orders.order[lines]], orders.column[lines])


def _lesson(orders: Orders, items: SimilarItems, rows: IntColumn, wanted: Pairs, cut: int) -> Lesson:
    views = Views.of(items, Past.at(orders.of_rows(rows, orders.customers[rows]), cut))
    held, new = own(items, views), others(items, views, items.reach)
    return Lesson(held, new, wanted.holds(held.row, held.column), wanted.holds(new.row, new.column), wanted)


def _learned(start: Blend, lessons: list[Lesson], name: str) -> Blend:
    opinions = np.concatenate([getattr(each, name).opinions for each in lessons])
    hits = np.concatenate([getattr(each, f"{name}_hit") for each in lessons])
    return start.learned(opinions, hits, STRENGTH) if hits.any() else start


def _final(early: Blend, start: Blend, lessons: list[Lesson], name: str) -> Blend:
    """Learnt from all moments; how far the early one was too sure of the latest is taken along as slope."""
    latest = lessons[-1]
    held_out = early.calibrated(getattr(latest, name).opinions, getattr(latest, f"{name}_hit"))
    return replace(_learned(start, lessons, name), slope=held_out.slope, shift=0.0)


def _measured(
    blends: tuple[Blend, Blend], latest: Lesson, people: IntColumn, seed: int
) -> tuple[dict[str, Any], Tried]:
    """On a moment the blends have not seen: ranking with its interval, and how far said and seen lie apart.

    Calibration is learnt from one half of the customers and judged on the other, and the other way round.
    """
    said = []
    for blend, name in zip(blends, NAMES, strict=True):
        each, hits = getattr(latest, name), getattr(latest, f"{name}_hit")
        said.append(_crosswise(blend, each, hits))
    again, discover = latest.again, latest.discover
    row, column = (np.concatenate([getattr(each, of) for each in (again, discover)]) for of in ("row", "column"))
    score = np.concatenate(said)
    order = ranked(row, column, score, int(column.max(initial=0)) + 1)
    all_ = ndcg(row[order], column[order], latest.wanted)
    new_order = ranked(discover.row, discover.column, said[1], int(column.max(initial=0)) + 1)
    fresh = latest.wanted.without(Pairs(again.row, again.column))
    new = ndcg(discover.row[new_order], discover.column[new_order], fresh)
    apart = reliability(score, np.concatenate([latest.again_hit, latest.discover_hit]))
    hits = recall(row[order], column[order], latest.wanted) > 0
    tried = Tried(people[np.unique(latest.wanted.customer)], all_, hits)
    quality = {
        "ndcg_again": float(all_.mean()),
        "ndcg_again_se": standard_error(all_),
        "ndcg_again_interval": list(interval(all_, seed)),
        "n": len(all_),
        "ndcg_discover": float(new.mean()) if len(new) else 0.0,
        "ndcg_discover_se": standard_error(new),
        "ndcg_discover_interval": list(interval(new, seed)),
        "ndcg_discover_n": len(new),
        "calibration_error": apart.error,
        "reliability": [
            [round(float(a), 5), round(float(b), 5), int(n)]
            for a, b, n in zip(apart.said, apart.seen, apart.count, strict=True)
        ],
    }
    return quality, tried


def _crosswise(blend: Blend, candidates: Candidates, hits: Mask) -> FloatColumn:
    said, half = np.empty(len(hits)), candidates.row % 2 == 0
    for judged in (half, ~half):
        said[judged] = blend.calibrated(candidates.opinions[~judged], hits[~judged]).probability(
            candidates.opinions[judged]
        )
    return said
