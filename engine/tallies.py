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
    """Rows that belong to customers: ``ids`` (n,) sorted, ``who`` (rows,) the customer's place in ``ids``."""

    ids: IntColumn
    who: IntColumn

    @classmethod
    def of(cls, customer: IntColumn) -> Groups:
        ids, who = np.unique(customer, return_inverse=True)
        return cls(ids, who.astype(np.int64))

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

    def latest(self, at: IntColumn) -> IntColumn:
        out = np.full(len(self), np.iinfo(np.int64).min)
        np.maximum.at(out, self.who, at)
        return out

    def earliest(self, at: IntColumn) -> IntColumn:
        out = np.full(len(self), np.iinfo(np.int64).max)
        np.minimum.at(out, self.who, at)
        return out


def tally(who: IntColumn, customers: int, weights: Floats | IntColumn | None = None) -> Floats:
    """Rows of each customer (n,), or the sum of their weights (rows,)."""
    total: Floats = np.bincount(who, weights, customers).astype(np.float64)
    return total


def divided(part: Floats, whole: Floats, where: Mask) -> Floats:
    """``part / whole`` (n,), nan but ``where``."""
    ratio: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=where)
    return ratio


def pair_counts(who: IntColumn, what: IntColumn) -> tuple[IntColumn, Floats]:
    """For each (customer, thing) pair that occurs, negative things left out: the customer, and how often."""
    known = what >= 0
    things, code = np.unique(what[known], return_inverse=True)
    width = max(len(things), 1)
    pairs, count = np.unique(who[known] * width + code, return_counts=True)
    return pairs // width, count.astype(np.float64)


def share_of_favourite(who: IntColumn, count: Floats, customers: int, least: int) -> Floats:
    """(most − 1) / (all − 1) for each customer (n,), nan under ``least`` rows."""
    everything = tally(who, customers, count)
    most = np.zeros(customers)
    np.maximum.at(most, who, count)
    enough = everything >= max(least, 2)
    return divided(most - 1, everything - 1, where=enough)


def rarefied(who: IntColumn, count: Floats, customers: int, draws: int) -> Floats:
    """Distinct things expected among ``draws`` rows of each customer, per draw (n,); nan under ``draws`` rows.

    Hurlbert (1971): the sum over things of 1 − C(N − Nᵢ, k) / C(N, k).
    """
    everything = tally(who, customers, count)
    left = np.maximum(everything[who][:, None] - np.arange(draws), 1)
    missed = np.prod(np.maximum(left - count[:, None], 0) / left, axis=1)
    return np.where(everything >= draws, tally(who, customers, 1 - missed) / draws, np.nan)


def first_sightings(who: IntColumn, what: IntColumn, at: IntColumn) -> tuple[Mask, Mask]:
    """Which rows are a customer's first of a thing, and which are not; neither where the thing is unknown."""
    rank = np.lexsort((at, what, who))
    first = np.ones(len(rank), dtype=np.bool_)
    first[1:] = (who[rank][1:] != who[rank][:-1]) | (what[rank][1:] != what[rank][:-1])
    is_first = np.empty(len(rank), dtype=np.bool_)
    is_first[rank] = first
    return is_first & (what >= 0), ~is_first & (what >= 0)


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
