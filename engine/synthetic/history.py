"""The invented shop's year: orders, clicks, and everything else its customers did, row by row.

Columns are drawn at once for everybody; the number of rows of each kind and platform is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind
from engine.synthetic.catalog import ITEMS
from engine.synthetic.people import Floats, People, apportion

JAKARTA_AHEAD_OF_UTC: Final = 7 * 3_600_000_000
OPENS, CLOSES = 9, 21
BUSY_HOURS: Final = (0.5, 0.8, 1.0, 1.3, 1.1, 0.8, 0.8, 1.0, 1.2, 1.5, 1.6, 1.0)
"""How busy each hour from OPENS to CLOSES is, Jakarta time: a little at noon, most after work."""

DAYS: Final = 364
LINES_MORE: Final = 1.9
"""Lines an order has beyond its first, on average."""

BUNDLE_ORDERS: Final = 0.16
"""The share of orders built around one of the planted bundles."""

DISCOUNTS: Final = (0.10, 0.15, 0.20, 0.25, 0.30)
DEAR_FROM: Final = 150_000
"""Pieces that cost this much are bought in ones and twos, also by those who buy much."""

LEADING_TO_PURCHASE: Final = 0.35
"""The share of views, clicks, carts and messages that a purchase of that product follows."""
LEAD_MINUTES: Final = {Kind.VIEW: (20, 90), Kind.CLICK: (8, 20), Kind.CART: (1, 8), Kind.MESSAGE_IN: (8, 60)}
"""By how much each comes before that purchase."""

RETURNS_PER_PURCHASE, REVIEWS_PER_PURCHASE = 0.015, 0.06
AFTERTHOUGHT_DAYS: Final = 7.0
"""Reviews and returns come within so many days of the purchase."""


@dataclass(frozen=True)
class Volume:
    """How many rows of each sort a platform sees in the year; ``other`` is all but purchases and clicks."""

    platform: str
    purchases: int
    clicks: int
    other: int


@dataclass(frozen=True)
class Rows:
    """Interactions under construction: int64 columns of one length."""

    customer: IntColumn
    kind: IntColumn
    at: IntColumn
    product: IntColumn
    quantity: IntColumn
    amount_minor: IntColumn
    discount_minor: IntColumn
    order: IntColumn
    platform: IntColumn


def history(
    who: People,
    volumes: Sequence[Volume],
    bundles: Sequence[Sequence[int]],
    now: int,
    rng: np.random.Generator,
) -> Interactions:
    """A year up to ``now`` (µs). Customers and products are numbered from 1 in the order of their rows."""
    parts: list[Rows] = []
    orders = 0
    for platform, volume in enumerate(volumes):
        bought = _purchases(who, platform, volume.purchases, bundles, now, orders, rng)
        orders = max(orders, int(bought.order.max(initial=NONE)) + 1)
        after = _afterthoughts(bought, volume.other, now, rng)
        rest = volume.other - len(after.customer)
        parts += [bought, after, _browsed(who, platform, bought, volume.clicks, rest, now, rng)]
    return _interactions(parts, tuple(volume.platform for volume in volumes), rng)


def launched_at(now: int) -> IntColumn:
    """When each product came into the shop (m,), µs; the old ones a year before the history begins."""
    ago = np.array([item.launched_days_ago or 2 * DAYS for item in ITEMS], dtype=np.int64)
    return now - ago * MICROSECONDS_PER_DAY


def _purchases(
    who: People,
    platform: int,
    lines: int,
    bundles: Sequence[Sequence[int]],
    now: int,
    first_order: int,
    rng: np.random.Generator,
) -> Rows:
    customer = _someone(who.activity * who.platform_taste[:, platform], lines, rng)
    at = _moments(who, customer, now, rng)
    in_bundle = _bundled(who, customer, bundles, rng)
    size = np.maximum(1 + rng.poisson(LINES_MORE, lines), in_bundle.sum(axis=1))
    upto = np.cumsum(size)
    orders = int(np.searchsorted(upto, lines)) + 1 if lines else 0
    customer, at, in_bundle, size = customer[:orders], at[:orders], in_bundle[:orders], size[:orders]
    if orders:
        size[-1] -= upto[orders - 1] - lines
    wish = np.log(_tastes_at(who, customer, at, now)) + rng.gumbel(size=(orders, len(ITEMS)))
    ranking = np.argsort(-np.where(in_bundle, np.inf, wish), axis=1, kind="stable")
    taken = np.arange(len(ITEMS)) < size[:, None]
    order, place = np.nonzero(taken)
    product = ranking[order, place]
    quantity = _quantities(who, customer[order], product, rng)
    amount, discount = _amounts(who, customer[order], product, quantity, rng)
    return Rows(
        customer[order], _filled(lines, Kind.PURCHASE), at[order], product, quantity, amount, discount,
        order + first_order, _filled(lines, platform),
    )  # fmt: skip


def _bundled(
    who: People, customer: IntColumn, bundles: Sequence[Sequence[int]], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which products (orders, m) an order holds because it is built around a bundle its customer likes."""
    members = np.zeros((len(bundles), len(ITEMS)), dtype=np.bool_)
    for row, bundle in enumerate(bundles):
        members[row, list(bundle)] = True
    liking = np.column_stack([who.taste[:, list(bundle)].mean(axis=1) for bundle in bundles])
    chosen = _one_of(liking[customer], rng)
    around = rng.random(len(customer)) < BUNDLE_ORDERS
    built: NDArray[np.bool_] = members[chosen] & around[:, None]
    return built


