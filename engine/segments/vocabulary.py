"""The words there are for segments, and what each of them says about its customers."""

from __future__ import annotations

from typing import Final

from engine.features import (
    AVERAGE_ORDER,
    BRAND_LOYALTY,
    BULK_QUANTITY,
    CLICKS_PER_PURCHASE,
    DISCOUNT_SHARE,
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
)

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
RETURNING: Final = "returning"
ONCE: Final = "once"
COOLING: Final = "cooling"
EVERYDAY: Final = "everyday"
MIXED: Final = tuple(f"mixed_{number}" for number in range(1, 8))

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
    RETURNING: ((RECENCY, -1.0), (FREQUENCY, 0.3)),
    ONCE: ((FREQUENCY, -1.0), (TENURE, 0.3)),
    COOLING: ((RECENCY, 0.8), (FREQUENCY, 0.1)),
}
"""What makes each key: features and how much they count, + above everyone's middle, − below."""

LATE, NEW, AGAIN = "late", "new", "again"

CLAIMS: Final[dict[str, dict[str, bool]]] = {
    CHAMPIONS: {LATE: False, AGAIN: True},
    REGULARS: {LATE: False, AGAIN: True},
    BIG_SPENDERS: {LATE: False},
    AT_RISK: {LATE: True, AGAIN: True},
    NEWCOMERS: {LATE: False, NEW: True},
    OCCASIONAL: {LATE: False},
    LAPSED: {LATE: True},
    RETURNING: {LATE: False, AGAIN: True},
    ONCE: {AGAIN: False},
    COOLING: {AGAIN: True},
    EVERYDAY: {LATE: False},
}
"""What must be true of most members, whatever the others are like: in a shop most have left, a lapsed customer is
like everyone and still not an everyday one. ``late`` by their own rhythm, ``new`` to the shop, came ``again``."""

SELF_EVIDENT: Final = {AT_RISK: 0.3, NEWCOMERS: 0.3, LAPSED: 0.3, ONCE: 0.2}
"""Keys whose claims are enough, counting so much beside being like everyone; the others also need their first trait
to stand out."""

SEGMENT_KEYS: Final = (*TRAITS, EVERYDAY, *MIXED)
"""Every key there is. ``everyday`` is like everyone; ``mixed_n`` differs, but in no way that has a name left."""

TASTES: Final = (PREMIUM_LOYAL, DISCOUNT_SEEKERS, EXPLORERS, BULK_BUYERS, BROWSERS, BIG_SPENDERS, EVERYDAY, *MIXED)
"""What says how somebody buys, and nothing of how lately or often."""

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
"""Features that are shares or likewise run from 0 to 1."""
