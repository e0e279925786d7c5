"""The ledger as the engine reads it: columns, and who may be described at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import blake2b
from typing import Any

import numpy as np
from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.insights import SOUNDNESS
from campaigns.mining.fairness import Groups, groups, how_wide
from campaigns.mining.past import Past, past_campaigns
from campaigns.mining.segments import earlier
from campaigns.mining.sifting import sift
from campaigns.surveys.analysis_mined import Answered, answered
from engine.frames import MICROSECONDS_PER_DAY, NONE, Interactions, Kind, Products
from engine.recommend.listing import NO_WISHES, Wishes
from engine.segments.carrying import Earlier
from ledger import catalog, consent, extracts, visits
from ledger.columns import microseconds, moment
from ledger.database import Database
from ledger.soundness import looking
from ledger.soundness.findings import Finding
from ledger.tables import EVERYWHERE, About, Address, Customer, Degree, Interaction, Product, Wish
from ledger.visits import NO_STEPS, StepColumns


def frames(session: Session) -> tuple[Interactions, Products]:
    """The ledger's interactions and products as the engine reads them."""
    columns = extracts.interactions(session)
    return engines(columns), shelf(session)


def engines(columns: extracts.InteractionColumns) -> Interactions:
    """The ledger's columns as the engine's. The kinds stand in the same order; a test holds them to it."""
    return Interactions(**{each.name: getattr(columns, each.name) for each in fields(Interactions)})


def shelf(session: Session) -> Products:
    """Everything that is sold."""
    rows = session.exec(select(Product).order_by(col(Product.id))).all()
    return Products(
        id=_ints([row.id for row in rows]),
        price_minor=_ints([row.price_minor for row in rows]),
        # A till that oversold says -3; to the engine less than nothing would read as unknown.
        stock=_ints([row.stock if row.stock is None else max(row.stock, 0) for row in rows]),
        is_premium=_ints([row.is_premium for row in rows]),
        name=[row.name for row in rows],
        category=[row.category for row in rows],
        brand=[row.brand for row in rows],
        description=[row.description for row in rows],
    )


@dataclass(frozen=True)
class Ledger:
    """Everything a run goes by, as of one moment; ``until`` is what it counts from, ``through_id`` the last row."""

    interactions: Interactions
    products: Products
    until: int
    refusing: list[int]
    """Who is not to be described."""
    zones: dict[int, str]
    currency: str | None
    through_id: int
    past: Past
    never: Wishes = NO_WISHES
    """What customers want to see in no offer, product by product."""
    earlier: Earlier | None = None
    """The segments of the run in use, whose names stay with their people."""
    consents_through: int = 0
    """The last yes or no it knows of; who refuses later is spared when the run is switched to."""
    groups: Groups = field(default_factory=dict)
    """Who lives where, speaks what and writes from where, for auditing alone."""
    surveys: Mapping[int, Answered] = field(default_factory=dict)
    """What was answered in the newest surveys that have a model."""
    width: Mapping[str, Any] = field(default_factory=dict)
    """From how many kinds of goods customers were offered something; see campaigns/looking/bubbles.py."""
    visits: StepColumns = NO_STEPS
    """Steps on the shop's pages."""
    ignored: Mapping[str, Any] = field(default_factory=dict)
    """What it leaves out: campaigns/mining/sifting.py."""
    soundness: Sequence[Finding] = ()
    """What looks wrong in it."""
    launched: Mapping[int, int] = field(default_factory=dict)
    """Since when (µs) products are there, as far as anybody said."""

    def quality(self) -> dict[str, Any]:
        """What a run says of its data."""
        is_bought = self.interactions.kind == Kind.PURCHASE
        who, what = (column[is_bought] for column in (self.interactions.customer, self.interactions.product))
        sizes = {
            "interactions": len(self.interactions),
            "purchases": len(who),
            "customers": len(np.unique(who[who != NONE])),
            "products": len(np.unique(what[what != NONE])),
        }
        return {
            "as_of": moment(self.until).isoformat(),
            "currency": self.currency,
            "data": sizes,
            "ignored": dict(self.ignored),
            SOUNDNESS: [each.as_json() for each in self.soundness],
        }