def _tastes_at(who: People, customer: IntColumn, at: IntColumn, now: int) -> Floats:
    """Tastes (rows, m) at a time: nothing for what is not launched yet, more for what just was."""
    launched = launched_at(now)
    recent = launched > now - DAYS * MICROSECONDS_PER_DAY
    taste = who.taste[customer] * np.where(recent, who.favours_new[customer][:, None], 1.0)
    on_sale: Floats = np.where(at[:, None] >= launched, taste, 1e-30)
    return on_sale


def _quantities(who: People, customer: IntColumn, product: IntColumn, rng: np.random.Generator) -> IntColumn:
    price = np.array([item.price for item in ITEMS])[product]
    usual = np.log(who.pieces[customer]) * np.where(price >= DEAR_FROM, 0.3, 1.0)
    drawn = np.exp(usual + rng.normal(0, 0.35, len(product)))
    return np.maximum(np.rint(drawn), 1).astype(np.int64)


def _amounts(
    who: People, customer: IntColumn, product: IntColumn, quantity: IntColumn, rng: np.random.Generator
) -> tuple[IntColumn, IntColumn]:
    """What was paid and what was taken off, whole rupiah, discounts in steps of Rp100."""
    listed = np.array([item.price for item in ITEMS], dtype=np.int64)[product] * quantity
    given = rng.random(len(product)) < who.discount_share[customer]
    off = np.rint(listed * rng.choice(DISCOUNTS, len(product)) / 100).astype(np.int64) * 100
    discount = np.where(given, off, 0)
    return listed - discount, discount


