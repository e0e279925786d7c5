"""How good is a model on what it has not seen: cuts in time, ranking, calibration, and how sure we may be.

Every art measures itself with these, so that figures of different arts and different runs can be laid side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.frames import NONE, IntColumn, Interactions, Kind

FloatColumn = NDArray[np.float64]
Mask = NDArray[np.bool_]

BINS = 10
RESAMPLES = 200


@dataclass(frozen=True)
class Pairs:
    """Customers and products that belong together, no pair twice, sorted by customer, then product."""

    customer: IntColumn
    product: IntColumn

    def __len__(self) -> int:
        return len(self.customer)

    @classmethod
    def of(cls, customer: IntColumn, product: IntColumn) -> Pairs:
        order = np.lexsort((product, customer))
        customer, product = customer[order], product[order]
        is_new = np.r_[True, (np.diff(customer) != 0) | (np.diff(product) != 0)][: len(customer)]
        return cls(customer[is_new], product[is_new])

    def holds(self, customer: IntColumn, product: IntColumn) -> Mask:
        """Which of these pairs (k,) are among ours."""
        both = np.concatenate([self.customer, customer]), np.concatenate([self.product, product])
        order = np.lexsort((np.arange(len(both[0])), both[1], both[0]))
        who, what = both[0][order], both[1][order]
        is_new = np.r_[True, (np.diff(who) != 0) | (np.diff(what) != 0)][: len(who)]
        # Ours stand first among equals: a run of equals holds one of ours when its first is.
        first = order[np.flatnonzero(is_new)[np.cumsum(is_new) - 1]]
        held = np.empty(len(order), dtype=bool)
        held[order] = first < len(self)
        return held[len(self) :]

    def without(self, other: Pairs) -> Pairs:
        kept = ~other.holds(self.customer, self.product)
        return Pairs(self.customer[kept], self.product[kept])


def cut_at(interactions: Interactions, quantile: float) -> int:
    """The moment (microseconds) before which this share of the purchases' lines lies."""
    return int(np.quantile(interactions.at[interactions.kind == Kind.PURCHASE], quantile))


def next_orders(interactions: Interactions, cut: int, until: int | None = None) -> Pairs:
    """What each customer who had bought by ``cut`` bought in the first order after it (and not after ``until``).

    Lines without an order belong with the others of the same customer and moment.
    """
    bought = interactions.where((interactions.kind == Kind.PURCHASE) & (interactions.customer != NONE))
    later = bought.at > cut if until is None else (bought.at > cut) & (bought.at <= until)
    known = np.unique(bought.customer[bought.at <= cut])
    lines = bought.where(later & np.isin(bought.customer, known))
    if not len(lines):
        return Pairs(lines.customer, lines.product)
    order = np.lexsort((lines.order, lines.at, lines.customer))
    customer, number, at = (column[order] for column in (lines.customer, lines.order, lines.at))
    first = np.flatnonzero(np.r_[True, np.diff(customer) != 0])
    run = np.cumsum(np.r_[True, np.diff(customer) != 0]) - 1
    is_first = np.where(number[first][run] == NONE, at == at[first][run], number == number[first][run])
    rows = order[is_first]
    return Pairs.of(lines.customer[rows], lines.product[rows])


def places(group: IntColumn) -> IntColumn:
    """0, 1, 2 … within each run of equal values."""
    if not len(group):
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.r_[True, np.diff(group) != 0])
    return np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)]))


def ndcg(customer: IntColumn, product: IntColumn, wanted: Pairs, n: int = 10) -> FloatColumn:
    """NDCG@n of each customer in ``wanted``, ascending; the list given has each one's best first, customers in runs.

    Relevance is 0 or 1 and the ideal is min(n, wanted) hits. Who got no list scores 0.
    Source: Järvelin and Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques, ACM TOIS 20.
    """
    people, size = np.unique(wanted.customer, return_counts=True)
    place = places(customer)
    kept = (place < n) & wanted.holds(customer, product)
    gain = np.bincount(np.searchsorted(people, customer[kept]), 1 / np.log2(place[kept] + 2), len(people))
    ideal = np.cumsum(1 / np.log2(np.arange(n) + 2))[np.minimum(size, n) - 1]
    return np.asarray(gain / ideal)


def recall(customer: IntColumn, product: IntColumn, wanted: Pairs, n: int = 10) -> FloatColumn:
    """The share of what each customer wanted that stands among their first ``n``, customers ascending."""
    people, size = np.unique(wanted.customer, return_counts=True)
    kept = (places(customer) < n) & wanted.holds(customer, product)
    return np.asarray(np.bincount(np.searchsorted(people, customer[kept]), minlength=len(people)) / size)


@dataclass(frozen=True)
class Reliability:
    """Said and seen, by bins of equal size: ``said`` the mean probability, ``seen`` the share that came true."""

    said: FloatColumn
    seen: FloatColumn
    count: IntColumn

    @property
    def error(self) -> float:
        """Expected calibration error: how far said and seen lie apart, each bin by its size (Naeini et al. 2015)."""
        total = self.count.sum()
        return float((self.count * np.abs(self.said - self.seen)).sum() / total) if total else 0.0


def reliability(probability: FloatColumn, came_true: Mask, bins: int = BINS) -> Reliability:
    """Of probabilities (k,) and what then happened (k,): bins by rank, so that rare events fill as many as common."""
    order = np.argsort(probability, kind="stable")
    edges = np.linspace(0, len(order), min(bins, max(len(order), 1)) + 1).astype(np.int64)
    if not len(order):
        return Reliability(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))
    count = np.diff(edges)
    said, seen = (
        np.add.reduceat(np.asarray(each, dtype=np.float64)[order], edges[:-1]) for each in (probability, came_true)
    )
    return Reliability(said / count, seen / count, count)


def standard_error(values: FloatColumn) -> float:
    """Of the mean of values (n,); 0 where there is at most one."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def interval(values: FloatColumn, seed: int = 0, level: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap of the mean over customers (Efron 1979); both ends the mean where there is one value."""
    if not len(values):
        return 0.0, 0.0
    lots = np.random.default_rng(seed)
    means = [float(values[lots.integers(0, len(values), len(values))].mean()) for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
