"""Groups by rule, for shops too small or too even to find segments in: how often, how lately, how new."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.features import FREQUENCY, GAP_DAYS, RECENCY, TENURE, Features
from engine.frames import IntColumn, TooLittleData
from engine.naming import AT_RISK, LAPSED, NEWCOMERS, OCCASIONAL, REGULARS

RULE_KEYS: Final = (REGULARS, AT_RISK, NEWCOMERS, OCCASIONAL, LAPSED)

NEW_DAYS: Final = 60
"""Whose first purchase is no older than this, with at most two orders, is still getting to know the shop."""

LATELY_DAYS: Final = 30
"""Nobody is late who was here in the last so many days, however busy the shop."""

GAPS_UNTIL_LATE: Final = 2.0
"""Nobody is late who has been away for less than this many of their own usual gaps."""


class RfmRules:
    """Five groups from recency, frequency and tenure, split at the shop's medians (after Hughes 1994,
    Strategic Database Marketing).

    Assumes nothing about the shape of the data. Least data: one customer. Learned: ``often_from_`` orders,
    ``lately_until_`` days.
    """

    often_from_: float
    lately_until_: float

    def fit(self, features: Features) -> RfmRules:
        """Raises TooLittleData without a customer."""
        if not len(features):
            raise TooLittleData("customers with a purchase", needed=1, seen=0)
        self.often_from_ = max(2.0, float(np.median(features.column(FREQUENCY))))
        self.lately_until_ = max(LATELY_DAYS, float(np.median(features.column(RECENCY))))
        return self

    def assign(self, features: Features) -> IntColumn:
        """The place (n,) of each customer's group in RULE_KEYS."""
        often = features.column(FREQUENCY) >= self.often_from_
        lately = self._came_lately(features)
        new = (features.column(TENURE) <= NEW_DAYS) & (features.column(FREQUENCY) <= 2)
        groups = [new, often & lately, often, lately]
        keys = [RULE_KEYS.index(key) for key in (NEWCOMERS, REGULARS, AT_RISK, OCCASIONAL)]
        return np.select(groups, keys, default=RULE_KEYS.index(LAPSED)).astype(np.int64)

    def _came_lately(self, features: Features) -> NDArray[np.bool_]:
        patience = GAPS_UNTIL_LATE * np.nan_to_num(features.column(GAP_DAYS))
        lately: NDArray[np.bool_] = features.column(RECENCY) <= np.maximum(patience, self.lately_until_)
        return lately
