"""Ways to find centres among points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist

from engine.segments.centres import Centres, Distance

Floats = NDArray[np.float64]

HIERARCHY_SAMPLE: Final = 800
"""A hierarchy holds every pair of points; beyond this many a sample is drawn."""

K_MEANS_SAMPLE: Final = 20_000
MIXTURE_SAMPLE: Final = 4_000
STARTS: Final = 3
ROUNDS_MOST: Final = 100
STILL: Final = 1e-3
"""Centres that move no farther than this have come to rest."""

LEAST_SPREAD: Final = 0.01
"""A variance below which no Gaussian shrinks: figures that many customers share are no segment of their own."""

LEAST_GAIN: Final = 5e-4
"""A mixture whose mean log-likelihood grows by less in a round has been found."""


@dataclass(frozen=True)
class Method:
    """A way to cluster: ``find(points, ks, seed)`` returns centres for each k asked for."""

    name: str
    distance: Distance
    find: Callable[[Floats, Sequence[int], int], dict[int, Centres]]


def k_means(points: Floats, ks: Sequence[int], seed: int) -> dict[int, Centres]:
    """Lloyd's algorithm (1982) from k-means++ starts (Arthur, Vassilvitskii 2007), the best of STARTS.

    Written out, because the usual library's threads wait for each other far longer than this takes on a busy host.
    Above K_MEANS_SAMPLE points a sample is looked at.
    """
    rng = np.random.default_rng(seed)
    points = drawn(points, K_MEANS_SAMPLE, seed)
    columns = np.ascontiguousarray(points.T)
    return {
        k: Centres(
            min((_lloyd(points, columns, _spread(points, k, rng)) for _ in range(STARTS)), key=lambda run: run[0])[1]
        )
        for k in ks
    }


def _spread(points: Floats, k: int, rng: np.random.Generator) -> Floats:
    """k different points (k, f), each next one likelier the farther it is from those before."""
    rows = [int(rng.integers(len(points)))]
    away = np.full(len(points), np.inf)
    for _ in range(k - 1):
        away = np.minimum(away, ((points - points[rows[-1]]) ** 2).sum(axis=1))
        reach = np.cumsum(away)
        rows.append(int(np.searchsorted(reach, rng.random() * reach[-1], side="right")))
    return points[np.minimum(rows, len(points) - 1)]


def _lloyd(points: Floats, columns: Floats, centres: Floats) -> tuple[float, Floats]:
    """The sum of squared distances to the centres it ends with, and those."""
    for _ in range(ROUNDS_MOST):
        away = cdist(points, centres, "sqeuclidean")
        label = away.argmin(axis=1)
        size = np.bincount(label, minlength=len(centres))
        totals = np.column_stack([np.bincount(label, column, len(centres)) for column in columns])
        moved = np.where(size[:, None] > 0, totals / np.maximum(size, 1)[:, None], centres)
        farthest = np.abs(moved - centres).max()
        centres = moved
        if farthest <= STILL:
            break
    return float(cdist(points, centres, "sqeuclidean").min(axis=1).sum()), centres


def ward(points: Floats, ks: Sequence[int], seed: int) -> dict[int, Centres]:
    """Ward's minimum variance hierarchy (1963) on a sample; a segment's centre is its mean."""
    sample = drawn(points, HIERARCHY_SAMPLE, seed)
    tree = linkage(sample, "ward")
    return {k: Centres(_middles(sample, fcluster(tree, k, "maxclust"), np.mean)) for k in ks}


def average_manhattan(points: Floats, ks: Sequence[int], seed: int) -> dict[int, Centres]:
    """Average linkage (UPGMA; Sokal, Michener 1958) of city-block distances; a centre is the medians."""
    sample = drawn(points, HIERARCHY_SAMPLE, seed)
    tree = linkage(sample, "average", metric="cityblock")
    return {k: Centres(_middles(sample, fcluster(tree, k, "maxclust"), np.median), "cityblock") for k in ks}


def gaussian_mixture(points: Floats, ks: Sequence[int], seed: int) -> dict[int, Centres]:
    """Gaussians with a variance a feature, by expectation and maximisation (Dempster, Laird, Rubin 1977).

    Starts from k_means; above MIXTURE_SAMPLE points a sample is looked at. Segments may be of different widths.
    """
    sample = drawn(points, MIXTURE_SAMPLE, seed)
    return {k: _maximised(sample, start) for k, start in k_means(sample, ks, seed).items()}


def _maximised(points: Floats, start: Centres) -> Centres:
    label = start.nearest(points)
    share = np.eye(len(start))[label]
    found, likelihood = start, -np.inf
    for _ in range(ROUNDS_MOST):
        found = _gaussians(points, share, found)
        # Half of what is away, without the constant all Gaussians have in common.
        density = -found.away(points) / 2
        most = density.max(axis=1, keepdims=True)
        share = np.exp(density - most)
        total = share.sum(axis=1, keepdims=True)
        share /= total
        now = float((np.log(total) + most).mean())
        if now - likelihood < LEAST_GAIN:
            break
        likelihood = now
    return found


def _gaussians(points: Floats, share: Floats, before: Centres) -> Centres:
    """The Gaussians that are likeliest where ``share`` (n, k) of each point is theirs; an empty one stays put."""
    size = share.sum(axis=0)
    some = np.maximum(size, 1e-9)[:, None]
    middle = np.where(size[:, None] > 1e-6, share.T @ points / some, before.middle)
    spread = np.maximum(share.T @ points**2 / some - middle**2, LEAST_SPREAD)
    return Centres(middle, "gaussian", spread, np.maximum(size / len(points), 1e-9))


METHODS: Final = (
    Method("k_means", "euclidean", k_means),
    Method("ward", "euclidean", ward),
    Method("average", "cityblock", average_manhattan),
    Method("gaussian_mixture", "gaussian", gaussian_mixture),
)


def drawn(points: Floats, most: int, seed: int) -> Floats:
    """All points (n, f), or ``most`` of them drawn without replacement."""
    if len(points) <= most:
        return points
    rows = np.random.default_rng(seed).choice(len(points), most, replace=False)
    return points[np.sort(rows)]


def possible(points: Floats, ks: Sequence[int]) -> list[int]:
    """The ks for which there are enough different points."""
    distinct = len(np.unique(drawn(points, K_MEANS_SAMPLE, 0), axis=0))
    return [k for k in ks if k < distinct]


def _middles(sample: Floats, label: NDArray[np.int32], middle: Callable[..., Floats]) -> Floats:
    return np.array([middle(sample[label == code], axis=0) for code in np.unique(label)])
