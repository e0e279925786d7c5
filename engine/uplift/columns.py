"""Figures of people made alike: ranks instead of amounts, unknown ones in the middle."""

from __future__ import annotations

from typing import Self

import numpy as np

from engine.frames import IntColumn
from engine.uplift.qini import Floats

KNOTS = 64
"""Ranks are as fine as this many steps; beyond the first and last everybody is alike, so one giant moves nothing."""


class Ranks:
    """Each column by where a value stands among those learned, with mean 0 and standard deviation 1.

    Unknown values (nan) stand in the middle; where a column has known and unknown ones a column says which. Columns
    in which nothing varies are left out.

    Learned: ``knots_`` and ``steps_`` by column; ``kept_`` which columns are looked at, ``marked_`` of which it is
    said whether they are known; ``middle_`` and ``width_`` of all that comes out.
    """

    knots_: list[Floats]
    steps_: list[Floats]
    kept_: IntColumn
    marked_: IntColumn
    middle_: Floats
    width_: Floats

    def fit(self, values: Floats) -> Self:
        """``values`` (n, f), nan where unknown."""
        is_known = np.isfinite(values)
        known = is_known.sum(axis=0)
        varied = [_varies(column[there]) for column, there in zip(values.T, is_known.T, strict=True)]
        self.kept_ = np.flatnonzero(varied)
        partly = np.flatnonzero((known > 0) & (known < len(values)))
        # What is known of the same people is said once.
        self.marked_ = partly[np.sort(np.unique(is_known[:, partly], axis=1, return_index=True)[1])]
        steps = [_steps(values[is_known[:, column], column]) for column in self.kept_.tolist()]
        self.knots_, self.steps_ = [each[0] for each in steps], [each[1] for each in steps]
        sample = self._raw(values)
        self.middle_ = sample.mean(axis=0)
        width = sample.std(axis=0)
        self.width_ = np.where(width > 1e-9, width, np.inf)
        return self

    def transform(self, values: Floats) -> Floats:
        """(n, k): the same columns for the same ``values``, whoever else is there."""
        return (self._raw(values) - self.middle_) / self.width_

    def _raw(self, values: Floats) -> Floats:
        ranks = [
            np.interp(np.nan_to_num(values[:, column], nan=_middle(knots)), knots, steps)
            for column, knots, steps in zip(self.kept_.tolist(), self.knots_, self.steps_, strict=True)
        ]
        columns = [*ranks, *np.isfinite(values[:, self.marked_]).T.astype(np.float64)]
        return np.column_stack(columns) if columns else np.empty((len(values), 0))


def _varies(column: Floats) -> bool:
    return len(column) > 0 and bool(column.max() > column.min())


def _steps(known: Floats) -> tuple[Floats, Floats]:
    """Values, ascending, and where each stands from -1 to 1: in the middle of those who share it."""
    ordered = np.sort(known)
    places = np.linspace(0, len(ordered) - 1, KNOTS).astype(np.int64)
    knots = np.unique(ordered[places])
    below, upto = np.searchsorted(ordered, knots, "left"), np.searchsorted(ordered, knots, "right")
    return knots, (below + upto) / len(ordered) - 1


def _middle(knots: Floats) -> float:
    return float(knots[len(knots) // 2])
