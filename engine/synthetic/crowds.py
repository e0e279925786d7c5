"""A shop of any size, all columns at once: for measuring speed and memory, where no answer has to be known.

Few customers buy often and most seldom, few products sell often and most seldom (Zipf 1949), and everybody leans to
one of a few tastes, so that segments, bundles and recommendations have something to find.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind, Products

Floats = NDArray[np.float64]

DAYS = 730
TASTES = 8
LEANING = 0.7
"""The share of lines that come from the customer's own taste."""
LINES_PER_ORDER = 2.5
KINDS = ((Kind.PURCHASE, 0.86), (Kind.CLICK, 0.10), (Kind.CART, 0.03), (Kind.RETURN, 0.01))
PLATFORMS = ("whatsapp", "telegram", "store")
PREMIUM_SHARE = 0.1


@dataclass(frozen=True)
class Crowd:
    """The two frames the engine reads. Customers and products are numbered from 1, orders from 0."""

    interactions: Interactions
    products: Products


def crowd(
    customers: int, lines: int, products: int = 2_000, *, until: int, seed: int = 0, exponent: float = 1.1
) -> Crowd:
    """So many ``lines`` of so many ``customers`` in the DAYS before ``until`` (µs since the epoch), by time.

    Everybody has at least one line where there are enough. ``exponent`` is Zipf's, of products and of customers.
    """
    lots = np.random.default_rng(seed)
    who, order, at = _orders(customers, lines, until, exponent, lots)
    taste = lots.integers(0, TASTES, customers)
    shelf = _products(products, lots)
    product = _chosen(taste[who], products, exponent, lots)
    kinds, shares = zip(*KINDS, strict=True)
    kind = lots.choice(np.array(kinds, dtype=np.int64), lines, p=shares)
    is_sale = (kind == Kind.PURCHASE) | (kind == Kind.RETURN)
    quantity = np.where(is_sale, lots.geometric(0.6, lines), NONE)
    full = shelf.price_minor[product] * quantity
    discount = np.where(lots.random(lines) < 0.2, full // 10, 0)
    by_time = np.argsort(at, kind="stable")
    columns = {
        "customer": who + 1,
        "kind": kind,
        "at": at,
        "product": product + 1,
        "quantity": quantity,
        "amount_minor": np.where(is_sale, full - discount, NONE),
        "discount_minor": np.where(is_sale, discount, NONE),
        "order": np.where(is_sale, order, NONE),
        "platform": lots.integers(0, len(PLATFORMS), customers)[who],
    }
    return Crowd(
        Interactions(
            **{name: np.ascontiguousarray(each[by_time]) for name, each in columns.items()}, platforms=PLATFORMS
        ),
        shelf,
    )


def _orders(
    customers: int, lines: int, until: int, exponent: float, lots: np.random.Generator
) -> tuple[IntColumn, IntColumn, IntColumn]:
    """Whose each line is, its order, and when: the lines of an order are of one customer and one moment."""
    orders = max(int(lines / LINES_PER_ORDER), 1)
    of_order = np.r_[np.arange(orders), lots.integers(0, orders, max(lines - orders, 0))][:lines]
    buyer = lots.permutation(
        np.r_[np.arange(min(customers, orders)), _zipf(customers, max(orders - customers, 0), exponent, lots)]
    )
    moment = until - lots.integers(1, DAYS * MICROSECONDS_PER_DAY, orders)
    return buyer[of_order].astype(np.int64), of_order.astype(np.int64), moment[of_order]


def _chosen(taste: IntColumn, products: int, exponent: float, lots: np.random.Generator) -> IntColumn:
    """A product for each line: by its place in everybody's ranking, or in that of the line's taste."""
    place = _zipf(products, len(taste), exponent, lots)
    rankings = np.stack([lots.permutation(products) for _ in range(TASTES)])
    leans = lots.random(len(taste)) < LEANING
    return np.where(leans, rankings[taste, place], place).astype(np.int64)


def _zipf(n: int, size: int, exponent: float, lots: np.random.Generator) -> IntColumn:
    """``size`` numbers below ``n``, number k with a weight of (k + 1) to the minus ``exponent``."""
    weight = np.cumsum(np.arange(1, n + 1, dtype=np.float64) ** -exponent)
    found: IntColumn = np.searchsorted(weight, lots.random(size) * weight[-1], side="right").astype(np.int64)
    held: IntColumn = np.minimum(found, n - 1)
    return held


def _products(n: int, lots: np.random.Generator) -> Products:
    price = np.round(np.exp(lots.normal(10.5, 0.8, n)) / 1_000).astype(np.int64) * 100_000 + 100_000
    return Products(
        id=np.arange(1, n + 1, dtype=np.int64),
        price_minor=price,
        stock=lots.integers(0, 200, n).astype(np.int64),
        is_premium=(lots.random(n) < PREMIUM_SHARE).astype(np.int64),
        name=[f"Product {each}" for each in range(1, n + 1)],
        category=[f"Category {each % 12}" for each in range(n)],
        brand=[f"Brand {each % 40}" for each in range(n)],
        description=[""] * n,
    )
