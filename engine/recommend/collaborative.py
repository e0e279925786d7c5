"""What goes with what, and who resembles whom: cosine neighbours and factors, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.recommend.ranking import best, top_of_rows

CELLS_AT_ONCE = 2_000_000
"""Cells of a dense block (16 MB): what bounds the memory, whatever the shop's size."""
DECIMALS = 6
"""Similarities are rounded here, so that equal ones tie whatever the order of summation."""
FEW = 8_000
"""Of more columns, most pairs have nothing in common, and only those that do are looked at."""
ENTRIES_AT_ONCE = 4_000_000
"""Expected entries of a sparse block."""
ROUNDS = 3
DAMPED = 0.25

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

    Returns a CSR matrix (len(rows), n) of cosines above 0.
    """
    rows = np.arange(units.shape[0]) if rows is None else rows
    others = units.T.tocsr()
    closest = _among_few if units.shape[0] <= FEW else _among_many
    pieces = (
        np.array_split(rows, 1 + len(rows) * FEW // CELLS_AT_ONCE) if closest is _among_few else _pieces(units, rows)
    )
    parts = [closest(units[block] @ others, block, k) for block in pieces if len(block)]
    return sparse.vstack(parts, format="csr") if parts else sparse.csr_array((0, units.shape[0]))


def _among_few(similar: Any, itself: NDArray[np.int64], k: int) -> Any:
    cosine = similar.toarray().round(DECIMALS)
    cosine[np.arange(len(itself)), itself] = 0
    row, column = np.nonzero(best(cosine, k))
    return sparse.csr_array((cosine[row, column].astype(np.float64), (row, column)), shape=cosine.shape)


def _among_many(similar: Any, itself: NDArray[np.int64], k: int) -> Any:
    table = similar.tocoo()
    row, column, cosine = (
        table.row.astype(np.int64),
        table.col.astype(np.int64),
        table.data.astype(np.float64).round(DECIMALS),
    )
    kept = np.flatnonzero((column != itself[row]) & (cosine > 0))
    kept = kept[top_of_rows(row[kept], column[kept], cosine[kept], table.shape[1], k)]
    return sparse.csr_array((cosine[kept], (row[kept], column[kept])), shape=table.shape)


def unit_rows(matrix: Any) -> Any:
    """``matrix`` (CSR) with every row scaled to length 1; empty rows stay empty."""
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ matrix.tocsr()


def _pieces(units: Any, rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """``rows`` in pieces whose products with all others stay below ENTRIES_AT_ONCE entries, one row at least."""
    met = np.bincount(units.indices, minlength=units.shape[1])
    work = np.minimum(_row_sums(units, met), units.shape[0])[rows]
    piece = np.cumsum(work) // ENTRIES_AT_ONCE
    yield from np.split(rows, np.flatnonzero(np.diff(piece)) + 1) if len(rows) else ()


def _row_sums(units: Any, values: NDArray[np.int64]) -> NDArray[np.int64]:
    total = np.r_[0, np.cumsum(values[units.indices])]
    return np.asarray(total[units.indptr[1:]] - total[units.indptr[:-1]])


def factors(taste: Any, k: int, seed: int) -> NDArray[np.float64]:
    """The ``k`` directions in which tastes differ most, (m, k), orthonormal, of ``taste`` (n, m).

    Who likes much says less about each: rows are divided by the fourth root of their number. Truncated singular value
    decomposition by subspace iteration: Halko, Martinsson, Tropp (2011), SIAM Review 53; as a recommender ("PureSVD")
    Cremonesi, Koren, Turrin (2010), RecSys.
    """
    k = min(k, *taste.shape)
    if not taste.nnz:
        return np.zeros((taste.shape[1], max(k, 1)))
    damped = damped_rows(taste)
    turned = damped.T.tocsr()
    lots = np.random.default_rng(seed).standard_normal((taste.shape[1], k)).astype(damped.dtype)
    basis = np.linalg.qr(damped @ lots)[0]
    for _ in range(ROUNDS):
        basis = np.linalg.qr(damped @ np.linalg.qr(turned @ basis)[0])[0]
    return np.asarray(np.linalg.svd(turned @ basis, full_matrices=False)[0])


def damped_rows(taste: Any) -> Any:
    many = np.maximum(np.diff(taste.indptr), 1)
    return (sparse.diags_array(many.astype(taste.dtype) ** -DAMPED) @ taste).tocsr()
