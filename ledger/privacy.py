"""A customer's own data: taken along, or erased."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, false, func, or_, update
from sqlmodel import Session, SQLModel, col, select

from ledger import audit, belongings, erasures, merged, nobody
from ledger.customers import FROM_CHAT, parted_from
from ledger.database import SCRUB
from ledger.declarations import Until, declarations
from ledger.erasures import Line, Mark
from ledger.identity import mask
from ledger.tables import (
    Address,
    AuditEntry,
    ConsentEvent,
    Customer,
    Erasure,
    Identity,
    Interaction,
    PrivacyRequest,
    RequestKind,
    Suppression,
    TeamMember,
)

ERASED = "erased"
FROM_IMPORT = "import"
OUTLASTS = frozenset({Until.ANONYMOUS, Until.AUDIT, Until.ALWAYS})
"""A table with a column that is kept so long keeps its rows, with nothing in them that leads to whom was erased."""
SHORTEST_TRACE = 6
"""What is shorter, or a mere word, the book may have said by itself: a campaign's number, a role."""
REQUESTS = {
    RequestKind.SUMMARY: "summary given",
    RequestKind.COPY: "copy given",
    RequestKind.ERASURE: "erasure asked for and done",
}
"""What the audit says of a request that was answered."""


def export(session: Session, customer: Customer) -> dict[str, list[dict[str, Any]]]:
    """Everything the database holds on one customer, by table, in plain types; see campaigns/privacy/exporting.py.

    Under all their numbers, where they turned out to be one with others; their own rows come first.
    """
    return belongings.rows(session, *merged.everyone(session, customer.id))


def note_request(
    session: Session,
    kind: RequestKind,
    customer_id: int,
    channel: str,
    made_by: str,
    asked_at: datetime,
    answered_at: datetime | None,
    receipt: str | None = None,
) -> PrivacyRequest:
    """Write down that somebody asked for their data, and when they had it; the audit does not say who.

    Whoever is given a copy has what they asked for before.
    """
    if kind is RequestKind.COPY and answered_at is not None:
        _close(session, customer_id, answered_at, RequestKind.COPY, RequestKind.SUMMARY)
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
    audit.record(session, answered_at or asked_at, made_by, action, receipt or f"request {request.id}")
    return request


def erase(
    session: Session,
    customer: Customer,
    derived: Mapping[str, int],
    *,
    zone: tzinfo,
    by: str,
    at: datetime,
    channel: str | None = None,
    asked_at: datetime | None = None,
) -> Erasure:
    """Erase what identifies ``customer`` and keep a receipt; ``derived`` counts what was erased before.

    Purchases go over to a customer without a name (see ledger/nobody.py), by the day in ``zone``. Keyed hashes go on
    the suppression list, so that no import brings the person back, and into the file beside the database, so that no
    backup does. ``channel`` is where it was asked for; None where nobody asked and age alone decided.
    """
    nobody.take_turn(session)
    number = secrets.token_hex(4).upper()
    line = Line(number, at.astimezone(UTC).isoformat(), marks(session, customer.id), _row_mark(session, customer))
    counts = blank(session, customer, zone, at)
    if channel is not None:
        note_request(session, RequestKind.ERASURE, customer.id, channel, by, asked_at or at, at, number)
    receipt = receive(session, number, {**derived, **counts}, by=by, at=at)
    erasures.append(session, line)
    return receipt


def marks(session: Session, customer_id: int) -> tuple[Mark, ...]:
    """The keyed hashes a customer is known by: of their addresses and of their names elsewhere.

    An address whose imported records they said are theirs counts as both.
    """
    theirs = Address.customer_id == customer_id
    places = select(Address.channel, Address.fingerprint).where(theirs)
    linked = select(Address.channel, Address.fingerprint).where(theirs, col(Address.confirmed_at).is_not(None))
    names = select(Identity.source, Identity.fingerprint).where(Identity.customer_id == customer_id)
    known = [each for wanted in (places, names) for each in session.exec(wanted)]
    known += [(parted_from(channel), mark) for channel, mark in session.exec(linked)]
    return tuple(dict.fromkeys((scope, mark) for scope, mark in known))


def suppress(session: Session, marks: Iterable[Mark], at: datetime) -> None:
    """Nobody with these marks comes back by an import."""
    for scope, mark in marks:
        session.merge(Suppression(scope=scope, fingerprint=mark, reason=ERASED, at=at))


def blank(session: Session, customer: Customer, zone: tzinfo, at: datetime) -> dict[str, int]:
    """Leave nothing that leads to ``customer``, under any of their numbers, in any table; how many rows of what."""
    session.info[SCRUB] = [*belongings.ways(), str(AuditEntry.__tablename__)]
    suppress(session, marks(session, customer.id), at)
    session.flush()
    _close(session, customer.id, at, *RequestKind)
    theirs = merged.everyone(session, customer.id)
    counts = Counter({"audit_entries": _clear_audit(session, customer)})
    for number in theirs:
        counts["purchases and clicks made anonymous"] += nobody.take_over(session, number, zone, at)
        counts["consent evidence"] += _blank_evidence(session, number)
        counts.update(_empty_tables(session, number))
    session.expire_all()
    for number in theirs:
        _blank_row(session.get_one(Customer, number), zone, at)
    session.flush()
    return counts


