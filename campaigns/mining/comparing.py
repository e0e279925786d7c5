"""Whether a new run is good enough to follow: its figures on held-out time beside those of the run in use.

A figure is worse when it fell by more than NOISE standard errors of the difference and by more than a SLACK of what
it was: the held-out weeks of two runs are not the same weeks, and a large shop's standard errors are tiny. An old run
is not kept for ever, and not where the figures do not compare; see docs/decisions/0044-a-run-has-to-be-as-good.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import hypot
from typing import Any

from campaigns.held_out import NOT_YET, Figure, figures_of
from campaigns.tables import MiningRun

NOISE = 3.0
SLACK = 0.05
LEAST_N = 30
"""Of fewer cases a figure's standard error is not to be trusted, and the figure decides nothing."""
KEPT_FOR = timedelta(days=7)
"""A run that is older describes customers who have moved on, however good it was."""
GROWN = 1.25
"""A history that grew, or shrank, by more than this is another history."""
SIZES = ("purchases", "customers", "products")
SAME = ("min_support", "min_confidence", "recommendations", "bundles")


class Because(StrEnum):
    """Why a run is followed, or not."""

    FIRST = "first"
    AS_GOOD = "as_good"
    WORSE = "worse"
    """The only one that is not followed."""
    ASKED = "asked"
    OVERDUE = "overdue"
    """The run in use is older than KEPT_FOR."""
    OTHER_HISTORY = "other_history"
    OTHER_PARAMETERS = "other_parameters"
    NO_FIGURES = "no_figures"
    """Nothing was measured in both."""


@dataclass(frozen=True)
class Compared:
    """One figure of both runs; ``is_worse`` beyond noise."""

    art: str
    name: str
    before: float
    after: float
    se: float
    """Of the difference."""
    n: int
    is_worse: bool


@dataclass(frozen=True)
class Verdict:
    """What came of comparing a run with ``than``, the one in use."""

    because: Because
    than: int | None = None
    figures: tuple[Compared, ...] = ()

    @property
    def is_followed(self) -> bool:
        return self.because is not Because.WORSE

    @property
    def worse(self) -> list[Compared]:
        return [each for each in self.figures if each.is_worse]

    def plain(self) -> dict[str, Any]:
        """As a run's row keeps it."""
        return {"because": self.because.value, "than": self.than, "figures": [asdict(each) for each in self.figures]}


def compare(
    before: MiningRun | None, quality: Mapping[str, Any], parameters: Mapping[str, Any], now: datetime
) -> Verdict:
    """How a new run with these figures compares with the one in use."""
    if before is None:
        return Verdict(Because.FIRST)
    measured = figures_of(before.quality)
    figures = (*_compared(measured, figures_of(quality)), *_lost(measured, quality))
    return Verdict(_because(before, quality, parameters, now, figures), before.id, figures)


def _because(
    before: MiningRun,
    quality: Mapping[str, Any],
    parameters: Mapping[str, Any],
    now: datetime,
    figures: tuple[Compared, ...],
) -> Because:
    if any(before.parameters.get(name) != parameters.get(name) for name in SAME):
        return Because.OTHER_PARAMETERS
    if _is_another(before.quality.get("data"), quality.get("data")):
        return Because.OTHER_HISTORY
    if not figures:
        return Because.NO_FIGURES
    if not any(each.is_worse for each in figures):
        return Because.AS_GOOD
    return Because.OVERDUE if before.ready_at is None or now - before.ready_at > KEPT_FOR else Because.WORSE


def _is_another(before: Mapping[str, int] | None, after: Mapping[str, int] | None) -> bool:
    if not before or not after:
        return True
    sizes = [(max(before[each], 1), max(after[each], 1)) for each in SIZES]
    return any(max(a, b) > GROWN * min(a, b) for a, b in sizes)


def _lost(before: Mapping[Any, Figure], quality: Mapping[str, Any]) -> Iterator[Compared]:
    """What the run in use could measure and this one has not enough for is worse than any figure."""
    n_of = {old.art: old.n for old in before.values()}
    for art in quality.get(NOT_YET, {}):
        if n_of.get(art, 0) >= LEAST_N:
            yield Compared(art, "found", 1.0, 0.0, 0.0, n_of[art], is_worse=True)


def _compared(before: Mapping[Any, Figure], after: Mapping[Any, Figure]) -> Iterator[Compared]:
    for key, new in after.items():
        old = before.get(key)
        if old is None or min(old.n, new.n) < LEAST_N:
            continue
        se = hypot(old.se, new.se)
        fell = (old.value - new.value) * new.sign
        is_worse = fell > NOISE * se and fell > SLACK * abs(old.value)
        yield Compared(new.art, new.name, old.value, new.value, se, new.n, is_worse)
