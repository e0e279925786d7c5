"""How many visits come how far, and where they are lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import TooLittleData
from engine.experiments import Proportion, proportion_interval
from engine.frames import IntColumn
from engine.paths.steps import Steps

LEAST_VISITS = 30


@dataclass(frozen=True)
class Stage:
    """``n`` visits came as far as ``name``; ``onward`` is their share of the stage before, None at the first."""

    name: str
    n: int
    onward: Proportion | None


@dataclass(frozen=True)
class Funnel:
    """The stages in their order, of ``visits`` visits in all."""

    visits: int
    stages: tuple[Stage, ...]

    @property
    def leak(self) -> Stage | None:
        """The stage that the greatest share does not reach of those who reached the one before."""
        onward = [each for each in self.stages if each.onward is not None]
        return min(onward, key=lambda each: each.onward.value if each.onward is not None else 1.0, default=None)


def funnel(steps: Steps, stages: Sequence[Sequence[str]]) -> Funnel:
    """Each stage goes by any of its steps' names; a visit reaches it after it reached the stage before.

    A visit may do other things between. Whoever pays without having been seen with a cart has had one: a later stage
    counts for the earlier ones. Raises TooLittleData under LEAST_VISITS visits.
    """
    if steps.n_visits < LEAST_VISITS:
        raise TooLittleData("visits", LEAST_VISITS, steps.n_visits)
    place = {name: number for number, name in enumerate(steps.names)}
    farthest = np.full(steps.n_visits, -1, dtype=np.int64)
    for number, names in enumerate(stages):
        codes = [place[each] for each in names if each in place]
        farthest[steps.visit[np.isin(steps.step, codes)]] = number
    reached = [int((farthest >= number).sum()) for number in range(len(stages))]
    return Funnel(steps.n_visits, _stages([names[0] for names in stages], reached))


def _stages(names: Sequence[str], reached: Sequence[int]) -> tuple[Stage, ...]:
    before: Sequence[int | None] = (None, *reached[:-1])
    return tuple(
        Stage(name, n, proportion_interval(n, earlier) if earlier else None)
        for name, n, earlier in zip(names, reached, before, strict=True)
    )


def by_kind(
    steps: Steps, kind: IntColumn, names: Sequence[str], stages: Sequence[Sequence[str]]
) -> dict[str, Funnel]:
    """One for each device, say: ``kind`` (a row a step) points into ``names``. Too few visits have none."""
    found = {}
    of_visit = kind[steps.first]
    for number, name in enumerate(names):
        of_kind = steps.of_visits(of_visit == number)
        if of_kind.n_visits >= LEAST_VISITS:
            found[name] = funnel(of_kind, stages)
    return found
