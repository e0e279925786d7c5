"""The best of many, row by row, by sorting one number each: row, score and column packed into 64 bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.frames import IntColumn

FloatColumn = NDArray[np.float64]
Mask = NDArray[np.bool_]

SCORE_BITS = 31


def ranked(row: IntColumn, column: IntColumn, score: FloatColumn, width: int) -> IntColumn:
    """The order that puts rows ascending, in each the highest score first, among equals the lower column.

    ``row`` (k,) from 0, ``column`` below ``width``, scores at least 0, compared in single precision: a row's order
    does not depend on the rows beside it.
    """
    if not len(row):
        return np.zeros(0, dtype=np.int64)
    # The bits of numbers from 0 on, read as a whole number, stand in the numbers' order.
    last = (1 << SCORE_BITS) - 1
    places = last - (score.astype(np.float32) + np.float32(0)).view(np.int32)
    if (int(row.max()) + 1) * (last + 1) * width < 2**62:
        # No number comes twice, so that any sort will do: the quickest.
        return np.argsort(((row << SCORE_BITS) + places) * width + column)
    return np.lexsort((column, places, row))


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
    kept: Mask = (scores >= kth) & is_positive
    crowded = np.flatnonzero(kept.sum(axis=1) > k)
    above, ties = scores[crowded] > kth[crowded], scores[crowded] == kth[crowded]
    room = k - above.sum(axis=1, keepdims=True)
    kept[crowded] = above | (ties & (np.cumsum(ties, axis=1, dtype=np.int32) <= room))
    return kept
