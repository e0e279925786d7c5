"""How well an order of people finds those who are moved: Qini's curve, its coefficient, and how sure that is.

Only an experiment can tell: of everybody it must be known whether a lot gave them the offer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import TooLittleData
from engine.frames import IntColumn

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Qini:
    """``coefficient`` is the area between the curve and its chord, ``se`` its standard error, ``n`` how many people
    were ordered. ``influence`` (n,) is what each of them adds to the error, for comparing two orders of the same."""

    coefficient: float
    se: float
    n: int
    influence: Floats

    @property
    def is_claimed(self) -> bool:
        """Whether it is above what no order at all would give, at 95 %."""
        return self.coefficient > 1.96 * self.se > 0


@dataclass(frozen=True)
class _Curve:
    """At the end of each run of equal scores: who was ordered so far. ``place`` (n,) is everybody's run."""

    place: IntColumn
    share: Floats
    treated: Floats
    control: Floats
    treated_outcome: Floats
    control_outcome: Floats

    @property
    def gains(self) -> Floats:
        """What the treated have beyond the control's rate, by head of all treated."""
        expected = _divided(self.control_outcome * self.treated, self.control)
        gains: Floats = (self.treated_outcome - expected) / self.treated[-1]
        return gains


def curve(score: Floats, treated: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    """Qini's curve: the share (k + 1,) of people that were ordered, highest scores first, and the gain (k + 1,).

    The gain is the outcomes of the treated among them beyond what the control's rate among them makes expected, by
    head of all treated, so that it ends at the average effect. People with equal scores come at once: the curve is
    straight between. Where no control was met yet nothing is taken off. ``treated`` and ``outcome`` are (n,), 0 or 1;
    the outcome may be an amount. Raises TooLittleData where an arm is empty.
    Source: Radcliffe (2007), Using control groups to target on predicted lift, Direct Marketing Analytics Journal 1.
    """
    found = _counted(score, treated, outcome)
    return np.r_[0.0, found.share], np.r_[0.0, found.gains]


def qini(
    score: Floats,
    treated: Floats,
    outcome: Floats,
    *,
    strata: IntColumn | None = None,
    people: IntColumn | None = None,
) -> Qini:
    """The area between Qini's curve and its chord: 0 for an order by lot, above where the moved come first.

    The standard error is that of the area's linearisation, for a fixed order. ``strata`` (n,) numbers the
    experiments that the rows are of: each has its own curve, and they count by their size. ``people`` (n,) says
    whose row it is: several of one person's are not told apart by chance. Raises TooLittleData where an arm of an
    experiment is empty.
    """
    coefficient, influence = 0.0, np.zeros(len(score))
    for rows in _parts(strata, len(score)):
        area, theirs = _area(score[rows], treated[rows], outcome[rows])
        coefficient += area * len(rows) / len(score)
        influence[rows] = theirs * len(rows) / len(score)
    return Qini(coefficient, spread(influence, people), len(score), influence)


def of_optimum(score: Floats, treated: Floats, outcome: Floats) -> float:
    """The coefficient as a share of the best that any order of these people could have; Radcliffe's Q."""
    best = qini(outcome * (2 * treated - 1), treated, outcome).coefficient
    return qini(score, treated, outcome).coefficient / best if best else 0.0


def spread(influence: Floats, people: IntColumn | None = None) -> float:
    """The standard error of a sum to which each row, and with ``people`` each person, adds so much."""
    parts = influence if people is None else np.bincount(np.unique(people, return_inverse=True)[1], influence)
    n = len(parts)
    return float(np.sqrt(np.sum((parts - parts.mean()) ** 2) * n / (n - 1))) if n > 1 else 0.0


def _area(score: Floats, treated: Floats, outcome: Floats) -> tuple[float, Floats]:
    """The area of one experiment, and what each person adds to its error."""
    found = _counted(score, treated, outcome)
    ends = np.r_[0.0, found.share]
    # How much of the area hangs on each point of the curve: the trapezoids at its two sides, and half the chord's.
    weight = (np.r_[ends[2:], 1.0] - ends[:-1]) / 2
    weight[-1] -= 0.5
    area = float(weight @ found.gains)
    rate, ratio = _divided(found.control_outcome, found.control), _divided(found.treated, found.control)
    upto = [_from_here(weight * each)[found.place] for each in (np.ones(len(rate)), rate, ratio, ratio * rate)]
    if_treated = outcome * upto[0] - upto[1] - area
    if_control = outcome * upto[2] - upto[3]
    return area, np.where(treated > 0, if_treated, -if_control) / found.treated[-1]


def _counted(score: Floats, treated: Floats, outcome: Floats) -> _Curve:
    for arm, n in (("people with the offer", treated.sum()), ("people without it", len(treated) - treated.sum())):
        if not n:
            raise TooLittleData(arm, 1, 0)
    values, place = np.unique(-score, return_inverse=True)
    runs = len(values)

    def upto(weights: Floats) -> Floats:
        return np.cumsum(np.bincount(place, weights, runs))

    control = 1 - treated
    of_treated, of_control = upto(treated), upto(control)
    share = (of_treated + of_control) / len(score)
    return _Curve(place, share, of_treated, of_control, upto(outcome * treated), upto(outcome * control))


def _parts(strata: IntColumn | None, n: int) -> list[IntColumn]:
    if strata is None:
        return [np.arange(n)]
    by_stratum = np.argsort(strata, kind="stable")
    return np.split(by_stratum, np.flatnonzero(np.diff(strata[by_stratum])) + 1)


def _divided(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
    return ratio


def _from_here(weights: Floats) -> Floats:
    return np.cumsum(weights[::-1])[::-1]
