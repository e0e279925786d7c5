"""Customers and the addresses they write from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy import select as sql_select
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from ledger import merged
from ledger.identity import fingerprint, mask, phone
from ledger.sessions import Session as Remembering
from ledger.tables import (
    Address,
    ConsentEvent,
    ConversationState,
    Customer,
    Identity,
    Interaction,
    PrivacyRequest,
    Question,
    ShownChoices,
    TeamMember,
)

FROM_CHAT = "chat"
FROM_CONTACT = "contact"
"""A number that somebody shared in another chat: it leads imports to them, and nobody may be written to there."""
PARTED = "parted"
"""Before a channel's name: the source under which a customer keeps a number whose chat turned out another's."""
CLOCK_SKEW = timedelta(seconds=5)
"""How far our clock and a messenger's, which tells whole seconds, may be apart."""


FOUND_BY = select(Address).where(
    Address.channel == bindparam("channel"), Address.fingerprint == bindparam("fingerprint")
)
"""Made once: every message asks for it."""
OF_A_CHAT = (ConversationState, ShownChoices, TeamMember)
WHOLE: Any = (
    sql_select(Address, Customer, *OF_A_CHAT)
    .join(Customer, col(Customer.id) == col(Address.customer_id))
    .outerjoin(ConversationState, col(ConversationState.address_id) == col(Address.id))
    .outerjoin(ShownChoices, col(ShownChoices.address_id) == col(Address.id))
    .outerjoin(TeamMember, col(TeamMember.address_id) == col(Address.id))
    .where(col(Address.channel) == bindparam("channel"), col(Address.fingerprint) == bindparam("fingerprint"))
)
"""Who writes and what their chat is in the middle of, at once; made once too."""
HEARD: Any = (
    update(Address)
    .where(col(Address.id) == bindparam("number"))
    .values(last_inbound_at=bindparam("at"), unreachable_since=None)
)


class UnknownCustomer(LookupError):
    """Nobody here goes by that number or address."""


def address_of(session: Session, channel: str, address: str) -> Address | None:
    """The address row of a normalised ``address``, if it is known."""
    wanted = fingerprint(session, channel, address)
    return session.exec(FOUND_BY, params={"channel": channel, "fingerprint": wanted}).one_or_none()


def meet(
    session: Session, channel: str, address: str, name: str, at: datetime, *, with_chat: bool = False
) -> Address:
    """The address somebody writes from, made with its customer when they write for the first time.

    Whoever writes is reachable again; whether they may be sent offers is a matter of consent, not of this.
    ``with_chat``: what their chat is in the middle of is fetched in passing, so that nobody asks for it later.
    """
    known = _found(session, channel, address) if with_chat else address_of(session, channel, address)
    if known is None:
        customer = Customer(name=name, source=FROM_CHAT, created_at=at)
        session.add(customer)
        session.flush()
        known = add_address(session, customer, channel, address, FROM_CHAT, at)
    elif known.last_inbound_at is None and known.origin != FROM_CHAT:
        part(session, known, name, at)
    customer = of(session, known)
    if name and not customer.name:
        customer.name = name
        session.add(customer)
    _note_heard(session, known, at)
    return known


def _found(session: Session, channel: str, address: str) -> Address | None:
    """As ``address_of``, and everything of the chat that its next message is answered by."""
    mark = fingerprint(session, channel, address)
    row = session.exec(WHOLE, params={"channel": channel, "fingerprint": mark}).one_or_none()
    if row is None:
        return None
    known: Address = row[0]
    if isinstance(session, Remembering):
        session.note(Customer, known.customer_id, row[1])
        for table, found in zip(OF_A_CHAT, row[2:], strict=True):
            session.note(table, known.id, found)
    return known


def _note_heard(session: Session, address: Address, at: datetime) -> None:
    """One statement, without what a session does besides to find out what changed: it is done for every message."""
    session.connection().execute(HEARD, {"number": address.id, "at": at})
    set_committed_value(address, "last_inbound_at", at)
    set_committed_value(address, "unreachable_since", None)


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
    """Whether it is settled whose it is: it came from whoever writes, or they said what an import's records are.

    A messenger vouches for whoever shares their number as well, until somebody writes from it.
    """
    return address.origin == FROM_CHAT or address.confirmed_at is not None


def part(session: Session, address: Address, name: str, at: datetime) -> Customer:
    """A customer of their own for whoever writes from an address that only an import knew.

    A till's number may be mistyped or a friend's, and one that was shared may have changed hands: what is said from
    it is nobody else's, and nothing of the other's history is theirs before they say so. The other keeps the number
    as a name that imports find them by.
    """
    if other_of(session, address) is None:
        kept = Identity(
            customer_id=address.customer_id,
            source=parted_from(address.channel),
            reference=address.address,
            fingerprint=address.fingerprint,
        )
        session.add(kept)
    address.confirmed_at = None
    return _for_themselves(session, address, name, at)


def leave(session: Session, address: Address, at: datetime) -> Customer:
    """A customer of their own for a chat that was linked by mistake: nothing of before is theirs, nor allowed there.

    What language they read stays.
    """
    before = of(session, address)
    address.origin, address.confirmed_at = FROM_CHAT, None
    alone = _for_themselves(session, address, "", at)
    alone.language = before.language
    session.add(alone)
    return alone


