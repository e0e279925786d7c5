"""Whose turn it is today, by what they did or did not do: one pass over the ledger for each trigger.

What is found is only ever a reason to ask the gate. Whoever did not allow their history to be used is refused there.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing import audiences, rhythm
from campaigns.launching.drafts import Trigger
from ledger.tables import Customer, Interaction, Kind

VIEWED_AFTER, VIEWED_UNTIL = timedelta(hours=4), timedelta(days=3)
CART_AFTER, CART_UNTIL = timedelta(hours=2), timedelta(days=2)
FIRST_AFTER, FIRST_UNTIL = timedelta(days=1), timedelta(days=3)
QUIET_GAPS = 2
"""How many of their own usual gaps somebody is away before one may say so."""
LEAST_QUIET = timedelta(days=30)
QUIET_UNTIL = timedelta(days=14)
"""Who has been quiet for longer than this much more is not freshly missed; a win-back is for them."""
LEAST_VISITS = 3
LEAP_DAY, EVE_OF_IT = "02-29", "02-28"
ROWS_AT_ONCE = 20_000
SIGNS_OF_LIFE = (Kind.MESSAGE_IN, Kind.VIEW, Kind.CLICK, Kind.CART, Kind.PURCHASE, Kind.REVIEW)


@dataclass(frozen=True)
class Due:
    """Why it is somebody's turn: what happened last that this answers to, and the product it is about, if any."""

    since: datetime
    product_id: int | None = None


def due(session: Session, trigger: Trigger, zone: ZoneInfo, now: datetime) -> dict[int, Due]:
    """The customers whose turn it is now. ``zone`` is the shop's, for its calendar's birthdays.

    The erased are left out, whose purchases stay in the books, and whoever else is no customer to be counted.
    """
    found = FINDERS[trigger](session, zone, now)
    counted = audiences.countable(session, found)
    return {customer: each for customer, each in found.items() if customer in counted}


def viewed(session: Session, _zone: ZoneInfo, now: datetime) -> dict[int, Due]:
    """Who looked at a product four hours to three days ago, last, and has not bought it since."""
    bought = aliased(Interaction)
    has_bought_it = _bought_since(bought) & (col(bought.product_id) == col(Interaction.product_id))
    return _last_of(session, Kind.VIEW, now - VIEWED_UNTIL, now - VIEWED_AFTER, has_bought_it)


def left_a_cart(session: Session, _zone: ZoneInfo, now: datetime) -> dict[int, Due]:
    """Who put something into a cart two hours to two days ago, last, and has bought nothing since."""
    return _last_of(session, Kind.CART, now - CART_UNTIL, now - CART_AFTER, _bought_since(aliased(Interaction)))


def bought_first(session: Session, _zone: ZoneInfo, now: datetime) -> dict[int, Due]:
    """Whose first purchase ever was one to three days ago."""
    earlier = aliased(Interaction)
    before = exists().where(
        col(earlier.customer_id) == col(Interaction.customer_id),
        col(earlier.kind) == Kind.PURCHASE,
        col(earlier.at) < now - FIRST_UNTIL,
    )
    first = func.min(Interaction.at)
    wanted = (
        select(Interaction.customer_id, first)
        .where(Interaction.kind == Kind.PURCHASE, col(Interaction.at) >= now - FIRST_UNTIL, ~before)
        .group_by(col(Interaction.customer_id))
        .having(first <= now - FIRST_AFTER)
    )
    return {customer: Due(at) for customer, at in session.exec(wanted)}


def due_again(session: Session, _zone: ZoneInfo, now: datetime) -> dict[int, Due]:
    """Who has a rhythm in buying something, and whose time for it has come: the product most due, of each."""
    usual = insights.rhythms(session)
    most_due: dict[int, tuple[float, Due]] = {}
    for customer, product, times in _bought_often(session):
        since = rhythm.gaps_since(times, now, usual.get(product))
        is_due = since is not None and rhythm.DUE_FROM <= since <= rhythm.DUE_UNTIL
        if is_due and since is not None and since > most_due.get(customer, (0.0, None))[0]:
            most_due[customer] = since, Due(times[-1], product)
    return {customer: found for customer, (_, found) in most_due.items()}


def _bought_often(session: Session) -> Iterator[tuple[int, int, list[datetime]]]:
    """Customer, product, and when they bought it, of what they bought often enough for a rhythm."""
    pair = (col(Interaction.customer_id), col(Interaction.product_id))
    purchases = and_(col(Interaction.kind) == Kind.PURCHASE, col(Interaction.product_id).is_not(None))
    often = select(*pair).where(purchases).group_by(*pair).having(func.count() >= rhythm.LEAST_TIMES).subquery()
    joined = and_(pair[0] == often.c.customer_id, pair[1] == often.c.product_id)
    wanted = select(*pair, Interaction.at).join(often, joined).where(purchases).order_by(*pair, col(Interaction.at))
    for (customer, product), rows in groupby(_streamed(session, wanted), key=lambda row: (row[0], row[1])):
        yield customer, product, [at for *_, at in rows]


