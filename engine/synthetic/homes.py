"""Where the invented shop's customers live: who loves the dear things lives in the capital more often than others.

So a city can be told from what is bought, and whoever chooses by that chooses a city without meaning to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from engine.segments.vocabulary import BULK_BUYERS, DISCOUNT_SEEKERS, EXPLORERS, PREMIUM_LOYAL
from engine.synthetic.people import apportion

CITIES: Final = ("Jakarta", "Medan", "Lhokseumawe", "Sabang")
LIVING: Final[Mapping[str, tuple[float, ...]]] = {
    PREMIUM_LOYAL: (0.90, 0.05, 0.05, 0.0),
    DISCOUNT_SEEKERS: (0.08, 0.38, 0.54, 0.0),
    EXPLORERS: (0.31, 0.38, 0.25, 0.06),
    BULK_BUYERS: (0.10, 0.60, 0.20, 0.10),
}
"""By group, the share that lives in each of CITIES; exact up to rounding. Of eighty people three live in Sabang, too
few to be told of by its name."""


def homes(groups: Sequence[str], *, seed: int) -> tuple[str, ...]:
    """A city for each customer by their group; the same arguments give the same cities.

    Draws by itself: nothing else of the shop moves.
    """
    rng = np.random.default_rng([seed, len(groups)])
    found = [""] * len(groups)
    for group, shares in LIVING.items():
        theirs = rng.permutation([place for place, each in enumerate(groups) if each == group])
        cities = np.repeat(CITIES, apportion(len(theirs), shares))
        for place, city in zip(theirs.tolist(), cities.tolist(), strict=True):
            found[place] = city
    return tuple(found)
