"""What was sold in a stretch of time, by the shop's books; what came back is not sold (ledger/returned.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, distinct, func
from sqlmodel import Session, col, select

from campaigns import insights
from ledger import returned
from ledger.tables import Interaction, Kind

ORDER = func.coalesce(Interaction.order_ref, cast(col(Interaction.id), String))
"""What belongs to one order; a purchase of which no order is known is one by itself."""


@dataclass(frozen=True)
class Sales:
    """``paid`` are minor units by currency, of every line that had an amount, less what came back of it."""

    orders: int = 0
    paid: Mapping[str, int] = field(default_factory=dict)


def sales(session: Session, since: datetime, until: datetime) -> Sales:
    """What was bought from ``since`` on and before ``until``."""
    when = (
        Interaction.kind == Kind.PURCHASE,
        Interaction.at >= since,
        Interaction.at < until,
        returned.is_kept(),
    )
    orders = session.exec(select(func.count(distinct(ORDER))).where(*when)).one()
    paid = Counter(sums(session, *when))
    paid.subtract(sums(session, returned.came_back_of_kept(since, until)))
    return Sales(orders, dict(paid))


def sums(session: Session, *conditions: ColumnElement[bool] | bool) -> dict[str, int]:
    """What such lines of Interaction come to, in minor units by currency."""
    rows = session.exec(
        select(Interaction.currency, func.sum(Interaction.amount_minor))
        .where(*conditions, col(Interaction.amount_minor).is_not(None))
        .group_by(col(Interaction.currency))
    )
    return {currency: int(amount or 0) for currency, amount in rows if currency}


def currency_of(session: Session, sold: Iterable[Sales], otherwise: str) -> str:
    """The currency most of it was paid in: of what was sold, else of the last run, else ``otherwise``."""
    seen = Counter(currency for each in sold for currency in each.paid)
    if seen:
        return max(seen, key=lambda currency: (seen[currency], currency))
    return insights.currency(session) or otherwise


def first_sale(session: Session) -> datetime | None:
    """When the first purchase we know of was made."""
    return _edge(session, last=False)


def last_sale(session: Session) -> datetime | None:
    """When the last purchase we know of was made."""
    return _edge(session, last=True)


def _edge(session: Session, *, last: bool) -> datetime | None:
    at = col(Interaction.at)
    wanted = select(Interaction.at).where(Interaction.kind == Kind.PURCHASE, returned.is_kept())
    return session.exec(wanted.order_by(at.desc() if last else at).limit(1)).first()
