"""An invented shop to show the main job on, and customers who react as people might.

The history leaves here as a file and comes in through the same door as any shop's; only what customers do after an
offer is invented, and whoever tells the story has to say so.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from random import Random
from typing import Protocol

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.tables import SENT_STATES, Campaign, Message
from engine.frames import NONE, Kind
from engine.synthetic.homes import homes
from engine.synthetic.shop import Response, SyntheticShop, synthetic_shop
from ledger import customers, identity
from ledger.columns import microseconds, moment
from ledger.customers import parted_from
from ledger.database import Database
from ledger.tables import INVENTED, Address, Customer, Identity, Interaction, Product, ShopFact
from ledger.tables import Kind as LedgerKind

SEED = 3
"""Of the first eight shops the one whose customers act closest to what their odds promise."""
CUSTOMERS = 80
YEAR = timedelta(days=365)
DEMO = "demo"
COLUMNS = (
    "customer", "name", "date", "kind", "platform", "order", "product", "product_name", "category", "brand",
    "description", "quantity", "amount", "discount", "list_price", "cost", "stock", "premium", "launched",
    "city",
)  # fmt: skip
LEAST_REACTION, LIKELIEST_REACTION = 0.04, 0.30
OFFERED_CHANCE, CLICK_CHANCE = 0.25, 0.35


@dataclass(frozen=True)
class Reaction:
    """What one customer does in the week after a campaign: ``bought`` holds (product id, quantity, amount)."""

    customer_id: int
    message_id: int | None
    clicks_at: datetime | None
    bought_at: datetime | None
    bought: tuple[tuple[int, int, int], ...]


class NotADemo(RuntimeError):
    """The database holds a shop that was not invented here; the demo keeps away from it."""


class Crowd(Protocol):
    """People whose reactions can be asked for."""

    def react(self, customer_id: int, product_ids: Sequence[int], personal: bool, seed: int) -> Response:
        """What they do after an offer of these products; of none, what they would do anyway."""
        ...


def begin_afresh(database: Database) -> None:
    """Empty the database for a new telling, and mark it as invented. Raises NotADemo."""
    with database.reading() as session:
        if session.get(ShopFact, INVENTED) is None and session.exec(select(Customer.id).limit(1)).first() is not None:
            raise NotADemo("this database holds a real shop; the demo wants one of its own: unset DATABASE_URL")
    database.rebuild()
    with database.transaction() as session:
        session.add(ShopFact(key=INVENTED, value="yes"))
        identity.is_the_right_key(session)


def invent(now: datetime) -> SyntheticShop:
    """The demo's shop: 80 customers with the volumes of the study, and planted answers."""
    return synthetic_shop(CUSTOMERS, seed=SEED, now=microseconds(now))


