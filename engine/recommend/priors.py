"""The weights a shop starts with, before its own past has taught others.

Learnt as every shop's are, from weights of nothing, on UCI Online Retail (CC0), rehearsals after 70 and 85 % of
the lines before its 85 % quantile of time: of what comes later, on which we are measured, nothing was seen. That shop
has no record of what was looked at; the weight of ``looked`` is a convention.
"""

from __future__ import annotations

import numpy as np

from engine.recommend.blending import Blend

_AGAIN = {
    "now": -0.18, "weeks": 1.43, "season": -1.20, "ever": 0.08, "age": 0.14, "idle": -0.05, "again": 0.29,
    "orders": 0.17, "since": 0.15, "gap": -0.17, "variety": -0.63, "basket": 0.75, "bought": -0.21,
    "bought_relative": -0.44, "lately": -0.06, "lately_relative": 0.63, "together": 0.43,
    "together_relative": -0.42, "people": 0.75, "people_relative": 0.32, "wording": -0.05,
    "wording_relative": 0.31, "looked": 1.00, "n": 0.52, "d60": -0.23, "d240": -0.13, "o1": 0.27, "o3": 0.58,
    "o10": 0.57, "last": 0.08, "before_last": 0.11, "recent": 0.07, "orders_since": 0.34, "share": -0.41,
    "share_since": -0.12, "overdue": -0.09, "overdue_squared": -0.05, "overdue_customer": -0.09,
    "is_repeated": 0.24, "n_by_share": 0.36, "age_of_habit": -0.16,
}  # fmt: skip

_DISCOVER = {
    "now": 0.22, "weeks": 0.75, "season": -0.34, "ever": -0.30, "age": -0.22, "idle": -0.05, "again": -0.47,
    "orders": -0.73, "since": 0.16, "gap": -0.00, "variety": 0.18, "basket": 0.11, "bought": 0.17,
    "bought_relative": 0.32, "lately": -0.15, "lately_relative": 0.44, "together": 0.19,
    "together_relative": -0.24, "people": 0.88, "people_relative": 0.68, "wording": 0.48,
    "wording_relative": -0.19, "looked": 1.00,
}  # fmt: skip

AGAIN = Blend(tuple(_AGAIN), np.array(list(_AGAIN.values())), -3.28)
DISCOVER = Blend(tuple(_DISCOVER), np.array(list(_DISCOVER.values())), -5.55)
