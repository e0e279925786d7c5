"""How often things meet in baskets, against how often chance would bring them together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.bundles.baskets import Baskets, Bits, known, ranked
from engine.errors import TooLittleData
from engine.frames import NONE, IntColumn

FloatColumn = NDArray[np.float64]
IntMatrix = NDArray[np.int64]

NORMAL_95 = 1.959963984540054

WORDS_AT_ONCE = 1 << 20
"""Bitset words looked at in one batch (8 MB)."""


@dataclass(frozen=True)
class Meetings:
    """One row a rule: ``both`` baskets of ``n_baskets`` hold its two sides, ``one`` and ``other`` each side; (r,)."""

    both: IntColumn
    one: IntColumn
    other: IntColumn
    n_baskets: int

    @property
    def lift(self) -> FloatColumn:
        """Times as often as independence lets expect; 0 where they never met."""
        expected = self.one * (self.other / max(self.n_baskets, 1))
        lift = np.zeros(len(self.both))
        np.divide(self.both, expected, out=lift, where=self.both > 0)
        return lift

    @property
    def least_lift(self) -> FloatColumn:
        """The lower 95 % bound of the lift, a ratio of two shares (Katz et al. 1978); 0 where they never met."""
        both, one, other = (np.maximum(each, 1) for each in (self.both, self.one, self.other))
        spread = np.maximum(1 / both - 1 / one + 1 / other - 1 / max(self.n_baskets, 1), 0)
        return np.asarray(self.lift * np.exp(-NORMAL_95 * np.sqrt(spread)), dtype=np.float64)


def meetings(order: IntColumn, product: IntColumn, antecedent: IntMatrix, consequent: IntColumn) -> Meetings:
    """How often the sides of these rules met in other baskets than the rules were found in.

    ``order`` and ``product`` as for ``frequent_itemsets``; ``antecedent`` (r, w) padded with NONE, ``consequent``
    (r,). Where there is no basket all counts are zero.
    """
    sides = (np.column_stack([antecedent, consequent]), antecedent, consequent[:, None])
    try:
        order, product = known(order, product)
    except TooLittleData:
        nothing = np.zeros(len(consequent), dtype=np.int64)
        return Meetings(nothing, nothing, nothing, 0)
    basket, orders = ranked(order)
    wanted = np.unique(sides[0])
    wanted = wanted[wanted != NONE]
    place = np.minimum(np.searchsorted(wanted, product), len(wanted) - 1)
    rows = wanted[place] == product if len(wanted) else np.zeros(len(product), dtype=bool)
    bits = Baskets.of(basket[rows], place[rows], max(len(wanted), 1)).packed()
    both, one, other = (_holding(bits, wanted, each) for each in sides)
    return Meetings(both, one, other, len(orders))


def _holding(bits: Bits, wanted: IntColumn, sets: IntMatrix) -> IntColumn:
    """The baskets that hold all products of each row (r, w) of ``sets``."""
    counts = np.zeros(len(sets), dtype=np.int64)
    # A place left open asks for nothing: every basket will do.
    row = np.where(sets == NONE, len(bits), np.searchsorted(wanted, sets))
    bits = np.vstack([bits, np.full(bits.shape[1], np.iinfo(np.uint64).max, dtype=np.uint64)])
    at_once = max(1, WORDS_AT_ONCE // max(bits.shape[1], 1))
    for start in range(0, len(sets), at_once):
        some = slice(start, start + at_once)
        held = bits[row[some, 0]]
        for column in range(1, sets.shape[1]):
            held &= bits[row[some, column]]
        counts[some] = np.bitwise_count(held).sum(axis=1, dtype=np.int64)
    return counts
