"""Shops that make methods stumble, each with the plain answer that a sound one still gives.

Each is an ordinary small shop but for one thing, so that what went wrong can only be that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from engine.frames import MICROSECONDS_PER_DAY, IntColumn, Interactions, Kind, Products
from engine.synthetic.crowds import crowd

CUSTOMERS, LINES, GOODS = 90, 2_000, 40
UNTIL: Final = 20_000 * MICROSECONDS_PER_DAY
"""What is now in all of them, in October 2024."""
GIANT, GIANTS_LINES = 7, 100_000
"""The one customer, and how many purchases they have."""
OPENS_AT: Final = MICROSECONDS_PER_DAY // 24 * 9
"""UTC; it is open for six hours."""
PAIR, EVERY = (11, 12), 7
"""What goes together, and how often."""
UNIVERSAL = 3
"""The product that is in every order."""
CLOSED_DAYS = (300, 120)
"""From and until so many days ago nobody bought anything."""


@dataclass(frozen=True)
class Adversary:
    """Customers and products are numbered from 1."""

    interactions: Interactions
    products: Products
    now: int = UNTIL


def ordinary() -> Adversary:
    """The shop that the others are made of. In every EVERY-th order the two of PAIR were put in together."""
    made = crowd(CUSTOMERS, LINES, GOODS, until=UNTIL, seed=1)
    midnight = made.interactions.at // MICROSECONDS_PER_DAY * MICROSECONDS_PER_DAY
    hours = OPENS_AT + (made.interactions.at - midnight) // 4
    shop = Adversary(replace(made.interactions, at=midnight + hours), made.products)
    bought = shop.interactions.of_kind(Kind.PURCHASE)
    _, first = np.unique(bought.order, return_index=True)
    for product in PAIR:
        shop = _with(shop, _of(bought, first[::EVERY]) | {"product": np.full(len(first[::EVERY]), product)})
    return shop


def one_giant() -> Adversary:
    """One customer with 100,000 purchases, a reseller perhaps, of what sells anyway, and before dawn."""
    shop = ordinary()
    bought = shop.interactions.of_kind(Kind.PURCHASE)
    lots = np.random.default_rng(2)
    rows = lots.integers(0, len(bought), GIANTS_LINES)
    many = _of(bought, rows)
    day = np.sort(lots.integers(0, 700, GIANTS_LINES))
    many |= {
        "customer": np.full(GIANTS_LINES, GIANT),
        "at": UNTIL - (day + 2) * MICROSECONDS_PER_DAY + lots.integers(0, MICROSECONDS_PER_DAY // 8, GIANTS_LINES),
        "order": shop.interactions.order.max() + 1 + day,
    }
    return _with(shop, many)


def bought_by_everyone() -> Adversary:
    """One product is in every order: a bag, say. It goes with everything, and says nothing of anybody."""
    shop = ordinary()
    bought = shop.interactions.of_kind(Kind.PURCHASE)
    _, first = np.unique(bought.order, return_index=True)
    return _with(shop, _of(bought, first) | {"product": np.full(len(first), UNIVERSAL)})


def equal_prices() -> Adversary:
    """Everything costs the same, by the piece, at no discount: nothing is premium and nobody a seeker of bargains."""
    shop = ordinary()
    price = 10_000
    amount = np.where(shop.interactions.quantity > 0, price, shop.interactions.amount_minor)
    once = np.where(shop.interactions.quantity > 0, 1, shop.interactions.quantity)
    flat = replace(shop.interactions, amount_minor=amount, quantity=once, discount_minor=np.zeros_like(amount))
    products = replace(shop.products, price_minor=np.full(len(shop.products), price))
    return Adversary(flat, replace(products, is_premium=np.full(len(products), -1)))


def three_customers() -> Adversary:
    """Three customers only, with a few orders each."""
    shop = ordinary()
    return Adversary(shop.interactions.where(np.isin(shop.interactions.customer, (1, 2, 3))), shop.products)


def imported_twice() -> Adversary:
    """The same file came in twice: every row stands there twice, with its order and its moment."""
    shop = ordinary()
    return _with(shop, _of(shop.interactions, np.arange(len(shop.interactions))))


def closed_for_months() -> Adversary:
    """For half a year nobody could buy: the shop was closed, and nobody had left it."""
    shop = ordinary()
    ago = (UNTIL - shop.interactions.at) // MICROSECONDS_PER_DAY
    first, last = CLOSED_DAYS
    return Adversary(shop.interactions.where((ago >= first) | (ago < last)), shop.products)


ADVERSARIES: Final[Mapping[str, Callable[[], Adversary]]] = {
    "one giant": one_giant,
    "bought by everyone": bought_by_everyone,
    "equal prices": equal_prices,
    "three customers": three_customers,
    "imported twice": imported_twice,
    "closed for months": closed_for_months,
}


def _of(interactions: Interactions, rows: IntColumn) -> dict[str, Any]:
    return {
        each.name: getattr(interactions, each.name)[rows] for each in fields(interactions) if each.name != "platforms"
    }


def _with(shop: Adversary, more: Mapping[str, Any]) -> Adversary:
    """The shop with more rows, after all others."""
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(shop.interactions, name), column]) for name, column in more.items()
    }
    return replace(shop, interactions=replace(shop.interactions, **columns))
