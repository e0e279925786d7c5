"""What everybody bought, and when: one row a customer and product, reckoned at a moment.

lines of orders → Orders (numbered by customer and time) → Past at a cut (pairs and people)

Orders are put in order once; any number of cuts is then taken from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind
from engine.recommend.ranking import distinct

FloatColumn = NDArray[np.float64]
Mask = NDArray[np.bool_]

KIND_WEIGHTS = {Kind.PURCHASE: 1.0, Kind.CART: 0.5, Kind.CLICK: 0.2, Kind.VIEW: 0.1, Kind.RETURN: -1.0}
"""How much an interaction says about liking, a purchase being 1 and a return taking one back. A convention: only the
order of the kinds matters much."""
FRESH_DAYS = 90.0
"""Half-life of what counts as lately."""
USUAL_GAP_DAYS = 60.0
"""Assumed between orders of who ordered once."""


def known_rows(ids: IntColumn, wanted: IntColumn) -> IntColumn:
    """Index of each of ``wanted`` in ``ids`` (ascending), NONE where it is not there."""
    if not len(ids):
        return np.full(len(wanted), NONE)
    at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[at] == wanted, at, NONE)


def halved(age_days: FloatColumn, half_life_days: float) -> FloatColumn:
    """Half for every ``half_life_days`` gone by."""
    return np.exp2(-age_days / half_life_days)


@dataclass(frozen=True)
class Orders:
    """Purchases as distinct products of orders, and what else was done to products.

    ``customers`` (c,) and ``products`` (m,) are ids, ascending. An order (o,) has ``buyer`` (row of customers, NONE
    for a guest) and ``at``; orders stand by buyer, then time. A line is ``order`` and ``column`` (of products), no
    product twice an order. Everything else stands in ``other_*``: customer row, column, kind's weight, time.
    """

    customers: IntColumn
    products: IntColumn
    buyer: IntColumn
    at: IntColumn
    order: IntColumn
    column: IntColumn
    other_row: IntColumn
    other_column: IntColumn
    other_weight: FloatColumn
    other_at: IntColumn

    @classmethod
    def of(cls, seen: Interactions, products: IntColumn, customers: IntColumn | None = None) -> Orders:
        """From interactions with products among ``products``; purchases without an order are one a moment."""
        bought = seen.of_kind(Kind.PURCHASE)
        if customers is None:
            customers = np.unique(seen.customer[seen.customer != NONE])
        column = np.searchsorted(products, bought.product)
        buyer = known_rows(customers, bought.customer)
        number = _order_numbers(bought, buyer)
        n_orders = int(number.max(initial=-1)) + 1
        begun = np.full(n_orders, np.iinfo(np.int64).max)
        np.minimum.at(begun, number, bought.at)
        whose = np.full(n_orders, NONE)
        whose[number] = buyer
        by_time = np.lexsort((np.arange(n_orders), begun, whose))
        place = np.empty(n_orders, dtype=np.int64)
        place[by_time] = np.arange(n_orders)
        # One sort of one number a line puts them in order and finds what stands twice.
        lines = distinct(place[number] * len(products) + column)
        others = _others(seen, customers)
        return cls(
            customers,
            products,
            whose[by_time],
            begun[by_time],
            lines // max(len(products), 1),
            lines % max(len(products), 1),
            known_rows(customers, others.customer),
            np.searchsorted(products, others.product),
            _kind_weights(others.kind),
            others.at,
        )

    def some(self, first: int, last: int) -> Orders:
        """Only the customers in rows ``first`` … ``last - 1``, renumbered from 0."""
        begin, end = np.searchsorted(self.buyer, [first, last])
        left, right = np.searchsorted(self.order, [begin, end])
        others = (self.other_row >= first) & (self.other_row < last)
        return Orders(
            self.customers[first:last],
            self.products,
            self.buyer[begin:end] - first,
            self.at[begin:end],
            self.order[left:right] - begin,
            self.column[left:right],
            self.other_row[others] - first,
            self.other_column[others],
            self.other_weight[others],
            self.other_at[others],
        )

    def of_rows(self, rows: IntColumn, asked: IntColumn) -> Orders:
        """The orders of these customers (rows, NONE for a stranger), renumbered in this order; ids are ``asked``."""
        place = np.full(len(self.customers) + 1, NONE)
        place[rows[rows != NONE]] = np.flatnonzero(rows != NONE)
        # The last place stands for guests, whose row is -1.
        buyer, other = place[self.buyer], place[self.other_row]
        kept, others = np.flatnonzero(buyer != NONE), other != NONE
        # Within a buyer they stay by time.
        kept = kept[np.argsort(buyer[kept], kind="stable")]
        number = np.full(len(self.buyer), NONE)
        number[kept] = np.arange(len(kept))
        lines = number[self.order] != NONE
        order, column = number[self.order[lines]], self.column[lines]
        by_order = np.argsort(order, kind="stable")
        return Orders(
            asked,
            self.products,
            buyer[kept],
            self.at[kept],
            order[by_order],
            column[by_order],
            other[others],
            self.other_column[others],
            self.other_weight[others],
            self.other_at[others],
        )

    def baskets(self, cut: int) -> Any:
        """CSR (orders, products) of those at most as late as ``cut``, guests' too."""
        kept = self.at[self.order] <= cut
        ones = np.ones(int(kept.sum()), dtype=np.float32)
        return sparse.csr_array(
            (ones, (self.order[kept], self.column[kept])), shape=(len(self.at), len(self.products))
        )


