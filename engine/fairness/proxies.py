"""Features that give a group away: whoever chooses by them chooses by the group without meaning to.

a feature in bins × groups → Cramér's V, corrected → beside the strongest of all features when groups are dealt anew
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import TooLittleData
from engine.frames import NONE, IntColumn

FloatColumn = NDArray[np.float64]
Table = NDArray[np.float64]

BINS: Final = 5
STRONG: Final = 0.3
"""From here on a feature stands in for the group: a medium effect in Cohen's (1988) terms."""
ROUNDS: Final = 200
MOST_PEOPLE: Final = 5_000
"""Of more people so many are drawn: what is strong shows in them."""
LEAST_PEOPLE: Final = 30
LEAST_IN_GROUP: Final = 10
CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class StandIn:
    """How well a feature tells the group: ``strength`` from 0 to 1 by ``n`` people.

    ``chance`` is what the strongest of all the features reaches in one case of twenty where groups are dealt out by
    lot: so many features can be looked at without one of them seeming to tell something.
    """

    feature: str
    strength: float
    chance: float
    n: int

    @property
    def is_strong(self) -> bool:
        return self.strength >= STRONG and self.strength > self.chance


def stand_ins(
    group: IntColumn, features: Mapping[str, FloatColumn | IntColumn], *, seed: int = 0, rounds: int = ROUNDS
) -> list[StandIn]:
    """Every feature by how well it tells the ``group`` (n,), NONE where that is not known; the strongest first.

    A float feature is cut into fifths, nan apart; of an int feature each value is a kind of its own. Groups of fewer
    than LEAST_IN_GROUP are left out. Raises TooLittleData for fewer than LEAST_PEOPLE or two groups.
    Source: Bergsma (2013), A bias-correction for Cramér's V and Tschuprow's T, Journal of the Korean Statistical
    Society 42; the most of all features by permutation as in Westfall and Young (1993), Resampling-Based Multiple
    Testing.
    """
    lots = np.random.default_rng(seed)
    rows = _told(group, lots)
    codes = np.unique(group[rows], return_inverse=True)[1].astype(np.int64)
    groups = int(codes.max(initial=-1)) + 1
    if len(rows) < LEAST_PEOPLE or groups < 2:
        raise TooLittleData("people in two groups large enough", LEAST_PEOPLE, len(rows) if groups > 1 else 0)
    binned = [binning(column[rows]) for column in features.values()]
    sizes = np.array([int(each.max(initial=0)) + 1 for each in binned])
    # Every feature's bins stand in a range of their own, so that all are counted at once.
    places = np.stack(binned) + np.r_[0, np.cumsum(sizes)[:-1]][:, None] if binned else np.zeros((0, 0), np.int64)
    found = _strengths(places, sizes, codes, groups)
    most = [_strengths(places, sizes, lots.permutation(codes), groups).max(initial=0) for _ in range(rounds)]
    chance = float(np.quantile(most, CONFIDENCE)) if most else 0.0
    told = [StandIn(name, float(v), chance, len(rows)) for name, v in zip(features, found, strict=True)]
    return sorted(told, key=lambda each: (-each.strength, each.feature))


def binning(values: FloatColumn | IntColumn) -> IntColumn:
    """Fifths of a float column, equal values together and nan in a bin of its own; an int column's own values."""
    if values.dtype.kind != "f":
        return np.unique(values, return_inverse=True)[1].astype(np.int64)
    is_known = ~np.isnan(values)
    if not is_known.any():
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(values[is_known], np.arange(1, BINS) / BINS))
    bins = np.where(is_known, np.searchsorted(edges, np.nan_to_num(values), side="left"), len(edges) + 1)
    return np.unique(bins, return_inverse=True)[1].astype(np.int64)


def cramers_v(table: Table) -> float:
    """Of counts (r, c): 0 nothing told, 1 everything, corrected for what chance adds; 0 with fewer than two rows."""
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    r, c = table.shape
    n = table.sum()
    if min(r, c) < 2 or n < 2:
        return 0.0
    due = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    return _corrected(float(((table - due) ** 2 / due).sum() / n), r, c, float(n))


def _corrected(phi_squared: float, r: int, c: int, n: float) -> float:
    least = max(0.0, phi_squared - (r - 1) * (c - 1) / (n - 1))
    room = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(min(least / room, 1.0))) if room > 0 else 0.0


def _told(group: IntColumn, lots: np.random.Generator) -> IntColumn:
    """The rows that are looked at."""
    names, sizes = np.unique(group[group != NONE], return_counts=True)
    rows = np.flatnonzero(np.isin(group, names[sizes >= LEAST_IN_GROUP]))
    return rows if len(rows) <= MOST_PEOPLE else np.sort(lots.choice(rows, MOST_PEOPLE, replace=False))


def _strengths(places: IntColumn, sizes: IntColumn, codes: IntColumn, groups: int) -> FloatColumn:
    """Of each feature, by the counts of its bins in each group."""
    if not len(sizes):
        return np.zeros(0)
    n, bins = len(codes), int(sizes.sum())
    counts = np.bincount((places * groups + codes).ravel(), minlength=bins * groups).reshape(bins, groups)
    due = counts.sum(axis=1)[:, None] * np.bincount(codes, minlength=groups) / n
    begins = np.r_[0, np.cumsum(sizes)[:-1]]
    phi_squared = np.add.reduceat(((counts - due) ** 2 / due).sum(axis=1), begins) / n
    return np.array(
        [
            _corrected(float(phi), int(size), groups, n) if size > 1 else 0.0
            for phi, size in zip(phi_squared, sizes, strict=True)
        ]
    )
