"""Customers and the addresses they write from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from ledger.identity import fingerprint, mask, phone
from ledger.tables import Address, Customer, Identity, Interaction, Kind

FROM_CHAT = "chat"
PARTED = "parted"
"""Before a channel's name: the source under which a customer keeps a number whose chat turned out another's."""


class UnknownCustomer(LookupError):
    """Nobody here goes by that number or address."""


def address_of(session: Session, channel: str, address: str) -> Address | None:
    """The address row of a normalised ``address``, if it is known."""
    wanted = fingerprint(session, channel, address)
    return session.exec(
        select(Address).where(Address.channel == channel, Address.fingerprint == wanted)
    ).one_or_none()


def meet(session: Session, channel: str, address: str, name: str, at: datetime) -> Address:
    """The address somebody writes from, made with its customer when they write for the first time.

    Whoever writes is reachable again; whether they may be sent offers is a matter of consent, not of this.
    """
    known = address_of(session, channel, address)
    if known is None:
        customer = Customer(name=name, source=FROM_CHAT, created_at=at)
        session.add(customer)
        session.flush()
        known = add_address(session, customer, channel, address, FROM_CHAT, at)
    customer = of(session, known)
    customer.name = customer.name or name
    known.last_inbound_at = at
    known.unreachable_since = None
    session.add_all([known, customer])
    return known


def add_address(
    session: Session, customer: Customer, channel: str, address: str, origin: str, at: datetime
) -> Address:
    """A further address of ``customer``; ``origin`` says where we have it from."""
    added = Address(
        customer_id=customer.id,
        channel=channel,
        address=address,
        fingerprint=fingerprint(session, channel, address),
        origin=origin,
        created_at=at,
    )
    session.add(added)
    session.flush()
    return added


def is_proven(address: Address) -> bool:
    """Whether what we know of its customer is surely about whoever writes from it: an import may be mistaken."""
    return address.origin == FROM_CHAT or address.confirmed_at is not None


def confirm(session: Session, address: Address, at: datetime) -> None:
    """They say that the records an import brought for this number are theirs."""
    address.confirmed_at = address.confirmed_at or at
    session.add(address)


def part(session: Session, address: Address, name: str, at: datetime) -> Customer:
    """Take ``address`` from the customer an import gave it to: somebody else writes from it, and says so.

    What was said in this chat goes along; nothing of the other's history does. The other keeps the number as a name
    that imports find them by, so that later purchases under it are not taken for the newcomer's.
    """
    kept = Identity(
        customer_id=address.customer_id,
        source=parted_from(address.channel),
        reference=address.address,
        fingerprint=address.fingerprint,
    )
    session.add(kept)
    newcomer = Customer(name=name, source=FROM_CHAT, created_at=at)
    session.add(newcomer)
    session.flush()
    session.connection().execute(
        update(Interaction)
        .where(
            col(Interaction.customer_id) == address.customer_id,
            col(Interaction.platform) == address.channel,
            col(Interaction.kind).in_((Kind.MESSAGE_IN, Kind.MESSAGE_OUT)),
            col(Interaction.source_ref).is_(None),
        )
        .values(customer_id=newcomer.id)
    )
    address.customer_id, address.origin = newcomer.id, FROM_CHAT
    session.add(address)
    session.flush()
    return newcomer


def parted_from(channel: str) -> str:
    """The source of the identities that ``part`` leaves."""
    return f"{PARTED} {channel}"


def of(session: Session, address: Address) -> Customer:
    """The customer an address belongs to."""
    return session.get_one(Customer, address.customer_id)


def find(session: Session, spoken: str, region: str) -> Customer:
    """The customer meant by an address on any channel, however a phone number is written, or by their number ("17").

    Raises UnknownCustomer.
    """
    channels = session.exec(select(Address.channel).distinct()).all()
    spellings = {spoken.strip(), phone(spoken, region) or ""}
    marks = [fingerprint(session, channel, each) for channel in channels for each in spellings]
    found = session.exec(select(Address).where(col(Address.fingerprint).in_(marks))).first()
    if found is not None:
        return of(session, found)
    is_number = spoken.isascii() and spoken.isdigit() and len(spoken) < 10
    customer = session.get(Customer, int(spoken)) if is_number else None
    if customer is None or customer.erased_at is not None:
        shown = mask(spoken) if "@" in spoken or sum(map(str.isdigit, spoken)) >= 7 else spoken
        raise UnknownCustomer(f"no customer {shown!r} here; give their number or an address")
    return customer


def mark_unreachable(session: Session, address: Address, at: datetime) -> None:
    """Blocked or gone, says the provider. They become reachable again by writing."""
    address.unreachable_since = address.unreachable_since or at
    session.add(address)
