"""Each customer in numbers: recency, frequency and monetary value, and the habits behind them.

Every figure of a customer comes from that customer's own interactions and the products alone, so the row of one
customer can be refreshed without looking at the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.frames import MICROSECONDS_PER_DAY, IntColumn, Interactions, Kind, Products
from engine.shelf import codes, premium_flags, rows_of
from engine.tallies import (
    Groups,
    Pairs,
    begins_of,
    divided,
    midpoints,
    rarefied,
    share_of_favourite,
    tally,
)

Floats = NDArray[np.float64]

RECENCY: Final = "recency_days"
TENURE: Final = "tenure_days"
FREQUENCY: Final = "frequency"
MONETARY: Final = "monetary_minor"
AVERAGE_ORDER: Final = "average_order_minor"
RETURN_SHARE: Final = "return_share"
PREMIUM_SHARE: Final = "premium_share"
BRAND_LOYALTY: Final = "brand_loyalty"
DISCOUNT_SHARE: Final = "discount_share"
VARIETY: Final = "variety"
NOVELTY: Final = "novelty"
BULK_QUANTITY: Final = "bulk_quantity"
PLATFORM_FOCUS: Final = "platform_focus"
CLICKS_PER_PURCHASE: Final = "clicks_per_purchase"
GAP_DAYS: Final = "gap_days"
REGULARITY: Final = "regularity"

FEATURE_NAMES: Final = (
    RECENCY, TENURE, FREQUENCY, MONETARY, AVERAGE_ORDER, RETURN_SHARE, PREMIUM_SHARE, BRAND_LOYALTY,
    DISCOUNT_SHARE, VARIETY, NOVELTY, BULK_QUANTITY, PLATFORM_FOCUS, CLICKS_PER_PURCHASE, GAP_DAYS, REGULARITY,
)  # fmt: skip
"""Every feature with a fixed name, in the order of the columns. The platforms' shares follow them."""

PLATFORM_SHARE_PREFIX: Final = "platform_share_"
"""``platform_share_whatsapp`` is the share of the customer's purchases made on WhatsApp, and so on."""

VARIETY_DRAWS: Final = 5
"""Variety looks at this many purchases of each customer, however many there are."""

LEAST_LINES: Final = 3
"""A share of fewer purchases than this says more about chance than about the customer."""


@dataclass(frozen=True)
class Features:
    """One row a customer, sorted by id.

    ``customer`` (n,) int64, ``names`` of length f, ``values`` (n, f) float64, nan where unknown.
    """

    customer: IntColumn
    names: tuple[str, ...]
    values: Floats

    def __len__(self) -> int:
        return len(self.customer)

    def column(self, name: str) -> Floats:
        """The values (n,) of one feature. Raises KeyError if there is none of that name."""
        if name not in self.names:
            raise KeyError(name)
        return self.values[:, self.names.index(name)]

    def of(self, customers: Iterable[int]) -> Features:
        """The rows of these customers; the ones without a row are left out."""
        rows = np.isin(self.customer, np.fromiter(customers, dtype=np.int64))
        return Features(self.customer[rows], self.names, self.values[rows])


def features(interactions: Interactions, products: Products, now: int) -> Features:
    """Describe every customer with at least one purchase up to ``now`` (µs since the epoch, UTC).

    What happened after ``now`` is not looked at. A purchase is one line of an order; lines without an order id and
    of the same instant count as one order. The features, with their units:

    - ``recency_days``, ``tenure_days``: whole days since the latest and since the first purchase;
    - ``frequency``: distinct orders; ``monetary_minor``: all purchases, returns not taken off;
      ``average_order_minor``: one by the other (RFM: Hughes 1994, Strategic Database Marketing);
    - ``return_share``: returned lines per purchased line, at most 1;
    - ``premium_share``: share of lines with a premium product (engine.shelf says what counts as one);
    - ``brand_loyalty``, ``platform_focus``: how often another purchase is again of the most-bought brand, again on
      the most-used platform: (most − 1) / (all − 1), for which one purchase is no loyalty at all;
    - ``discount_share``: share of lines with a discount, among those whose discount is known;
    - ``variety``: distinct products expected in five purchases drawn from the customer's own, divided by five
      (rarefaction: Hurlbert 1971, Ecology 52(4)), comparable between few purchases and many;
    - ``novelty``: share of lines after the first order with a product this customer had not bought before;
    - ``bulk_quantity``: the geometric mean of pieces per line;
    - ``clicks_per_purchase``: clicks per purchase line;
    - ``gap_days``: median days from one order to the next; ``regularity``: 1 / (1 + the gaps' coefficient of
      variation), 1 for a clockwork;
    - ``platform_share_*``: share of lines on each platform the frame names.
    """
    bought = _bought(interactions, now)
    groups = Groups.of(bought.customer)
    orders = _orders(bought, groups)
    columns = _value(bought, groups, orders, now) | _taste(bought, products, groups)
    columns |= _beside(interactions, groups, now) | _rhythm(groups, *orders) | _platforms(bought, groups)
    names = FEATURE_NAMES + tuple(name for name in columns if name.startswith(PLATFORM_SHARE_PREFIX))
    return Features(groups.ids, names, np.column_stack([columns[name] for name in names]))


