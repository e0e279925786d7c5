"""How well texts are judged, beside how they were labelled: with n, intervals and calibration. For training only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.experiments import proportion_interval
from engine.words.sentiment import LABELS, Judged

Interval = tuple[float, float]
"""Standard errors on each side: 95 %."""
SAMPLES = 2_000
STEPS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


@dataclass(frozen=True)
class Step:
    """Of ``n`` texts judged with about that probability, what share was right."""

    n: int
    told: float
    right: float


@dataclass(frozen=True)
class Measures:
    """On ``n`` labelled texts: whatever is likeliest counts for accuracy, F1 and ``confusion``, sure or not.

    ``confusion[labelled][judged]`` counts. ``off`` is how far the probabilities are from what was right, weighed by
    n (expected calibration error). ``unsure`` is the share that gets no label, ``right_of_sure`` what is right of
    the others. Intervals: Wilson for accuracy, percentile bootstrap for F1, 95 %.
    """

    n: int
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    macro_f1_interval: Interval
    confusion: dict[str, dict[str, int]]
    calibration: tuple[Step, ...]
    off: float
    unsure: float
    right_of_sure: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Difference:
    """How much better one judges than another on the same ``n`` texts, in macro F1; a paired bootstrap, 95 %."""

    n: int
    macro_f1: float
    interval: Interval

    @property
    def is_better(self) -> bool:
        return self.macro_f1 > 0

    @property
    def could_be_chance(self) -> bool:
        return self.interval[0] <= 0 <= self.interval[1]


def measure(judged: Sequence[Judged], labels: Sequence[int]) -> Measures:
    """How well ``judged`` meets the labels: 0 negative, 1 neutral, 2 positive. At least one text."""
    found, said = _likeliest(judged), np.asarray(labels)
    right = found == said
    told = np.array([each.probability for each in judged])
    is_sure = np.array([each.label != "unsure" for each in judged])
    table = _table(said, found)
    steps = _steps(told, right)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(said), table.ravel() / len(said), SAMPLES).reshape(-1, 3, 3)
    return Measures(
        n=len(said),
        accuracy=float(right.mean()),
        accuracy_interval=_interval(int(right.sum()), len(said)),
        macro_f1=float(_macro_f1(table)),
        macro_f1_interval=_middle(_macro_f1(drawn)),
        confusion={LABELS[row]: {LABELS[at]: int(table[row, at]) for at in range(3)} for row in range(3)},
        calibration=steps,
        off=sum(each.n * abs(each.told - each.right) for each in steps) / len(said),
        unsure=float(1 - is_sure.mean()),
        right_of_sure=float(right[is_sure].mean()) if is_sure.any() else 0.0,
    )


def compare(one: Sequence[Judged], other: Sequence[Judged], labels: Sequence[int]) -> Difference:
    """How much better ``one`` is than ``other`` on the same texts."""
    cells = np.asarray(labels) * 9 + _likeliest(one) * 3 + _likeliest(other)
    table = np.bincount(cells, minlength=27)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(labels), table / len(labels), SAMPLES).reshape(-1, 3, 3, 3)
    differences = _macro_f1(drawn.sum(axis=3)) - _macro_f1(drawn.sum(axis=2))
    both = table.reshape(3, 3, 3)
    return Difference(
        len(labels), float(_macro_f1(both.sum(axis=2)) - _macro_f1(both.sum(axis=1))), _middle(differences)
    )


def _interval(right: int, n: int) -> Interval:
    found = proportion_interval(right, n)
    return found.low, found.high


def _likeliest(judged: Sequence[Judged]) -> np.ndarray[Any, Any]:
    return np.array([max(range(3), key=lambda at: each.probabilities[LABELS[at]]) for each in judged])


def _table(said: np.ndarray[Any, Any], found: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.bincount(said * 3 + found, minlength=9).reshape(3, 3)


def _macro_f1(tables: np.ndarray[Any, Any]) -> Any:
    """Of tables labelled × judged in the last two axes; a label that nobody gave or found counts nought."""
    hits = np.diagonal(tables, axis1=-2, axis2=-1)
    either = tables.sum(axis=-1) + tables.sum(axis=-2)
    return (2 * hits / np.maximum(either, 1)).mean(axis=-1)


def _middle(drawn: np.ndarray[Any, Any]) -> Interval:
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


def _steps(told: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> tuple[Step, ...]:
    places = np.digitize(told, STEPS)
    return tuple(
        Step(int(here.sum()), float(told[here].mean()), float(right[here].mean()))
        for place in range(1, len(STEPS))
        if (here := places == place).any()
    )
