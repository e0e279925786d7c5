"""What a bundle may cost: cheaper than its parts, and never at the price of what the shop lives on. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

USUAL_DISCOUNT = 0.10
"""What a bundle is usually worth waiting for; more is given away for nothing."""
KEPT_MARGIN = 0.5
ROUNDING = 0.02
"""A price is rounded to the largest step of at most so much of it, …"""
STEPS = [figure * int(f"1{'0' * noughts}") for noughts in range(12) for figure in (1, 5)]
LEAST_STEP = {"IDR": 500}
"""… and no smaller one than there are coins for."""


class NoPrice(StrEnum):
    """Why none is suggested."""

    NO_COST = "no_cost"
    NO_LIST_PRICE = "no_list_price"
    CURRENCIES = "currencies"
    NO_ROOM = "no_room"
    """There is no margin to share, or rounding eats what there is."""


@dataclass(frozen=True)
class Part:
    """A product of the bundle, in minor units of its currency; None where it is not known."""

    product_id: int
    price_minor: int | None
    cost_minor: int | None
    currency: str


@dataclass(frozen=True)
class BundlePrice:
    """Amounts in minor units. ``percent`` is whole and never more than the price allows: what to launch with."""

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
    """About a tenth off, but at least half of the usual margin kept, rounded up as shops round."""
    for why, value in ((NoPrice.NO_COST, "cost_minor"), (NoPrice.NO_LIST_PRICE, "price_minor")):
        missing = tuple(each.product_id for each in parts if getattr(each, value) is None)
        if missing:
            return Unpriced(why, missing)
    if len({each.currency for each in parts}) > 1:
        return Unpriced(NoPrice.CURRENCIES)
    usual, cost = sum(each.price_minor or 0 for each in parts), sum(each.cost_minor or 0 for each in parts)
    least = cost + math.ceil((usual - cost) * KEPT_MARGIN)
    wanted = max(least, math.ceil(usual * (1 - USUAL_DISCOUNT)))
    step = step_of(wanted, parts[0].currency)
    price = math.ceil(wanted / step) * step
    percent = math.floor((usual - price) * 100 / usual) if usual else 0
    if usual <= cost or percent < 1:
        return Unpriced(NoPrice.NO_ROOM)
    return BundlePrice(price, usual, cost, percent, parts[0].currency)


def step_of(price_minor: int, currency: str) -> int:
    """To what shops round such a price: 1 or 5 and noughts."""
    least = LEAST_STEP.get(currency, 1)
    return max([least, *(each for each in STEPS if least <= each <= price_minor * ROUNDING)])
