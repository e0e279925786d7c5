"""Sums, shares and counts for each customer at once, over columns of many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.frames import IntColumn

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Groups:
    """Rows that belong to customers: ``ids`` (n,) sorted, ``who`` (rows,) the customer's place in ``ids``.

    The rows of one customer stand together, in the order of ``ids``.
    """

    ids: IntColumn
    who: IntColumn

    @classmethod
    def of(cls, customer: IntColumn) -> Groups:
        """Of rows sorted by customer."""
        begins = begins_of(customer)
        return cls(customer[begins], np.cumsum(begins, dtype=np.int64) - 1)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def size(self) -> Floats:
        """Rows of each customer (n,)."""
        return tally(self.who, len(self))

    def counts(self, rows: Mask) -> Floats:
        return tally(self.who[rows], len(self))

    def counts_of(self, customer: IntColumn) -> Floats:
        """Rows of each known customer (n,) in another column of customers."""
        known = customer[np.isin(customer, self.ids)]
        return tally(np.searchsorted(self.ids, known), len(self))

    def sums(self, values: Floats | IntColumn) -> Floats:
        return tally(self.who, len(self), values)

    def mean(self, values: Floats, among: Mask | None = None) -> Floats:
        """The mean (n,) over the rows in ``among``, nan for customers without any."""
        rows = np.ones(len(self.who), dtype=np.bool_) if among is None else among
        seen = self.counts(rows)
        return divided(tally(self.who[rows], len(self), values[rows]), seen, where=seen > 0)

    def share(self, rows: Mask, among: Mask, least: int) -> Floats:
        """The share (n,) of ``rows`` in ``among``, nan for customers with fewer than ``least`` of those."""
        seen = self.counts(among)
        return divided(self.counts(rows & among), seen, where=seen >= least)

    @property
    def first(self) -> IntColumn:
        """The place (n,) of each customer's first row."""
        return np.searchsorted(self.who, np.arange(len(self))).astype(np.int64)

    @property
    def last(self) -> IntColumn:
        """The place (n,) of each customer's last row."""
        return np.searchsorted(self.who, np.arange(len(self)), side="right").astype(np.int64) - 1


@dataclass(frozen=True)
class Pairs:
    """What each customer had to do with each thing: a row a pair that occurs, by customer.

    ``who`` (p,) the customer's place, ``count`` (p,) the rows, ``first`` (p,) the earliest of them, where the rows of
    a customer are in the order of time.
    """

    who: IntColumn
    count: Floats
    first: IntColumn

    @classmethod
    def of(cls, who: IntColumn, what: IntColumn) -> Pairs:
        """Rows sorted by customer, then time; rows whose thing is negative are left out."""
        known = np.flatnonzero(what >= 0)
        key = _keys(who[known], what[known])
        rank = np.argsort(key, kind="stable")
        starts = np.flatnonzero(begins_of(key[rank]))
        count = np.diff(np.append(starts, len(rank))).astype(np.float64)
        first = known[rank[starts]]
        return cls(who[first], count, first)


def _keys(who: IntColumn, what: IntColumn) -> IntColumn:
    """One number (rows,) for each pair, in the order of customers."""
    width = int(what.max(initial=0)) + 1
    if width > np.iinfo(np.int64).max // (int(who.max(initial=0)) + 1):
        things, what = np.unique(what, return_inverse=True)
        width = len(things)
    return who * width + what


def begins_of(*sorted_columns: IntColumn) -> Mask:
    """Where (rows,) a row differs in any column from the one before."""
    begins = np.ones(len(sorted_columns[0]), dtype=np.bool_)
    begins[1:] = False
    for column in sorted_columns:
        begins[1:] |= column[1:] != column[:-1]
    return begins


def tally(who: IntColumn, customers: int, weights: Floats | IntColumn | None = None) -> Floats:
    """Rows of each customer (n,), or the sum of their weights (rows,)."""
    total: Floats = np.bincount(who, weights, customers).astype(np.float64)
    return total


def divided(part: Floats, whole: Floats, where: Mask) -> Floats:
    """``part / whole`` (n,), nan but ``where``."""
    ratio: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=where)
    return ratio


def share_of_favourite(pairs: Pairs, customers: int, least: int) -> Floats:
    """(most − 1) / (all − 1) for each customer (n,), nan under ``least`` rows."""
    everything = tally(pairs.who, customers, pairs.count)
    most = np.zeros(customers)
    starts = np.flatnonzero(begins_of(pairs.who))
    if len(starts):
        most[pairs.who[starts]] = np.maximum.reduceat(pairs.count, starts)
    enough = everything >= max(least, 2)
    return divided(most - 1, everything - 1, where=enough)


def rarefied(pairs: Pairs, customers: int, draws: int) -> Floats:
    """Distinct things expected among ``draws`` rows of each customer, per draw (n,); nan under ``draws`` rows.

    Hurlbert (1971): the sum over things of 1 − C(N − Nᵢ, k) / C(N, k).
    """
    everything = tally(pairs.who, customers, pairs.count)
    of_all = everything[pairs.who]
    missed = np.ones(len(of_all))
    for draw in range(draws):
        left = np.maximum(of_all - draw, 1)
        missed *= np.maximum(left - pairs.count, 0) / left
    return np.where(everything >= draws, tally(pairs.who, customers, 1 - missed) / draws, np.nan)


def midpoints(who: IntColumn, values: Floats, customers: int) -> Floats:
    """The median (n,) of each customer's values, nan where there are none."""
    ordered = values[np.lexsort((values, who))]
    size = np.bincount(who, minlength=customers)
    start = np.cumsum(size) - size
    some = size > 0
    out = np.full(customers, np.nan)
    low, high = (start + (size - 1) // 2)[some], (start + size // 2)[some]
    out[some] = (ordered[low] + ordered[high]) / 2
    return out
