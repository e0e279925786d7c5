"""Recency, frequency and monetary value in quintiles: the plain way to group customers, to measure ours against."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.features import FREQUENCY, MONETARY, RECENCY, Features
from engine.frames import IntColumn

CUTS: Final = (0.2, 0.4, 0.6, 0.8)


def cells(learning: Features, judged: Features) -> tuple[IntColumn, IntColumn]:
    """All 125 cells of three quintiles (Hughes 1994): the labels of those they are learned from, and of others."""
    return _cell(learning, learning), _cell(learning, judged)


def scores(learning: Features, judged: Features) -> tuple[IntColumn, IntColumn]:
    """Five groups of about the same size by the sum of the three quintiles, which is how most shops use them."""
    own, others = _sum(learning, learning), _sum(learning, judged)
    cuts = np.quantile(own, CUTS)
    return np.searchsorted(cuts, own).astype(np.int64), np.searchsorted(cuts, others).astype(np.int64)


def _cell(learning: Features, told: Features) -> IntColumn:
    recency, frequency, monetary = _quintiles(learning, told)
    cell: IntColumn = 25 * recency + 5 * frequency + monetary
    return cell


def _sum(learning: Features, told: Features) -> IntColumn:
    recency, frequency, monetary = _quintiles(learning, told)
    total: IntColumn = 4 - recency + frequency + monetary
    return total


def _quintiles(learning: Features, told: Features) -> list[NDArray[np.int64]]:
    """The quintile (n,) of each customer, 0 to 4, by the cuts of those learned from; unknown is the lowest."""
    return [
        np.searchsorted(
            np.quantile(np.nan_to_num(learning.column(name)), CUTS), np.nan_to_num(told.column(name))
        ).astype(np.int64)
        for name in (RECENCY, FREQUENCY, MONETARY)
    ]
