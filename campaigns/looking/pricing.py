"""What a bundle may cost: cheaper than its parts, and never at the price of what the shop lives on. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from campaigns.words.wording import reduced

USUAL_DISCOUNT = 10
"""Percent: what a bundle is usually worth waiting for; more is given away for nothing."""
MODEST_DISCOUNT = 5
"""Percent, where it is not known what all parts cost: few shops live on so little that this would be their margin."""
KEPT_MARGIN = 0.5
MOST_TO_WIN = 0.5
"""Of the orders that lack the rest so many may be needed to pay for a discount; more is not to be hoped for."""


class NoPrice(StrEnum):
    """Why none is suggested."""

    NO_LIST_PRICE = "no_list_price"
    CURRENCIES = "currencies"
    NO_ROOM = "no_room"
    """There is no margin to share, or one percent is more than half of it."""
    TOGETHER_ANYWAY = "together_anyway"
    """Who buys the one nearly always buys the other: whoever would get the discount pays the whole price today."""


@dataclass(frozen=True)
class Part:
    """A product of the bundle, in minor units of its currency; None where it is not known."""

    product_id: int
    price_minor: int | None
    cost_minor: int | None
    currency: str


@dataclass(frozen=True)
class Bought:
    """``whole`` orders held all of the bundle, ``lacking`` held the products of ``first`` and not the rest."""

    first: frozenset[int]
    whole: int
    lacking: int


@dataclass(frozen=True)
class BundlePrice:
    """Amounts in minor units; ``cost_minor`` None where that of a part is not known.

    ``percent`` is whole: launched with it, ``price_minor`` is what the offer shows. ``to_win`` is the share of the
    orders lacking the rest that must become whole for the discount to be paid for, if everybody who buys the whole
    today takes it; the least it can be where a cost is not known. None where the orders are not known.
    """

    price_minor: int
    list_minor: int
    cost_minor: int | None
    percent: int
    currency: str
    to_win: float | None = None

    @property
    def margin_minor(self) -> int | None:
        return None if self.cost_minor is None else self.price_minor - self.cost_minor

    @property
    def usual_margin_minor(self) -> int | None:
        return None if self.cost_minor is None else self.list_minor - self.cost_minor


@dataclass(frozen=True)
class Unpriced:
    """No price, why, and for which products."""

    why: NoPrice
    product_ids: tuple[int, ...] = ()


def bundle_price(parts: Sequence[Part], bought: Bought | None = None) -> BundlePrice | Unpriced:
    """A tenth off, less in whole percents where less than half of the usual margin would be left, or too many to win.

    A twentieth at the most where not every cost is known; those that are known are kept above in any case. A campaign
    with that percentage asks the very same price: each part is reduced and rounded as an offer does it.
    """
    missing = tuple(each.product_id for each in parts if each.price_minor is None)
    if missing:
        return Unpriced(NoPrice.NO_LIST_PRICE, missing)
    if len({each.currency for each in parts}) > 1:
        return Unpriced(NoPrice.CURRENCIES)
    is_known = all(each.cost_minor is not None for each in parts)
    usual, has_room = _price(parts, 0), False
    for percent in range(USUAL_DISCOUNT if is_known else MODEST_DISCOUNT, 0, -1):
        price = _price(parts, percent)
        if price < usual and _keeps_margin(parts, percent):
            has_room, to_win = True, _to_win(parts, percent, bought)
            if to_win is None or to_win <= MOST_TO_WIN:
                cost = _cost(parts) if is_known else None
                return BundlePrice(price, usual, cost, percent, parts[0].currency, to_win)
    return Unpriced(NoPrice.TOGETHER_ANYWAY if has_room else NoPrice.NO_ROOM)


def _keeps_margin(parts: Sequence[Part], percent: int) -> bool:
    """Whether half of the usual margin is left, of those parts whose cost is known."""
    known = [each for each in parts if each.cost_minor is not None]
    usual, cost = _price(known, 0), _cost(known)
    is_earning = cost < usual or not known
    return is_earning and _price(known, percent) >= cost + math.ceil((usual - cost) * KEPT_MARGIN)


def _to_win(parts: Sequence[Part], percent: int, bought: Bought | None) -> float | None:
    if bought is None:
        return None
    given_away = _price(parts, 0) - _price(parts, percent)
    first = [each for each in parts if each.product_id in bought.first]
    # Whoever buys the first parts anyway brings their margin without the bundle.
    gained = _price(parts, percent) - _cost(parts) - (_price(first, 0) - _cost(first))
    if gained <= 0 or not bought.lacking:
        return math.inf
    return bought.whole * given_away / (bought.lacking * gained)


def _price(parts: Sequence[Part], percent: int) -> int:
    return sum(reduced(each.price_minor or 0, percent) for each in parts)


def _cost(parts: Sequence[Part]) -> int:
    return sum(each.cost_minor or 0 for each in parts)
