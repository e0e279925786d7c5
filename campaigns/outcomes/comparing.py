"""Arms against each other: what the offer changed, and which variant did better, as far as it can be told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from engine import experiments
from engine.experiments import Verdict

CONFIDENCE = 0.95
CLAIMED_AT = 0.955
"""A little more is asked before a difference is claimed: where the arms are of one size and half of them buy, as many
as 5.6 of a hundred intervals miss 0 by chance, and at most 5 may be claimed. Measured: docs/decisions/0018."""


@dataclass(frozen=True)
class Arm:
    """One side of the comparison: how many there are, how many of them bought."""

    n: int
    buyers: int


@dataclass(frozen=True)
class Lift:
    """The share of buyers among those who were to get the offer, less that of the holdout, with its 95 % interval.

    None where an arm is empty and nothing can be said. ``n`` counts both arms.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


def lift(treated: Arm, control: Arm, within: float = 1.0, confidence: float = CONFIDENCE) -> Lift:
    """Newcombe's interval for the difference; nothing is claimed where an arm is empty.

    ``within`` is the share of the variance that lies within the groups from which both arms were drawn alike.
    ``confidence`` is more than usual where several are looked at.
    """
    n = treated.n + control.n
    if not treated.n or not control.n:
        return Lift(None, None, None, n)
    found = experiments.difference_interval(treated.buyers, treated.n, control.buyers, control.n, confidence, within)
    return Lift(found.value, found.low, found.high, n)


def within(groups: Iterable[Arm]) -> float:
    """The share of the variance of buying that lies within these groups, each of them over both arms."""
    return experiments.within_groups((each.buyers, each.n) for each in groups)


def verdict(treated: Arm, control: Arm, within: float = 1.0, confidence: float = CLAIMED_AT) -> Verdict:
    """What may honestly be said: higher, lower, no difference seen, or too few."""
    return experiments.verdict(
        treated.buyers, treated.n, control.buyers, control.n, confidence=confidence, within=within
    )


def best(variants: Mapping[str, Arm], within: float = 1.0) -> str | None:
    """The variant that did better than every other one; None where that cannot be told.

    Of more than two, several pairs are looked at, and with each look grows the chance of being fooled once: so the
    confidence asked of each pair is Bonferroni's, and all of them together are fooled no more often than one.
    """
    pairs = list(combinations(variants, 2))
    if not pairs:
        return None
    confidence = 1 - (1 - CLAIMED_AT) / len(pairs)
    said = {(one, other): verdict(variants[one], variants[other], within, confidence) for one, other in pairs}
    wins = {pair: each is Verdict.HIGHER for pair, each in said.items()}
    wins |= {(other, one): each is Verdict.LOWER for (one, other), each in said.items()}
    return next((name for name in variants if all(won for pair, won in wins.items() if pair[0] == name)), None)
