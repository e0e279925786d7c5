"""Ways to find centres among points, and how good and how stable what they find is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist

from engine.frames import IntColumn
from engine.segments.assignment import Distance, nearest

Floats = NDArray[np.float64]

HIERARCHY_SAMPLE: Final = 1_000
"""A hierarchy holds every pair of points; beyond this many a sample is drawn."""

K_MEANS_SAMPLE: Final = 20_000
SILHOUETTE_SAMPLE: Final = 1_500
STARTS: Final = 5
ROUNDS_MOST: Final = 100
RESAMPLE_MOST: Final = 2_000


@dataclass(frozen=True)
class Method:
    """A way to cluster: ``find(points, ks, seed)`` returns centres (k, f) for each k asked for."""

    name: str
    distance: Distance
    find: Callable[[Floats, Sequence[int], int], dict[int, Floats]]


@dataclass(frozen=True)
class Candidate:
    """One clustering that was tried. ``smallest`` is the number of customers in the smallest segment."""

    view: str
    method: str
    distance: Distance
    k: int
    silhouette: float
    stability: float
    smallest: int


def k_means(points: Floats, ks: Sequence[int], seed: int) -> dict[int, Floats]:
    """Lloyd's algorithm (1982) from k-means++ starts (Arthur, Vassilvitskii 2007), the best of STARTS.

    Written out, because the usual library's threads wait for each other far longer than this takes on a busy host.
    """
    rng = np.random.default_rng(seed)
    points = drawn(points, K_MEANS_SAMPLE, seed)
    return {
        k: min((_lloyd(points, _spread(points, k, rng)) for _ in range(STARTS)), key=lambda run: run[0])[1]
        for k in ks
    }


def _spread(points: Floats, k: int, rng: np.random.Generator) -> Floats:
    """k different points (k, f), each next one likelier the farther it is from those before."""
    rows = [int(rng.integers(len(points)))]
    away = np.full(len(points), np.inf)
    for _ in range(k - 1):
        away = np.minimum(away, ((points - points[rows[-1]]) ** 2).sum(axis=1))
        rows.append(int(rng.choice(len(points), p=away / away.sum())))
    return points[rows]


def _lloyd(points: Floats, centres: Floats) -> tuple[float, Floats]:
    """The sum of squared distances to the centres it ends with, and those."""
    for _ in range(ROUNDS_MOST):
        label = cdist(points, centres, "sqeuclidean").argmin(axis=1)
        size = np.bincount(label, minlength=len(centres))
        totals = np.column_stack([np.bincount(label, column, len(centres)) for column in points.T])
        moved = np.where(size[:, None] > 0, totals / np.maximum(size, 1)[:, None], centres)
        if np.allclose(moved, centres, rtol=0, atol=1e-6):
            break
        centres = moved
    return float(((points - centres[label]) ** 2).sum()), centres


def ward(points: Floats, ks: Sequence[int], seed: int) -> dict[int, Floats]:
    """Ward's minimum variance hierarchy (1963) on a sample; a segment's centre is its mean."""
    sample = drawn(points, HIERARCHY_SAMPLE, seed)
    tree = linkage(sample, "ward")
    return {k: _centres(sample, fcluster(tree, k, "maxclust"), np.mean) for k in ks}


def average_manhattan(points: Floats, ks: Sequence[int], seed: int) -> dict[int, Floats]:
    """Average linkage (UPGMA; Sokal, Michener 1958) of city-block distances; a centre is the medians."""
    sample = drawn(points, HIERARCHY_SAMPLE, seed)
    tree = linkage(sample, "average", metric="cityblock")
    return {k: _centres(sample, fcluster(tree, k, "maxclust"), np.median) for k in ks}


METHODS: Final = (
    Method("k_means", "euclidean", k_means),
    Method("ward", "euclidean", ward),
    Method("average", "cityblock", average_manhattan),
)


def drawn(points: Floats, most: int, seed: int) -> Floats:
    """All points (n, f), or ``most`` of them drawn without replacement."""
    if len(points) <= most:
        return points
    rows = np.random.default_rng(seed).choice(len(points), most, replace=False)
    return points[np.sort(rows)]


def silhouettes(points: Floats, labellings: Sequence[IntColumn], distance: Distance, seed: int) -> list[float]:
    """The mean silhouette (Rousseeuw 1987) of each labelling (n,) of the points, −1 where all are one segment.

    Above SILHOUETTE_SAMPLE points it is that of a sample.
    """
    rows = drawn(np.arange(len(points), dtype=np.float64), SILHOUETTE_SAMPLE, seed).astype(np.int64)
    apart = cdist(points[rows], points[rows], distance)
    return [_silhouette(apart, labels[rows]) for labels in labellings]


def stabilities(
    points: Floats, method: Method, labellings: dict[int, IntColumn], resamples: int, seed: int
) -> dict[int, float]:
    """For each k the mean adjusted Rand index between its labels and those found from bootstrap resamples.

    After Hennig 2007 (CSDA 52) and Fang, Wang 2012 (CSDA 56): each resample of the customers, drawn with
    replacement and at most RESAMPLE_MOST large, finds its own centres; everybody is assigned to them and compared
    with the full result.
    """
    rng = np.random.default_rng(seed)
    found: dict[int, list[float]] = {k: [] for k in labellings}
    for draw in range(resamples):
        resample = points[rng.integers(0, len(points), min(len(points), RESAMPLE_MOST))]
        for k, centres in method.find(resample, possible(resample, list(labellings)), seed + draw + 1).items():
            again = nearest(points, centres, method.distance)
            found[k].append(adjusted_rand(labellings[k], again))
    return {k: float(np.mean(values)) if values else 0.0 for k, values in found.items()}


def possible(points: Floats, ks: Sequence[int]) -> list[int]:
    """The ks for which there are enough different points."""
    distinct = len(np.unique(points, axis=0))
    return [k for k in ks if k < distinct]


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


def _centres(sample: Floats, label: IntColumn, middle: Callable[..., Floats]) -> Floats:
    return np.array([middle(sample[label == code], axis=0) for code in np.unique(label)])


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
