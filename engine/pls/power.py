"""How many answers a model wants: rules of thumb and one that follows from the F test."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from engine.pls.model import Mode, Model

SURE, FOUND = 0.05, 0.80
"""How often a link may be seen where none is, and how often one that is there is to be found."""
MEDIUM_R2: Final = 0.25
FOR_A_LINK: Final = float(special.ndtri(1 - SURE) + special.ndtri(FOUND))
"""2.486: Kock, Hadaya (2018), Information Systems Journal 28, the inverse square root method."""
MOST_NEEDED: Final = 1_000_000


def ten_times(model: Model) -> int:
    """Ten for each of the most arrows into one construct, from constructs or, in mode B, from items."""
    into = [len(model.before(name)) for name in model.names]
    formed = [len(each.items) for each in model.constructs if each.mode is Mode.B]
    return 10 * max([*into, *formed, 1])


def for_r2(model: Model, r2: float = MEDIUM_R2) -> int:
    """So many that explaining a share ``r2`` of a construct is found at FOUND: Cohen (1992), Psych. Bull. 112."""
    return needed_for_r2(max([len(model.before(name)) for name in model.names]), r2)


def needed_for_r2(arrows: int, r2: float) -> int:
    """The least n at which the F test of a regression on ``arrows`` columns has the power FOUND."""
    low, high = arrows + 2, MOST_NEEDED
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _power(middle, arrows, r2) >= FOUND else (middle + 1, high)
    return low


def for_link(coefficient: float) -> int:
    """So many that a link of this size is found at FOUND; MOST_NEEDED for hardly any."""
    return min(int(np.ceil((FOR_A_LINK / max(abs(coefficient), 1e-6)) ** 2)), MOST_NEEDED)


def _power(n: int, arrows: int, r2: float) -> float:
    """How often the F test finds it: the non-central F as a mixture of beta distributions.

    scipy's own ncfdtr loses its way at some of these values.
    """
    rest = n - arrows - 1
    line = special.fdtri(arrows, rest, 1 - SURE)
    half = n * r2 / (1 - r2) / 2
    terms = np.arange(int(half + 12 * np.sqrt(half) + 30))
    share = np.exp(terms * np.log(half) - half - special.gammaln(terms + 1))
    below = special.betainc(arrows / 2 + terms, rest / 2, arrows * line / (arrows * line + rest))
    return float(1 - share @ below)
