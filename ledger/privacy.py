"""A customer's own data: taken along, or erased."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from ledger import audit, belongings
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
    PrivacyRequest,
    RequestKind,
    Suppression,
    TeamMember,
)

ERASED = "erased"
KEPT_AS_NUMBERS = (Kind.PURCHASE, Kind.RETURN, Kind.CLICK)


REQUESTS = {
    RequestKind.SUMMARY: "summary given",
    RequestKind.COPY: "copy given",
    RequestKind.ERASURE: "customer erased",
}
"""What the audit says of a request that was answered."""


def export(session: Session, customer: Customer) -> dict[str, list[dict[str, Any]]]:
    """Everything the database holds on one customer, by table, in plain types; see campaigns/exporting.py."""
    return belongings.rows(session, customer.id)


def note_request(
    session: Session,
    kind: RequestKind,
    customer_id: int,
    channel: str,
    made_by: str,
    asked_at: datetime,
    answered_at: datetime | None,
    receipt: str | None = None,
    **detail: Any,
) -> PrivacyRequest:
    """Write down that somebody asked for their data, and when they had it; the audit does not say who."""
    request = PrivacyRequest(
        kind=kind,
        customer_id=customer_id,
        channel=channel,
        made_by=made_by,
        asked_at=asked_at,
        answered_at=answered_at,
        receipt=receipt,
    )
    session.add(request)
    session.flush()
    action = REQUESTS[kind] if answered_at is not None else f"{kind} asked for"
    audit.record(session, answered_at or asked_at, made_by, action, receipt or f"request {request.id}", **detail)
    return request


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