def _order_numbers(bought: Interactions, buyer: IntColumn) -> IntColumn:
    """A number for each order of each buyer: ids are the shop's, but two people may share a receipt's number.

    What is added on a later day is an order of its own: at a past moment nobody knew that it would come.
    """
    loose = bought.order == NONE
    number = np.where(loose, bought.at, bought.order)
    day = bought.at // MICROSECONDS_PER_DAY
    order = np.lexsort((day, number, loose, buyer))
    keys = (buyer[order], loose[order], number[order], day[order])
    is_new = np.zeros(len(order), dtype=bool)
    is_new[:1] = True
    for key in keys:
        is_new[1:] |= key[1:] != key[:-1]
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.cumsum(is_new) - 1
    return numbers


def _others(seen: Interactions, customers: IntColumn) -> Interactions:
    counts = np.array([kind for kind in KIND_WEIGHTS if kind != Kind.PURCHASE], dtype=np.int64)
    return seen.where(np.isin(seen.kind, counts) & (known_rows(customers, seen.customer) != NONE))


def _kind_weights(kind: IntColumn) -> FloatColumn:
    weights = np.zeros(max(Kind) + 1)
    for what, weight in KIND_WEIGHTS.items():
        weights[what] = weight
    return np.asarray(weights[kind])


@dataclass(frozen=True)
class Past:
    """Orders up to a moment, a row for each customer and product that met, by customer row, then column.

    Of pairs (k,): ``n`` orders with it, less what was sent back; the same halved every 60 and 240 days (``d60``,
    ``d240``) and every 1, 3 and 10 orders (``o1``…); in the ``last`` order or the one before; days since the latest
    and the first (``recent``, ``first``) and orders since (``orders_since``, ``orders_first``); ``looked``: views,
    clicks and carts lately; ``liked``: in all, 0 to 1. ``is_owned``: ever bought, even if sent back.
    Of people (c,): ``orders``, ``since`` the last in days, ``gap`` between them in days, ``variety``: products,
    ``basket``: distinct products an order.
    """

    row: IntColumn
    column: IntColumn
    n: FloatColumn
    d60: FloatColumn
    d240: FloatColumn
    o1: FloatColumn
    o3: FloatColumn
    o10: FloatColumn
    last: FloatColumn
    before_last: FloatColumn
    recent: FloatColumn
    first: FloatColumn
    orders_since: FloatColumn
    orders_first: FloatColumn
    looked: FloatColumn
    liked: FloatColumn
    is_owned: Mask
    orders: FloatColumn
    since: FloatColumn
    gap: FloatColumn
    variety: FloatColumn
    basket: FloatColumn
    width: int

    @classmethod
    def at(cls, orders: Orders, cut: int) -> Past:
        """As it stood at ``cut`` (microseconds): whatever is later changes nothing."""
        age = (cut - orders.at) / MICROSECONDS_PER_DAY
        is_past = (orders.at <= cut) & (orders.buyer != NONE)
        people, from_end = _people(orders, is_past, age)
        kept = is_past[orders.order]
        order, m = orders.order[kept], len(orders.products)
        pair = orders.buyer[order] * m + orders.column[kept]
        by_pair = np.argsort(pair, kind="stable")
        pair, order = pair[by_pair], order[by_pair]
        start = np.flatnonzero(np.r_[True, np.diff(pair) != 0][: len(pair)])
        end = np.r_[start[1:], len(pair)] - 1 if len(start) else start
        days, back = age[order], from_end[order]
        whole = {
            "n": np.diff(np.r_[start, len(pair)]).astype(np.float64) if len(start) else np.zeros(0),
            "d60": _sums(halved(days, 60.0), start),
            "d240": _sums(halved(days, 240.0), start),
            "o1": _sums(np.exp2(-back), start),
            "o3": _sums(np.exp2(-back / 3), start),
            "o10": _sums(np.exp2(-back / 10), start),
            "before_last": _sums((back == 1).astype(np.float64), start),
            "last": (back[end] == 0).astype(np.float64),
            "recent": days[end],
            "first": days[start],
            "orders_since": back[end],
            "orders_first": back[start],
        }
        return cls._joined(orders, cut, pair[start], whole, people)

    @classmethod
    def _joined(
        cls, orders: Orders, cut: int, owned: IntColumn, whole: dict[str, FloatColumn], people: dict[str, FloatColumn]
    ) -> Past:
        """With what was looked at and sent back beside what was bought."""
        m, kept = len(orders.products), orders.other_at <= cut
        other = orders.other_row[kept] * m + orders.other_column[kept]
        pair = distinct(np.concatenate([owned, other])) if len(other) else owned
        at, mine = np.searchsorted(pair, other), np.searchsorted(pair, owned)
        weight = orders.other_weight[kept]
        age = (cut - orders.other_at[kept]) / MICROSECONDS_PER_DAY
        looked = np.bincount(at, np.maximum(weight, 0) * halved(age, FRESH_DAYS), len(pair)).astype(np.float64)
        seen = np.bincount(at, np.maximum(weight, 0), len(pair))
        back = np.bincount(at, np.maximum(-weight, 0), len(pair))
        columns = {name: np.zeros(len(pair)) for name in whole}
        for name, values in whole.items():
            columns[name][mine] = values
        is_owned = np.zeros(len(pair), dtype=bool)
        is_owned[mine] = True
        n = np.maximum(columns["n"] - back, 0)
        share = n / np.maximum(columns["n"], 1)
        for name in ("d60", "d240", "o1", "o3", "o10", "last", "before_last"):
            columns[name] = columns[name] * share
        columns["n"] = n
        row, column = np.divmod(pair, max(m, 1))
        return cls(
            row=row,
            column=column,
            **columns,
            looked=looked,
            liked=np.clip(n + seen - np.where(is_owned, 0, back), 0, 1),
            is_owned=is_owned,
            **people,
            width=m,
        )

    def rows(self, first: int, last: int) -> slice:
        """Where the pairs of customers ``first`` … ``last - 1`` stand."""
        begin, end = np.searchsorted(self.row, [first, last])
        return slice(int(begin), int(end))


