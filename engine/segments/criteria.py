"""How good and how stable a clustering is: silhouette, Davies–Bouldin, and whether resamples find it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from engine.frames import IntColumn
from engine.segments.centres import Distance
from engine.segments.clusters import Method, drawn, possible

Floats = NDArray[np.float64]

SILHOUETTE_SAMPLE: Final = 1_500
RESAMPLE_MOST: Final = 1_500
LEAST_RESAMPLES: Final = 3
"""Nothing is said of a candidate's stability from fewer."""


@dataclass(frozen=True)
class Candidate:
    """One clustering that was tried, with everything it was judged by.

    ``smallest`` is the share of customers in the smallest segment. ``stability`` is a mean over ``resamples``, fewer
    where no more of them could have let the candidate hold. ``held_out`` is the share of what customers did later
    that it explains, nan where nothing was held out and for what does not hold. ``holds``: whether it may be chosen.
    """

    view: str
    method: str
    distance: Distance
    k: int
    silhouette: float
    davies_bouldin: float
    stability: float
    resamples: int
    smallest: float
    held_out: float
    holds: bool

    def plain(self) -> dict[str, Any]:
        """As JSON's own types, rounded to what matters; None where a figure is not known."""
        return {
            name: (round(told, 4) if np.isfinite(told) else None) if isinstance(told, float) else told
            for name, told in vars(self).items()
        }


def silhouettes(points: Floats, labellings: Sequence[IntColumn], distance: Distance, seed: int) -> list[float]:
    """The mean silhouette (Rousseeuw 1987) of each labelling (n,) of the points, −1 where all are one segment.

    Above SILHOUETTE_SAMPLE points it is that of a sample. What a mixture finds is judged by Euclidean distances.
    """
    rows = drawn(np.arange(len(points), dtype=np.float64), SILHOUETTE_SAMPLE, seed).astype(np.int64)
    apart = cdist(points[rows], points[rows], "cityblock" if distance == "cityblock" else "euclidean")
    return [_silhouette(apart, labels[rows]) for labels in labellings]


def davies_bouldin(points: Floats, labels: IntColumn) -> float:
    """The index of Davies and Bouldin (1979, IEEE PAMI 1(2)): 0 is best; infinite where all are one segment."""
    found, code, size = np.unique(labels, return_inverse=True, return_counts=True)
    if len(found) < 2:
        return float("inf")
    middle = np.column_stack([np.bincount(code, column) for column in points.T]) / size[:, None]
    width = np.bincount(code, np.sqrt(((points - middle[code]) ** 2).sum(axis=1))) / size
    apart = cdist(middle, middle)
    both = width[:, None] + width
    alike = np.divide(both, apart, out=np.full(apart.shape, np.inf), where=apart > 0)
    np.fill_diagonal(alike, -np.inf)
    return float(alike.max(axis=1).mean())


def stabilities(
    points: Floats,
    method: Method,
    labellings: Mapping[int, IntColumn],
    resamples: int,
    seed: int,
    least: float = 0.0,
    worth: Collection[int] | None = None,
) -> dict[int, tuple[float, int]]:
    """For each k the mean adjusted Rand index between its labels and those found from bootstrap resamples, and n.

    After Hennig 2007 (CSDA 52) and Fang, Wang 2012 (CSDA 56): each resample of the customers, drawn with
    replacement and at most RESAMPLE_MOST large, finds its own centres; everybody is assigned to them and compared
    with the full result. After LEAST_RESAMPLES it is given up where a mean of ``least`` is out of reach, and for the
    ks that are not ``worth`` more.
    """
    rng = np.random.default_rng(seed)
    found: dict[int, list[float]] = {k: [] for k in labellings}
    for draw in range(resamples):
        asked = [k for k, seen in found.items() if _is_open(seen, resamples, least, worth is None or k in worth)]
        if not asked:
            break
        resample = points[rng.integers(0, len(points), min(len(points), RESAMPLE_MOST))]
        for k, centres in method.find(resample, possible(resample, asked), seed + draw + 1).items():
            found[k].append(adjusted_rand(labellings[k], centres.nearest(points)))
    return {k: (float(np.mean(seen)) if seen else 0.0, len(seen)) for k, seen in found.items()}


def _is_open(seen: Sequence[float], resamples: int, least: float, is_worth: bool) -> bool:
    if len(seen) < LEAST_RESAMPLES:
        return True
    return is_worth and sum(seen) + (resamples - len(seen)) >= least * resamples


def adjusted_rand(one: IntColumn, other: IntColumn) -> float:
    """The adjusted Rand index of two labellings (n,): 1 the same, 0 what chance gives (Hubert, Arabie 1985)."""
    width = int(other.max(initial=0)) + 1
    cells = np.bincount(one * width + other, minlength=(int(one.max(initial=0)) + 1) * width)
    table = cells.reshape(-1, width).astype(np.float64)
    both, rows, columns = (_pairs(part) for part in (table, table.sum(axis=1), table.sum(axis=0)))
    chance = rows * columns / max(_pairs(np.array([float(len(one))])), 1.0)
    most = (rows + columns) / 2
    return float((both - chance) / (most - chance)) if most != chance else 1.0


def _pairs(counts: Floats) -> float:
    return float((counts * (counts - 1) / 2).sum())


def _silhouette(apart: Floats, labels: IntColumn) -> float:
    found, code, size = np.unique(labels, return_inverse=True, return_counts=True)
    if len(found) < 2:
        return -1.0
    totals = apart @ np.eye(len(found))[code]
    own = np.arange(len(labels)), code
    inside = totals[own] / np.maximum(size[code] - 1, 1)
    outside = totals / size
    outside[own] = np.inf
    nearest_other = outside.min(axis=1)
    worst = np.maximum(inside, nearest_other)
    gain = np.divide(nearest_other - inside, worst, out=np.zeros(len(labels)), where=worst > 0)
    return float(np.where(size[code] > 1, gain, 0.0).mean())
