"""Shops whose answers are known: planted groups, planted bundles and a planted response to offers.

A model that is right finds again what was planted here. Nothing but the frames may be shown to a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.frames import MICROSECONDS_PER_DAY, IntColumn, Interactions, Products
from engine.synthetic.catalog import BUNDLED, ITEMS
from engine.synthetic.history import Volume, history, launched_at
from engine.synthetic.people import GROUP_SHARES, GROUPS, Floats, People, names, people

__all__ = [
    "BASELINE", "GROUPS", "GROUP_SHARES", "IRRELEVANT_OFFER", "PERSONAL_TOUCH", "RELEVANT_OFFER", "STUDY_VOLUMES",
    "Response", "SyntheticShop", "Volume", "scaled", "synthetic_shop",
]  # fmt: skip

STUDY_VOLUMES: Final = (
    Volume("whatsapp", purchases=1_200, clicks=2_500, other=3_500),
    Volume("instagram", purchases=900, clicks=1_800, other=2_800),
    Volume("tiktok", purchases=750, clicks=1_600, other=2_200),
    Volume("shopee", purchases=1_600, clicks=0, other=4_000),
)
"""Rows of a year: purchase lines, clicks, and all the rest (views, carts, messages, reviews, returns)."""

BASELINE: Final = 0.12
"""The mean probability of a purchase in 7 days without an offer. Set for the weeks after ``now``, not fitted to the
history: a holdout of a dozen people could not tell a lift from the year's average of an order a fortnight."""
IRRELEVANT_OFFER: Final = 0.18
"""The same with an offer of products this customer does not care for."""
RELEVANT_OFFER: Final = 0.50
"""The same with an offer of what this customer likes best."""
PERSONAL_TOUCH: Final = 0.04
"""Added where the offer speaks to this customer as a person."""
CLICK_WITHOUT_PURCHASE: Final = (0.15, 0.40)
"""The probability to click and not buy, for an offer beside the point and for one to the point."""
CLICK_WITH_PURCHASE: Final = 0.85
RESPONSE_DAYS: Final = 7
BUNDLE_PULL: Final = 0.6
"""How much of the liking for a product passes to the others of its bundle."""
ROW_OF_FIRST_ID: Final = 1
CUSTOMER_RATES: Final = (0.04, 0.30)
"""The least and the greatest weekly baseline of a single customer."""


@dataclass(frozen=True)
class Response:
    """What one customer did: ``purchases`` holds (product id, quantity, amount in minor units).

    ``after`` is how long after the message they clicked or bought, µs; 0 if they did neither.
    """

    clicks: bool
    purchases: tuple[tuple[int, int, int], ...]
    after: int