def _people(orders: Orders, is_past: Mask, age: FloatColumn) -> tuple[dict[str, FloatColumn], FloatColumn]:
    """The columns of people, and for each order how many of the same buyer came after it."""
    c, past = len(orders.customers), np.flatnonzero(is_past)
    buyer = orders.buyer[past]
    count = np.bincount(buyer, minlength=c)
    end = np.cumsum(count)
    from_end = np.zeros(len(orders.at))
    from_end[past] = end[buyer] - 1 - np.arange(len(past))
    has = count > 0
    first, last = np.zeros(c), np.full(c, USUAL_GAP_DAYS)
    last[has] = age[past[end[has] - 1]]
    first[has] = age[past[end[has] - count[has]]]
    gap = np.where(count > 1, (first - last) / np.maximum(count - 1, 1), USUAL_GAP_DAYS)
    lines = is_past[orders.order]
    size = np.bincount(orders.buyer[orders.order[lines]], minlength=c)
    pairs = distinct(orders.buyer[orders.order[lines]] * len(orders.products) + orders.column[lines])
    return {
        "orders": count.astype(np.float64),
        "since": last,
        "gap": gap,
        "variety": np.bincount(pairs // max(len(orders.products), 1), minlength=c).astype(np.float64),
        "basket": size / np.maximum(count, 1),
    }, from_end


def _sums(values: FloatColumn, start: IntColumn) -> FloatColumn:
    return np.add.reduceat(values, start) if len(start) else np.zeros(0)
