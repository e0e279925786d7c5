"""Did the campaign change anything? Proportions, their difference, and how sure we may be.

Only the standard library: the serving process answers the owner from here and need not load numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt
from statistics import NormalDist

from engine.errors import TooLittleData

STEPS = 200
LEAST_PEOPLE = 30
"""In an arm, before anything is said of it."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share between 0 and 1 with its interval, ``low <= value <= high``."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Treated share minus control share, between -1 and 1, ``low <= value <= high``."""

    value: float
    low: float
    high: float


class Verdict(StrEnum):
    """What may honestly be said about two arms."""

    TOO_FEW = "too_few"
    NO_DIFFERENCE_SEEN = "no_difference_seen"
    HIGHER = "higher"
    LOWER = "lower"


def proportion_interval(successes: int, n: int, confidence: float = 0.95) -> Proportion:
    """Wilson's score interval for ``successes`` out of ``n``, without continuity correction.

    Raises TooLittleData when n is 0, ValueError when the counts or the confidence are impossible.
    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    _check(successes, n, confidence)
    share = successes / n
    low, high = _wilson(share, n, NormalDist().inv_cdf((1 + confidence) / 2))
    # Exact at the ends in theory; rounding must not push the interval past its own point.
    return Proportion(share, 0.0 if successes == 0 else min(share, low), 1.0 if successes == n else max(share, high))


def difference_interval(
    successes_treated: int,
    n_treated: int,
    successes_control: int,
    n_control: int,
    confidence: float = 0.95,
    within: float = 1.0,
) -> Difference:
    """Newcombe's hybrid score interval for the difference of two independent proportions.

    Assumes that people were assigned independently and each counts once. It keeps close to its stated
    coverage from about ten people an arm on, never leaves [-1, 1], and does not collapse when an arm has
    no success at all. Least data: one person in each arm, otherwise TooLittleData.
    Raises ValueError when the counts, the confidence or ``within`` are impossible.
    Source: Newcombe (1998), Interval estimation for the difference between independent proportions:
    comparison of eleven methods, Statistics in Medicine 17, method 10.

    ``within`` narrows it where the arms were drawn alike from groups that differ, see ``within_groups``: what lies
    between the groups cannot make the arms differ. Measured coverage: docs/decisions/0018.
    """
    if not 0 <= within <= 1:
        raise ValueError(f"a share of the variance lies between 0 and 1, not at {within}")
    treated = proportion_interval(successes_treated, n_treated, confidence)
    control = proportion_interval(successes_control, n_control, confidence)
    value = treated.value - control.value
    below = sqrt(within * ((treated.value - treated.low) ** 2 + (control.high - control.value) ** 2))
    above = sqrt(within * ((treated.high - treated.value) ** 2 + (control.value - control.low) ** 2))
    return Difference(value, max(-1.0, value - below), min(1.0, value + above))


def within_groups(groups: Iterable[tuple[int, int]]) -> float:
    """What share of the variance of a yes or no lies within groups, given as (successes, n) over both arms.

    Where each group gives the same share of its members to either arm, only this part makes the arms differ by
    chance: the design effect of proportionate stratification, Cochran (1977), Sampling Techniques, 3rd ed., section
    5.6. Half a success and half a failure are added to each group (Jeffreys), so that a small one in which all did
    the same is not taken for one in which nothing else can happen. Never more than 1; 1 where nothing varies.
    Raises ValueError for impossible counts.
    """
    counts = [(successes, n) for successes, n in groups if n]
    for successes, n in counts:
        _check(successes, n, 0.95)
    people, all_successes = sum(n for _, n in counts), sum(successes for successes, _ in counts)
    if people < 2 or not 0 < all_successes < people:
        return 1.0
    inside = sum(n * _spread((successes + 0.5) / (n + 1), n) for successes, n in counts)
    return min(1.0, inside / (people * _spread(all_successes / people, people)))


