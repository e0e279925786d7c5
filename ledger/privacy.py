"""A customer's own data: taken along, or erased."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, SQLModel, col, select

from ledger import audit
from ledger.database import SCRUB
from ledger.tables import (
    Address,
    ConsentEvent,
    ConversationState,
    Customer,
    Erasure,
    Identity,
    Interaction,
    Kind,
    Product,
    Suppression,
    TeamMember,
)

ERASED = "erased"
KEPT_AS_NUMBERS = (Kind.PURCHASE, Kind.RETURN, Kind.CLICK)


def export(session: Session, customer: Customer) -> dict[str, Any]:
    """Everything the ledger holds on one customer, in plain types, oldest first."""
    products = {
        product.id: product
        for product in session.exec(
            select(Product).where(
                col(Product.id).in_(select(Interaction.product_id).where(Interaction.customer_id == customer.id))
            )
        )
    }
    return {
        "customer": _plain(customer),
        "addresses": [_plain(each) for each in _rows(session, Address, customer)],
        "identities": [_plain(each) for each in _rows(session, Identity, customer)],
        "consent": [_plain(each) for each in _rows(session, ConsentEvent, customer)],
        "interactions": [
            {**_plain(each), "product": products[each.product_id].name if each.product_id in products else None}
            for each in _rows(session, Interaction, customer)
        ],
    }


def erase(session: Session, customer: Customer, derived: Mapping[str, int], *, by: str, at: datetime) -> Erasure:
    """Erase what identifies ``customer`` and keep a receipt; ``derived`` counts what was erased before.

    Purchases stay as numbers under a row without a name, each order under a new random reference, so that the
    shop's statistics hold and nothing leads back. Keyed hashes go on the suppression list: a later import cannot
    bring the person back.
    """
    addresses = _rows(session, Address, customer)
    for scope, mark in [
        *((each.channel, each.fingerprint) for each in addresses),
        *((each.source, each.fingerprint) for each in _rows(session, Identity, customer)),
    ]:
        session.merge(Suppression(scope=scope, fingerprint=mark, reason=ERASED, at=at))
    counts = {**derived, **_erase_rows(session, customer, [each.id for each in addresses])}
    session.info[SCRUB] = True
    customer.name = customer.city = ""
    customer.language = customer.zone = None
    customer.erased_at = at
    session.add(customer)
    number = secrets.token_hex(4).upper()
    receipt = Erasure(number=number, at=at, erased={name: n for name, n in counts.items() if n})
    session.add(receipt)
    audit.record(session, at, by, "customer erased", number, **receipt.erased)
    return receipt


def _erase_rows(session: Session, customer: Customer, address_ids: list[int]) -> dict[str, int]:
    connection = session.connection()
    mine = col(Interaction.customer_id) == customer.id
    is_number = col(Interaction.kind).in_(KEPT_AS_NUMBERS)
    orders = session.exec(
        select(Interaction.order_ref).where(mine, col(Interaction.order_ref).is_not(None)).distinct()
    ).all()
    for order in orders:
        connection.execute(
            update(Interaction)
            .where(mine, col(Interaction.order_ref) == order)
            .values(order_ref=secrets.token_hex(8))
        )
    return {
        "conversation_states": connection.execute(
            delete(ConversationState).where(col(ConversationState.address_id).in_(address_ids))
        ).rowcount,
        "team_members": connection.execute(
            delete(TeamMember).where(col(TeamMember.address_id).in_(address_ids))
        ).rowcount,
        "interactions": connection.execute(delete(Interaction).where(mine, ~is_number)).rowcount,
        "purchases and clicks made anonymous": connection.execute(
            update(Interaction).where(mine, is_number).values(text=None, source_ref=None)
        ).rowcount,
        "consent evidence": connection.execute(
            update(ConsentEvent)
            .where(col(ConsentEvent.customer_id) == customer.id)
            .values(verbatim=None, provider_message_id=None, nonce=None)
        ).rowcount,
        "addresses": connection.execute(delete(Address).where(col(Address.customer_id) == customer.id)).rowcount,
        "identities": connection.execute(delete(Identity).where(col(Identity.customer_id) == customer.id)).rowcount,
    }


def _rows(session: Session, table: type[Any], customer: Customer) -> list[Any]:
    return list(session.exec(select(table).where(table.customer_id == customer.id).order_by(table.id)))


def _plain(row: SQLModel) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.model_dump().items()
    }
