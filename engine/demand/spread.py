"""How far what came lay from what was expected: intervals as wide as the misses on held-out weeks were.

No shape is supposed. What came is divided by what was expected, products that are expected to sell about as much are
taken together, and the interval of the next weeks reaches from one quantile of these ratios to another: if nine in
ten products sold between nothing and three times what was expected, so will the next ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.demand.trying import Tried

Floats = NDArray[np.float64]
LEVELS = (0.5, 0.8, 0.95)
LEAST_TOGETHER, MOST_BINS = 60, 6
"""So many ratios make a group; of fewer in all there is but one."""
LEAST_RATIOS = 20
"""Of fewer there is no interval."""


@dataclass(frozen=True)
class Spread:
    """``edges`` (b-1,) of what is expected part the groups; ``low`` and ``high`` (levels, b) are ratios to it.

    ``idle`` (levels,) is how many pieces at most what was expected to sell nothing sold after all.
    """

    edges: Floats
    low: Floats
    high: Floats
    idle: Floats
    n: int

    def interval(self, expected: Floats, level: int) -> tuple[Floats, Floats]:
        """From and to, for each expectation (k,), at LEVELS[level]."""
        group = np.searchsorted(self.edges, expected, side="right")
        low, high = expected * self.low[level][group], expected * self.high[level][group]
        return low, np.where(expected > 0, high, self.idle[level])


def spread(expected: Floats, came: Floats) -> Spread | None:
    """What held-out weeks say; None where they are too few."""
    live = expected > 0
    if live.sum() < LEAST_RATIOS:
        return None
    size, ratio = expected[live], came[live] / expected[live]
    bins = int(np.clip(len(size) // LEAST_TOGETHER, 1, MOST_BINS))
    edges = np.unique(np.quantile(size, np.linspace(0, 1, bins + 1)[1:-1]))
    group = np.searchsorted(edges, size, side="right")
    low, high = np.zeros((2, len(LEVELS), len(edges) + 1))
    for each in range(len(edges) + 1):
        of = ratio[group == each] if (group == each).any() else ratio
        for place, level in enumerate(LEVELS):
            low[place, each], high[place, each] = np.quantile(of, ((1 - level) / 2, (1 + level) / 2), method="linear")
    still = came[expected <= 0]
    idle = np.array([np.quantile(still, (1 + level) / 2) if len(still) else 0.0 for level in LEVELS])
    return Spread(edges, low, high, idle, len(size))


def coverage(spread: Spread, tried: Tried) -> list[float]:
    """The share of what came that lay within the interval, rounded outward to whole pieces, at each of LEVELS."""
    expected, found = tried.expected, []
    for place in range(len(LEVELS)):
        low, high = spread.interval(expected, place)
        found.append(float(((tried.came >= np.floor(low)) & (tried.came <= np.ceil(high))).mean()))
    return found
