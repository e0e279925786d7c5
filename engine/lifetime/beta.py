"""Averages over beta distributions, exact for smooth things: Gauss-Jacobi quadrature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NODES = 32
MATRICES_AT_ONCE = 512


def beta_nodes(a: float, b: Floats, nodes: int = NODES) -> tuple[Floats, Floats]:
    """Points within (0, 1) and weights that sum to 1, both (k, nodes), for each Beta(a, b) of ``b`` (k,).

    Golub, Welsch (1969), Mathematics of Computation 23: the eigenvalues of the matrix of the recurrence of Jacobi's
    polynomials. ``a`` and ``b`` are above 0.
    """
    points, weights = np.empty((len(b), nodes)), np.empty((len(b), nodes))
    for begin in range(0, len(b), MATRICES_AT_ONCE):
        block = slice(begin, begin + MATRICES_AT_ONCE)
        values, vectors = np.linalg.eigh(_recurrences(a, b[block], nodes))
        points[block] = np.clip((1 + values) / 2, 1e-15, 1 - 1e-15)
        weights[block] = vectors[:, 0, :] ** 2
    return points, weights


def _recurrences(a: float, b: Floats, nodes: int) -> Floats:
    """The matrices (k, nodes, nodes) of the orthonormal polynomials to (1 − y)^(b−1) (1 + y)^(a−1) on (−1, 1)."""
    left, right = b[:, None] - 1, a - 1
    both = left + right
    j = np.arange(1, nodes, dtype=np.float64)
    middle = (right**2 - left**2) / ((2 * j + both) * (2 * j + both + 2))
    first = (right - left) / (both + 2)
    later = j[1:]
    side = 4 * later * (later + left) * (later + right) * (later + both)
    side = side / ((2 * later + both) ** 2 * (2 * later + both + 1) * (2 * later + both - 1))
    second = 4 * (1 + left) * (1 + right) / ((2 + both) ** 2 * (3 + both))
    beside = np.sqrt(np.hstack([second, side]))
    matrices = np.zeros((len(b), nodes, nodes))
    place = np.arange(nodes)
    matrices[:, place, place] = np.hstack([first, middle])
    matrices[:, place[1:], place[:-1]] = matrices[:, place[:-1], place[1:]] = beside
    return matrices
