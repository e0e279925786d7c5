"""How often every two products stand in one basket, exactly.

A basket of k products holds k (k - 1) / 2 pairs. Short baskets, which are nearly all, name theirs one by one and the
names are counted; long ones are rows of a product of matrices, which costs the same for twenty products and for a
thousand. Where the counts of all pairs would not fit at once they come in stripes, from a product of sparse matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.bundles.baskets import Baskets
from engine.frames import IntColumn

PAIRS_AT_ONCE = 1 << 22
"""Pairs named at one time (32 MB)."""

CELLS_AT_ONCE = 1 << 24
"""Most cells, products by products or long baskets by products, that are held at once (128 MB)."""

PRODUCTS_AT_ONCE = 512
"""Rows of the product-by-product counts in a stripe."""

LONG = 16
"""A basket is long from a sixteenth of the products on: there the two ways were measured to cost the same."""


class PairCounts(NamedTuple):
    """Pairs of products, ``first`` below ``second``, ascending, and how many ``times`` they meet; columns (n,)."""

    first: IntColumn
    second: IntColumn
    times: IntColumn


def pairs_in(baskets: Baskets, least: int) -> Iterator[PairCounts]:
    """Every pair in at least ``least`` baskets (1 or more), in parts."""
    if baskets.n_products**2 > CELLS_AT_ONCE:
        yield from in_stripes(baskets, least)
        return
    counts = all_pairs(baskets)
    frequent = np.flatnonzero(counts >= least)
    first = frequent // max(baskets.n_products, 1)
    second = frequent - first * baskets.n_products
    rows = first < second
    yield PairCounts(first[rows], second[rows], counts[frequent[rows]])


def all_pairs(baskets: Baskets) -> IntColumn:
    """The count of each pair, at ``first * n_products + second``; means nothing where first is not below second."""
    n_cells, is_long = baskets.n_products**2, baskets.sizes * LONG > baskets.n_products
    counts = np.zeros(n_cells, dtype=np.int64)
    for names in _named(baskets.where(~is_long)):
        counts += np.bincount(names, minlength=n_cells)
    for table in _tables(baskets.where(is_long)):
        counts += (table.T @ table).astype(np.int64).ravel()
    return counts


def in_stripes(baskets: Baskets, least: int) -> Iterator[PairCounts]:
    """The same as ``pairs_in``, for any number of products: slower, and plain enough to be held against it."""
    ones = np.ones(len(baskets.product), dtype=np.int32)
    matrix: Any = sparse.csr_matrix((ones, baskets.product, baskets.start), shape=(len(baskets), baskets.n_products))
    by_product = matrix.T.tocsr()
    for start in range(0, baskets.n_products, PRODUCTS_AT_ONCE):
        together = (by_product[start : start + PRODUCTS_AT_ONCE] @ matrix).tocsr()
        together.sort_indices()
        together = together.tocoo()
        row, column = together.row.astype(np.int64) + start, together.col.astype(np.int64)
        kept = (together.data >= least) & (row < column)
        yield PairCounts(row[kept], column[kept], together.data[kept].astype(np.int64))


def _named(baskets: Baskets) -> Iterator[IntColumn]:
    """Every pair of every basket as ``first * n_products + second``, in parts."""
    # The longest first: those with a product at some place are then the first so many, for every place.
    sizes = baskets.sizes
    by_size = np.argsort(-sizes, kind="stable")
    sizes, start = sizes[by_size], baskets.start[:-1][by_size]
    longest, n_pairs = int(sizes.max(initial=0)), int((sizes * (sizes - 1) // 2).sum())
    names, n_named = np.empty(min(max(PAIRS_AT_ONCE, longest), n_pairs), dtype=np.int64), 0
    for place in range(1, longest):
        reaching = int(np.searchsorted(-sizes, -place, side="left"))
        at_once = max(1, len(names) // place)
        for some in range(0, reaching, at_once):
            begun = start[some : min(some + at_once, reaching)]
            if n_named + place * len(begun) > len(names):
                yield names[:n_named]
                n_named = 0
            block = names[n_named : n_named + place * len(begun)].reshape(place, len(begun))
            np.multiply(baskets.product[begun + np.arange(place)[:, None]], baskets.n_products, out=block)
            block += baskets.product[begun + place]
            n_named += block.size
    yield names[:n_named]


def _tables(baskets: Baskets) -> Iterator[NDArray[np.float32]]:
    """Baskets by products, ones and zeros, so many baskets at a time that 32-bit floats still count exactly."""
    at_once = max(1, CELLS_AT_ONCE // max(baskets.n_products, 1))
    for begun in range(0, len(baskets), at_once):
        start = baskets.start[begun : begun + at_once + 1]
        basket = np.repeat(np.arange(len(start) - 1), np.diff(start))
        table = np.zeros((len(start) - 1, baskets.n_products), dtype=np.float32)
        table[basket, baskets.product[start[0] : start[-1]]] = 1
        yield table
