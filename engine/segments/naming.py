"""What a segment is like: a key from a fixed vocabulary, and the facts that earned it.

The facts are feature names and numbers; who speaks to people turns them into sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from engine.features import FEATURE_NAMES, FREQUENCY, RECENCY, TENURE, Features
from engine.frames import IntColumn, TooLittleData
from engine.segments.rfm import NEW_DAYS, late_after_days, usual_gap_days
from engine.segments.scaling import RobustScale
from engine.segments.vocabulary import (
    AGAIN,
    CLAIMS,
    EVERYDAY,
    LATE,
    MIXED,
    NEW,
    SEGMENT_KEYS,
    SELF_EVIDENT,
    SHARES,
    TRAITS,
)

Floats = NDArray[np.float64]
Direction = Literal["higher", "lower"]

LEAST_DEVIATION: Final = 0.25
"""In robust standard deviations: below this a segment's median is like everyone's."""

STRONG_DEVIATION: Final = 0.5
"""What did not make the key is worth telling only from here on."""

LEAST_TOLD: Final = 0.03
"""Nobody is told of a share (0 to 1) that differs by less than this from everyone's."""

LEAST_KNOWN_TO_NAME: Final = 0.25
"""A feature known for fewer customers does not name a segment."""

BESIDE_THE_POINT: Final = 0.5
"""What a key counts whose first feature had no part in finding the segments."""

NOT_AT_ALL: Final = -10.0
REASONS_MOST: Final = 4


@dataclass(frozen=True)
class Reason:
    """One fact about a segment, in the feature's own unit."""

    feature: str
    segment_median: float
    everyone_median: float
    direction: Direction


@dataclass(frozen=True)
class Segment:
    """``members`` (size,) are customer ids, sorted; ``share`` is of all customers described.

    ``within`` are the smaller segments it falls into, whose shares are of its own members.
    """

    key: str
    size: int
    share: float
    reasons: tuple[Reason, ...]
    members: IntColumn
    within: tuple[Segment, ...] = ()


def deviations(features: Features, labels: IntColumn, segments: int) -> Floats:
    """How far (segments, f) each segment's median lies from everyone's, in robust standard deviations.

    Columns follow FEATURE_NAMES; nan where a feature is unknown or tells nobody apart.
    """
    out = np.full((segments, len(FEATURE_NAMES)), np.nan)
    try:
        scale = RobustScale(FEATURE_NAMES, least_known=LEAST_KNOWN_TO_NAME).fit(features)
    except TooLittleData:
        return out
    points = scale.transform(features)
    columns = [FEATURE_NAMES.index(name) for name in scale.names_]
    for segment in range(segments):
        if (labels == segment).any():
            out[segment, columns] = np.median(points[labels == segment], axis=0)
    return out


def standings(features: Features, labels: IntColumn, segments: int) -> dict[str, NDArray[np.bool_]]:
    """For each of CLAIMS' words, of which segments (segments,) it is true for most members."""
    usual = usual_gap_days(features)
    true_of = {
        LATE: features.column(RECENCY) > late_after_days(features, usual),
        NEW: features.column(TENURE) <= NEW_DAYS,
        AGAIN: features.column(FREQUENCY) >= 2,
    }
    size = np.bincount(labels, minlength=segments)
    return {word: 2 * np.bincount(labels, who, segments) > size for word, who in true_of.items()}


def keys_of(
    deviation: Floats,
    standing: dict[str, NDArray[np.bool_]],
    found_by: Sequence[str],
    words: Sequence[str] = SEGMENT_KEYS,
) -> tuple[str, ...]:
    """A key for each segment, all different, so that together they fit best.

    ``deviation`` (segments, f) and ``standing`` as the functions of that name give them; ``found_by`` names the
    features that found the segments, ``words`` the keys there are to give.
    """
    return given(fits(deviation, standing, found_by, words), words)


def given(fit: Floats, words: Sequence[str]) -> tuple[str, ...]:
    """Different words, so that together they fit (segments, words) best (Kuhn 1955)."""
    segment, key = linear_sum_assignment(fit, maximize=True)
    return tuple(words[key[place]] for place in np.argsort(segment))


def fits(
    deviation: Floats, standing: dict[str, NDArray[np.bool_]], found_by: Sequence[str], words: Sequence[str]
) -> Floats:
    """How well (segments, words) each key fits each segment; NOT_AT_ALL where what it claims is not true."""
    facts = [{word: bool(true[place]) for word, true in standing.items()} for place in range(len(deviation))]
    return np.array(
        [[_fits(row, fact, key, found_by) for key in words] for row, fact in zip(deviation, facts, strict=True)]
    )


def reasons(features: Features, members: NDArray[np.bool_], deviation: Floats, key: str) -> tuple[Reason, ...]:
    """The strongest deviations of one segment, those that speak for its key first; ``deviation`` (f,)."""
    apart = dict(zip(FEATURE_NAMES, np.nan_to_num(deviation).tolist(), strict=True))
    own = [name for name, weight in TRAITS.get(key, ()) if apart[name] * weight > 0]
    ranked = sorted(FEATURE_NAMES, key=lambda name: (name not in own, -abs(apart[name])))
    strong = [name for name in ranked if abs(apart[name]) >= _least_deviation(name, own, key)]
    found = [_reason(features.column(name), members, name) for name in strong]
    return tuple(reason for reason in found if _is_worth_telling(reason))[:REASONS_MOST]


def _least_deviation(name: str, own: Sequence[str], key: str) -> float:
    if name not in own:
        return STRONG_DEVIATION
    return 0.0 if key in SELF_EVIDENT and name == TRAITS[key][0][0] else LEAST_DEVIATION


def _fits(deviation: Floats, facts: dict[str, bool], key: str, found_by: Sequence[str]) -> float:
    if key in MIXED:
        return -0.01 * (1 + MIXED.index(key))
    if any(facts[word] != needed for word, needed in CLAIMS.get(key, {}).items()):
        return NOT_AT_ALL
    if key == EVERYDAY:
        return LEAST_DEVIATION
    traits = TRAITS[key]
    apart = np.nan_to_num([deviation[FEATURE_NAMES.index(name)] for name, _ in traits])
    weight = np.array([weight for _, weight in traits])
    if key not in SELF_EVIDENT and apart[0] * np.sign(weight[0]) < LEAST_DEVIATION:
        return NOT_AT_ALL
    points = float((apart * weight).sum() / np.abs(weight).sum()) + SELF_EVIDENT.get(key, 0.0)
    return points * (1.0 if traits[0][0] in found_by else BESIDE_THE_POINT)


def _reason(column: Floats, members: NDArray[np.bool_], name: str) -> Reason:
    mine, everyone = float(np.nanmedian(column[members])), float(np.nanmedian(column))
    return Reason(name, mine, everyone, "higher" if mine > everyone else "lower")


def _is_worth_telling(reason: Reason) -> bool:
    apart = abs(reason.segment_median - reason.everyone_median)
    return apart >= LEAST_TOLD if reason.feature in SHARES else apart > 0
