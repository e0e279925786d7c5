"""Who a campaign is for, and what the gate needs to know of each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, or_, select

from campaigns import insights, promises
from campaigns.gate import Facts
from campaigns.problems import UnknownAudience
from campaigns.shop import QuietHours, Shop
from campaigns.tables import SENT_STATES, Campaign, Membership, Message, Segment, State
from ledger import consent, customers, merged, preferences, windows
from ledger.consent import Standing
from ledger.preferences import Manners
from ledger.tables import Address, Customer, Frequency, TeamMember

EVERYONE = "all"
UNSEGMENTED = "unsegmented"
"""Who is in no segment: too new, or not allowing the use of their history. They are not passed over for it."""
OPEN_AUDIENCES = (EVERYONE, UNSEGMENTED)
NAMED_AT_ONCE = 5_000
"""A statement may have 65,535 parameters on PostgreSQL, 32,766 on SQLite."""
OFFERED_STATES = (*SENT_STATES, State.SENDING, State.UNKNOWN)
DAYS_BETWEEN = {Frequency.ANY: 0, Frequency.WEEKLY: 7, Frequency.MONTHLY: 30}


@dataclass(frozen=True)
class Candidate:
    """One customer of the audience, with the address an offer would go to."""

    customer_id: int
    name: str
    language: str
    segment: str | None
    address_id: int | None
    address: str | None
    allows_profiling: bool
    facts: Facts


@dataclass(frozen=True)
class Place:
    """An address and what was said about it."""

    address: Address
    standing: Standing
    promised: int | None = None

    def preference(self, channels: Collection[str], wanted: str | None) -> tuple[bool | float, ...]:
        """The bigger the better: allowed, reachable, served, as they want it, written from, and lately."""
        last = self.address.last_inbound_at
        return (
            self.standing.offers is True,
            self.address.unreachable_since is None,
            self.address.channel in channels,
            self.address.channel == wanted,
            last is not None,
            last.timestamp() if last else 0.0,
        )


def candidates(
    session: Session, audience: str, channels: Collection[str], shop: Shop, now: datetime
) -> list[Candidate]:
    """Everybody in the audience, contactable or not, but for the shop's own team. Raises UnknownAudience.

    Who writes from a number that came by an import is counted once: as whom the import says, until they confirm it.
    """
    wanted = select(Customer).where(*_is_customer()).order_by(col(Customer.id))
    if audience not in OPEN_AUDIENCES:
        segment = find_segment(session, audience)
        members = select(Membership.customer_id).where(
            Membership.run_id == segment.run_id, Membership.segment_id == segment.id
        )
        wanted = wanted.where(col(Customer.id).in_(members))
    told = _told(session, session.exec(wanted).all(), None, channels, shop, now)
    return [each for each in told if each.segment is None] if audience == UNSEGMENTED else told


def among(
    session: Session, customer_ids: Collection[int], channels: Collection[str], shop: Shop, now: datetime
) -> list[Candidate]:
    """Those of these customers whom ``candidates`` would give of everybody; however many they are."""
    told = []
    for ids in _in_blocks(customer_ids):
        people = session.exec(select(Customer).where(col(Customer.id).in_(ids), *_is_customer())).all()
        told += _told(session, sorted(people, key=lambda each: each.id), ids, channels, shop, now)
    return told


def countable(session: Session, customer_ids: Collection[int]) -> set[int]:
    """Those of these customers who are counted at all: not erased, not of the team, and not provisional."""
    return {
        number
        for ids in _in_blocks(customer_ids)
        for number in session.exec(select(Customer.id).where(col(Customer.id).in_(ids), *_is_customer()))
    }


def again(
    session: Session, customer_ids: Collection[int], channels: Collection[str], shop: Shop, now: datetime
) -> dict[int, Candidate]:
    """The same of these customers, as things stand in this transaction; without who joined the team meanwhile.

    Who was erased meanwhile is among them, to be withheld for that.
    """
    ids = list(customer_ids)
    people = session.exec(select(Customer).where(col(Customer.id).in_(ids), ~_is_of_the_team())).all()
    return {each.customer_id: each for each in _told(session, people, ids, channels, shop, now)}


def _in_blocks(customer_ids: Collection[int]) -> Iterator[list[int]]:
    ids = sorted(customer_ids)
    return (ids[first : first + NAMED_AT_ONCE] for first in range(0, len(ids), NAMED_AT_ONCE))


def _is_customer() -> tuple[ColumnElement[bool], ...]:
    return (col(Customer.erased_at).is_(None), ~_is_of_the_team(), ~_is_provisional())


def _is_of_the_team() -> ColumnElement[bool]:
    team = select(Address.customer_id).join(TeamMember, col(TeamMember.address_id) == col(Address.id))
    return col(Customer.id).in_(team)


def _is_provisional() -> ColumnElement[bool]:
    """Made by a chat whose every address an import had brought first, for somebody who may be another or the same."""
    mine = exists().where(col(Address.customer_id) == col(Customer.id))
    # As customers.is_proven says it.
    proven = mine.where(or_(Address.origin == customers.FROM_CHAT, col(Address.confirmed_at).is_not(None)))
    return (col(Customer.source) == customers.FROM_CHAT) & mine & ~proven


def needs_profiling(campaign: Campaign) -> bool:
    """Whether one is chosen for it by what one bought or did."""
    return is_by_history(campaign.audience) or campaign.trigger is not None


def is_by_history(audience: str) -> bool:
    """Whether to be in this audience says something of what one bought."""
    return audience not in OPEN_AUDIENCES


def resolve(session: Session, name: str) -> str:
    """The key of the audience that goes by ``name``. Raises UnknownAudience."""
    return name if name in OPEN_AUDIENCES else find_segment(session, name).key


def find_segment(session: Session, name: str) -> Segment:
    """The segment of the current run that goes by ``name``. Raises UnknownAudience."""
    segments = insights.segments(session)
    key = name.strip().casefold().replace(" ", "_").replace("-", "_")
    found = next((segment for segment in segments if segment.key == key), None)
    if found is None:
        known = ", ".join([*OPEN_AUDIENCES, *(segment.key for segment in segments)])
        raise UnknownAudience("unknown_audience", name=name, known=known)
    return found


def _told(
    session: Session,
    people: Iterable[Customer],
    ids: list[int] | None,
    channels: Collection[str],
    shop: Shop,
    now: datetime,
) -> list[Candidate]:
    places = _places(session, ids, shop)
    segments = _segments(session, ids)
    offers = _recent_offers(session, ids, now - shop.caps.memory)
    wanted = preferences.manners_of(session, ids)
    told = []
    for person in people:
        manners = wanted.get(person.id, preferences.USUAL)
        place = _best(places.get(person.id, ()), channels, manners.channel)
        recent = offers.get(person.id, ())
        told.append(_candidate(person, place, segments.get(person.id), recent, manners, channels, shop))
    return told


def _best(places: Sequence[Place], channels: Collection[str], wanted: str | None) -> Place | None:
    if len(places) == 1:
        return places[0]
    return max(places, key=lambda place: place.preference(channels, wanted), default=None)


def _candidate(
    person: Customer,
    place: Place | None,
    segment: str | None,
    offers: tuple[datetime, ...],
    manners: Manners,
    channels: Collection[str],
    shop: Shop,
) -> Candidate:
    address = place.address if place else None
    standing = place.standing if place else Standing()
    return Candidate(
        customer_id=person.id,
        name=person.name,
        language=person.language or shop.language,
        # To count somebody into a segment is to use their history.
        segment=segment if standing.profiling is True else None,
        address_id=address.id if address else None,
        address=address.address if address else None,
        allows_profiling=standing.profiling is True,
        facts=Facts(
            is_erased=person.erased_at is not None,
            allows_offers=standing.offers,
            is_held=person.held_since is not None,
            needs_age=shop.minimum_age is not None,
            is_of_age=(person.of_age or 0) >= (shop.minimum_age or 0),
            allows_profiling=standing.profiling,
            channel=address.channel if address else None,
            channel_is_served=address is not None and address.channel in channels,
            is_reachable=address is not None and address.unreachable_since is None,
            recent_offers=offers,
            days_between=DAYS_BETWEEN[manners.frequency],
            promised=place.promised if place else None,
            quiet_hours=_quiet_hours(manners.quiet_hours),
            zone=_zone(person.zone, shop),
            free_until=windows.free_until(address) if address else windows.ALWAYS,
        ),
    )


def _zone(name: str | None, shop: Shop) -> ZoneInfo | None:
    if not name:
        return shop.zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _quiet_hours(text: str | None) -> tuple[QuietHours, ...] | None:
    """Their own; None where nobody can read them."""
    try:
        return (QuietHours.read(text),) if text else ()
    except ValueError:
        return None


def _places(session: Session, ids: list[int] | None, shop: Shop) -> Mapping[int, list[Place]]:
    wanted = select(Address)
    if ids is not None:
        wanted = wanted.where(col(Address.customer_id).in_(ids))
    addresses = session.exec(wanted).all()
    channels = {each.channel for each in addresses}
    standings = {channel: consent.standings(session, channel, ids) for channel in channels}
    fewer = promises.fewer_than(session, shop.caps.per_30_days)
    promised = {channel: promises.made(session, channel, fewer, ids) for channel in channels}
    places: dict[int, list[Place]] = defaultdict(list)
    for each in addresses:
        # Permission is for where they wrote from; a number that came by an import may be somebody else's.
        is_theirs = each.last_inbound_at is not None and customers.is_proven(each)
        standing = standings[each.channel].get(each.customer_id, Standing()) if is_theirs else Standing()
        places[each.customer_id].append(Place(each, standing, promised[each.channel].get(each.customer_id)))
    return places


def _segments(session: Session, ids: list[int] | None) -> dict[int, str]:
    run = insights.current_run(session)
    if run is None:
        return {}
    wanted = (
        select(Membership.customer_id, Segment.key)
        .join(Segment, col(Segment.id) == col(Membership.segment_id))
        .where(Membership.run_id == run.id)
    )
    if ids is not None:
        wanted = wanted.where(col(Membership.customer_id).in_(ids))
    return dict(session.exec(wanted).all())


def _recent_offers(session: Session, ids: list[int] | None, since: datetime) -> dict[int, tuple[datetime, ...]]:
    """When each got an offer, or may have: what is on its way and what is uncertain counts too.

    Under whichever of their numbers, and in whichever chat.
    """
    ones = merged.into(session, ids)
    wanted = select(Message.customer_id, Message.sending_at, Message.state).where(col(Message.sending_at) > since)
    if ids is not None:
        wanted = wanted.where(col(Message.customer_id).in_([*ids, *ones]))
    times: dict[int, tuple[datetime, ...]] = {}
    for number, at, state in session.exec(wanted):
        # Sifted here: asked by state, SQLite would walk through every message ever sent.
        if at is not None and state in OFFERED_STATES:
            customer_id = ones.get(number, number)
            times[customer_id] = (*times.get(customer_id, ()), at)
    return times
