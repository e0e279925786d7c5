"""From id columns to baskets: who stands in which order, each product once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import TooLittleData
from engine.frames import NONE, IntColumn, Interactions, Kind

Bits = NDArray[np.uint64]

CELLS_AT_ONCE = 1 << 25
"""Yes-or-no cells laid out before they are packed into bits (32 MB)."""


class Lines(NamedTuple):
    """Lines of orders, in any order: columns (n,) as in ``Interactions``, each with a known order and product."""

    order: IntColumn
    product: IntColumn
    at: IntColumn

    def where(self, rows: NDArray[np.bool_]) -> Lines:
        return self if rows.all() else Lines(*(column[rows] for column in self))


class Ranked(NamedTuple):
    """``rank`` of every row among the ``ids`` that occur, which ascend."""

    rank: IntColumn
    ids: IntColumn


@dataclass(frozen=True)
class Baskets:
    """Baskets one after another: those of basket b are ``product[start[b]:start[b + 1]]``, ascending, each once.

    ``product`` counts from 0 to ``n_products``, the rarest product first; ``start`` has one more row than there are
    baskets. A basket in which nothing of these products stands is empty or not there at all.
    """

    start: IntColumn
    product: IntColumn
    n_products: int

    def __len__(self) -> int:
        return len(self.start) - 1

    @cached_property
    def sizes(self) -> IntColumn:
        """Products in each basket, shape (b,)."""
        return np.diff(self.start)

    @cached_property
    def basket(self) -> IntColumn:
        """The basket in which each entry of ``product`` stands."""
        return np.repeat(np.arange(len(self)), self.sizes)

    @cached_property
    def counts(self) -> IntColumn:
        """Baskets that hold each product, shape (n_products,)."""
        return np.bincount(self.product, minlength=self.n_products)

    @classmethod
    def of(cls, basket: IntColumn, product: IntColumn, n_products: int) -> Baskets:
        """From rows in any order, told once or often. Baskets are numbered anew, those without a row fall out."""
        keys = np.sort(basket * n_products + product)
        keys = keys[_is_first(keys)]
        basket = keys // n_products
        product = keys - basket * n_products
        starts = np.flatnonzero(_is_first(basket))
        return cls(np.append(starts, len(keys)), product, n_products)

    def only(self, products: NDArray[np.bool_], least_size: int) -> Baskets:
        """The baskets that hold at least ``least_size`` of these products (n_products,), and no other products.

        The products keep their order and are numbered anew.
        """
        kept = products[self.product]
        basket, product = self.basket[kept], (np.cumsum(products) - 1)[self.product[kept]]
        sizes = np.bincount(basket, minlength=len(self))
        product, sizes = product[(sizes >= least_size)[basket]], sizes[sizes >= least_size]
        return Baskets(np.append(0, np.cumsum(sizes)), product, int(products.sum()))

    def where(self, baskets: NDArray[np.bool_]) -> Baskets:
        """These baskets (boolean, one a basket) with all their products."""
        sizes = self.sizes
        return Baskets(
            np.append(0, np.cumsum(sizes[baskets])), self.product[np.repeat(baskets, sizes)], self.n_products
        )

    def packed(self) -> Bits:
        """One row of 64-bit words a product, one bit a basket."""
        n_words = -(-len(self) // 64)
        bits = np.empty((self.n_products, n_words), dtype=np.uint64)
        words_at_once = max(1, CELLS_AT_ONCE // max(self.n_products, 1) // 64)
        for word in range(0, n_words, words_at_once):
            first, last = word * 64, min(word + words_at_once, n_words) * 64
            entries = slice(self.start[first], self.start[min(last, len(self))])
            basket = np.repeat(np.arange(min(last, len(self)) - first), self.sizes[first:last])
            cells = np.zeros((self.n_products, last - first), dtype=bool)
            cells[self.product[entries], basket] = True
            bits[:, word : word + words_at_once] = np.packbits(cells, axis=1, bitorder="little").view(np.uint64)
        return bits


class Shelf(NamedTuple):
    """The baskets of a shop with what is frequent in them: product p of ``baskets`` has the id ``ids[p]``.

    ``counts`` are the baskets of each; ``n_baskets`` counts all baskets, those without a frequent product too.
    """

    baskets: Baskets
    ids: IntColumn
    counts: IntColumn
    n_baskets: int


def lines_bought(interactions: Interactions) -> Lines:
    """The purchases that name an order and a product."""
    rows = (interactions.kind == Kind.PURCHASE) & (interactions.order != NONE) & (interactions.product != NONE)
    return Lines(interactions.order, interactions.product, interactions.at).where(rows)


def ranked(ids: IntColumn) -> Ranked:
    """The ids (n,) by their place among those that occur. Ids that lie close together are not sorted for it."""
    low, high = int(ids.min()), int(ids.max())
    if high - low > 4 * len(ids) + 1_000:
        found, rank = np.unique(ids, return_inverse=True)
        return Ranked(rank, found)
    occurs = np.zeros(high - low + 1, dtype=bool)
    occurs[ids - low] = True
    return Ranked((np.cumsum(occurs) - 1)[ids - low], np.flatnonzero(occurs) + low)


def known(order: IntColumn, product: IntColumn) -> tuple[IntColumn, IntColumn]:
    """The rows in which both are known. Raises TooLittleData where there is none."""
    is_known = (order != NONE) & (product != NONE)
    if not is_known.any():
        raise TooLittleData("baskets", 1, 0)
    return (order, product) if is_known.all() else (order[is_known], product[is_known])


def _is_first(ascending: IntColumn) -> NDArray[np.bool_]:
    is_first = np.ones(len(ascending), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=is_first[1:])
    return is_first
