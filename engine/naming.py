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

from engine.features import (
    AVERAGE_ORDER,
    BRAND_LOYALTY,
    BULK_QUANTITY,
    CLICKS_PER_PURCHASE,
    DISCOUNT_SHARE,
    FEATURE_NAMES,
    FREQUENCY,
    MONETARY,
    NOVELTY,
    PLATFORM_FOCUS,
    PREMIUM_SHARE,
    RECENCY,
    REGULARITY,
    RETURN_SHARE,
    TENURE,
    VARIETY,
    Features,
)
from engine.frames import IntColumn, TooLittleData
from engine.scaling import RobustScale

Floats = NDArray[np.float64]
Direction = Literal["higher", "lower"]

PREMIUM_LOYAL: Final = "premium_loyal"
DISCOUNT_SEEKERS: Final = "discount_seekers"
EXPLORERS: Final = "explorers"
BULK_BUYERS: Final = "bulk_buyers"
BROWSERS: Final = "browsers"
CHAMPIONS: Final = "champions"
BIG_SPENDERS: Final = "big_spenders"
REGULARS: Final = "regulars"
AT_RISK: Final = "at_risk"
NEWCOMERS: Final = "newcomers"
OCCASIONAL: Final = "occasional"
LAPSED: Final = "lapsed"
EVERYDAY: Final = "everyday"
MIXED: Final = tuple(f"mixed_{number}" for number in range(1, 8))

SHARES: Final = (
    RETURN_SHARE,
    PREMIUM_SHARE,
    BRAND_LOYALTY,
    DISCOUNT_SHARE,
    VARIETY,
    NOVELTY,
    PLATFORM_FOCUS,
    REGULARITY,
)

Traits = tuple[tuple[str, float], ...]

TRAITS: Final[dict[str, Traits]] = {
    PREMIUM_LOYAL: ((PREMIUM_SHARE, 1.0), (BRAND_LOYALTY, 1.0)),
    DISCOUNT_SEEKERS: ((DISCOUNT_SHARE, 1.0),),
    EXPLORERS: ((VARIETY, 1.0), (NOVELTY, 0.5), (BRAND_LOYALTY, -0.5)),
    BULK_BUYERS: ((BULK_QUANTITY, 1.0),),
    BROWSERS: ((CLICKS_PER_PURCHASE, 1.0),),
    CHAMPIONS: ((FREQUENCY, 1.0), (RECENCY, -0.7), (MONETARY, 1.0)),
    BIG_SPENDERS: ((AVERAGE_ORDER, 1.0), (MONETARY, 0.5)),
    REGULARS: ((FREQUENCY, 0.7), (TENURE, 0.5), (MONETARY, 0.2)),
    AT_RISK: ((RECENCY, 1.0), (FREQUENCY, 0.7), (MONETARY, 0.5)),
    NEWCOMERS: ((TENURE, -1.0), (RECENCY, -0.5), (FREQUENCY, -0.2)),
    OCCASIONAL: ((FREQUENCY, -0.8), (MONETARY, -0.4)),
    LAPSED: ((RECENCY, 1.0), (FREQUENCY, -0.7)),
}
"""What makes each key: features and how much they count, + above everyone's middle, − below. The first one decides
whether the key may be used at all."""

SEGMENT_KEYS: Final = (*TRAITS, EVERYDAY, *MIXED)
"""Every key there is. ``everyday`` is like everyone; ``mixed_n`` differs, but in no way that has a name left."""

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
    """``members`` (size,) are customer ids, sorted; ``share`` is of all customers described."""

    key: str
    size: int
    share: float
    reasons: tuple[Reason, ...]
    members: IntColumn


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


def keys_of(deviation: Floats, found_by: Sequence[str]) -> tuple[str, ...]:
    """A key for each segment, all different, so that together they fit best (Kuhn 1955).

    ``deviation`` (segments, f) as ``deviations`` gives it; ``found_by`` names the features that found the segments.
    """
    fit = np.array([[_fits(row, key, found_by) for key in SEGMENT_KEYS] for row in deviation])
    segment, key = linear_sum_assignment(fit, maximize=True)
    return tuple(SEGMENT_KEYS[key[place]] for place in np.argsort(segment))


def reasons(features: Features, members: NDArray[np.bool_], deviation: Floats, key: str) -> tuple[Reason, ...]:
    """The strongest deviations of one segment, those that made its key first; ``deviation`` (f,)."""
    own = [name for name, _ in TRAITS.get(key, ())]
    strength = dict(zip(FEATURE_NAMES, np.abs(np.nan_to_num(deviation)).tolist(), strict=True))
    ranked = sorted(FEATURE_NAMES, key=lambda name: (name not in own, -strength[name]))
    strong = [n for n in ranked if strength[n] >= (LEAST_DEVIATION if n in own else STRONG_DEVIATION)]
    found = [_reason(features.column(name), members, name) for name in strong]
    return tuple(reason for reason in found if _is_worth_telling(reason))[:REASONS_MOST]


def _fits(deviation: Floats, key: str, found_by: Sequence[str]) -> float:
    if key == EVERYDAY:
        return LEAST_DEVIATION
    if key in MIXED:
        return -0.01 * (1 + MIXED.index(key))
    traits = TRAITS[key]
    apart = np.nan_to_num([deviation[FEATURE_NAMES.index(name)] for name, _ in traits])
    weight = np.array([weight for _, weight in traits])
    if apart[0] * np.sign(weight[0]) < LEAST_DEVIATION:
        return NOT_AT_ALL
    points = float((apart * weight).sum() / np.abs(weight).sum())
    return points * (1.0 if traits[0][0] in found_by else BESIDE_THE_POINT)


def _reason(column: Floats, members: NDArray[np.bool_], name: str) -> Reason:
    mine, everyone = float(np.nanmedian(column[members])), float(np.nanmedian(column))
    return Reason(name, mine, everyone, "higher" if mine > everyone else "lower")


def _is_worth_telling(reason: Reason) -> bool:
    apart = abs(reason.segment_median - reason.everyone_median)
    return apart >= LEAST_TOLD if reason.feature in SHARES else apart > 0
