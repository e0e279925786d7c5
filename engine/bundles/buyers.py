"""Who bought a bundle: how many different people it rests on, and who bought a part of it and never the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from engine.frames import NONE, IntColumn, Interactions, Kind


class Buyers(NamedTuple):
    """How many customers ever bought all of a bundle's products, together or not, and how many only some."""

    whole: int
    part: int


def buyers(bundles: Sequence[Sequence[int]], interactions: Interactions) -> Iterator[Buyers]:
    """For each bundle, given as product ids, by the purchases of customers that are known."""
    wanted = np.unique(np.array([each for bundle in bundles for each in bundle], dtype=np.int64))
    rows = np.flatnonzero(np.isin(interactions.product, wanted))
    rows = rows[(interactions.kind[rows] == Kind.PURCHASE) & (interactions.customer[rows] != NONE)]
    customers, customer = np.unique(interactions.customer[rows], return_inverse=True)
    has = np.zeros((len(wanted), len(customers)), dtype=bool)
    has[np.searchsorted(wanted, interactions.product[rows]), customer] = True
    for bundle in bundles:
        n_of_it = has[np.searchsorted(wanted, bundle)].sum(axis=0)
        whole = int((n_of_it == len(bundle)).sum())
        yield Buyers(whole, int((n_of_it > 0).sum()) - whole)


class Together:
    """How many different buyers had products in one order; an order without a known customer is a buyer of its own.

    A hundred orders of one customer are a hundred times the same taste: they make a rule sure, and a bundle for one.
    """

    def __init__(self, interactions: Interactions) -> None:
        named = (interactions.order != NONE) & (interactions.product != NONE)
        rows = np.flatnonzero((interactions.kind == Kind.PURCHASE) & named)
        orders, order = np.unique(interactions.order[rows], return_inverse=True)
        self._buyer = -2 - np.arange(len(orders), dtype=np.int64)
        is_known = interactions.customer[rows] != NONE
        np.maximum.at(self._buyer, order[is_known], interactions.customer[rows][is_known])
        key = np.unique(interactions.product[rows] * max(len(orders), 1) + order)
        product, self._order = np.divmod(key, max(len(orders), 1))
        self._ids, self._start = np.unique(product, return_index=True)
        self._end = np.append(self._start[1:], len(product))
        self._pairs: dict[tuple[int, ...], int] = {}

    def buyers(self, products: Iterable[int]) -> int:
        """Of whom one order at least held all of ``products`` (one or more)."""
        orders: IntColumn | None = None
        for product in sorted(products):
            theirs = self._orders(product)
            orders = theirs if orders is None else np.intersect1d(orders, theirs, assume_unique=True)
        return 0 if orders is None else len(np.unique(self._buyer[orders]))

    def are_many(self, products: Iterable[int], least: int) -> bool:
        """Whether ``least`` buyers or more had them together. What few buy in pairs, no more buy whole."""
        whole = tuple(sorted(products))
        for pair in combinations(whole, 2):
            if pair not in self._pairs:
                self._pairs[pair] = self.buyers(pair)
            if self._pairs[pair] < least:
                return False
        return len(whole) <= 2 or self.buyers(whole) >= least

    def _orders(self, product: int) -> IntColumn:
        place = int(np.searchsorted(self._ids, product))
        if place == len(self._ids) or self._ids[place] != product:
            return self._order[:0]
        return self._order[self._start[place] : self._end[place]]
