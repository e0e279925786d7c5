"""Groups by rule, for shops too small or too even to find segments in: how often, how lately, how new."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.features import FREQUENCY, GAP_DAYS, RECENCY, TENURE, Features
from engine.frames import IntColumn, TooLittleData
from engine.segments.vocabulary import AT_RISK, LAPSED, NEWCOMERS, OCCASIONAL, REGULARS

RULE_KEYS: Final = (REGULARS, AT_RISK, NEWCOMERS, OCCASIONAL, LAPSED)

NEW_DAYS: Final = 90
"""Whose first purchase is no older than this is still getting to know the shop."""

LATELY_DAYS: Final = 30
"""Nobody is late who was here in the last so many days, however busy the shop."""

GAPS_UNTIL_LATE: Final = 2.0
"""Nobody is late who has been away for less than this many usual gaps between their orders."""

GAP_WITHOUT_ANY: Final = 45.0
"""The gap, in days, assumed of a shop nobody has come back to yet."""


class RfmRules:
    """Five groups from recency, frequency and tenure (after Hughes 1994, Strategic Database Marketing).

    Often is from the shop's median number of orders on, and at least two; late is what ``late_after_days`` says.
    Assumes nothing about the shape of the data. Least data: one customer. Learned: ``often_from_`` orders,
    ``usual_gap_`` days.
    """

    often_from_: float
    usual_gap_: float

    def fit(self, features: Features) -> RfmRules:
        """Raises TooLittleData without a customer."""
        if not len(features):
            raise TooLittleData("customers with a purchase", needed=1, seen=0)
        self.often_from_ = max(2.0, float(np.median(features.column(FREQUENCY))))
        self.usual_gap_ = usual_gap_days(features)
        return self

    def assign(self, features: Features) -> IntColumn:
        """The place (n,) of each customer's group in RULE_KEYS."""
        often = features.column(FREQUENCY) >= self.often_from_
        late = features.column(RECENCY) > late_after_days(features, self.usual_gap_)
        new = (features.column(TENURE) <= NEW_DAYS) & (features.column(FREQUENCY) <= 2)
        groups = [~late & new, ~late & often, late & often, ~late]
        keys = [RULE_KEYS.index(key) for key in (NEWCOMERS, REGULARS, AT_RISK, OCCASIONAL)]
        return np.select(groups, keys, default=RULE_KEYS.index(LAPSED)).astype(np.int64)


def usual_gap_days(features: Features) -> float:
    """The median, over customers who came back, of their usual gap between orders."""
    gaps = features.column(GAP_DAYS)
    return GAP_WITHOUT_ANY if np.isnan(gaps).all() else float(np.nanmedian(gaps))


def late_after_days(features: Features, usual_gap: float) -> NDArray[np.float64]:
    """Days (n,) after which each customer is late by their own rhythm, or by the shop's where they have none yet."""
    gaps = features.column(GAP_DAYS)
    late: NDArray[np.float64] = GAPS_UNTIL_LATE * np.where(np.isnan(gaps), usual_gap, gaps)
    return np.maximum(late, LATELY_DAYS)