def _bought(interactions: Interactions, now: int) -> Interactions:
    """The purchases up to ``now``, sorted once: by customer, then time."""
    rows = np.flatnonzero((interactions.kind == Kind.PURCHASE) & (interactions.at <= now))
    at, customer = interactions.at[rows], interactions.customer[rows]
    # A ledger is in the order of time as a rule: then one sort is enough.
    is_in_time = bool((at[1:] >= at[:-1]).all())
    rank = np.argsort(customer, kind="stable") if is_in_time else np.lexsort((at, customer))
    chosen = rows[rank]
    columns = {each.name: getattr(interactions, each.name) for each in fields(interactions)}
    return Interactions(
        **{name: column[chosen] if name != "platforms" else column for name, column in columns.items()}
    )


def _value(bought: Interactions, groups: Groups, orders: tuple[IntColumn, IntColumn], now: int) -> dict[str, Floats]:
    known = bought.amount_minor >= 0
    spent = np.where(groups.counts(known) > 0, groups.sums(np.where(known, bought.amount_minor, 0)), np.nan)
    frequency = tally(orders[0], len(groups))
    return {
        RECENCY: np.floor((now - bought.at[groups.last]) / MICROSECONDS_PER_DAY),
        TENURE: np.floor((now - bought.at[groups.first]) / MICROSECONDS_PER_DAY),
        FREQUENCY: frequency,
        MONETARY: spent,
        AVERAGE_ORDER: spent / frequency,
    }


def _taste(bought: Interactions, products: Products, groups: Groups) -> dict[str, Floats]:
    row = rows_of(bought.product, products)
    premium = np.where(row >= 0, premium_flags(products)[row], -1) if len(products) else np.full(len(row), -1)
    brand = np.where(row >= 0, codes(products.brand)[row], -1) if len(products) else np.full(len(row), -1)
    quantity = bought.quantity
    log_quantity = np.log(np.where(quantity > 0, quantity, 1))
    shelf = Pairs.of(groups.who, bought.product)
    new = np.zeros(len(row), dtype=np.bool_)
    new[shelf.first] = True
    later = (bought.at > bought.at[groups.first][groups.who]) & (bought.product >= 0)
    return {
        PREMIUM_SHARE: groups.share(premium == 1, among=premium >= 0, least=LEAST_LINES),
        BRAND_LOYALTY: share_of_favourite(Pairs.of(groups.who, brand), len(groups), LEAST_LINES),
        DISCOUNT_SHARE: groups.share(bought.discount_minor > 0, among=bought.discount_minor >= 0, least=LEAST_LINES),
        VARIETY: rarefied(shelf, len(groups), VARIETY_DRAWS),
        NOVELTY: groups.share(new, among=later, least=LEAST_LINES),
        BULK_QUANTITY: np.exp(groups.mean(log_quantity, among=quantity > 0)),
    }


def _beside(interactions: Interactions, groups: Groups, now: int) -> dict[str, Floats]:
    """What is told by anything but purchases."""
    by_now = interactions.at <= now
    clicks, returns = (
        groups.counts_of(interactions.customer[by_now & (interactions.kind == kind)])
        for kind in (Kind.CLICK, Kind.RETURN)
    )
    size = groups.size
    return {CLICKS_PER_PURCHASE: clicks / size, RETURN_SHARE: np.minimum(returns / size, 1.0)}


def _rhythm(groups: Groups, who: IntColumn, at: IntColumn) -> dict[str, Floats]:
    same = who[1:] == who[:-1]
    between = Groups(groups.ids, who[1:][same])
    gaps = (at[1:] - at[:-1])[same] / MICROSECONDS_PER_DAY
    mean = between.mean(gaps)
    spread = np.sqrt(np.maximum(between.mean(gaps**2) - mean**2, 0.0))
    enough = (between.size >= LEAST_LINES) & (np.nan_to_num(mean) > 0)
    variation = divided(spread, mean, where=enough)
    return {GAP_DAYS: midpoints(between.who, gaps, len(groups)), REGULARITY: 1 / (1 + variation)}


def _platforms(bought: Interactions, groups: Groups) -> dict[str, Floats]:
    focus = share_of_favourite(Pairs.of(groups.who, bought.platform), len(groups), LEAST_LINES)
    known = bought.platform >= 0
    shares = {
        PLATFORM_SHARE_PREFIX + name: groups.share(bought.platform == code, among=known, least=1)
        for code, name in enumerate(bought.platforms)
    }
    return {PLATFORM_FOCUS: focus} | shares


def _orders(bought: Interactions, groups: Groups) -> tuple[IntColumn, IntColumn]:
    """Who ordered (o,) and when the order began (o,) in µs, sorted by customer, then time."""
    named = (bought.order >= 0).astype(np.int64)
    label = np.where(named == 1, bought.order, bought.at)
    lines = np.flatnonzero(begins_of(groups.who, named, label))
    who, named, label, at = (column[lines] for column in (groups.who, named, label, bought.at))
    # Lines of one order may stand apart, where two orders of one customer were written at the same time.
    rank = np.lexsort((label, named, who))
    begins = rank[begins_of(who[rank], named[rank], label[rank])]
    begins.sort()
    return who[begins], at[begins]
