"""Groups beside the best-served one: the four-fifths rule, asked with an interval. Only the standard library.

tallies by group → the small ones together, without their names → each beside the best → below, fair, cannot tell
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.fairness.figures import CONFIDENCE, Figure, Tally, difference, mean, ratio, share

FOUR_FIFTHS = 0.8
"""A group that gets less than this part of what the best-served gets is looked at: the rule of thumb of the Uniform
Guidelines on Employee Selection Procedures (29 CFR 1607.4 D)."""
LEAST = 10
"""A smaller group is not shown by its name: its figure would be nearly a person's own, and say nothing."""


class Standing(StrEnum):
    """How a group stands beside the best-served one."""

    BEST = "best"
    FAIR = "fair"
    """The whole interval of its ratio lies at the limit or above."""
    BELOW = "below"
    """The whole interval of its ratio lies below the limit."""
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Served:
    """A group: its figure, and its ratio to the best-served group's and the difference from it."""

    name: str
    figure: Figure
    standing: Standing
    ratio: Figure | None = None
    apart: Figure | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """Groups by one measure, the best-served first. ``pairs`` comparisons were possible, and each interval of a ratio
    or a difference is as much wider: all of them hold together with 95 percent."""

    served: tuple[Served, ...]
    pairs: int
    limit: float

    @property
    def below(self) -> tuple[Served, ...]:
        """Those that get less than the limit, beyond chance; the worst first."""
        found = [each for each in self.served if each.standing is Standing.BELOW]
        return tuple(sorted(found, key=_by_ratio))

    @property
    def standing(self) -> Standing | None:
        """Of all of them: the worst; None where there is nothing to compare."""
        seen = {each.standing for each in self.served}
        if len(self.served) < 2:
            return None
        return next((each for each in (Standing.BELOW, Standing.CANNOT_TELL) if each in seen), Standing.FAIR)


@dataclass(frozen=True, slots=True)
class Grouped:
    """Tallies by the names that may be shown; ``others`` are the small groups together, ``hidden`` so many people who
    would be too few even so."""

    named: Mapping[str, Tally]
    others: Tally
    hidden: int


def grouped(tallies: Mapping[str, Tally], sizes: Mapping[str, int], least: int = LEAST) -> Grouped:
    """Groups of fewer than ``least`` people by ``sizes`` are put together, or not shown where that is too few too."""
    small = [name for name in tallies if sizes.get(name, 0) < least]
    together, people = sum((tallies[name] for name in small), Tally()), sum(sizes.get(name, 0) for name in small)
    named = {name: each for name, each in tallies.items() if name not in small}
    return Grouped(named, together if people >= least else Tally(), people if people < least else 0)


def shares(tallies: Mapping[str, Tally], limit: float = FOUR_FIFTHS) -> Compared:
    """Groups by the share of whom something holds: demographic parity or, of those who buy, equal opportunity.

    As the least ratio of fairlearn's ``selection_rate`` or ``true_positive_rate`` between groups, with intervals.
    Source: Hardt, Price, Srebro (2016), Equality of opportunity in supervised learning, NIPS 29.
    """
    return _compared({name: each for name, each in tallies.items() if each.n}, share, limit, everybody=1.0)


def means(tallies: Mapping[str, Tally], limit: float = FOUR_FIFTHS) -> Compared:
    """Groups by a mean of what is never negative; those with fewer than two people are left out."""
    return _compared({name: each for name, each in tallies.items() if each.n > 1}, mean, limit)


def _compared(
    tallies: Mapping[str, Tally],
    figure: Callable[[Tally, float], Figure],
    limit: float,
    everybody: float | None = None,
) -> Compared:
    if not 0 < limit <= 1:
        raise ValueError(f"a limit lies above 0 and is at most 1, not {limit}")
    figures = {name: figure(each, CONFIDENCE) for name, each in tallies.items()}
    pairs = len(figures) * (len(figures) - 1) // 2
    # The best is picked by its figure: any two might have been compared (Bonferroni 1936).
    surer = {name: figure(each, 1 - (1 - CONFIDENCE) / max(pairs, 1)) for name, each in tallies.items()}
    order = sorted(figures, key=lambda name: (-figures[name].value, -figures[name].n, name))
    if not order:
        return Compared((), 0, limit)
    best = surer[order[0]]
    rest = (_beside(name, figures[name], surer[name], best, limit, everybody) for name in order[1:])
    return Compared((Served(order[0], figures[order[0]], Standing.BEST), *rest), pairs, limit)


def _beside(name: str, figure: Figure, surer: Figure, best: Figure, limit: float, everybody: float | None) -> Served:
    found = ratio(surer, best)
    if found is None:
        return Served(name, figure, Standing.CANNOT_TELL)
    # Where everybody of both was served there is nobody who could have been passed over.
    standing = Standing.FAIR if everybody == figure.value == best.value else Standing.CANNOT_TELL
    if found.high < limit:
        standing = Standing.BELOW
    elif found.low >= limit:
        standing = Standing.FAIR
    return Served(name, figure, standing, found, difference(surer, best))


def _by_ratio(each: Served) -> float:
    return each.ratio.value if each.ratio is not None else 0.0