def _for_themselves(session: Session, address: Address, name: str, at: datetime) -> Customer:
    newcomer = Customer(name=name, source=FROM_CHAT, created_at=at)
    session.add(newcomer)
    session.flush()
    address.customer_id = newcomer.id
    session.add(address)
    session.flush()
    return newcomer


def other_of(session: Session, address: Address) -> Identity | None:
    """Under what an imported customer still goes by this address, from which somebody writes since."""
    wanted = select(Identity).where(
        Identity.source == parted_from(address.channel), Identity.fingerprint == address.fingerprint
    )
    return session.exec(wanted).one_or_none()


def disown(session: Session, address: Address) -> None:
    """They say that the import's records are somebody else's: the number stays with whom imports mean by it."""
    address.origin = FROM_CHAT
    session.add(address)


def has_spoken(session: Session, customer: Customer) -> bool:
    """Whether somebody ever wrote to us as this customer."""
    said = select(ConsentEvent.id).where(col(ConsentEvent.customer_id).in_(merged.numbers(customer.id))).limit(1)
    wrote = select(Address.id).where(Address.customer_id == customer.id, col(Address.last_inbound_at).is_not(None))
    return any(session.exec(each).first() is not None for each in (said, wrote.limit(1)))


def take_over(session: Session, other: Customer, by: Customer, at: datetime) -> None:
    """``other`` turns out to be ``by``: their history, names and numbers become one's.

    What they allowed or refused stays under their number and is ``by``'s all the same, see ledger/merged.py; of what
    protects somebody the stricter holds: a doubt whether they want to leave, and the age they said they have.
    """
    session.flush()
    for table in (Interaction, Identity, Address, PrivacyRequest, Question):
        theirs = col(table.customer_id) == other.id
        session.connection().execute(update(table).where(theirs).values(customer_id=by.id))
    earlier = col(Customer.merged_into) == other.id
    session.connection().execute(update(Customer).where(earlier).values(merged_into=by.id))
    by.name, by.city, by.zone = by.name or other.name, by.city or other.city, by.zone or other.zone
    by.birthday, by.language = by.birthday or other.birthday, by.language or other.language
    by.created_at = min(by.created_at, other.created_at)
    by.held_since = min(filter(None, (by.held_since, other.held_since)), default=None)
    by.of_age = min((age for age in (by.of_age, other.of_age) if age is not None), default=None)
    # Who just said whose they are is not away.
    by.asked_to_stay_at = None
    _empty(other, at)
    other.merged_into = by.id
    session.add_all([by, other])
    session.flush()
    session.expire_all()


def _empty(customer: Customer, at: datetime) -> None:
    """Nothing of a person is left in the row, and nobody takes it for a customer's."""
    customer.name = customer.city = ""
    customer.language = customer.zone = customer.of_age = customer.birthday = None
    customer.held_since = customer.asked_to_stay_at = None
    customer.erased_at = at


def parted_from(channel: str) -> str:
    """The source of the identities that ``part`` leaves."""
    return f"{PARTED} {channel}"


def of(session: Session, address: Address) -> Customer:
    """The customer an address belongs to."""
    return session.get_one(Customer, address.customer_id)


def here(session: Session, number: int) -> Customer | None:
    """The customer of that number, or who it turned out to be; None where there is none, or not any more."""
    customer = session.get(Customer, number)
    if customer is not None and customer.merged_into is not None:
        customer = session.get(Customer, customer.merged_into)
    return customer if customer is not None and customer.erased_at is None else None


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
    customer = here(session, int(spoken)) if is_number else None
    if customer is None:
        shown = mask(spoken) if "@" in spoken or sum(map(str.isdigit, spoken)) >= 7 else spoken
        raise UnknownCustomer(f"no customer {shown!r} here; give their number or an address")
    return customer


def mark_unreachable(session: Session, address: Address, at: datetime, *, by_messenger: bool = False) -> None:
    """Blocked or gone ``at`` that time; older news than what is known changes nothing.

    ``by_messenger``: the messenger told when that happened. Otherwise ``at`` is our own clock's, at which somebody
    turned out to be gone: that goes a little after the messenger's or before, so that its word counts of the two.
    They become reachable again by writing, or where the messenger says so.
    """
    known_at = at if by_messenger else at.replace(microsecond=0) - CLOCK_SKEW
    if address.reach_told_at is None or known_at >= address.reach_told_at:
        address.unreachable_since, address.reach_told_at = address.unreachable_since or at, known_at
        session.add(address)


def mark_undelivered(session: Session, address: Address, sent_at: datetime) -> None:
    """What was sent at that time found nobody, says the provider, perhaps much later. Who wrote since is there."""
    if address.last_inbound_at is None or address.last_inbound_at <= sent_at:
        mark_unreachable(session, address, sent_at)


def mark_reachable(session: Session, address: Address, at: datetime) -> None:
    """They let us write again, says the messenger, ``at`` that time; older news than what is known changes nothing.

    It is no consent: that stands as it stood.
    """
    if address.reach_told_at is None or at >= address.reach_told_at:
        address.unreachable_since, address.reach_told_at = None, at
        session.add(address)
