"""Finding a customer as one remembers them, and what the shop may be shown of them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import ColumnElement, distinct, func
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing import audiences, reasons
from campaigns.insights import Suggested
from campaigns.looking import books, futures, picks
from campaigns.looking.futures import Foreseen
from campaigns.privacy import linking
from campaigns.problems import Problem
from campaigns.shop import Shop
from ledger import customers, permissions, returned
from ledger.customers import UnknownCustomer
from ledger.identity import mask
from ledger.tables import Address, Customer, Interaction, Kind, Product

MOST_FOUND = 8
MOST_CATEGORIES = MOST_OFFERED = 3
LIKE_ENOUGH = 0.75
"""How alike two words must be for one to be the other misspelled."""


@dataclass(frozen=True)
class Card:
    """What is known of a customer. ``segment`` and ``categories`` only where they allow the use of their history.

    ``addresses`` are masked, each with its channel. ``spent_minor`` is in ``currency``.
    """

    number: int
    name: str
    since: datetime
    orders: int
    first_at: datetime | None
    last_at: datetime | None
    spent_minor: int
    currency: str
    addresses: Sequence[tuple[str, str]]
    allows_offers: bool | None
    allows_profiling: bool
    segment: str | None
    categories: Sequence[str]
    foreseen: Foreseen | None = None
    """What the run foresees of them, where they allow the use of their history."""
    new_to_them: Sequence[str] = ()
    to_buy_again: Sequence[str] = ()
    """What they could be offered, the likeliest first, where they allow the use of their history."""
    linked_at: datetime | None = None
    """When they last showed that two chats, or a chat and what imports knew, are theirs."""

    def as_json(self) -> dict[str, Any]:
        moments = {name: getattr(self, name) for name in ("since", "first_at", "last_at", "linked_at")}
        told = {**asdict(self), **{name: at.isoformat() if at else None for name, at in moments.items()}}
        return {**told, "foreseen": self.foreseen.as_json() if self.foreseen is not None else None}


def find(session: Session, spoken: str, region: str) -> list[Customer]:
    """Whom a name, a number or an address may mean, the likeliest first, at most MOST_FOUND. Raises Problem.

    An address or a customer's number means one; a name, all who are called so or nearly so.
    """
    try:
        return [customers.find(session, spoken, region)]
    except UnknownCustomer as fault:
        found = _called(session, spoken)
        if not found:
            raise Problem("unknown_customer", who=_shown(spoken)) from fault
        return found


def card(session: Session, customer: Customer, channels: Collection[str], shop: Shop, now: datetime) -> Card:
    """The card of one customer: what the shop's books say, and what the customer lets be drawn from it."""
    orders, first_at, last_at = _orders(session, customer.id)
    currency, spent = _spent(session, customer.id, insights.currency(session) or shop.currency)
    known = audiences.again(session, [customer.id], channels, shop, now).get(customer.id)
    allows_profiling = known is not None and known.allows_profiling
    offered = picks.of(session, customer.id) if allows_profiling else picks.NOTHING
    addresses = session.exec(
        select(Address).where(Address.customer_id == customer.id).order_by(col(Address.channel), col(Address.id))
    )
    return Card(
        number=customer.id,
        name=customer.name,
        since=min(customer.created_at, first_at or customer.created_at),
        orders=orders,
        first_at=first_at,
        last_at=last_at,
        spent_minor=spent,
        currency=currency,
        addresses=[(each.channel, mask(each.address)) for each in addresses],
        allows_offers=known.facts.allows_offers if known else None,
        allows_profiling=allows_profiling,
        segment=known.segment if known and allows_profiling else None,
        categories=_favourites(session, customer.id) if allows_profiling else [],
        foreseen=futures.foreseen(session, customer.id) if allows_profiling else None,
        new_to_them=_names(session, offered.new),
        to_buy_again=_names(session, offered.again),
        linked_at=linking.since(session, customer.id),
    )


def _names(session: Session, offered: Sequence[Suggested]) -> list[str]:
    shown = [each.product_id for each in offered[:MOST_OFFERED]]
    named = reasons.names(session, {*shown})
    return [named[each] for each in shown]


def _called(session: Session, spoken: str) -> list[Customer]:
    wanted = _plain(spoken).split()
    if not wanted:
        return []
    names = session.exec(
        select(Customer.id, Customer.name).where(permissions.is_customer(), col(Customer.name) != "")
    )
    likely = sorted((-likeness, number) for number, name in names if (likeness := _likeness(wanted, name)))
    ids = [number for _, number in likely[:MOST_FOUND]]
    people = {each.id: each for each in session.exec(select(Customer).where(col(Customer.id).in_(ids)))}
    return [people[number] for number in ids]


def _likeness(wanted: Sequence[str], name: str) -> float:
    """From 0 to 2: every word that was said must begin a word of the name, or be one misspelled."""
    has = _plain(name).split()
    each = [max((_alike(word, other) for other in has), default=0.0) for word in wanted]
    if not has or min(each) < LIKE_ENOUGH:
        return 0.0
    return sum(each) / len(each) + len(wanted) / max(len(has), len(wanted)) / 2


def _alike(word: str, other: str) -> float:
    if word == other:
        return 1.5
    if other.startswith(word):
        return 1.0
    return SequenceMatcher(None, word, other, autojunk=False).ratio() if word[:1] == other[:1] else 0.0


def _plain(text: str) -> str:
    """Without case, accents and punctuation."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(
        "".join(sign if sign.isalnum() else " " for sign in apart if not unicodedata.combining(sign)).split()
    )


def _shown(spoken: str) -> str:
    """What may be repeated: a number nobody here has may still be somebody's."""
    return mask(spoken) if sum(map(str.isdigit, spoken)) >= 7 or "@" in spoken else spoken


def _orders(session: Session, customer_id: int) -> tuple[int, datetime | None, datetime | None]:
    at = col(Interaction.at)
    wanted = select(func.count(distinct(books.ORDER)), func.min(at), func.max(at))
    orders, first_at, last_at = session.exec(wanted.where(*_bought_by(customer_id))).one()
    return orders, first_at, last_at


def _bought_by(customer_id: int) -> tuple[ColumnElement[bool] | bool, ...]:
    return Interaction.customer_id == customer_id, Interaction.kind == Kind.PURCHASE, returned.is_kept()


def _spent(session: Session, customer_id: int, usual: str) -> tuple[str, int]:
    """What they paid, less what came back, in the currency they mostly pay in."""
    rows = session.exec(
        select(Interaction.currency, func.count(), func.sum(Interaction.amount_minor))
        .where(*_bought_by(customer_id))
        .group_by(col(Interaction.currency))
    ).all()
    lines = {currency: (n, int(amount or 0)) for currency, n, amount in rows if currency}
    most = max(lines, key=lambda currency: (lines[currency][0], currency), default=usual)
    if most not in lines:
        return most, 0
    back = books.sums(session, Interaction.customer_id == customer_id, returned.came_back_of_kept())
    return most, lines[most][1] - back.get(most, 0)


def _favourites(session: Session, customer_id: int) -> list[str]:
    bought = session.exec(
        select(Product.category, Interaction.quantity)
        .join(Interaction, col(Interaction.product_id) == col(Product.id))
        .where(*_bought_by(customer_id), Product.category != "")
    )
    counted: Counter[str] = Counter()
    for category, quantity in bought:
        counted[category] += quantity or 1
    return [
        category for category, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_CATEGORIES]
    ]
