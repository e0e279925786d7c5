"""People of whom it is known what an offer does: it moves some, some buy anyway, some never, some it puts off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.frames import IntColumn

Floats = NDArray[np.float64]

PERSUADABLE, SURE, LOST, SLEEPING = 0, 1, 2, 3
ANYWAY: Final = (0.10, 0.60, 0.02, 0.30)
"""By kind: how likely they buy without the offer …"""
MOVED: Final = (0.20, 0.0, 0.0, -0.15)
"""… and how much likelier the offer makes it. Sleeping dogs it puts off."""


@dataclass(frozen=True)
class Moved:
    """An experiment among ``n`` people whose answers are known.

    ``values`` (n, 4): how often they bought, how long ago (days, nan of one in ten), whether ever at a discount, and
    a figure that says nothing. ``uplift`` (n,) is what the offer truly does to each.
    """

    values: Floats
    treated: Floats
    outcome: Floats
    uplift: Floats
    kind: IntColumn


def moved(n: int, *, seed: int, share_treated: float = 0.5, strength: float = 1.0) -> Moved:
    """Invent them. ``strength`` 0: the offer does nothing to anybody. The same arguments give the same people."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 4, n)
    often = rng.poisson(np.array([2.0, 8.0, 1.0, 5.0])[kind]) + 1.0
    ago = rng.gamma(2.0, np.array([30.0, 8.0, 90.0, 15.0])[kind])
    likes_discounts = (rng.random(n) < np.array([0.8, 0.3, 0.3, 0.05])[kind]).astype(np.float64)
    values = np.column_stack([often, ago, likes_discounts, rng.normal(size=n)])
    values[rng.random(n) < 0.1, 1] = np.nan
    uplift = strength * np.array(MOVED)[kind]
    treated = (rng.random(n) < share_treated).astype(np.float64)
    outcome = (rng.random(n) < np.array(ANYWAY)[kind] + treated * uplift).astype(np.float64)
    return Moved(values, treated, outcome, uplift, kind)
