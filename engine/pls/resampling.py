"""How far a figure may be from what it shows: people drawn again and again, with one seed always the same ones.

A drawn sample is how often each person was taken; its correlations follow from sums over people, so that a few large
products of matrices make thousands of samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CELLS_AT_ONCE: Final = 4_000_000
MOST_SAMPLES_AT_ONCE: Final = 2_500
LEAST_VARIANCE: Final = 1e-9
LEAST_DRAWN: Final = 100
"""Of fewer usable samples no interval is given."""


class Interval(StrEnum):
    """How an interval is read off the samples."""

    PERCENTILE = "percentile"
    BCA = "bca"
    """Corrected for bias and skewness: Efron (1987), JASA 82."""


class Products:
    """Standardised answers (n, k), multiplied two by two once, for all samples."""

    def __init__(self, scores: Floats) -> None:
        self.scores = scores
        self.rows, self.columns = np.triu_indices(scores.shape[1])
        self.pairs = np.asarray(scores[:, self.rows] * scores[:, self.columns])

    def drawn(self, samples: int, seed: int) -> Iterator[Floats]:
        """Blocks of correlations (b, k, k), nan where an item was the same for all who were drawn."""
        n, draw = len(self.scores), np.random.default_rng(seed)
        most = max(1, min(MOST_SAMPLES_AT_ONCE, CELLS_AT_ONCE // n))
        for begin in range(0, samples, most):
            size = min(most, samples - begin)
            people = draw.integers(0, n, (size, n)) + n * np.arange(size)[:, None]
            counts = np.bincount(people.ravel(), minlength=size * n).reshape(size, n) / n
            yield self._correlations(counts @ self.scores, counts @ self.pairs)

    def each_left_out(self) -> Iterator[Floats]:
        """Blocks of correlations without one person each: the jackknife."""
        n = len(self.scores)
        total, pairs = self.scores.sum(axis=0), self.pairs.sum(axis=0)
        for begin in range(0, n, MOST_SAMPLES_AT_ONCE):
            rows = slice(begin, begin + MOST_SAMPLES_AT_ONCE)
            yield self._correlations((total - self.scores[rows]) / (n - 1), (pairs - self.pairs[rows]) / (n - 1))

    def all(self) -> Floats:
        """The correlations (1, k, k) of everybody."""
        return self._correlations(self.scores.mean(axis=0)[None], self.pairs.mean(axis=0)[None])

    def _correlations(self, means: Floats, pairs: Floats) -> Floats:
        k = self.scores.shape[1]
        found = np.empty((len(means), k, k))
        found[:, self.rows, self.columns] = pairs
        found[:, self.columns, self.rows] = pairs
        found -= means[:, :, None] * means[:, None, :]
        variance = np.diagonal(found, axis1=1, axis2=2)
        spread = np.sqrt(np.where(variance > LEAST_VARIANCE, variance, np.nan))
        found /= spread[:, :, None]
        found /= spread[:, None, :]
        return found


def percentiles(samples: Floats, level: float) -> tuple[Floats, Floats]:
    """The edges (m,) between which the share ``level`` of the samples (b, m) lies, without those that are nan."""
    edges = np.array([(1 - level) / 2, (1 + level) / 2])
    return _at(samples, np.broadcast_to(edges[:, None], (2, samples.shape[1])))


def corrected(samples: Floats, value: Floats, left_out: Floats, level: float) -> tuple[Floats, Floats]:
    """BCa's edges (m,): ``value`` (m,) of everybody, ``left_out`` (n, m) without one person each."""
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.isfinite(samples).sum(axis=0)
        below = ((samples < value).sum(axis=0) + (samples == value).sum(axis=0) / 2) / known
        bias = special.ndtri(np.clip(below, 1 / (2 * known), 1 - 1 / (2 * known)))
        off = np.nansum(left_out, axis=0) / np.isfinite(left_out).sum(axis=0) - left_out
        skew = np.nan_to_num(np.nansum(off**3, axis=0) / (6 * np.nansum(off**2, axis=0) ** 1.5))
        normal = special.ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))[:, None] + bias
        return _at(samples, special.ndtr(bias + normal / (1 - skew * normal)))


def _at(samples: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Quantiles of each column, at two shares of its own."""
    found = np.full((2, samples.shape[1]), np.nan)
    for column, (one, edges) in enumerate(zip(samples.T, shares.T, strict=True)):
        known = one[np.isfinite(one)]
        if len(known) >= LEAST_DRAWN and np.isfinite(edges).all():
            found[:, column] = np.quantile(known, edges)
    return found[0], found[1]
