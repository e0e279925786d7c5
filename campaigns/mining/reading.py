"""The ledger as the engine reads it: columns, and who may be described at all."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import blake2b
from typing import Any

import numpy as np
from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.mining.past import Past, past_campaigns
from campaigns.mining.segments import earlier
from engine.frames import MICROSECONDS_PER_DAY, NONE, Interactions, Kind, Products
from engine.segments.carrying import Earlier
from ledger import consent, extracts
from ledger.columns import microseconds, moment
from ledger.database import Database
from ledger.tables import Address, Customer, Interaction, Product


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
    earlier: Earlier | None = None
    """The segments of the run in use, whose names stay with their people."""

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
        return {"as_of": moment(self.until).isoformat(), "currency": self.currency, "data": sizes}


def read(database: Database, now: datetime) -> Ledger:
    """All of it, in one transaction that only looks: nobody waits for it."""
    with database.reading() as session:
        through_id = session.exec(select(func.max(Interaction.id))).one() or 0
        columns = extracts.interactions(session, through_id=through_id)
        return Ledger(
            engines(columns),
            shelf(session),
            as_of(columns, microseconds(now)),
            who_refuses_profiling(session),
            zones(session),
            currency_of(columns),
            through_id,
            past_campaigns(session, now),
            earlier(session),
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
    channels = session.exec(select(Address.channel).distinct()).all()
    standings = [consent.standings(session, channel) for channel in channels]
    return sorted({person for each in standings for person, today in each.items() if today.profiling is False})


def _ints(values: list[Any]) -> extracts.IntColumn:
    return np.array([NONE if value is None else int(value) for value in values], dtype=np.int64)
