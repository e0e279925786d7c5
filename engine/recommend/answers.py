"""What a recommendation is: a product for a customer, how likely, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.frames import IntColumn

FloatColumn = NDArray[np.float64]


class Reason(IntEnum):
    """What holds a recommendation highest; those marked * name a product of the customer's own."""

    POPULAR_NOW = 0
    BECAUSE_YOU_BOUGHT = 1  # * who bought that one bought this one too, some time
    BOUGHT_TOGETHER_WITH = 2  # * in the same order
    PEOPLE_LIKE_YOU = 3
    SIMILAR_TO = 4  # * by its wording, or one only looked at
    BUY_AGAIN = 5  # * itself, in two orders or more
    BOUGHT_BEFORE = 6  # * itself, once


class Mode(StrEnum):
    DISCOVER = "discover"
    AGAIN = "again"
    BOTH = "both"
    """The best to discover, and half as many of what they had: two lists in one, for whoever keeps it."""


OWN = frozenset({Reason.BUY_AGAIN, Reason.BOUGHT_BEFORE})
"""Reasons of what a customer had: by them the two lists of Mode.BOTH can be told apart."""


@dataclass(frozen=True)
class Recommendations:
    """One row a recommendation, all columns of one length: customers as asked for, each one's best first.

    ``score`` is the probability that the product is in the customer's next order; ``reason`` holds a Reason,
    ``reason_product`` the product that contributed most to it, NONE where the reason names none.
    """

    customer: IntColumn
    product: IntColumn
    score: FloatColumn
    reason: IntColumn
    reason_product: IntColumn

    def __len__(self) -> int:
        return len(self.customer)

    @classmethod
    def joined(cls, parts: Sequence[Recommendations]) -> Self:
        if not parts:
            none = np.zeros(0, dtype=np.int64)
            return cls(none, none, np.zeros(0), none, none)
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))
