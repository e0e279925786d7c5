"""Which way to expect does best on weeks it has not seen, and by how much it beats "the same as last period"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.demand.methods import LAST, LEAST_FOR, METHODS, PERIOD, PLAIN
from engine.demand.weeks import LEAST_WEEKS, Weekly

Floats = NDArray[np.float64]
MOST_ORIGINS, MOST_HELD = 10, 4
"""Points in time from which the next PERIOD is foretold; the latest of them choose nothing, they only measure."""
RESAMPLES = 400
MOST_BIAS = 0.1
"""A way that expects so much too little, or too much, of the whole shop is not chosen while another is there."""
LEAST_PRODUCTS = 5
"""Of fewer products tried nobody can tell which way is better."""


@dataclass(frozen=True)
class Tried:
    """What was expected at some origins and what came: a row a product and origin. Weeks are those that are known."""

    row: NDArray[np.int64]
    origin: NDArray[np.int64]
    rate: Floats
    weeks: Floats
    came: Floats
    first: Floats
    """What came in the first of the weeks, nan where it is not known."""

    @property
    def expected(self) -> Floats:
        return np.asarray(self.rate * self.weeks)

    @property
    def off(self) -> Floats:
        """How far what came lies from what was expected."""
        return np.asarray(np.abs(self.came - self.expected))

    @property
    def bias(self) -> float:
        """All that was expected of all that came: 1 is neither too much nor too little."""
        sold = float(self.came.sum())
        return float(self.expected.sum()) / sold if sold else float("nan")

    @property
    def error(self) -> float:
        """Weighted absolute percentage error: what was missed, of all that was sold."""
        sold = float(self.came.sum())
        return float(self.off.sum()) / sold if sold else float("nan")


@dataclass(frozen=True)
class Margin:
    """How much less is missed than by "the same as last period", of ``error_last``; None where too few were tried.

    ``better`` and ``worse`` count the products nearer, or farther off, with it.
    """

    error: float
    error_last: float
    margin: float | None
    low: float | None
    high: float | None
    n: int
    origins: int
    better: int
    worse: int
    bias: float
    error_scaled: float
    error_scaled_last: float
    """In steps from week to week before, the mean over products: MASE (Hyndman, Koehler 2006)."""

    @property
    def beats(self) -> bool:
        return self.low is not None and self.low > 0


@dataclass(frozen=True)
class Choice:
    """The way chosen by the earlier origins, and what the later ones, which chose nothing, say of it."""

    method: str
    margin: Margin | None
    errors: dict[str, float]
    choosing: Sequence[int]
    held: Sequence[int]


def origins(weekly: Weekly) -> tuple[list[int], list[int]]:
    """The weeks from which is foretold: those that choose, and the latest, that only measure. None overlap."""
    there = list(range(weekly.weeks - PERIOD, LEAST_WEEKS - 1, -PERIOD))[:MOST_ORIGINS][::-1]
    usable = [each for each in there if weekly.known[each : each + PERIOD].any() and weekly.known[:each].any()]
    held = min(MOST_HELD, (len(usable) + 1) // 2)
    return usable[: len(usable) - held], usable[len(usable) - held :]


def tried(weekly: Weekly, method: str, at: Sequence[int]) -> Tried:
    """Expect with ``method`` at these origins, of the products known by then."""
    parts = []
    for origin in at:
        before, known = weekly.pace[:, :origin], weekly.known[origin : origin + PERIOD]
        after = weekly.pace[:, origin : origin + PERIOD]
        rows = np.flatnonzero((~np.isnan(before)).any(axis=1) & (~np.isnan(after)).any(axis=1))
        rate = METHODS[method](before[rows]) if method in METHODS else np.zeros(len(rows))
        seen = ~np.isnan(after[rows])
        came = np.where(seen, weekly.pace[rows, origin : origin + PERIOD], 0.0).sum(axis=1)
        first = after[rows, 0] if known[0] else np.full(len(rows), np.nan)
        parts.append((rows, np.full(len(rows), origin), rate, seen.sum(axis=1).astype(np.float64), came, first))
    return Tried(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def choose(weekly: Weekly, seed: int = 0) -> Choice:
    """The way that misses least at the earlier origins, of those that are not one-sided; the plain one where none is.

    A way that minds big weeks little misses less and foretells too little: a shop that orders by it runs out.
    """
    choosing, held = origins(weekly)
    errors: dict[str, float] = {}
    sound: dict[str, float] = {}
    if choosing:
        usable = [each for each in METHODS if choosing[0] >= LEAST_FOR.get(each, 0)]
        all_tried = {each: tried(weekly, each, choosing) for each in usable}
        errors = {name: each.error for name, each in all_tried.items() if np.isfinite(each.error)}
        sound = {
            name: error for name, error in errors.items() if abs(all_tried[name].bias - 1) <= MOST_BIAS
        } or errors
    method = min(sound, key=lambda each: sound[each]) if sound else PLAIN
    return Choice(method, margin(weekly, method, held, seed) if held else None, errors, choosing, held)


def margin(weekly: Weekly, method: str, at: Sequence[int], seed: int = 0) -> Margin:
    """How ``method`` stands beside "the same as last period" at these origins.

    The interval (95 %) draws products anew, with all their origins (Efron 1979).
    """
    mine, last = tried(weekly, method, at), tried(weekly, LAST, at)
    products, which = np.unique(mine.row, return_inverse=True)
    off, off_last = (np.bincount(which, each.off, len(products)) for each in (mine, last))
    n = len(products)
    point = low = high = None
    if n >= LEAST_PRODUCTS and off_last.sum() > 0:
        point = 1 - float(off.sum() / off_last.sum())
        lots = np.random.default_rng(seed)
        times = lots.multinomial(n, np.full(n, 1 / n), RESAMPLES).astype(np.float64)
        drawn = 1 - (times @ off) / np.maximum(times @ off_last, 1e-12)
        low, high = (float(each) for each in np.quantile(drawn, (0.025, 0.975)))
    scale = _steps(weekly, mine)
    usable = scale > 0
    scaled, scaled_last = (
        float((each.off[usable] / (each.weeks[usable] * scale[usable])).mean()) if usable.any() else float("nan")
        for each in (mine, last)
    )
    better, worse = (int((off < off_last - 1e-9).sum()), int((off > off_last + 1e-9).sum()))
    return Margin(mine.error, last.error, point, low, high, n, len(at), better, worse, mine.bias, scaled, scaled_last)


def _steps(weekly: Weekly, mine: Tried) -> Floats:
    """The mean step from one week to the next before each origin, a row of what was tried."""
    found = np.zeros(len(mine.row))
    for origin in np.unique(mine.origin):
        of = mine.origin == origin
        steps = np.abs(np.diff(weekly.pace[mine.row[of], :origin], axis=1))
        known = ~np.isnan(steps)
        found[of] = np.where(known, steps, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return found
