"""The ways to look at customers, and which of their features each goes by."""

from __future__ import annotations

from typing import Final, Literal

from engine.features import (
    BRAND_LOYALTY,
    BULK_QUANTITY,
    DISCOUNT_SHARE,
    FREQUENCY,
    MONETARY,
    PREMIUM_SHARE,
    RECENCY,
    VARIETY,
)

View = Literal["auto", "habits", "value"]

VIEWS: Final[dict[str, tuple[str, ...]]] = {
    "habits": (PREMIUM_SHARE, BRAND_LOYALTY, DISCOUNT_SHARE, VARIETY, BULK_QUANTITY),
    "value": (RECENCY, FREQUENCY, MONETARY),
}
"""Two ways to look at customers, in the order tried: by how they buy, which says what to offer them; and by how
lately, often and much. Mixed together either blurs the other."""

LEAST_HABITS: Final = 3
"""Habits are looked at where at least so many of them are known and differ."""