def read(database: Database, now: datetime, zone: str) -> Ledger:
    """All of it, in one transaction that only looks: nobody waits for it. Raises Misleading.

    ``zone`` is the shop's calendar.
    """
    with database.reading() as session:
        through_id = session.exec(select(func.max(Interaction.id))).one() or 0
        whole = extracts.interactions(session, through_id=through_id)
        sound = looking.of_ledger(session, whole, now=now, zone=zone)
        sifted = sift(whole, microseconds(now))
        columns = sifted.columns
        consents_through = consent.last_number(session)
        refusing = who_refuses_profiling(session)
        return Ledger(
            engines(columns),
            shelf(session),
            as_of(columns, microseconds(now)),
            refusing,
            zones(session),
            currency_of(columns),
            through_id,
            past_campaigns(session, now),
            never(session),
            earlier(session),
            consents_through,
            visits=visits.steps(session),
            ignored=sifted.plain(),
            soundness=sound,
            launched=launched(session),
            groups=groups(session),
            surveys=answered(session),
            width=how_wide(session, refusing, now, zone),
        )


def fingerprint(interactions: Interactions) -> str:
    """A short name for exactly these data."""
    digest = blake2b(digest_size=16)
    for each in fields(interactions):
        column = getattr(interactions, each.name)
        digest.update(column.tobytes() if isinstance(column, np.ndarray) else repr(column).encode())
    return digest.hexdigest()


def as_of(history: Interactions | extracts.InteractionColumns, now: int) -> int:
    """The day after the last purchase, and never later than now.

    A history that ends in spring says who was lately there in spring; counted from autumn everybody would be gone.
    """
    bought = history.at[history.kind == Kind.PURCHASE]
    return min(now, int(bought.max()) + MICROSECONDS_PER_DAY) if len(bought) else now


def currency_of(columns: extracts.InteractionColumns) -> str | None:
    """The currency most purchases were made in."""
    paid_in = columns.currency[(columns.kind == Kind.PURCHASE) & (columns.currency != NONE)]
    return columns.currencies[int(np.bincount(paid_in).argmax())] if len(paid_in) else None


def zones(session: Session) -> dict[int, str]:
    """By whose clock those live who have one of their own."""
    wanted = select(Customer.id, Customer.zone).where(col(Customer.zone).is_not(None))
    return {customer: zone for customer, zone in session.exec(wanted) if zone}


def who_refuses_profiling(session: Session) -> list[int]:
    """Those who said no on any channel: their history is not used to choose for them, nor to describe them."""
    refusing, known = set[int](), set[int]()
    for channel in session.exec(select(Address.channel).distinct()).all():
        # A no everywhere stands on channels, too, on which they have no chat; a later yes in their chat counts there.
        here = set(session.exec(select(Address.customer_id).where(Address.channel == channel)))
        refusing |= here & _refusing(session, channel)
        known |= here
    return sorted(refusing | (_refusing(session, EVERYWHERE) - known))


def _refusing(session: Session, channel: str) -> set[int]:
    return {who for who, today in consent.standings(session, channel).items() if today.profiling is False}


def sold_out(session: Session) -> frozenset[int]:
    """What is known to have run out."""
    return frozenset(session.exec(select(Product.id).where(col(Product.stock) <= 0)).all())


def launched(session: Session) -> dict[int, int]:
    """Since when (µs) each product is there of which the shop said so."""
    rows = session.exec(select(Product.id, Product.launched_at).where(col(Product.launched_at).is_not(None)))
    return {product: microseconds(at) for product, at in rows if at is not None}


def never(session: Session, customer_id: int | None = None) -> Wishes:
    """What each customer, or this one, never wants to see: products, and all that is in a category they named."""
    wanted = select(Wish.customer_id, Wish.about, Wish.value).where(Wish.degree == Degree.NEVER)
    wanted = wanted if customer_id is None else wanted.where(Wish.customer_id == customer_id)
    wished = session.exec(wanted.order_by(col(Wish.customer_id))).all()
    if not wished:
        return NO_WISHES
    by_category: dict[str, list[int]] = {}
    for product, category in session.exec(select(Product.id, Product.category)).all():
        by_category.setdefault(catalog.folded(category), []).append(product)
    products = [_meant(about, value, by_category) for _, about, value in wished]
    whose = np.repeat(_ints([each for each, _, _ in wished]), [len(each) for each in products])
    return Wishes(whose, _ints([each for some in products for each in some]))


def _meant(about: str, value: str, by_category: Mapping[str, list[int]]) -> list[int]:
    if about == About.PRODUCT:
        return [int(value)]
    category = catalog.folded(value)
    return by_category.get(category, []) if category else []


def _ints(values: list[Any]) -> extracts.IntColumn:
    return np.array([NONE if value is None else int(value) for value in values], dtype=np.int64)
