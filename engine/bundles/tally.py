"""The counts of all pairs, kept so that a new basket is counted at once.

Exact: a tally that was told of every basket one by one says what one learned from all of them says.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from engine.bundles.baskets import Baskets, known, ranked
from engine.bundles.meetings import Meetings
from engine.bundles.pairs import pairs_in
from engine.frames import IntColumn

MOST_WATCHED = 1_000
"""Products whose pairs are kept: half a million pairs at the most."""

FORMAT = 1


@dataclass(frozen=True)
class PairTally:
    """Of ``n_baskets`` baskets, how many hold each watched product, and each two of them.

    ``products`` (p,) are the ids watched, ascending, and ``counts`` (p,) the baskets of each. ``keys`` (k,) ascend:
    the pair of the products at i < j stands at ``i * p + j``, in ``times`` (k,) baskets; the others never met.
    """

    n_baskets: int
    products: IntColumn
    counts: IntColumn
    keys: IntColumn
    times: IntColumn

    @classmethod
    def of(cls, order: IntColumn, product: IntColumn, most: int = MOST_WATCHED) -> Self:
        """Of columns as ``frequent_itemsets`` takes them; the ``most`` products with most lines are watched.

        Raises TooLittleData without a basket.
        """
        order, product = known(order, product)
        basket, orders = ranked(order)
        number, ids = ranked(product)
        lines = np.bincount(number)
        watched = np.sort(np.argsort(-lines, kind="stable")[:most])
        place = np.full(len(ids), -1)
        place[watched] = np.arange(len(watched))
        rows = place[number] >= 0
        baskets = Baskets.of(basket[rows], place[number[rows]], len(watched))
        first, second, times = (np.concatenate(each) for each in zip(*pairs_in(baskets, 1), strict=True))
        return cls(len(orders), ids[watched], baskets.counts, first * len(watched) + second, times)

    def grown(self, products: Collection[int], before: Collection[int] = ()) -> Self:
        """The tally after ``products`` came into one basket, in which those of ``before`` were already.

        A new basket has nothing before; one that holds nothing new changes nothing.
        """
        return self.grown_by([(products, before)])

    def grown_by(self, baskets: Iterable[tuple[Collection[int], Collection[int]]]) -> Self:
        """The same for many baskets at once: for each what came into it, and what was in it before."""
        counts, begun, met = self.counts.copy(), 0, [np.zeros(0, dtype=np.int64)]
        for products, before in baskets:
            new, old = self._places(set(products) - set(before)), self._places(set(before))
            begun += bool(products) and not before
            counts[new] += 1
            row, column = np.triu_indices(len(new), 1)
            one = np.append(new[row], np.repeat(new, len(old)))
            other = np.append(new[column], np.tile(old, len(new)))
            met.append(np.minimum(one, other) * len(self.products) + np.maximum(one, other))
        keys, times = self._added(np.concatenate(met))
        return type(self)(self.n_baskets + begun, self.products, counts, keys, times)

    def met(self, first: int, second: int) -> Meetings | None:
        """How often these two products met, as one row; None where one of them is not watched."""
        places = self._places({first, second})
        if len(places) < 2:
            return None
        key = int(places[0]) * len(self.products) + int(places[1])
        at = int(np.searchsorted(self.keys, key))
        times = int(self.times[at]) if at < len(self.keys) and self.keys[at] == key else 0
        one, other = (self.counts[np.searchsorted(self.products, [each])] for each in (first, second))
        return Meetings(np.array([times]), one, other, self.n_baskets)

    def kept(self) -> bytes:
        """As bytes for ``read``: a few hundred kilobytes for a thousand products."""
        sizes = np.array([FORMAT, self.n_baskets, len(self.products), len(self.keys)], dtype="<i8")
        columns = (self.products, self.counts, np.diff(self.keys, prepend=0), self.times)
        return zlib.compress(b"".join(each.astype("<i8").tobytes() for each in (sizes, *columns)), 1)

    @classmethod
    def read(cls, kept: bytes) -> Self:
        """What ``kept`` gave. Raises ValueError for what is none."""
        try:
            numbers = np.frombuffer(zlib.decompress(kept), dtype="<i8").astype(np.int64)
            version, n_baskets, n_products, n_pairs = numbers[:4].tolist()
        except (zlib.error, ValueError) as fault:
            raise ValueError("these bytes are no tally of pairs: mine again") from fault
        if version != FORMAT or len(numbers) != 4 + 2 * n_products + 2 * n_pairs:
            raise ValueError("this tally of pairs is of another version: mine again")
        ends = np.cumsum([4, n_products, n_products, n_pairs])
        _, products, counts, steps, times = np.split(numbers, ends)
        return cls(n_baskets, products, counts, np.cumsum(steps), times)

    def _places(self, ids: set[int]) -> IntColumn:
        return np.flatnonzero(np.isin(self.products, np.array(sorted(ids), dtype=np.int64)))

    def _added(self, met: IntColumn) -> tuple[IntColumn, IntColumn]:
        met, more = np.unique(met, return_counts=True)
        at = np.searchsorted(self.keys, met)
        is_known = np.zeros(len(met), dtype=bool)
        inside = at < len(self.keys)
        is_known[inside] = self.keys[at[inside]] == met[inside]
        times = self.times.copy()
        times[at[is_known]] += more[is_known]
        new = at[~is_known]
        return np.insert(self.keys, new, met[~is_known]), np.insert(times, new, more[~is_known])
