"""Where the purchases of erased customers go: to one customer without a name, who stands for all of them.

What was bought, when by the day and for how much still counts in the shop's statistics; whose it was, and that two
orders were the same person's, cannot be told any more.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import datetime, tzinfo

from sqlalchemy import bindparam, text, update
from sqlmodel import Session, SQLModel, col, select

from ledger.tables import Customer, Interaction, Kind, ShopFact

NOBODY = "nobody"
"""Their source, and the fact that knows their number."""
KEPT_AS_NUMBERS = (Kind.PURCHASE, Kind.RETURN, Kind.CLICK)
ERASURE_LOCK = 7_246_513
ROWS_AT_ONCE = 1_000


def noon(at: datetime, zone: tzinfo) -> datetime:
    """The middle of the day in ``zone`` on which something happened."""
    return at.astimezone(zone).replace(hour=12, minute=0, second=0, microsecond=0)


def take_turn(session: Session) -> None:
    """Of several erasures at once one goes on and the others wait until it commits. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ERASURE_LOCK})


def number(session: Session, zone: tzinfo, at: datetime) -> int:
    """The nameless customer's number, made when it is first needed; ``take_turn`` comes before."""
    fact = session.get(ShopFact, NOBODY)
    if fact is None:
        day = noon(at, zone)
        nameless = Customer(source=NOBODY, created_at=day, erased_at=day)
        session.add(nameless)
        session.flush()
        fact = ShopFact(key=NOBODY, value=str(nameless.id))
        session.add(fact)
        session.flush()
    return int(fact.value)


def take_over(session: Session, customer_id: int, zone: tzinfo, at: datetime) -> int:
    """Move the purchases, returns and clicks of ``customer_id`` to nobody; how many.

    Each order keeps its lines together under a new random reference; the time is the noon of the day in ``zone``.
    """
    wanted = select(Interaction.id, Interaction.at, Interaction.order_ref).where(
        Interaction.customer_id == customer_id, col(Interaction.kind).in_(KEPT_AS_NUMBERS)
    )
    found = session.exec(wanted).all()
    if not found:
        return 0
    orders: defaultdict[str, str] = defaultdict(lambda: secrets.token_hex(8))
    rows = [
        {"this": row, "day": noon(when, zone), "order": orders[order] if order is not None else None}
        for row, when, order in found
    ]
    table = SQLModel.metadata.tables[str(Interaction.__tablename__)]
    bare = update(table).where(table.c.id == bindparam("this"))
    bare = bare.values(
        customer_id=number(session, zone, at),
        at=bindparam("day"),
        order_ref=bindparam("order"),
        message_id=None,
        source_ref=None,
        text=None,
    )
    for start in range(0, len(rows), ROWS_AT_ONCE):
        session.connection().execute(bare, rows[start : start + ROWS_AT_ONCE])
    return len(rows)