def receive(session: Session, number: str, counts: Mapping[str, int], *, by: str, at: datetime) -> Erasure:
    """The receipt: what, when, how many rows, and nothing of whom."""
    receipt = Erasure(number=number, at=at, erased={name: n for name, n in counts.items() if n})
    session.add(receipt)
    audit.record(session, at, by, "customer erased", number, **receipt.erased)
    return receipt


def traces(session: Session, customer: Customer) -> list[str]:
    """What a customer is called where no key leads to them, as who did something: their addresses, masked.

    Two addresses may look the same under the mask. What one of the team did is not blanked for who was never of it.
    """
    team = session.exec(select(Address).join(TeamMember, col(TeamMember.address_id) == col(Address.id))).all()
    others = set() if customer.id in {each.customer_id for each in team} else {_masked(each) for each in team}
    return [each for each in dict.fromkeys(map(_masked, _addresses(session, customer))) if each not in others]


def tells(column: Any, traces: Iterable[str]) -> ColumnElement[bool]:
    """The condition for a text that is one of ``traces``."""
    return col(column).in_([*traces])


def _masked(address: Address) -> str:
    return f"{address.channel}:{mask(address.address)}"


def _addresses(session: Session, customer: Customer) -> Sequence[Address]:
    return session.exec(select(Address).where(Address.customer_id == customer.id)).all()


def _close(session: Session, customer_id: int, at: datetime, *kinds: RequestKind) -> None:
    """Requests of these kinds that are still open are answered now."""
    mine = col(PrivacyRequest.customer_id) == customer_id
    waiting = mine & col(PrivacyRequest.answered_at).is_(None) & col(PrivacyRequest.kind).in_(kinds)
    session.connection().execute(update(PrivacyRequest).where(waiting).values(answered_at=at))


def _clear_audit(session: Session, customer: Customer) -> int:
    """What the book says of deeds stays; who they were is blanked.

    Only where it says an address and nothing else: a name or a number from elsewhere is not written there, and may
    be the same as a word that is.
    """
    masked = traces(session, customer)
    plain = [each.address for each in _addresses(session, customer)]
    told = [*masked, *(each for each in plain if len(each) >= SHORTEST_TRACE and not each.isalpha())]
    written = func.coalesce(cast(col(AuditEntry.detail), Text), "")
    # As JSON spells them: what is not ASCII stands there as \u2026.
    values = [written.contains(f": {json.dumps(each)}", autoescape=True) for each in told]
    blanks: tuple[tuple[ColumnElement[bool], dict[str, Any]], ...] = (
        (tells(AuditEntry.actor, masked), {"actor": ERASED}),
        (tells(AuditEntry.subject, told), {"subject": ""}),
        (or_(false(), *values), {"detail": {}}),
    )
    return sum(
        session.connection().execute(update(AuditEntry).where(about).values(**blank)).rowcount
        for about, blank in blanks
    )


def _blank_evidence(session: Session, customer_id: int) -> int:
    bare = update(ConsentEvent).where(col(ConsentEvent.customer_id) == customer_id)
    return session.connection().execute(bare.values(verbatim=None, provider_message_id=None, nonce=None)).rowcount


def _empty_tables(session: Session, customer_id: int) -> dict[str, int]:
    """Delete every row that is theirs, the farthest from them first; of interactions what nobody took over."""
    connection = session.connection()
    rest = delete(Interaction).where(col(Interaction.customer_id) == customer_id)
    counts = {"interactions": connection.execute(rest).rowcount}
    declared = dict(declarations())
    for name in reversed([*belongings.ways()]):
        if OUTLASTS.isdisjoint(each.until for each in declared[name].values()):
            table = SQLModel.metadata.tables[name]
            counts[name] = connection.execute(delete(table).where(belongings.is_of(table, customer_id))).rowcount
    return counts


def _blank_row(customer: Customer, zone: tzinfo, at: datetime) -> None:
    """A number without a name. Where they came from and since when stays roughly: the shop counts its customers.

    That two numbers were one person's is not kept either.
    """
    customer.name = customer.city = ""
    customer.language = customer.zone = customer.of_age = customer.birthday = None
    customer.held_since = customer.asked_to_stay_at = None
    customer.source = FROM_CHAT if customer.source == FROM_CHAT else FROM_IMPORT
    customer.created_at = nobody.noon(customer.created_at, zone)
    customer.merged_into = None
    customer.erased_at = at


def _row_mark(session: Session, customer: Customer) -> str:
    return erasures.mark_of(session, customer.id, customer.created_at)
