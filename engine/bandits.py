"""Which of several forms to try next: more of what was answered better, and of each always some.

Only the standard library: the serving process decides from here and need not load numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Tally:
    """What is known of one arm: how many ``trials`` there were, how many of them were ``successes``."""

    trials: int
    successes: int

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.trials:
            raise ValueError(f"{self.successes} successes out of {self.trials} cannot be")


def choose(tallies: Sequence[Tally], given: Sequence[int], seed: str, least_share: float = LEAST_SHARE) -> int:
    """The arm to give next, as its place in ``tallies``.

    Thompson sampling: from each arm's Beta(1 + successes, 1 + failures) one share is drawn, and the largest wins. The
    draws follow from ``seed`` alone. ``given`` is how often each arm was given so far; if each was chosen by this
    function, no arm ever has fewer than ``floor(least_share * total)``, for one that would is given before its turn.
    Raises ValueError without arms, for other numbers of them, or for a floor that so many arms cannot all have.
    Source: Thompson (1933), On the likelihood that one unknown probability exceeds another, Biometrika 25; the bound
    on its regret: Agrawal and Goyal (2012), Analysis of Thompson sampling, COLT.
    """
    if not tallies or len(tallies) != len(given):
        raise ValueError(f"{len(tallies)} tallies and {len(given)} counts are no arms to choose from")
    if not 0 <= least_share * len(tallies) < 1:
        raise ValueError(f"{len(tallies)} arms cannot each have {least_share} of all")
    behind = _behind(given, least_share)
    if behind is not None:
        return behind
    chance = Random(seed)  # noqa: S311 - a lot that must fall the same way again, not a secret
    drawn = [chance.betavariate(1 + each.successes, 1 + each.trials - each.successes) for each in tallies]
    return drawn.index(max(drawn))


def _behind(given: Sequence[int], least_share: float) -> int | None:
    """The arm with the least, if it would fall below the floor before all the others could be helped as well.

    Between two steps of the floor there is time to help every arm once, so looking as far ahead as there are arms is
    enough.
    """
    ahead = int(least_share * (sum(given) + len(given)) + 1e-9)
    fewest = min(given)
    return given.index(fewest) if fewest < ahead else None