def _afterthoughts(bought: Rows, other: int, now: int, rng: np.random.Generator) -> Rows:
    """Reviews and returns of lines bought long enough ago, at most half of ``other``."""
    old = np.flatnonzero(bought.at < now - AFTERTHOUGHT_DAYS * MICROSECONDS_PER_DAY)
    returns = min(round(RETURNS_PER_PURCHASE * len(old)), other // 4)
    reviews = min(round(REVIEWS_PER_PURCHASE * len(old)), other // 4)
    row = rng.permutation(old)[: returns + reviews]
    is_return = np.arange(len(row)) < returns
    later = (rng.uniform(0.5, AFTERTHOUGHT_DAYS, len(row)) * MICROSECONDS_PER_DAY).astype(np.int64)
    return Rows(
        bought.customer[row],
        np.where(is_return, int(Kind.RETURN), int(Kind.REVIEW)),
        bought.at[row] + later,
        bought.product[row],
        np.where(is_return, bought.quantity[row], NONE),
        np.where(is_return, bought.amount_minor[row], NONE),
        np.full(len(row), NONE, dtype=np.int64),
        bought.order[row],
        bought.platform[row],
    )


def _browsed(
    who: People, platform: int, bought: Rows, clicks: int, rest: int, now: int, rng: np.random.Generator
) -> Rows:
    """Views, clicks, carts and messages: some on the way to a purchase, most leading nowhere."""
    talks = 0.05 if clicks == 0 else 0.3
    views, carts, messages = apportion(rest, (1 - talks, 0.25, talks))
    size = [views, clicks, carts, messages]
    kind = np.repeat(np.array(list(LEAD_MINUTES), dtype=np.int64), size)
    customer = _someone(who.activity * who.platform_taste[:, platform] * who.browsing, len(kind), rng)
    at = _moments(who, customer, now, rng)
    product = _one_of(np.sqrt(_tastes_at(who, customer, at, now)), rng)
    if len(bought.at):
        line = rng.integers(0, len(bought.at), len(kind))
        minutes = rng.uniform(*np.repeat(np.array(list(LEAD_MINUTES.values())), size, axis=0).T)
        leads = rng.random(len(kind)) < LEADING_TO_PURCHASE
        customer = np.where(leads, bought.customer[line], customer)
        product = np.where(leads, bought.product[line], product)
        at = np.where(leads, bought.at[line] - (minutes * 60_000_000).astype(np.int64), at)
    nothing = _filled(len(kind), NONE)
    return Rows(
        customer, kind, at, np.where(kind == Kind.MESSAGE_IN, NONE, product),
        np.where(kind == Kind.CART, 1, NONE), nothing, nothing, nothing, _filled(len(kind), platform),
    )  # fmt: skip


def _someone(weight: Floats, rows: int, rng: np.random.Generator) -> IntColumn:
    return rng.choice(len(weight), rows, p=weight / weight.sum()).astype(np.int64)


def _one_of(weight: Floats, rng: np.random.Generator) -> IntColumn:
    """One column (rows,) drawn from each row's weights (rows, columns)."""
    upto = np.cumsum(weight, axis=1)
    place: IntColumn = (upto < rng.random((len(weight), 1)) * upto[:, -1:]).sum(axis=1).astype(np.int64)
    return place


def _moments(who: People, customer: IntColumn, now: int, rng: np.random.Generator) -> IntColumn:
    """Times (rows,) in shop hours of days on which the customer was one, up to the day before ``now``."""
    today = (now + JAKARTA_AHEAD_OF_UTC) // MICROSECONDS_PER_DAY
    share = rng.uniform(who.joined[customer], who.left[customer])
    day = today - DAYS + np.floor(share * DAYS).astype(np.int64)
    busy = np.array(BUSY_HOURS) / sum(BUSY_HOURS)
    hour = rng.choice(np.arange(OPENS, CLOSES), len(customer), p=busy)
    within = rng.integers(0, 3_600_000_000, len(customer))
    at: IntColumn = day * MICROSECONDS_PER_DAY + hour * 3_600_000_000 + within - JAKARTA_AHEAD_OF_UTC
    return at


def _filled(rows: int, value: int) -> IntColumn:
    return np.full(rows, value, dtype=np.int64)


def _interactions(parts: Sequence[Rows], platforms: tuple[str, ...], rng: np.random.Generator) -> Interactions:
    """All rows in the order of time, with ids from 1 and orders numbered as they came."""
    column = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__annotations__}
    rank = np.lexsort((rng.random(len(column["at"])), column["at"]))
    column = {name: values[rank].astype(np.int64) for name, values in column.items()}
    column["customer"] += 1
    column["product"] = np.where(column["product"] >= 0, column["product"] + 1, NONE)
    column["order"] = _numbered(column["order"])
    return Interactions(**column, platforms=platforms)


def _numbered(order: IntColumn) -> IntColumn:
    """Order ids 1, 2, 3 … by first appearance, ``NONE`` kept."""
    known = order >= 0
    _, first, code = np.unique(order[known], return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(1, len(first) + 1)
    out = order.copy()
    out[known] = number[code]
    return out
