"""Trying every way to cluster in one view of customers, and which of what was found to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.features import Features
from engine.frames import IntColumn, TooLittleData
from engine.segments.carrying import kept
from engine.segments.centres import Centres
from engine.segments.clusters import METHODS, Method, drawn, possible
from engine.segments.criteria import Candidate, davies_bouldin, silhouettes, stabilities
from engine.segments.naming import deviations, fits, given, standings
from engine.segments.scaling import RobustScale
from engine.segments.validity import Grouping, Held, is_as_good, missed, overall
from engine.segments.vocabulary import MIXED, SEGMENT_KEYS

Floats = NDArray[np.float64]

SAMPLE: Final = 20_000
"""Of more customers a sample is clustered and judged; everybody then belongs to what it found."""

LEAST_SILHOUETTE: Final = 0.25
"""Kaufman, Rousseeuw (1990): no more than this, and no substantial structure has been found."""

LEAST_SIZE: Final = 3


@dataclass(frozen=True)
class Bar:
    """What a candidate must reach to be taken."""

    stability: float = 0.75
    share: float = 0.02

    def holds(self, stability: float, silhouette: float, smallest: int, customers: int) -> bool:
        return stability >= self.stability and self.is_worth(silhouette, smallest, customers)

    def is_worth(self, silhouette: float, smallest: int, customers: int) -> bool:
        """Whether it could hold if it were stable."""
        return silhouette > LEAST_SILHOUETTE and smallest >= max(LEAST_SIZE, self.share * customers)


@dataclass(frozen=True)
class Found:
    """A candidate with what is needed to take it: its centres, its keys, and how far off (n, b) it foretells."""

    candidate: Candidate
    centres: Centres
    keys: tuple[str, ...] = ()
    misses: Floats | None = None

    @property
    def nameless(self) -> int:
        return sum(key in MIXED for key in self.keys)


@dataclass(frozen=True)
class Search:
    """Tries ``methods`` for each k of ``ks`` on one view, and takes what holds and foretells best."""

    view: str
    ks: Sequence[int]
    methods: Sequence[Method] = METHODS
    resamples: int = 20
    bar: Bar = field(default_factory=Bar)
    seed: int = 0

    def find(self, features: Features, scale: RobustScale, held: Held | None) -> tuple[list[Candidate], Found | None]:
        """All that was tried, and the best of what holds, if anything does."""
        everyone = _drawn(features, self.seed)
        points = scale.transform(everyone)
        tried = [found for method in self.methods for found in self._tried(everyone, points, scale, method, held)]
        return [found.candidate for found in tried], best([found for found in tried if found.candidate.holds])

    def _tried(
        self, everyone: Features, points: Floats, scale: RobustScale, method: Method, held: Held | None
    ) -> list[Found]:
        found = method.find(points, possible(points, self.ks), self.seed)
        labels = {k: centres.nearest(points) for k, centres in found.items()}
        smallest = {k: int(np.bincount(labels[k], minlength=len(found[k])).min()) for k in found}
        silhouette = dict(
            zip(found, silhouettes(points, list(labels.values()), method.distance, self.seed), strict=True)
        )
        worth = {k for k in found if self.bar.is_worth(silhouette[k], smallest[k], len(points))}
        stable = stabilities(points, method, labels, self.resamples, self.seed, self.bar.stability, worth)
        holding = [k for k in found if self.bar.holds(stable[k][0], silhouette[k], smallest[k], len(points))]
        misses = self._misses(scale.names_, method, holding, held)
        return [
            Found(
                Candidate(
                    view=self.view,
                    method=method.name,
                    distance=method.distance,
                    k=k,
                    silhouette=silhouette[k],
                    davies_bouldin=davies_bouldin(points, labels[k]),
                    stability=stable[k][0],
                    resamples=stable[k][1],
                    smallest=smallest[k] / len(points),
                    held_out=overall(misses[k]) if k in misses else float("nan"),
                    holds=k in holding,
                ),
                centres,
                named(everyone, labels[k], len(centres), scale.names_) if k in holding else (),
                misses.get(k),
            )
            for k, centres in found.items()
        ]

    def _misses(
        self, names: tuple[str, ...], method: Method, ks: Sequence[int], held: Held | None
    ) -> dict[int, Floats]:
        if held is None or not ks:
            return {}
        groups: dict[int, list[tuple[IntColumn, IntColumn]]] = {k: [] for k in ks}
        try:
            for own in (held.is_first, ~held.is_first):
                learning, judged = (_rows(held.before, rows) for rows in (own, ~own))
                scale = RobustScale(names).fit(learning)
                points, others = scale.transform(learning), scale.transform(judged)
                for k, centres in method.find(points, possible(points, ks), self.seed).items():
                    groups[k].append((centres.nearest(points), centres.nearest(others)))
        except TooLittleData:
            return {}
        return {k: missed(held, _in_turn(both)) for k, both in groups.items() if len(both) == 2}


def best(holding: Sequence[Found]) -> Found | None:
    """Of those that foretell as well as the best of them but for chance: all named, apart and stable, then few.

    Without anything held out all of them count as equally good.
    """
    if not holding:
        return None
    judged = [each for each in holding if each.misses is not None and np.isfinite(each.candidate.held_out)]
    equal = list(holding)
    if judged:
        top = max(judged, key=lambda each: each.candidate.held_out)
        equal = [each for each in judged if _is_as_good(each, top)]
    return min(equal, key=lambda each: (each.nameless, -_merit(each.candidate), each.candidate.k))


def _merit(candidate: Candidate) -> float:
    """The sum of figures that are 1 at best: silhouette, stability, 1 / (1 + Davies–Bouldin), what is foretold."""
    foretold = candidate.held_out if np.isfinite(candidate.held_out) else 0.0
    return candidate.silhouette + candidate.stability + 1 / (1 + candidate.davies_bouldin) + foretold


def _is_as_good(one: Found, top: Found) -> bool:
    return one.misses is not None and top.misses is not None and is_as_good(one.misses, top.misses)


def named(
    features: Features,
    labels: IntColumn,
    segments: int,
    found_by: Sequence[str],
    words: Sequence[str] = SEGMENT_KEYS,
    before: tuple[IntColumn, Sequence[str]] | None = None,
) -> tuple[str, ...]:
    """The key of each segment, out of these words; ``before``: whom it shares with those of these keys."""
    told_by = (features, labels, segments)
    fit = fits(deviations(*told_by), standings(*told_by), found_by, words)
    return given(fit if before is None else kept(fit, *before, words), words)


def _in_turn(both: list[tuple[IntColumn, IntColumn]]) -> Grouping:
    """A grouping that gives the labels found already, one half after the other."""
    turns = iter(both)
    return lambda _learning, _judged: next(turns)


def _drawn(features: Features, seed: int) -> Features:
    if len(features) <= SAMPLE:
        return features
    rows = drawn(np.arange(len(features), dtype=np.float64), SAMPLE, seed).astype(np.int64)
    return Features(features.customer[rows], features.names, features.values[rows])


def _rows(told: Features, rows: NDArray[np.bool_]) -> Features:
    return Features(told.customer[rows], told.names, told.values[rows])
