"""Depth-first search for frequent sets, baskets held as bits: the search under engine.bundles.itemsets.

Source: Zaki (2000), Scalable algorithms for association mining, IEEE TKDE 12; bitsets stand for its tid-lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.frames import IntColumn

IntMatrix = NDArray[np.int64]
Bits = NDArray[np.uint64]

PRODUCTS_AT_ONCE = 512
"""Rows of the product-by-product counts held at one time."""

WORDS_AT_ONCE = 1 << 19
"""Bitset words intersected in one batch (4 MB): what fits a processor's cache, and bounds the memory."""


@dataclass(frozen=True)
class Block:
    """Itemsets of one length with the baskets that hold them; siblings (all items but the last equal) adjoin."""

    items: IntMatrix
    counts: IntColumn
    bits: Bits

    def __len__(self) -> int:
        return len(self.counts)


@dataclass(frozen=True)
class _Pairs:
    """Frequent pairs (first < second), sorted, and their keys for looking up."""

    first: IntColumn
    second: IntColumn
    keys: IntColumn
    n_products: int

    @classmethod
    def of(cls, first: IntColumn, second: IntColumn, n_products: int) -> _Pairs:
        keys = np.sort(first * n_products + second)
        return cls(keys // n_products, keys % n_products, keys, n_products)

    def hold(self, first: IntColumn, second: IntColumn) -> NDArray[np.bool_]:
        keys = first * self.n_products + second
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        is_held: NDArray[np.bool_] = self.keys[at] == keys
        return is_held


def walk(baskets: Any, least: int, max_length: int | None) -> Iterator[tuple[IntMatrix, IntColumn]]:
    """Frequent itemsets of one length at a time, (n, k) columns of ``baskets``, and the count of each.

    ``baskets`` is a CSR matrix of ones, baskets by products. The sets' columns come in no order.

    Depth first, so that only the blocks on the way down are held.
    """
    counts = np.bincount(baskets.indices, minlength=baskets.shape[1])
    # Rare products first: their sets die soonest, so that fewer candidates are ever intersected.
    kept = np.argsort(counts, kind="stable")[np.count_nonzero(counts < least) :]
    if not len(kept):
        return
    frequent = baskets[:, kept]
    block = Block(np.arange(len(kept))[:, None], counts[kept].astype(np.int64), _packed(frequent))
    yield kept[block.items], block.counts
    if max_length == 1:
        return
    pairs = _frequent_pairs(frequent, least)
    path = [_extensions(block, _pairs_at_once(pairs, block), least)]
    while path:
        longer = next(path[-1], None)
        if longer is None:
            path.pop()
            continue
        yield kept[longer.items], longer.counts
        if longer.items.shape[1] != max_length:
            path.append(_extensions(longer, _siblings_at_once(pairs, longer), least))


def _packed(frequent: Any) -> Bits:
    """One row of 64-bit words a product, one bit a basket."""
    n_words = -(-frequent.shape[0] // 64)
    columns = frequent.tocsc()
    columns.sort_indices()
    basket = columns.indices.astype(np.int64)
    word = np.repeat(np.arange(columns.shape[1]) * n_words, np.diff(columns.indptr)) + (basket >> 6)
    first = np.flatnonzero(np.diff(word, prepend=-1))
    bits = np.zeros(columns.shape[1] * n_words, dtype=np.uint64)
    # Each bit comes once, so adding is the same as or-ing, and reduceat is quick at it.
    bits[word[first]] = np.add.reduceat(np.uint64(1) << (basket & 63).astype(np.uint64), first)
    return bits.reshape(columns.shape[1], n_words)


def _frequent_pairs(frequent: Any, least: int) -> _Pairs:
    by_product = frequent.T.tocsr()
    first, second = [], []
    for start in range(0, by_product.shape[0], PRODUCTS_AT_ONCE):
        together = (by_product[start : start + PRODUCTS_AT_ONCE] @ frequent).tocoo()
        row = together.row.astype(np.int64) + start
        is_pair = (together.data >= least) & (row < together.col)
        first.append(row[is_pair])
        second.append(together.col[is_pair].astype(np.int64))
    return _Pairs.of(np.concatenate(first), np.concatenate(second), by_product.shape[0])


def _extensions(block: Block, candidates: Iterator[tuple[IntColumn, IntColumn]], least: int) -> Iterator[Block]:
    """The frequent sets one item longer, in blocks of bounded size that keep siblings together."""
    for first, second in candidates:
        bits = block.bits[first]
        bits &= block.bits[second]
        counts = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
        kept = np.flatnonzero(counts >= least)
        if len(kept):
            items = np.column_stack([block.items[first[kept]], block.items[second[kept], -1]])
            yield Block(items, counts[kept], bits[kept])


def _pairs_at_once(pairs: _Pairs, singles: Block) -> Iterator[tuple[IntColumn, IntColumn]]:
    """The frequent pairs themselves, as rows (first, second) of ``singles``, in batches."""
    joins = np.bincount(pairs.first, minlength=len(singles))
    ends = np.cumsum(joins)
    for start, end in _batches(joins, singles.bits.shape[1]):
        rows = slice(ends[start] - joins[start], ends[end - 1])
        yield pairs.first[rows], pairs.second[rows]


def _siblings_at_once(pairs: _Pairs, block: Block) -> Iterator[tuple[IntColumn, IntColumn]]:
    """Rows (first, second) of siblings in ``block`` whose last items are a frequent pair, in batches."""
    last = block.items[:, -1]
    joins = _siblings_end(block.items) - np.arange(len(block)) - 1
    for start, end in _batches(joins, block.bits.shape[1]):
        some = joins[start:end]
        first = np.repeat(np.arange(start, end), some)
        second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(some) - some, some)
        known = pairs.hold(last[first], last[second])
        yield first[known], second[known]


def _batches(joins: IntColumn, n_words: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows that together ask for about WORDS_AT_ONCE words, or a single row that asks for more."""
    batch = np.cumsum(joins) * n_words // WORDS_AT_ONCE
    edges = np.flatnonzero(np.diff(batch, prepend=-1, append=-1)).tolist()
    yield from pairwise(edges)


def _siblings_end(items: IntMatrix) -> IntColumn:
    """For each row the index after the last row that shares all its items but the last."""
    starts = np.ones(len(items), dtype=bool)
    starts[1:] = (items[1:, :-1] != items[:-1, :-1]).any(axis=1)
    ends = np.append(np.flatnonzero(starts)[1:], len(items))
    return np.repeat(ends, np.diff(np.append(np.flatnonzero(starts), len(items))))