def verdict(
    successes_treated: int,
    n_treated: int,
    successes_control: int,
    n_control: int,
    confidence: float = 0.95,
    least_people: int = LEAST_PEOPLE,
    least_events: int = 5,
    within: float = 1.0,
) -> Verdict:
    """What may be said aloud: too few, no difference seen, higher, or lower.

    TOO_FEW when an arm has fewer than ``least_people``, or both arms together show fewer than
    ``least_events`` successes or fewer than that many failures: silence from thirty people about something
    that one in a hundred does is no evidence. Otherwise the Newcombe interval at ``confidence`` decides; one that
    holds 0 says "no difference seen", which is not "no difference". An empty arm is TOO_FEW, not an error.
    """
    people = n_treated + n_control
    successes = successes_treated + successes_control
    if min(n_treated, n_control) < max(1, least_people) or min(successes, people - successes) < least_events:
        return Verdict.TOO_FEW
    difference = difference_interval(successes_treated, n_treated, successes_control, n_control, confidence, within)
    if difference.low > 0:
        return Verdict.HIGHER
    return Verdict.LOWER if difference.high < 0 else Verdict.NO_DIFFERENCE_SEEN


def detectable(
    base_rate: float, n_treated: int, n_control: int, power: float = 0.8, confidence: float = 0.95
) -> float | None:
    """The smallest rise over ``base_rate`` that arms of these sizes show with ``power``; None: not even one to 1.

    Shown is a rise whose Newcombe interval holds no 0. Its reach is taken at the expected shares, and for ``power``
    the rise has to be larger by what chance adds to it: the usual reckoning (Chow, Shao and Wang (2008), Sample Size
    Calculations in Clinical Research, 2nd ed., section 4.2) with the interval that is reported in place of Wald's,
    which promises too much at small shares. Where groups differ, somewhat less than this is enough.
    Raises ValueError for impossible shares, TooLittleData for an empty arm.
    """
    _check_share("a base rate", base_rate)
    _check(0, n_treated, confidence)
    _check(0, n_control, confidence)
    z, surplus = NormalDist().inv_cdf((1 + confidence) / 2), NormalDist().inv_cdf(power)
    _, base_high = _wilson(base_rate, n_control, z)

    def is_shown(rise: float) -> bool:
        share = base_rate + rise
        low, _ = _wilson(share, n_treated, z)
        reach = sqrt((share - low) ** 2 + (base_high - base_rate) ** 2)
        return rise >= reach + surplus * sqrt(_variance(share, n_treated) + _variance(base_rate, n_control))

    return _smallest(is_shown, 1.0 - base_rate)


def needed_holdout(
    base_rate: float,
    difference: float,
    n: int,
    power: float = 0.8,
    confidence: float = 0.95,
    least: float = 0.05,
    most: float = 0.5,
) -> float | None:
    """The smallest share of ``n`` people, in hundredths, that held out makes a rise by ``difference`` detectable.

    Between ``least`` and ``most``; None where no such share is enough. Raises ValueError for impossible shares.
    """
    _check_share("a base rate", base_rate)
    _check_share("a difference", difference)
    for percent in range(ceil(least * 100), int(most * 100) + 1):
        held_out = round(n * percent / 100)
        if 0 < held_out < n:
            found = detectable(base_rate, n - held_out, held_out, power, confidence)
            if found is not None and found <= difference:
                return percent / 100
    return None


def _smallest(is_enough: Callable[[float], bool], most: float) -> float | None:
    """The first value up to ``most`` that is enough: by steps, for a larger one need not be, then by halves."""
    step = next((step for step in range(1, STEPS + 1) if is_enough(most * step / STEPS)), None)
    if step is None:
        return None
    low, high = most * (step - 1) / STEPS, most * step / STEPS
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _wilson(share: float, n: int, z: float) -> tuple[float, float]:
    centre = share + z * z / (2 * n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return (centre - reach) / scale, (centre + reach) / scale


def _variance(share: float, n: float) -> float:
    """Of the mean of ``n`` yeses and noes."""
    return share * (1 - share) / n


def _spread(share: float, n: int) -> float:
    """The variance of one yes or no among ``n``, as a sample shows it."""
    return share * (1 - share) * n / max(1, n - 1)


def _check_share(what: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"{what} lies between 0 and 1, not at {share}")


def _check(successes: int, n: int, confidence: float) -> None:
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes out of {n} cannot be")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1, not at {confidence}")
    if n == 0:
        raise TooLittleData("people in each arm", 1, 0)
