"""Did the campaign change anything? Proportions, their difference, and how sure we may be.

Only the standard library: the serving process answers the owner from here and need not load numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist

from engine.errors import TooLittleData


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
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / n
    centre = share + z * z / (2 * n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # Exact at the ends in theory; rounding must not push the interval past its own point.
    low = 0.0 if successes == 0 else min(share, (centre - reach) / scale)
    high = 1.0 if successes == n else max(share, (centre + reach) / scale)
    return Proportion(share, low, high)


def difference_interval(
    successes_treated: int,
    n_treated: int,
    successes_control: int,
    n_control: int,
    confidence: float = 0.95,
) -> Difference:
    """Newcombe's hybrid score interval for the difference of two independent proportions.

    Assumes that people were assigned independently and each counts once. It keeps close to its stated
    coverage from about ten people an arm on, never leaves [-1, 1], and does not collapse when an arm has
    no success at all. Least data: one person in each arm, otherwise TooLittleData.
    Raises ValueError when the counts or the confidence are impossible.
    Source: Newcombe (1998), Interval estimation for the difference between independent proportions:
    comparison of eleven methods, Statistics in Medicine 17, method 10.
    """
    treated = proportion_interval(successes_treated, n_treated, confidence)
    control = proportion_interval(successes_control, n_control, confidence)
    value = treated.value - control.value
    below = sqrt((treated.value - treated.low) ** 2 + (control.high - control.value) ** 2)
    above = sqrt((treated.high - treated.value) ** 2 + (control.value - control.low) ** 2)
    return Difference(value, max(-1.0, value - below), min(1.0, value + above))


def verdict(
    successes_treated: int,
    n_treated: int,
    successes_control: int,
    n_control: int,
    confidence: float = 0.95,
    least_people: int = 30,
    least_events: int = 5,
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
    difference = difference_interval(successes_treated, n_treated, successes_control, n_control, confidence)
    if difference.low > 0:
        return Verdict.HIGHER
    return Verdict.LOWER if difference.high < 0 else Verdict.NO_DIFFERENCE_SEEN


def _check(successes: int, n: int, confidence: float) -> None:
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes out of {n} cannot be")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1, not at {confidence}")
    if n == 0:
        raise TooLittleData("people in each arm", 1, 0)
