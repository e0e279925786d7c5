"""Filter bubbles: from how many kinds of goods each customer is offered something, beside what they buy themselves.

Only the standard library: what campaigns offered is counted where owners are answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import comb, log

NARROW = 0.3
"""Below this entropy (of 1, all kinds alike) somebody is shown little but one kind of goods."""
LEAST_OFFERED = 4
"""Of fewer products offered nobody is in a bubble: four of four of one kind may be chance, two of two are."""
MOST_DRAWN = 30
"""Of more products the entropy of a sample hardly differs from that of all."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One customer: the entropy of what they were offered, and what it would be if offers were drawn by what they
    buy (``taste``, None of who bought nothing); ``n`` products were offered."""

    offered: float
    taste: float | None
    n: int

    @property
    def is_narrow(self) -> bool:
        return self.n >= LEAST_OFFERED and self.offered < NARROW

    @property
    def is_bubble(self) -> bool:
        """Narrow, and not because they buy so: by their own purchases they would have seen more."""
        return self.is_narrow and self.taste is not None and self.taste >= NARROW


def entropy(counts: Iterable[int], kinds: int) -> float:
    """Shannon's entropy of these counts by kind, from 0 (all of one) to 1 (all ``kinds`` there are alike).

    Raises ValueError for more kinds than there are. With fewer than two kinds there is nothing to vary: 1.
    Source: Shannon (1948), A mathematical theory of communication; as a measure of what a recommender narrows
    Nguyen et al. (2014), Exploring the filter bubble, WWW 23.
    """
    told = [each for each in counts if each > 0]
    if len(told) > max(kinds, 1):
        raise ValueError(f"{len(told)} kinds were counted where there are {kinds}")
    if kinds < 2:
        return 1.0
    n = sum(told)
    return -sum(each / n * log(each / n) for each in told) / log(kinds) + 0.0 if n else 0.0


def expected(counts: Iterable[int], kinds: int, drawn: int) -> float:
    """The entropy to expect of ``drawn`` products drawn by these counts: so that few offered can be laid beside much
    bought, of which more kinds are seen for that reason alone."""
    if kinds < 2:
        return 1.0
    told = [each for each in counts if each > 0]
    n = sum(told)
    return sum(_part(round(each / n, 3), min(drawn, MOST_DRAWN)) for each in told) / log(kinds) if n else 0.0


@lru_cache(maxsize=20_000)
def _part(share: float, drawn: int) -> float:
    """What a kind of this share adds to the entropy of so many draws, on average over all draws."""
    return sum(
        comb(drawn, x) * share**x * (1 - share) ** (drawn - x) * -(x / drawn) * log(x / drawn)
        for x in range(1, drawn + 1)
    )


def bubble(offered: Mapping[str, int], bought: Mapping[str, int], kinds: int) -> Bubble:
    """One customer, by counts of products of each kind; ``kinds`` are all there are to be offered."""
    n = sum(offered.values())
    taste = expected(bought.values(), kinds, n) if bought and n else None
    return Bubble(entropy(offered.values(), kinds), taste, n)
