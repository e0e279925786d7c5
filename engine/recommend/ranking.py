"""The best of many, row by row, by sorting one number each: row, score and column packed into 64 bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.frames import IntColumn

FloatColumn = NDArray[np.float64]
Mask = NDArray[np.bool_]

SCORE_BITS = 24
"""Scores that differ by less than a sixteen-millionth of the greatest tie, and the lower column goes first."""


def ranked(row: IntColumn, column: IntColumn, score: FloatColumn, width: int) -> IntColumn:
    """The order that puts rows ascending, in each the highest score first, among equals the lower column.

    ``row`` (k,) from 0, ``column`` below ``width``, scores at least 0.
    """
    if not len(row):
        return np.zeros(0, dtype=np.int64)
    steps = (1 << SCORE_BITS) - 1
    places = np.rint(score / max(float(score.max()), 1e-300) * steps).astype(np.int64)
    if (int(row.max()) + 1) * (steps + 1) * width < 2**62:
        # No number comes twice, so that any sort will do: the quickest.
        return np.argsort((row * (steps + 1) + (steps - places)) * width + column)
    return np.lexsort((column, -places, row))


def distinct(numbers: IntColumn) -> IntColumn:
    """Each number once, ascending, by sorting: quicker than numpy's unique where most are different."""
    ordered = np.sort(numbers)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


def first(group: IntColumn, n: int | IntColumn) -> Mask:
    """Marks the first ``n`` of each run of equal values."""
    if not len(group):
        return np.zeros(0, dtype=bool)
    starts = np.flatnonzero(np.r_[True, np.diff(group) != 0])
    lengths = np.diff(np.r_[starts, len(group)])
    return np.asarray(np.arange(len(group)) - np.repeat(starts, lengths) < n)


def top_of_rows(row: IntColumn, column: IntColumn, score: FloatColumn, width: int, n: int) -> IntColumn:
    """Indices of the ``n`` best of each row, in that order."""
    order = ranked(row, column, score, width)
    return order[first(row[order], n)]


def capped(row: IntColumn, kind: IntColumn, most: int) -> Mask:
    """Of rows already in order: marks what is among the first ``most`` of its ``kind`` in its row; -1 is no kind."""
    order = np.lexsort((np.arange(len(row)), kind, row))
    same = row[order] * (int(kind.max(initial=0)) + 2) + kind[order] + 1
    kept = np.ones(len(row), dtype=bool)
    kept[order] = first(same, most)
    return kept | (kind < 0)


def best(scores: FloatColumn, k: int) -> Mask:
    """Marks the ``k`` highest scores above 0 in each row of ``scores`` (n, m); among equals the lower column wins."""
    width = scores.shape[1]
    is_positive: Mask = scores > 0
    if k >= width:
        return is_positive
    kth = np.partition(scores, width - k, axis=1)[:, [width - k]]
    above, ties = scores > kth, scores == kth
    room = k - above.sum(axis=1, keepdims=True)
    kept: Mask = (above | (ties & (np.cumsum(ties, axis=1, dtype=np.int32) <= room))) & is_positive
    return kept