def gone_quiet(session: Session, _zone: ZoneInfo, now: datetime) -> dict[int, Due]:
    """Who has been silent for twice their usual time between visits, and at least thirty days: freshly so.

    Buying, looking, clicking and writing all break a silence; the usual time is between purchases.
    """
    per_customer = col(Interaction.customer_id)
    seen = (
        select(per_customer.label("customer_id"))
        .where(Interaction.kind == Kind.PURCHASE)
        .group_by(per_customer)
        .having(func.count() >= LEAST_VISITS, func.max(Interaction.at) <= now - LEAST_QUIET)
        .subquery()
    )
    wanted = (
        select(per_customer, Interaction.at)
        .join(seen, per_customer == seen.c.customer_id)
        .where(Interaction.kind == Kind.PURCHASE)
        .order_by(per_customer, col(Interaction.at))
    )
    crossed: dict[int, tuple[datetime, timedelta]] = {}
    for customer, rows in groupby(_streamed(session, wanted), key=lambda row: row[0]):
        times = [at for _, at in rows]
        gap = rhythm.gap(times)
        patience = max(QUIET_GAPS * gap, LEAST_QUIET) if gap is not None else None
        if patience is not None and times[-1] + patience <= now:
            crossed[customer] = times[-1], patience
    return dict(_still_quiet(session, crossed, now))


def _still_quiet(
    session: Session, crossed: Mapping[int, tuple[datetime, timedelta]], now: datetime
) -> Iterator[tuple[int, Due]]:
    """Those of them who gave no other sign of life, and have not been quiet for too long by now."""
    ids = sorted(crossed)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        wanted = (
            select(Interaction.customer_id, func.max(Interaction.at))
            .where(
                col(Interaction.customer_id).in_(ids[start : start + ROWS_AT_ONCE]),
                col(Interaction.kind).in_(SIGNS_OF_LIFE),
            )
            .group_by(col(Interaction.customer_id))
        )
        for customer, last in session.exec(wanted):
            quiet_at = last + crossed[customer][1]
            if quiet_at <= now < quiet_at + QUIET_UNTIL:
                yield customer, Due(last)


def has_birthday(session: Session, zone: ZoneInfo, now: datetime) -> dict[int, Due]:
    """Whose birthday is today by the shop's calendar; who was born on a leap day has it on the eve in other years."""
    today = now.astimezone(zone).date()
    days = [f"{today:%m-%d}"]
    if days == [EVE_OF_IT] and not isleap(today.year):
        days.append(LEAP_DAY)
    born = session.exec(select(Customer.id).where(col(Customer.birthday).in_(days)))
    began = datetime.combine(today, time(), zone).astimezone(now.tzinfo)
    return dict.fromkeys(born, Due(began))


FINDERS: Mapping[Trigger, Callable[[Session, ZoneInfo, datetime], dict[int, Due]]] = {
    Trigger.VIEWED: viewed,
    Trigger.CART: left_a_cart,
    Trigger.FIRST_PURCHASE: bought_first,
    Trigger.REPLENISHMENT: due_again,
    Trigger.QUIET: gone_quiet,
    Trigger.BIRTHDAY: has_birthday,
}


def _bought_since(bought: type[Interaction]) -> ColumnElement[bool]:
    return and_(
        col(bought.customer_id) == col(Interaction.customer_id),
        col(bought.kind) == Kind.PURCHASE,
        col(bought.at) >= col(Interaction.at),
    )


def _last_of(
    session: Session, kind: Kind, since: datetime, until: datetime, answered: ColumnElement[bool]
) -> dict[int, Due]:
    """Of those who did such a thing since then, and none after ``until``, the last product it led nowhere with."""
    wanted = (
        select(Interaction.customer_id, Interaction.at, Interaction.product_id, exists().where(answered))
        .where(Interaction.kind == kind, col(Interaction.at) >= since, col(Interaction.product_id).is_not(None))
        .order_by(col(Interaction.at), col(Interaction.id))
    )
    last: dict[int, datetime] = {}
    unanswered: dict[int, Due] = {}
    for customer, at, product, is_over in session.exec(wanted):
        last[customer] = at
        if not is_over:
            unanswered[customer] = Due(at, product)
    return {customer: found for customer, found in unanswered.items() if last[customer] <= until}


def _streamed(session: Session, wanted: TypedReturnsRows[*tuple[Any, ...]]) -> Iterator[Any]:
    """Rows as they come, never all of them at once."""
    result = session.connection().execution_options(yield_per=ROWS_AT_ONCE).execute(wanted)
    for rows in result.partitions():
        yield from rows
