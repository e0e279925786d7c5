"""Erasing a customer everywhere: what campaigns derived of them, then what the ledger holds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from campaigns.gate import Reason
from campaigns.tables import Membership, Message, Recommendation, State, TrackedLink
from ledger import privacy
from ledger.tables import Customer, Erasure


def forget(session: Session, customer: Customer, *, by: str, at: datetime) -> Erasure:
    """Erase all that leads to ``customer`` and give the receipt.

    Their rows in campaigns stay as bare fates, so that old reports still add up; the words, the reasons and the
    provider's numbers go.
    """
    connection = session.connection()
    messages = select(Message.id).where(Message.customer_id == customer.id)
    derived = {
        table.__tablename__: connection.execute(delete(table).where(col(table.customer_id) == customer.id)).rowcount
        for table in (Membership, Recommendation)
    }
    derived["tracked_links"] = connection.execute(
        delete(TrackedLink).where(col(TrackedLink.message_id).in_(messages))
    ).rowcount
    connection.execute(
        update(Message)
        .where(col(Message.customer_id) == customer.id, col(Message.state) == State.PLANNED)
        .values(state=State.WITHHELD, reason=Reason.ERASED, withheld_at=at)
    )
    derived["messages"] = connection.execute(
        update(Message)
        .where(col(Message.customer_id) == customer.id)
        .values(body=None, facts={}, provider_message_id=None, address_id=None, is_personal=None, segment=None)
    ).rowcount
    session.expire_all()
    return privacy.erase(session, customer, derived, by=by, at=at)
