"""Interactions: appended when they happen, read by customer and time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, col, select

from ledger.tables import Interaction, Kind, Product

SAID = insert(Interaction)


def log_message(session: Session, customer_id: int, kind: Kind, channel: str, text: str, at: datetime) -> Interaction:
    """Words that went to or came from a customer in a conversation."""
    said = Interaction(customer_id=customer_id, kind=kind, at=at, platform=channel, text=text)
    session.add(said)
    return said


def log_messages(
    session: Session, customer_id: int, channel: str, said: Iterable[tuple[Kind, str]], at: datetime
) -> None:
    """The same of all the words of one message and its answer, in one statement, for who needs none of the rows."""
    # Whom it belongs to has to be there.
    session.flush()
    rows = [
        {"customer_id": customer_id, "kind": kind, "at": at, "platform": channel, "text": text} for kind, text in said
    ]
    if rows:
        session.connection().execute(SAID, rows)


def has_written(session: Session, customer_id: int) -> bool:
    """Whether a message of theirs was ever logged here."""
    said = select(Interaction.id).where(
        Interaction.customer_id == customer_id,
        Interaction.kind == Kind.MESSAGE_IN,
        col(Interaction.source_ref).is_(None),
    )
    return session.exec(said.limit(1)).first() is not None


def log_purchase(
    session: Session,
    customer_id: int,
    product: Product,
    *,
    quantity: int,
    amount_minor: int,
    order_ref: str,
    platform: str,
    at: datetime,
) -> Interaction:
    """One line of an order."""
    bought = Interaction(
        customer_id=customer_id,
        kind=Kind.PURCHASE,
        at=at,
        platform=platform,
        product_id=product.id,
        quantity=quantity,
        amount_minor=amount_minor,
        currency=product.currency,
        order_ref=order_ref,
    )
    session.add(bought)
    return bought


def log_click(
    session: Session, customer_id: int, product_id: int | None, platform: str, message_id: int, at: datetime
) -> Interaction:
    """A person opened a tracked link of a campaign's message."""
    clicked = Interaction(
        customer_id=customer_id,
        kind=Kind.CLICK,
        at=at,
        platform=platform,
        product_id=product_id,
        message_id=message_id,
    )
    session.add(clicked)
    return clicked


def history(session: Session, customer_id: int, since: datetime | None = None) -> Sequence[Interaction]:
    """What one customer did, oldest first."""
    wanted = select(Interaction).where(Interaction.customer_id == customer_id)
    if since is not None:
        wanted = wanted.where(Interaction.at >= since)
    return session.exec(wanted.order_by(col(Interaction.at), col(Interaction.id))).all()