def write_history(shop: SyntheticShop, path: Path, zone: tzinfo) -> None:
    """The invented history as a till would export it: one line an interaction, times of the shop's wall clock."""
    rows, products = shop.interactions, shop.products
    place = {product: row for row, product in enumerate(products.id.tolist())}
    cities = homes(shop.groups, seed=shop.seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(len(rows)):
            kind, product = Kind(rows.kind[n]), int(rows.product[n])
            line = [
                _reference(int(rows.customer[n])),
                shop.customer_names[int(rows.customer[n]) - 1],
                _local(int(rows.at[n]), zone),
                kind.name.lower(),
                rows.platforms[int(rows.platform[n])],
                f"P{rows.order[n]:06}" if rows.order[n] != NONE else "",
                *(_product(shop, place[product]) if product != NONE else [""] * 5),
                *(_known(int(column[n])) for column in (rows.quantity, rows.amount_minor, rows.discount_minor)),
                *(_product_facts(shop, place[product], zone) if product != NONE else [""] * 5),
                cities[int(rows.customer[n]) - 1],
            ]
            writer.writerow(line)


class InventedCrowd:
    """The synthetic shop's own people, found again in the ledger by the numbers in its history."""

    def __init__(self, session: Session, shop: SyntheticShop) -> None:
        self.shop = shop
        parted = parted_from("simulator")
        identities = session.exec(select(Identity.customer_id, Identity.reference).where(Identity.source != parted))
        self._numbers = {customer: int(reference[1:]) for customer, reference in identities}
        products = session.exec(select(Product.id, Product.sku)).all()
        self._synthetic = {product: int(sku[1:]) for product, sku in products}
        self._ledger = {number: product for product, number in self._synthetic.items()}

    def react(self, customer_id: int, product_ids: Sequence[int], personal: bool, seed: int) -> Response:
        number = self._numbers.get(customer_id)
        if number is None:
            return Response(False, (), 0)
        if not product_ids:
            return self.shop.without_offer(number, seed)
        wanted = [self._synthetic[product] for product in product_ids]
        response = self.shop.response(number, wanted, personal, seed)
        bought = tuple((self._ledger[product], n, amount) for product, n, amount in response.purchases)
        return Response(response.clicks, bought, response.after)


class HabitualCrowd:
    """Customers of a real shop's history, taken to go on as they did, and a little more after an offer."""

    def __init__(self, session: Session) -> None:
        is_purchase = Interaction.kind == LedgerKind.PURCHASE
        last = session.exec(select(func.max(Interaction.at)).where(is_purchase)).one()
        since = (last or moment(0)) - YEAR
        weeks = YEAR / timedelta(weeks=1)
        orders = session.exec(
            select(Interaction.customer_id, func.count(func.distinct(Interaction.order_ref)))
            .where(is_purchase, Interaction.at >= since)
            .group_by(col(Interaction.customer_id))
        )
        self._weekly = {customer: min(max(n / weeks, LEAST_REACTION), LIKELIEST_REACTION) for customer, n in orders}
        prices = session.exec(select(Product.id, Product.price_minor)).all()
        self._prices = {product: price for product, price in prices if price}

    def react(self, customer_id: int, product_ids: Sequence[int], personal: bool, seed: int) -> Response:
        lots = Random(f"{SEED} {customer_id} {seed}")  # noqa: S311 - a story, not a secret
        chance = self._weekly.get(customer_id, LEAST_REACTION) + (OFFERED_CHANCE if product_ids else 0)
        buys = lots.random() < chance + (0.05 if personal else 0)
        clicks = bool(product_ids) and (buys or lots.random() < CLICK_CHANCE)
        choice = [product for product in product_ids if product in self._prices] or sorted(self._prices)[:50]
        bought = ((product, 1, self._prices[product]),) if buys and (product := lots.choice(choice)) else ()
        days = min(lots.expovariate(1.2) + 0.01, 6.9)
        return Response(clicks, bought, int(days * 86_400_000_000) if clicks or bought else 0)


def invent_addresses(session: Session, at: datetime) -> list[Address]:
    """An address on the simulator for every customer who has none, by customer number."""
    people = session.exec(select(Customer).where(col(Customer.erased_at).is_(None)).order_by(col(Customer.id))).all()
    known = set(session.exec(select(Address.customer_id).where(Address.channel == "simulator")))
    return [
        customers.add_address(session, person, "simulator", _handle(person), DEMO, at)
        for person in people
        if person.id not in known
    ]


def reactions(session: Session, campaign: Campaign, crowd: Crowd) -> list[Reaction]:
    """What everybody of the audience does in the week after, in the order it happens."""
    messages = session.exec(select(Message).where(Message.campaign_id == campaign.id).order_by(col(Message.id)))
    happening = [reaction for each in messages if (reaction := _reaction(each, campaign, crowd)) is not None]
    return sorted(happening, key=lambda each: (each.clicks_at or each.bought_at or moment(0), each.customer_id))


def _reaction(message: Message, campaign: Campaign, crowd: Crowd) -> Reaction | None:
    is_sent = message.state in SENT_STATES and message.sent_at is not None
    offered = message.facts.get("products", []) if is_sent else []
    response = crowd.react(message.customer_id, offered, bool(message.is_personal), campaign.id)
    if not response.clicks and not response.purchases:
        return None
    start = message.sent_at or campaign.start_at or message.planned_at
    acted_at = start + timedelta(microseconds=response.after)
    return Reaction(
        customer_id=message.customer_id,
        message_id=message.id if is_sent else None,
        clicks_at=acted_at if response.clicks and is_sent else None,
        bought_at=acted_at + timedelta(minutes=4) if response.purchases else None,
        bought=response.purchases,
    )


def _reference(customer: int) -> str:
    return f"C{customer:03}"


def _handle(person: Customer) -> str:
    first = (person.name.split() or ["pelanggan"])[0].casefold()
    return f"{first}-{person.id}"


def _local(at: int, zone: tzinfo) -> str:
    return moment(at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _known(value: int) -> str:
    return "" if value == NONE else str(value)


def _product(shop: SyntheticShop, row: int) -> list[str]:
    products = shop.products
    texts = (products.name, products.category, products.brand, products.description)
    return [f"S{products.id[row]:03}", *(column[row] for column in texts)]


def _product_facts(shop: SyntheticShop, row: int, zone: tzinfo) -> list[str]:
    products = shop.products
    return [
        str(products.price_minor[row]),
        str(shop.cost_minor[row]),
        str(products.stock[row]),
        str(products.is_premium[row]),
        _local(int(shop.launched_at[row]), zone),
    ]
