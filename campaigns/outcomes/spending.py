"""What a person spends within their window, with the offer and without it. Pure.

Unlike a report's revenue, which is what recipients spent after their message, this is of both arms alike: everything
bought within the window by whoever the lot put on that side. Of the erased nothing is known any more: they are in
neither, and so says the n.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, variance

from campaigns.outcomes.comparing import CONFIDENCE
from campaigns.outcomes.figures import NOTHING, Deeds, Row
from engine.experiments import LEAST_PEOPLE

LEAST_BUYERS = 5
"""In either arm, before an interval is given: of fewer, one order more would move it anywhere."""


@dataclass(frozen=True)
class Side:
    """One arm: ``n`` people, how many of them bought, and what they spent in all, in minor units."""

    n: int
    buyers: int
    total_minor: int

    @property
    def each_minor(self) -> float | None:
        """Spent by each of them, buyer or not; None of nobody."""
        return self.total_minor / self.n if self.n else None


@dataclass(frozen=True)
class Spending:
    """``difference`` is what one who was to get the offer spends more than one of the holdout, in minor units, and
    with ``low`` and ``high`` its 95 % interval by Welch's standard error; all None where there are too few."""

    treated: Side
    control: Side
    difference: float | None
    low: float | None
    high: float | None

    @property
    def brought_minor(self) -> tuple[float, float, float] | None:
        """The same for all who were to get it: what the offer brought in, from and to."""
        if self.difference is None or self.low is None or self.high is None:
            return None
        return self.difference * self.treated.n, self.low * self.treated.n, self.high * self.treated.n


def spending(people: Iterable[Row], did: Mapping[int, Deeds], currency: str | None) -> Spending:
    """Of ``people``, each once, in ``currency``; what was paid in another is left aside, as in the report."""
    sides: tuple[list[int], list[int]] = ([], [])
    for row in people:
        if row.is_read:
            paid = did.get(row.id, NOTHING).in_window.paid.get(currency or "", (0, 0))[1]
            sides[row.is_held_out].append(paid)
    treated, control = (_side(each) for each in sides)
    if min(treated.n, control.n) < LEAST_PEOPLE or min(treated.buyers, control.buyers) < LEAST_BUYERS:
        return Spending(treated, control, None, None, None)
    difference = fmean(sides[0]) - fmean(sides[1])
    reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * sqrt(_uncertain(sides[0]) + _uncertain(sides[1]))
    return Spending(treated, control, difference, difference - reach, difference + reach)


def _side(paid: Sequence[int]) -> Side:
    return Side(len(paid), sum(each > 0 for each in paid), sum(paid))


def _uncertain(paid: Sequence[int]) -> float:
    """The variance of their mean."""
    return float(variance(paid)) / len(paid)
