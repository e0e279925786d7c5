"""Smaller segments inside a large one, by the view that did not find it: most large ones have none."""

from __future__ import annotations

from typing import Final

from engine.features import AVERAGE_ORDER, Features
from engine.frames import TooLittleData
from engine.segments.assignment import Assignment
from engine.segments.choosing import Bar, Search, named
from engine.segments.clusters import Method, k_means
from engine.segments.rfm import RfmRules
from engine.segments.scaling import RobustScale
from engine.segments.views import VIEWS
from engine.segments.vocabulary import MIXED, SEGMENT_KEYS, TASTES

WITHIN_KS: Final = (2, 3)
WITHIN_METHODS: Final = (Method("k_means", "euclidean", k_means),)
LEAST_PART: Final = 0.1
"""A smaller segment holds at least this share of the one it is in."""

LEAST_TOLD_BY: Final = 2
"""Features that must differ among the members; by a single one they are better sorted than split."""


WITHIN_VIEWS: Final[dict[str, tuple[str, ...]]] = {
    "habits": (*VIEWS["habits"], AVERAGE_ORDER),
    "value": VIEWS["value"],
}
WORDS: Final = {"habits": TASTES, "value": tuple(key for key in SEGMENT_KEYS if key not in TASTES or key in MIXED)}
"""What a smaller segment may be called: the large one says the rest already."""


def split(
    members: Features, view: str, rules: RfmRules, resamples: int, least_stability: float, seed: int
) -> Assignment | None:
    """The smaller segments among ``members`` in this view, under the bar of large ones.

    None where none hold, or where what sets them apart has no name.
    """
    try:
        scale = RobustScale(WITHIN_VIEWS[view]).fit(members)
    except TooLittleData:
        return None
    if len(scale.names_) < LEAST_TOLD_BY:
        return None
    bar = Bar(least_stability, LEAST_PART)
    _, taken = Search("within", WITHIN_KS, WITHIN_METHODS, resamples, bar, seed).find(members, scale, None)
    if taken is None:
        return None
    labels = taken.centres.nearest(scale.transform(members))
    keys = named(members, labels, len(taken.centres), scale.names_, WORDS[view])
    return None if set(keys) & set(MIXED) else Assignment(keys, rules, scale, taken.centres)
