"""Who resembles whom: cosine neighbours of products and of customers, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

CELLS_AT_ONCE = 2_000_000
"""Cells of a dense block (16 MB): what bounds the memory, whatever the shop's size."""

DECIMALS = 9
"""Similarities are rounded here, so that equal ones tie whatever the order of summation."""

Scores = NDArray[np.float64]
Mask = NDArray[np.bool_]


def cosine_neighbours(matrix: Any, k: int) -> Any:
    """The ``k`` most similar other columns of every column of ``matrix`` (n, m), sparse and non-negative.

    Returns a CSR matrix (m, m): row j holds the cosines of column j's neighbours, only those above 0; among equals
    the lower column goes first. Source: Sarwar et al. (2001), Item-based collaborative filtering, WWW 10; Deshpande
    and Karypis (2004), Item-based top-N recommendation algorithms, ACM TOIS 22.
    """
    return nearest(unit_rows(matrix.T.tocsr()), k)


def nearest(units: Any, k: int, rows: NDArray[np.int64] | None = None) -> Any:
    """The ``k`` rows of ``units`` (n, m; unit length) closest to each of ``rows`` (all when None), itself left out.

    Returns a CSR matrix (len(rows), n) of cosines.
    """
    rows = np.arange(units.shape[0]) if rows is None else rows
    others = units.T.tocsr()
    parts = []
    for block in blocks(rows, units.shape[0]):
        similar = (units[block] @ others).toarray().round(DECIMALS)
        similar[np.arange(len(block)), block] = 0
        parts.append(sparse.csr_array(np.where(best(similar, k), similar, 0)))
    return sparse.vstack(parts, format="csr") if parts else sparse.csr_array((0, units.shape[0]))


def best(scores: Scores, k: int) -> Mask:
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


def unit_rows(matrix: Any) -> Any:
    """``matrix`` (CSR) with every row scaled to length 1; empty rows stay empty."""
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ matrix.tocsr()


def blocks(rows: NDArray[np.int64], width: int) -> Iterator[NDArray[np.int64]]:
    """``rows`` in pieces whose dense form, ``width`` columns wide, stays below CELLS_AT_ONCE."""
    step = max(1, CELLS_AT_ONCE // max(1, width))
    for start in range(0, len(rows), step):
        yield rows[start : start + step]
