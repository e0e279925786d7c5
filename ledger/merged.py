"""Customers who turned out to be one: whoever is linked leads to one of them, who stands for all.

    2 → 1 ← 5        customers.merged_into, always one step

What was allowed or refused under a number keeps that number, for it stands in the hashes of the chain; whoever asks
where somebody stands asks for all their numbers. Everything else is moved; see campaigns/privacy/linking.py.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import BindParameter, Select, or_
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from ledger import blocks
from ledger.tables import Customer

OTHERS = sql_select(col(Customer.id), col(Customer.merged_into)).where(col(Customer.merged_into).is_not(None))
OTHERS_OF = blocks.Asked(col(Customer.merged_into), OTHERS.where)


def numbers(customer_id: int | BindParameter[int]) -> Select[int]:
    """All numbers of whom ``customer_id`` stands for, their own included, to be asked for within a statement."""
    return sql_select(col(Customer.id)).where(
        or_(col(Customer.id) == customer_id, col(Customer.merged_into) == customer_id)
    )


def everyone(session: Session, customer_id: int) -> list[int]:
    """The same numbers, their own first."""
    others = select(Customer.id).where(Customer.merged_into == customer_id).order_by(col(Customer.id))
    return [customer_id, *session.exec(others)]


def into(session: Session, customer_ids: Collection[int] | None = None) -> dict[int, int]:
    """By the number of each who turned out to be somebody else, the number that stands for both.

    Of all, or of those who turned out to be one of ``customer_ids``.
    """
    session.flush()
    if customer_ids is None:
        return {number: one for number, one in session.connection().execute(OTHERS) if one is not None}
    rows = session.connection().execute(*OTHERS_OF.of(sorted(customer_ids))).all()
    asked = set(customer_ids) if rows else ()
    return {number: one for number, one in rows if one is not None and one in asked}


def one(session: Session, customer_id: int) -> int:
    """Who stands for ``customer_id``: themselves, unless they turned out to be somebody else."""
    return session.exec(select(Customer.merged_into).where(Customer.id == customer_id)).one() or customer_id
