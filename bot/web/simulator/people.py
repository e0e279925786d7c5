"""Whose phones there are: the customers with a chat on the simulator, and the owner's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from bot.app import App
from bot.web.simulator.protocol import Owner, Person
from campaigns import insights
from campaigns.channel import SIMULATOR
from campaigns.tables import Membership, Segment
from ledger import consent, customers, permissions, team
from ledger.consent import Standing
from ledger.tables import Address, ConsentEvent, Customer, Purpose, Role

MOST_SHOWN = 60
OWNER = {"id": "pemilik", "en": "owner"}
"""The owner's address where nobody has been one before."""


@dataclass(frozen=True)
class Found:
    """``more``: how many others there are."""

    people: list[Person]
    more: int


def found(session: Session, app: App, text: str = "") -> Found:
    """The first MOST_SHOWN of the customers whose name holds ``text``, in the order of their names."""
    theirs: tuple[ColumnElement[bool] | bool, ...] = (
        permissions.is_customer(),
        Address.channel == SIMULATOR,
        col(Customer.merged_into).is_(None),
    )
    if text.strip():
        theirs = (*theirs, func.lower(col(Customer.name)).contains(text.strip().lower(), autoescape=True))
    joined = select(Customer, Address).join(Address, col(Address.customer_id) == col(Customer.id)).where(*theirs)
    rows = session.exec(joined.order_by(col(Customer.name), col(Address.id)).limit(MOST_SHOWN)).all()
    counted = select(func.count()).select_from(Customer).join(Address).where(*theirs)
    numbers = [person.id for person, _ in rows]
    standings, segments = consent.standings(session, SIMULATOR, numbers), _segments(session, app, numbers)
    left = _who_left(session, numbers)
    people = [
        Person(
            address=place.address,
            name=person.name or place.address,
            standing=_word(standings.get(person.id, Standing()), has_left=person.id in left),
            segment=segments.get(person.id, "") if standings.get(person.id, Standing()).profiling else "",
        )
        for person, place in rows
    ]
    return Found(people, session.exec(counted).one() - len(people))


def _word(standing: Standing, *, has_left: bool) -> str:
    if standing.offers is None:
        return "unasked"
    return "yes" if standing.offers else "left" if has_left else "no"


def _who_left(session: Session, numbers: list[int]) -> set[int]:
    """Who had said yes before: their no is a leaving."""
    said = select(ConsentEvent.customer_id).where(
        col(ConsentEvent.customer_id).in_(numbers),
        ConsentEvent.purpose == Purpose.OFFERS,
        col(ConsentEvent.granted).is_(True),
    )
    return set(session.exec(said))


def _segments(session: Session, app: App, numbers: list[int]) -> dict[int, str]:
    run = insights.current_run(session)
    if run is None:
        return {}
    theirs = (
        select(Membership.customer_id, Segment.key)
        .join(Segment, col(Segment.id) == col(Membership.segment_id))
        .where(Membership.run_id == run.id, col(Membership.customer_id).in_(numbers))
    )
    words = app.composer.shelf(app.shop.language, "segments")
    return {number: str(words.get(key, key)) for number, key in session.exec(theirs)}


def owner(session: Session, app: App) -> Owner:
    """The first owner who has a chat here; else an address that waits for one."""
    known = [address for address, role, _ in team.chats(session, SIMULATOR) if role is Role.OWNER]
    language = app.shop.language
    address = known[0] if known else OWNER[language]
    name = _name(session, address) or app.composer.word(language, "simulator", "owner")
    return Owner(address=address, name=name, is_owner=bool(known), may_become=not known and may_become(session, app))


def may_become(session: Session, app: App) -> bool:
    """Whether one press makes an owner: only where nothing but the simulator is open, and nobody leads the shop."""
    return set(app.channels) == {SIMULATOR} and not any(each.is_owner for each in team.members(session))


def _name(session: Session, address: str) -> str:
    place = customers.address_of(session, SIMULATOR, address)
    return customers.of(session, place).name if place is not None else ""
