"""Depth-first search for frequent sets, baskets held as bits: the search under engine.bundles.itemsets.

    pairs, counted → products in enough of them → groups of products → bits of the baskets that hold one → longer sets

Source: Zaki (2000), Scalable algorithms for association mining, IEEE TKDE 12; bitsets stand for its tid-lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.bundles.baskets import Baskets, Bits, Shelf
from engine.bundles.pairs import PairCounts, pairs_in
from engine.frames import IntColumn

IntMatrix = NDArray[np.int64]

WORDS_AT_ONCE = 1 << 18
"""Bitset words intersected in one batch (2 MB): what fits a processor's cache, and bounds the memory."""

WORDS_HELD = 1 << 25
"""Bitset words of single products (256 MB): where they would be more, the search is made in parts."""


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
    """Frequent pairs (first < second), ascending, and their keys for looking up."""

    first: IntColumn
    second: IntColumn
    keys: IntColumn
    n_products: int

    @classmethod
    def of(cls, first: IntColumn, second: IntColumn, n_products: int) -> _Pairs:
        return cls(first, second, first * n_products + second, n_products)

    def hold(self, first: IntColumn, second: IntColumn) -> NDArray[np.bool_]:
        keys = first * self.n_products + second
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        is_held: NDArray[np.bool_] = self.keys[at] == keys
        return is_held


def walk(shelf: Shelf, least: int, max_length: int | None) -> Iterator[tuple[IntMatrix, IntColumn]]:
    """Frequent itemsets of one length at a time, (n, k) ids ascending by rarity, and the count of each.

    The sets come in no order. Depth first, so that only the blocks on the way down are held.
    """
    yield shelf.ids[:, None], shelf.counts
    if max_length == 1:
        return
    parts = []
    for part in pairs_in(shelf.baskets, least):
        yield shelf.ids[np.column_stack(part[:2])], part.times
        parts.append(part)
    if max_length == 2:
        return
    pairs = PairCounts(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    for items, counts in _longer(shelf.baskets, pairs, least, max_length):
        yield shelf.ids[items], counts


def _longer(
    baskets: Baskets, pairs: PairCounts, least: int, max_length: int | None
) -> Iterator[tuple[IntMatrix, IntColumn]]:
    """The frequent sets of three products and more, made of the frequent ``pairs``."""
    first, second = _promising(pairs.first, pairs.second, baskets.n_products)
    is_used = np.bincount(np.append(first, second), minlength=baskets.n_products) > 0
    kept, number = np.flatnonzero(is_used), np.cumsum(is_used) - 1
    baskets, first, second = baskets.only(is_used, least_size=3), number[first], number[second]
    for lowest, highest in _groups(baskets, first):
        for items, counts in _of_group(baskets, first, second, (lowest, highest), least, max_length):
            yield kept[items], counts


def _promising(first: IntColumn, second: IntColumn, n_products: int) -> tuple[IntColumn, IntColumn]:
    """The pairs of which a set of three could be made: both products stand in another pair that could, too."""
    while len(first):
        degree = np.bincount(np.append(first, second), minlength=n_products)
        kept = (degree[first] > 1) & (degree[second] > 1)
        if kept.all():
            break
        first, second = first[kept], second[kept]
    return first, second


def _groups(baskets: Baskets, first: IntColumn) -> Iterator[tuple[int, int]]:
    """Ranges of products [lowest, highest) that begin about as many pairs each; one where the bits of all fit."""
    if len(first):
        parts = 1 + len(baskets) // 64 * baskets.n_products // WORDS_HELD
        begins = first[:: -(-len(first) // parts)]
        yield from pairwise(np.unique(np.append(begins, baskets.n_products)).tolist())


def _of_group(
    baskets: Baskets,
    first: IntColumn,
    second: IntColumn,
    group: tuple[int, int],
    least: int,
    max_length: int | None,
) -> Iterator[tuple[IntMatrix, IntColumn]]:
    """The sets whose first product lies in ``group``: only baskets that hold one of these need be looked at."""
    begin = np.isin(np.arange(baskets.n_products), np.arange(*group))
    rows = slice(*np.searchsorted(first, group))
    starts, ends = first[rows], second[rows]
    is_used = np.bincount(np.append(starts, ends), minlength=baskets.n_products) > 0
    holding = np.bincount(baskets.basket[begin[baskets.product]], minlength=len(baskets)) > 0
    kept, number = np.flatnonzero(is_used), np.cumsum(is_used) - 1
    within = is_used[first] & is_used[second]
    pairs = _Pairs.of(number[first[within]], number[second[within]], len(kept))
    local = baskets.where(holding).only(is_used, least_size=3)
    singles = Block(np.arange(len(kept))[:, None], local.counts, local.packed())
    beginning = _Pairs.of(number[starts], number[ends], len(kept))
    path = [_extensions(singles, _pairs_at_once(beginning, singles), least)]
    while path:
        longer = next(path[-1], None)
        if longer is None:
            path.pop()
            continue
        if longer.items.shape[1] > 2:
            yield kept[longer.items], longer.counts
        if longer.items.shape[1] != max_length:
            path.append(_extensions(longer, _siblings_at_once(pairs, longer), least))


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
