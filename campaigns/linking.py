"""One customer out of two: whoever writes from a number says that what the shop's records tell of it is theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from campaigns.tables import BestHour, Membership, Message, Recommendation
from ledger import customers
from ledger.tables import Address, Customer


def link(session: Session, address: Address, at: datetime) -> None:
    """What an import brought for ``address`` is theirs from now on.

    Somebody who writes from another number of the same records stays a customer of their own: what each of the two
    said stays each one's.
    """
    address.confirmed_at = at
    session.add(address)
    kept = customers.other_of(session, address)
    if kept is None:
        return
    other, writer = session.get_one(Customer, kept.customer_id), customers.of(session, address)
    if other.erased_at is not None or customers.has_spoken(session, other):
        return
    session.delete(kept)
    _take_over_derived(session, other.id, writer.id)
    customers.take_over(session, other, writer, at)


def _take_over_derived(session: Session, other: int, writer: int) -> None:
    """What was worked out goes along, and fates do; where both have a row in a campaign, each keeps their own."""
    connection = session.connection()
    for table in (Membership, Recommendation, BestHour):
        connection.execute(delete(table).where(col(table.customer_id) == writer))
        connection.execute(update(table).where(col(table.customer_id) == other).values(customer_id=writer))
    both = select(Message.campaign_id).where(Message.customer_id == writer)
    moved = update(Message).where(col(Message.customer_id) == other, col(Message.campaign_id).not_in(both))
    connection.execute(moved.values(customer_id=writer))
