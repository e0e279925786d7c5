"""Answers made fit for estimating: what is missing filled, what tells nothing left out, and both counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import TooLittleData

Floats = NDArray[np.float64]

LEAST_ANSWERS: Final = 20
"""Of fewer people no figure is given at all."""
LEAST_SPREAD: Final = 1e-10


class Missing(StrEnum):
    """What stands in for an answer that was not given."""

    MEAN = "mean"
    """The average of the others to that item: everybody stays in, and links come out a little weaker."""
    COMPLETE = "complete"
    """Nothing: only who answered all is counted."""


@dataclass(frozen=True)
class Answers:
    """``scores`` (n, k): each item's answers less their average, over their standard deviation; none is missing.

    ``blank`` rows told nothing and were left out, as were the ``incomplete`` ones where that was asked for.
    ``flat`` people gave one same answer to everything, over ``straight_of`` who answered at least two items.
    """

    scores: Floats
    items: tuple[str, ...]
    seen: int
    blank: int
    incomplete: int
    filled: tuple[int, ...]
    flat: int

    @property
    def n(self) -> int:
        return len(self.scores)


def fit_answers(values: Floats, items: tuple[str, ...], missing: Missing = Missing.MEAN) -> Answers:
    """``values`` (n, k), nan where nothing was answered. Raises TooLittleData."""
    known = np.isfinite(values)
    told = known.any(axis=1)
    kept = known.all(axis=1) if missing is Missing.COMPLETE else told
    if kept.sum() < LEAST_ANSWERS:
        raise TooLittleData("people's answers", LEAST_ANSWERS, int(kept.sum()))
    rows, there = values[kept], known[kept]
    return Answers(
        scores=standardised(np.where(there, rows, _means(rows, there))),
        items=items,
        seen=len(values),
        blank=int((~told).sum()),
        incomplete=int((told & ~kept).sum()),
        filled=tuple((~there).sum(axis=0).tolist()),
        flat=_flat(rows, there),
    )


def silent_items(values: Floats, items: tuple[str, ...]) -> tuple[str, ...]:
    """The items that everybody answered alike, or nobody: they cannot go with anything."""
    known = np.isfinite(values)
    low = np.where(known, values, np.inf).min(axis=0, initial=np.inf)
    high = np.where(known, values, -np.inf).max(axis=0, initial=-np.inf)
    return tuple(item for item, least, most in zip(items, low, high, strict=True) if not most - least > LEAST_SPREAD)


def standardised(values: Floats) -> Floats:
    centred = values - values.mean(axis=0)
    deviation = np.sqrt((centred**2).mean(axis=0))
    return np.asarray(centred / np.where(deviation > LEAST_SPREAD, deviation, 1.0))


def _means(values: Floats, known: NDArray[np.bool_]) -> Floats:
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.asarray(total / np.maximum(known.sum(axis=0), 1))


def _flat(values: Floats, known: NDArray[np.bool_]) -> int:
    """How many answered several items, all with one same number."""
    low = np.where(known, values, np.inf).min(axis=1)
    high = np.where(known, values, -np.inf).max(axis=1)
    return int(((known.sum(axis=1) > 2) & (low == high)).sum())