@dataclass(frozen=True)
class SyntheticShop:
    """The frames a model may see, and the truth to judge it by.

    Customers have the ids 1 … n, products 1 … m. ``groups[i]`` and ``customer_names[i]`` are customer i + 1's.
    ``cost_minor`` and ``launched_at`` (m,) stand beside ``products``; ``bundles`` hold product ids.
    """

    interactions: Interactions
    products: Products
    customer_names: tuple[str, ...]
    groups: tuple[str, ...]
    bundles: tuple[tuple[int, ...], ...]
    cost_minor: IntColumn
    launched_at: IntColumn
    now: int
    seed: int
    people: People

    @property
    def customers(self) -> IntColumn:
        """Every customer's id (n,)."""
        return np.arange(len(self.groups), dtype=np.int64) + ROW_OF_FIRST_ID

    def baseline_rate(self, customer: int, days: int = RESPONSE_DAYS) -> float:
        """The probability that this customer buys something in ``days`` without an offer."""
        weekly = float(np.clip(BASELINE * self.people.activity[self._row(customer)], *CUSTOMER_RATES))
        return float(1 - (1 - weekly) ** (days / RESPONSE_DAYS))

    def relevance(self, customer: int, product_ids: Sequence[int]) -> float:
        """How much this customer cares for the offered products: 0 for the lesser half of the shelf, 1 for the best.

        Liking follows what the customer buys, passes on within bundles, and for who loves the new, to the new.
        """
        rank = self._liking(customer).argsort().argsort() / (len(self.products) - 1)
        offered = [product - ROW_OF_FIRST_ID for product in product_ids]
        return float(np.clip((rank[offered].mean() - 0.5) / 0.4, 0, 1)) if offered else 0.0

    def purchase_probability(self, customer: int, product_ids: Sequence[int], personal: bool) -> float:
        """The probability of a purchase within RESPONSE_DAYS of an offer of these products."""
        offer = IRRELEVANT_OFFER + (RELEVANT_OFFER - IRRELEVANT_OFFER) * self.relevance(customer, product_ids)
        return min(self.baseline_rate(customer) + offer - BASELINE + PERSONAL_TOUCH * personal, 0.95)

    def response(self, customer: int, product_ids: Sequence[int], personal: bool, seed: int) -> Response:
        """What the customer does in the RESPONSE_DAYS after an offer; the same arguments, the same answer.

        ``product_ids`` may be empty (a greeting); what is out of stock cannot be bought. ``seed`` tells one
        occasion from another. Raises IndexError for a customer or product the shop does not have.
        """
        rng = np.random.default_rng([self.seed, customer, seed])
        buys = rng.random() < self.purchase_probability(customer, product_ids, personal)
        idle = CLICK_WITHOUT_PURCHASE
        curious = idle[0] + (idle[1] - idle[0]) * self.relevance(customer, product_ids)
        clicks = bool(rng.random() < (CLICK_WITH_PURCHASE if buys else curious)) and bool(product_ids)
        basket = self._basket(customer, product_ids, rng) if buys else ()
        return Response(clicks, basket, self._delay(rng) if clicks or basket else 0)

    def without_offer(self, customer: int, seed: int, days: int = RESPONSE_DAYS) -> Response:
        """What the customer does in ``days`` when nobody writes to them."""
        rng = np.random.default_rng([self.seed, customer, seed])
        buys = rng.random() < self.baseline_rate(customer, days)
        basket = self._basket(customer, (), rng) if buys else ()
        return Response(False, basket, int(rng.uniform(0, days * MICROSECONDS_PER_DAY)) if basket else 0)

    def _row(self, customer: int) -> int:
        if not 1 <= customer <= len(self.groups):
            raise IndexError(f"customer {customer} is none of the shop's {len(self.groups)}")
        return customer - ROW_OF_FIRST_ID

    def _liking(self, customer: int) -> Floats:
        row = self._row(customer)
        recent = self.launched_at > self.now - 90 * MICROSECONDS_PER_DAY
        liking: Floats = self.people.taste[row] * np.where(recent, self.people.favours_new[row], 1.0)
        for bundle in self.bundles:
            members = np.array(bundle) - ROW_OF_FIRST_ID
            liking[members] += BUNDLE_PULL * (liking[members].max() - liking[members])
        return liking

    def _basket(
        self, customer: int, product_ids: Sequence[int], rng: np.random.Generator
    ) -> tuple[tuple[int, int, int], ...]:
        """One or two lines: of the offer if anything of it is in stock, else of what they like."""
        stock = self.products.stock > 0
        offered = np.zeros(len(self.products), dtype=np.bool_)
        offered[[product - ROW_OF_FIRST_ID for product in product_ids]] = True
        choice = stock & offered if (stock & offered).any() else stock
        weight = np.where(choice, self._liking(customer), 0.0)
        lines = min(1 + int(rng.random() < 0.3), int(choice.sum()))
        rows = rng.choice(len(weight), lines, replace=False, p=weight / weight.sum())
        usual = self.people.pieces[self._row(customer)]
        pieces = np.maximum(np.rint(usual * rng.lognormal(0, 0.3, lines)), 1).astype(int)
        pieces = np.minimum(pieces, self.products.stock[rows])
        return tuple(
            (int(self.products.id[row]), int(count), int(count * self.products.price_minor[row]))
            for row, count in zip(rows, pieces, strict=True)
        )

    def _delay(self, rng: np.random.Generator) -> int:
        """Most answer within a day, some at the week's end."""
        days = min(rng.exponential(0.8) + 0.002, RESPONSE_DAYS - 0.01)
        return int(days * MICROSECONDS_PER_DAY)


def synthetic_shop(
    customers: int = 80, *, seed: int, now: int, volumes: Sequence[Volume] = STUDY_VOLUMES
) -> SyntheticShop:
    """Invent a shop with its last year up to ``now`` (µs since the epoch, UTC).

    ``volumes`` are met to the row, whatever the number of customers; ``scaled`` makes them larger. Money is in
    rupiah, which have no minor unit. The same arguments give the same shop.
    """
    rng = np.random.default_rng(seed)
    who = people(customers, len(volumes), rng)
    row = {item.name: place for place, item in enumerate(ITEMS)}
    bundles = tuple(tuple(row[name] for name in bundle) for bundle in BUNDLED)
    return SyntheticShop(
        interactions=history(who, volumes, bundles, now, rng),
        products=shelf(),
        customer_names=names(customers, rng),
        groups=tuple(GROUPS[group] for group in who.group),
        bundles=tuple(tuple(place + ROW_OF_FIRST_ID for place in bundle) for bundle in bundles),
        cost_minor=np.array([item.cost for item in ITEMS], dtype=np.int64),
        launched_at=launched_at(now),
        now=now,
        seed=seed,
        people=who,
    )


def shelf() -> Products:
    """The invented shop's products, ids 1 … m in the order of the catalogue."""
    return Products(
        id=np.arange(len(ITEMS), dtype=np.int64) + ROW_OF_FIRST_ID,
        price_minor=np.array([item.price for item in ITEMS], dtype=np.int64),
        stock=np.array([item.stock for item in ITEMS], dtype=np.int64),
        is_premium=np.array([item.premium for item in ITEMS], dtype=np.int64),
        name=tuple(item.name for item in ITEMS),
        category=tuple(item.category for item in ITEMS),
        brand=tuple(item.brand for item in ITEMS),
        description=tuple(item.description for item in ITEMS),
    )


def scaled(volumes: Sequence[Volume], times: int) -> tuple[Volume, ...]:
    """The same platforms, ``times`` as busy."""
    return tuple(Volume(v.platform, v.purchases * times, v.clicks * times, v.other * times) for v in volumes)
