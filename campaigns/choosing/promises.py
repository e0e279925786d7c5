"""How many offers a month somebody was promised at most: by the words of their yes, not by today's settings."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, select

from ledger import merged
from ledger.tables import EVERYWHERE, ConsentEvent, ConsentWording, Purpose

FEWER = sql_select(col(ConsentWording.hash), col(ConsentWording.per_month)).where(
    col(ConsentWording.per_month) < bindparam("per_month")
)


def fewer_than(session: Session, per_month: int) -> dict[str, int]:
    """The wordings that promise fewer than ``per_month`` offers a month, by their hash: usually none."""
    session.flush()
    rows = session.connection().execute(FEWER, {"per_month": per_month})
    return {shown: promised for shown, promised in rows if promised is not None}


def made(
    session: Session, channel: str, wordings: dict[str, int], customer_ids: Collection[int] | None = None
) -> dict[int, int]:
    """What was promised on ``channel`` to those whose last word there is a yes to one of ``wordings``."""
    if not wordings:
        return {}
    ones = merged.into(session, customer_ids)
    last = select(func.max(ConsentEvent.id)).where(
        ConsentEvent.purpose == Purpose.OFFERS, col(ConsentEvent.scope).in_((channel, EVERYWHERE))
    )
    if customer_ids is not None:
        last = last.where(col(ConsentEvent.customer_id).in_([*customer_ids, *ones]))
    said = select(ConsentEvent.customer_id, ConsentEvent.granted, ConsentEvent.wording_hash).where(
        col(ConsentEvent.id).in_(last.group_by(col(ConsentEvent.customer_id)))
    )
    promised: dict[int, int | None] = {}
    # Whoever has several numbers here was promised what they said yes to last, under whichever of them.
    for number, granted, shown in session.exec(said.order_by(col(ConsentEvent.id))):
        promised[ones.get(number, number)] = wordings.get(shown) if granted else None
    return {customer_id: at_most for customer_id, at_most in promised.items() if at_most is not None}
