"""Which products stand together in baskets: every frequent itemset, exact and complete.

    columns → baskets as bits → frequent products → frequent pairs → extensions, depth first

**Large baskets.** The work is bounded by the number of frequent itemsets, never by the subsets of a basket. A basket
of k products costs k bits and its pairs once: named one by one while k is small, and from a sixteenth of the products
on as one row of a product of matrices. Nothing is cut short and no basket is left out, so the answer is complete at
the support asked for. Where a basket alone makes sets frequent (a least count of 1) or many products always come
together, the sets themselves are too many: the search ends with TooManyItemsets, which names a support to try.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.bundles.baskets import Baskets, Shelf, known, ranked
from engine.bundles.eclat import IntMatrix, walk
from engine.frames import NONE, IntColumn

Level = tuple[IntMatrix, IntColumn]
"""Itemsets of one length, (n, k), and their counts, (n,)."""


class TooManyItemsets(ValueError):
    """The support asked for is so low that the answer would not be useful, nor fit."""

    def __init__(self, limit: int, min_support: float, try_support: float | None) -> None:
        remedy = "ask for a smaller max_length"
        if try_support is not None:
            remedy = f"ask for a support of {try_support:.6g} or more, or for a smaller max_length"
        super().__init__(f"more than {limit} itemsets at support {min_support:.6g}: {remedy}")
        self.limit, self.min_support, self.try_support = limit, min_support, try_support


@dataclass(frozen=True)
class Itemsets:
    """Frequent itemsets by length.

    ``items[k - 1]`` has shape (n_k, k): product ids ascending in each row, rows in lexicographic order.
    ``counts[k - 1]`` has shape (n_k,): baskets that hold them all. ``n_baskets`` counts all baskets,
    ``min_count`` is the least count that was asked for.
    """

    n_baskets: int
    min_count: int
    items: tuple[IntMatrix, ...]
    counts: tuple[IntColumn, ...]

    def __len__(self) -> int:
        return sum(len(level) for level in self.counts)

    def as_dict(self) -> dict[tuple[int, ...], int]:
        """Count by itemset, shorter ones first."""
        return {
            tuple(row): count
            for items, counts in zip(self.items, self.counts, strict=True)
            for row, count in zip(items.tolist(), counts.tolist(), strict=True)
        }


def frequent_itemsets(
    order: IntColumn,
    product: IntColumn,
    min_support: float,
    *,
    max_length: int | None = None,
    limit: int = 500_000,
) -> Itemsets:
    """Every set of at most ``max_length`` products found together in at least ``min_support`` of the baskets.

    ``order`` and ``product`` are id columns of one length, in any order; a product counts once a basket, rows where
    either is NONE are left out. Exact and complete: a set counts as frequent when its reported support,
    count / n_baskets, is not below ``min_support`` (as with arules and mlxtend's apriori), and it was seen at all.

    Raises ValueError for a support outside (0, 1] or a length below 1, TooLittleData without a basket, and
    TooManyItemsets as soon as more than ``limit`` sets are found.
    Source: Zaki (2000), Scalable algorithms for association mining (Eclat), IEEE TKDE 12; bitsets for tid-lists.
    """
    if not 0 < min_support <= 1:
        raise ValueError(f"min_support lies in (0, 1], not at {min_support}")
    if max_length is not None and max_length < 1:
        raise ValueError(f"max_length is at least 1, not {max_length}")
    shelf, least = shelved(order, product, min_support)
    found: list[Level] = []
    total = 0
    for items, counts in walk(shelf, least, max_length):
        if len(counts):
            found.append((items, counts))
        total += len(counts)
        if total > limit:
            raise TooManyItemsets(limit, min_support, _try_support(found, least, shelf.n_baskets))
    return _arranged(found, shelf.n_baskets, least)


def least_count(min_support: float, n_baskets: int) -> int:
    """The least count whose support, count / n_baskets, is not below ``min_support``; at least 1.

    The ceiling of the product would be one too many where the product rounds up: 0.07 of 100 baskets is
    7.000000000000001.
    """
    near = int(min_support * n_baskets)
    return next(count for count in range(max(1, near - 1), near + 3) if count / n_baskets >= min_support)


def shelved(order: IntColumn, product: IntColumn, min_support: float) -> tuple[Shelf, int]:
    """The baskets with what is frequent in them, and the least count asked for. Raises TooLittleData."""
    order, product = known(order, product)
    basket, orders = ranked(order)
    number, ids = ranked(product)
    least = least_count(min_support, len(orders))
    # Lines are at least as many as baskets, so what has too few lines is not frequent: left out before the sorting.
    lines = np.bincount(number, minlength=len(ids))
    by_rarity = np.argsort(lines, kind="stable")[np.count_nonzero(lines < least) :]
    rank = np.full(len(ids), NONE)
    rank[by_rarity] = np.arange(len(by_rarity))
    # Rare products first: their sets die soonest, so that fewer candidates are ever looked at.
    number = rank[number]
    kept = number != NONE
    baskets = Baskets.of(basket[kept], number[kept], len(by_rarity))
    is_frequent = baskets.counts >= least
    if not is_frequent.all():
        baskets = baskets.only(is_frequent, least_size=1)
    return Shelf(baskets, ids[by_rarity[is_frequent]], baskets.counts, len(orders)), least


def _try_support(found: list[Level], least: int, n_baskets: int) -> float | None:
    """A support that nine in ten of the sets found so far miss: a guess, the search having stopped early."""
    counts = np.concatenate([counts for _, counts in found])
    count = max(least, int(np.quantile(counts, 0.9, method="higher"))) + 1
    return count / n_baskets if count <= n_baskets else None


def _arranged(found: list[Level], n_baskets: int, least: int) -> Itemsets:
    levels = [
        _level([some for some in found if some[0].shape[1] == length])
        for length in range(1, max((items.shape[1] for items, _ in found), default=0) + 1)
    ]
    return Itemsets(n_baskets, least, tuple(items for items, _ in levels), tuple(counts for _, counts in levels))


def _level(parts: list[Level]) -> Level:
    rows = np.sort(np.concatenate([items for items, _ in parts]), axis=1)
    by_items = np.lexsort(rows.T[::-1])
    return rows[by_items], np.concatenate([counts for _, counts in parts])[by_items]
