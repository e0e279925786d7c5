"""Do rules that were found before some day still hold in the orders after it?

A rule is chosen for looking strong in the orders it was found in, so those flatter it. Later ones do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.bundles.baskets import Lines, known, ranked
from engine.bundles.meetings import Meetings, meetings
from engine.bundles.rules import Rules
from engine.experiments import proportion_interval
from engine.frames import IntColumn

EARLIER = 0.85
"""Share of the orders, by their time, that come before the cut."""

LEAST_EXPECTED = 5
"""A rule is judged where, sold as before, at least so many later orders would hold it."""


class Parted(NamedTuple):
    """Lines of the orders that began before ``at`` (microseconds), and of those that began then or later."""

    at: int
    earlier: Lines
    later: Lines


@dataclass(frozen=True)
class Held:
    """What became of ``n`` rules; ``n_unjudged`` more were too rare to tell.

    In ``holding`` of them the two sides still met oftener than by chance, in ``surely`` of them even at the lower
    95 % bound of the later lift.
    """

    n: int
    holding: int
    surely: int
    n_unjudged: int
    n_baskets: int

    @property
    def share(self) -> float:
        return self.holding / self.n if self.n else 0.0

    @property
    def sure_share(self) -> float:
        return self.surely / self.n if self.n else 0.0

    @property
    def share_error(self) -> float:
        """Standard error of ``share``, with one rule's weight added to either side so that all or none is no zero."""
        smoothed = (self.holding + 1) / (self.n + 2)
        return sqrt(smoothed * (1 - smoothed) / max(self.n, 1))

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of ``share`` (Wilson); rules share products, so it is narrower than it should be."""
        if not self.n:
            return 0.0, 1.0
        told = proportion_interval(self.holding, self.n)
        return told.low, told.high


def part(bought: Lines, earlier: float = EARLIER) -> Parted:
    """Lines parted where ``earlier`` of the orders have begun; an order is never torn in two.

    Raises TooLittleData without an order of a known product.
    """
    known(bought.order, bought.product)
    order, ids = ranked(bought.order)
    begun = np.full(len(ids), np.iinfo(np.int64).max)
    np.minimum.at(begun, order, bought.at)
    cut = int(np.quantile(begun, earlier, method="higher"))
    is_later = (begun >= cut)[order]
    return Parted(cut, bought.where(~is_later), bought.where(is_later))


def held(rules: Rules, order: IntColumn, product: IntColumn) -> Held:
    """How many of the ``rules`` hold in the baskets of these later lines."""
    met = meetings(order, product, rules.antecedent, rules.consequent)
    judged = is_judged(rules, met)
    return Held(
        n=int(judged.sum()),
        holding=int((met.lift > 1)[judged].sum()),
        surely=int((met.least_lift > 1)[judged].sum()),
        n_unjudged=int((~judged).sum()),
        n_baskets=met.n_baskets,
    )


def is_judged(rules: Rules, met: Meetings) -> NDArray[np.bool_]:
    """Which rules the later orders are enough to judge; goes by what was known before, never by what came."""
    return rules.support * met.n_baskets >= LEAST_EXPECTED
