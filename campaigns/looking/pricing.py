"""What a bundle may cost: cheaper than its parts, and never at the price of what the shop lives on. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from campaigns.wording import reduced

USUAL_DISCOUNT = 10
"""Percent: what a bundle is usually worth waiting for; more is given away for nothing."""
KEPT_MARGIN = 0.5


class NoPrice(StrEnum):
    """Why none is suggested."""

    NO_COST = "no_cost"
    NO_LIST_PRICE = "no_list_price"
    CURRENCIES = "currencies"
    NO_ROOM = "no_room"
    """There is no margin to share, or one percent is more than half of it."""


@dataclass(frozen=True)
class Part:
    """A product of the bundle, in minor units of its currency; None where it is not known."""

    product_id: int
    price_minor: int | None
    cost_minor: int | None
    currency: str


@dataclass(frozen=True)
class BundlePrice:
    """Amounts in minor units. ``percent`` is whole: launched with it, ``price_minor`` is what the offer shows."""

    price_minor: int
    list_minor: int
    cost_minor: int
    percent: int
    currency: str

    @property
    def margin_minor(self) -> int:
        return self.price_minor - self.cost_minor

    @property
    def usual_margin_minor(self) -> int:
        return self.list_minor - self.cost_minor


@dataclass(frozen=True)
class Unpriced:
    """No price, why, and for which products."""

    why: NoPrice
    product_ids: tuple[int, ...] = ()


def bundle_price(parts: Sequence[Part]) -> BundlePrice | Unpriced:
    """A tenth off, or less in whole percents where less than half of the usual margin would be left.

    A campaign with that percentage asks the very same price: each part is reduced and rounded as an offer does it.
    """
    for why, value in ((NoPrice.NO_COST, "cost_minor"), (NoPrice.NO_LIST_PRICE, "price_minor")):
        missing = tuple(each.product_id for each in parts if getattr(each, value) is None)
        if missing:
            return Unpriced(why, missing)
    if len({each.currency for each in parts}) > 1:
        return Unpriced(NoPrice.CURRENCIES)
    usual, cost = sum(each.price_minor or 0 for each in parts), sum(each.cost_minor or 0 for each in parts)
    least = cost + math.ceil((usual - cost) * KEPT_MARGIN)
    for percent in range(USUAL_DISCOUNT, 0, -1):
        price = sum(reduced(each.price_minor or 0, percent) for each in parts)
        if cost < usual and least <= price < usual:
            return BundlePrice(price, usual, cost, percent, parts[0].currency)
    return Unpriced(NoPrice.NO_ROOM)
