"""What a shop's shelf says about a product: its row, its brand's code, whether it is premium."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.frames import NONE, IntColumn, Products

PREMIUM_TIMES_USUAL: Final = 1.5
"""Where the shop does not say what is premium, it is what costs this many times its category's median price."""

LEAST_PRICED: Final = 4
"""A category with fewer priced products has no usual price."""


def codes(words: Sequence[str]) -> IntColumn:
    """A code (m,) for each distinct word, ``NONE`` for the empty one."""
    known = {word: code for code, word in enumerate(sorted(set(words) - {""}))}
    return np.array([known.get(word, NONE) for word in words], dtype=np.int64)


def rows_of(product: IntColumn, products: Products) -> IntColumn:
    """The row in ``products`` of each product id (n,), ``NONE`` where the shelf does not know it."""
    if not len(products):
        return np.full(len(product), NONE, dtype=np.int64)
    order = np.argsort(products.id, kind="stable")
    place = np.minimum(np.searchsorted(products.id[order], product), len(order) - 1)
    return np.where(products.id[order][place] == product, order[place], NONE)


def premium_flags(products: Products) -> IntColumn:
    """1, 0 or ``NONE`` (m,): what the shop says, or else what the price says within the category."""
    flags = products.is_premium.copy()
    category = codes(products.category)
    priced = (products.price_minor > 0) & (category >= 0)
    for code in range(int(category.max(initial=NONE)) + 1):
        members = np.flatnonzero(priced & (category == code))
        if len(members) >= LEAST_PRICED:
            price = products.price_minor[members]
            dear = price >= PREMIUM_TIMES_USUAL * np.median(price)
            flags[members] = np.where(flags[members] == NONE, dear, flags[members])
    return flags
