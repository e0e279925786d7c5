"""Who a campaign is for, and what the gate needs to know of each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, distinct, exists, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, and_, col, or_, select

from campaigns import insights
from campaigns.choosing.rollcall import OFFERED_STATES, PERSON, AddressedRollCall, Known, RollCall
from campaigns.grouping import members, own, ways
from campaigns.problems import UnknownAudience
from campaigns.sending.gate import Facts
from campaigns.shop import Shop
from campaigns.tables import Campaign, Membership, Segment
from ledger import blocks, customers
from ledger.among import is_among
from ledger.notices import term
from ledger.tables import Address, Customer, Interaction, Kind, TeamMember

__all__ = ["OFFERED_STATES", "Candidate", "Known"]

EVERYONE = "all"
UNSEGMENTED = "unsegmented"
"""Who is in no segment: too new, or not allowing the use of their history. They are not passed over for it."""
OPEN_AUDIENCES = (EVERYONE, UNSEGMENTED)
PARTLY = "partly"
"""Who bought a part of what the offer is about and never all of it. A campaign keeps it with the products' numbers:
"partly:3,17"."""
NAMED_AUDIENCES = (*OPEN_AUDIENCES, PARTLY)


THESE = sql_select(*PERSON, col(Customer.name)).where(is_among(col(Customer.id))).order_by(PERSON[0])
NAMES = sql_select(col(Customer.id), col(Customer.name)).where(is_among(col(Customer.id)))
ADDRESSES = sql_select(col(Address.id), col(Address.address)).where(is_among(col(Address.id)))
"""Asked for every batch that is claimed: put together once."""
is_grouped = members.is_grouped


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


def known(
    session: Session,
    audience: str,
    channels: Collection[str],
    shop: Shop,
    now: datetime,
    among: Collection[int] | None = None,
) -> Iterator[Known]:
    """Everybody in the audience, contactable or not, but for the shop's own team, in the order of their numbers.

    Read a block at a time, so that it is no matter how many they are. Who writes from a number that came by an import
    is counted once: as whom the import says, until they confirm it. ``among``: only these, whatever the audience.
    Raises UnknownAudience before the first.
    """
    call = RollCall(session, channels, shop, now)
    if among is not None:
        return _told(call, _these(session, among))
    if members.is_grouped(audience):
        return _told(call, _these(session, _found(session, members.of_key(session, audience, shop, now))))
    told = _told(call, _blocks_of(session, _members(session, audience, shop, now)))
    return (each for each in told if each.kind.segment is None) if audience == UNSEGMENTED else told


def meeting(
    session: Session, holds: ColumnElement[bool], channels: Collection[str], shop: Shop, now: datetime
) -> Iterator[Known]:
    """The same of everybody of whose row of Customer ``holds`` is true."""
    return _told(RollCall(session, channels, shop, now), _these(session, _found(session, holds)))


def candidates(
    session: Session, audience: str, channels: Collection[str], shop: Shop, now: datetime
) -> list[Candidate]:
    """The same with their names and addresses, all at once: for a few thousand at most. Raises UnknownAudience."""
    return _named(session, known(session, audience, channels, shop, now))


def among(
    session: Session, customer_ids: Collection[int], channels: Collection[str], shop: Shop, now: datetime
) -> list[Candidate]:
    """Those of these customers whom ``candidates`` would give of everybody, in the order of their numbers."""
    return _named(session, known(session, EVERYONE, channels, shop, now, customer_ids))


def is_beyond(session: Session, audience: str, most: int, shop: Shop, now: datetime) -> bool:
    """Whether the audience may be of more than so many people; looks no further. Raises UnknownAudience."""
    of_it = _members(session, audience, shop, now)
    wanted = select(Customer.id).where(col(Customer.erased_at).is_(None), *(() if of_it is None else (of_it,)))
    return session.exec(wanted.offset(most).limit(1)).first() is not None


def how_many(session: Session) -> int:
    """How many customers are counted at all."""
    return session.exec(select(func.count()).select_from(Customer).where(*_is_customer())).one()


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
    session.flush()
    call = AddressedRollCall(session, channels, shop, now)
    people = session.connection().execute(THESE, {"numbers": sorted(customer_ids)}).all()
    names = {each[0]: each[-1] for each in people}
    told = call.known(people, are_all_wanted=True)
    return {each.customer_id: _candidate(each, names, call.addresses) for each in told}


def _blocks_of(session: Session, of_it: ColumnElement[bool] | None) -> Iterator[Sequence[Any]]:
    """Everybody who is not erased, in blocks, as rows of PERSON."""
    wanted = sql_select(*PERSON).where(col(Customer.erased_at).is_(None)).order_by(PERSON[0]).limit(blocks.AT_ONCE)
    wanted = wanted if of_it is None else wanted.where(of_it)
    last: int | None = 0
    while last is not None:
        people = session.connection().execute(wanted.where(col(Customer.id) > last)).all()
        yield people
        last = people[-1][0] if len(people) == blocks.AT_ONCE else None


def _found(session: Session, holds: ColumnElement[bool]) -> Sequence[int]:
    """The numbers of those of whom it is true: found once, for every block would be looked for anew."""
    return session.exec(select(Customer.id).where(col(Customer.erased_at).is_(None), holds)).all()


def _these(session: Session, customer_ids: Collection[int]) -> Iterator[Sequence[Any]]:
    wanted = sql_select(*PERSON).where(col(Customer.erased_at).is_(None)).order_by(PERSON[0])
    for ids in _in_blocks(customer_ids):
        yield session.connection().execute(wanted.where(col(Customer.id).in_(ids))).all()


def inside(session: Session, audience: str, shop: Shop, now: datetime, among: Collection[int]) -> Collection[int]:
    """Those of these customers who are in an audience that is found by conditions. Raises UnknownAudience."""
    met = members.of_key(session, audience, shop, now)
    return {
        number
        for ids in _in_blocks(among)
        for number in session.exec(select(Customer.id).where(col(Customer.id).in_(ids), met))
    }


def _members(session: Session, audience: str, shop: Shop, now: datetime) -> ColumnElement[bool] | None:
    """What holds of the members of a segment; None where everybody is one. Raises UnknownAudience."""
    if audience in OPEN_AUDIENCES:
        return None
    if members.is_grouped(audience):
        return members.of_key(session, audience, shop, now)
    if named(audience) == PARTLY:
        return col(Customer.id).in_(bought_partly(products_of(audience)))
    segment = find_segment(session, audience)
    return col(Customer.id).in_(select(Membership.customer_id).where(is_in(segment)))


def is_in(segment: Segment) -> ColumnElement[bool]:
    """What holds of the memberships of a segment, be it one within another."""
    place = col(Membership.segment_id) if segment.within_id is None else col(Membership.micro_id)
    return and_(col(Membership.run_id) == segment.run_id, place == segment.id)


def _told(call: RollCall, people: Iterable[Sequence[Any]]) -> Iterator[Known]:
    for block in people:
        yield from call.known(block)


def _named(session: Session, told: Iterable[Known]) -> list[Candidate]:
    """With the names and addresses, which planning has no need of."""
    people = list(told)
    names, places = dict[int, str](), dict[int, str]()
    for ids in _in_blocks([each.customer_id for each in people]):
        names.update(session.connection().execute(NAMES, {"numbers": ids}).all())
    for ids in _in_blocks([each.address_id for each in people if each.address_id is not None]):
        places.update(session.connection().execute(ADDRESSES, {"numbers": ids}).all())
    return [_candidate(each, names, places) for each in people]


def _candidate(known: Known, names: Mapping[int, str], addresses: Mapping[int, str]) -> Candidate:
    number, place, kind = known
    return Candidate(
        customer_id=number,
        name=names[number],
        language=kind.language,
        segment=kind.segment,
        address_id=place,
        address=addresses[place] if place is not None else None,
        allows_profiling=kind.allows_profiling,
        facts=kind.facts,
    )


def _in_blocks(customer_ids: Collection[int]) -> Iterator[list[int]]:
    ids = sorted(customer_ids)
    return (ids[first : first + blocks.AT_ONCE] for first in range(0, len(ids), blocks.AT_ONCE))


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
    return audience not in OPEN_AUDIENCES and not members.is_open(audience)


def named(audience: str) -> str:
    """The key by which the words know an audience: without its products, or the name of a segment of the shop's."""
    return audience.partition(":")[0]


def asked_for(audience: str) -> str:
    """The key by which a draft names it: without its products."""
    return audience if members.is_grouped(audience) else named(audience)


def shelf_of(audience: str) -> str:
    """Where the words keep its name."""
    is_named = named(audience) in NAMED_AUDIENCES or members.is_grouped(audience)
    return "audiences" if is_named else "segments"


def as_term(audience: str) -> dict[str, Any]:
    """Its name as a notice keeps it, for whatever language it will be told in."""
    return term(shelf_of(audience), named(audience), **said_with(audience))


def said_with(audience: str) -> dict[str, Any]:
    """What fills its name in the words: what the shop called it, or the channel it is about."""
    if own.is_own(audience):
        return {"name": own.name_in(audience)}
    kind, _, place = audience.partition(":")
    return {"place": ways.proper(place)} if kind in (ways.CHAT, ways.SHOP) else {}


def products_of(audience: str) -> list[int]:
    """The products an audience of part buyers is about."""
    return [int(each) for each in audience.partition(":")[2].split(",") if each]


def bought_partly(product_ids: Sequence[int]) -> Any:
    """The customers who ever bought some of these products, and not each of them."""
    bought = sql_select(col(Interaction.customer_id)).where(
        col(Interaction.kind) == Kind.PURCHASE, col(Interaction.product_id).in_(product_ids)
    )
    n_of_it = func.count(distinct(col(Interaction.product_id)))
    return bought.group_by(col(Interaction.customer_id)).having(n_of_it < len(product_ids))


def resolve(session: Session, name: str, product_ids: Sequence[int] = ()) -> str:
    """The key of the audience that goes by ``name``, of an offer of these products. Raises UnknownAudience."""
    if named(name) == PARTLY:
        if not product_ids:
            raise UnknownAudience("partly_of_what")
        return f"{PARTLY}:{','.join(map(str, sorted(set(product_ids))))}"
    if members.is_grouped(name):
        return members.current(session, name)
    return name if name in OPEN_AUDIENCES else find_segment(session, name).key


def find_segment(session: Session, name: str) -> Segment:
    """The segment of the current run that goes by ``name``. Raises UnknownAudience."""
    segments = [*insights.segments(session), *insights.micro_segments(session)]
    key = name.strip().casefold().replace(" ", "_").replace("-", "_")
    found = next((segment for segment in segments if segment.key == key), None)
    if found is None:
        known = ", ".join([*NAMED_AUDIENCES, *(segment.key for segment in segments)])
        raise UnknownAudience("unknown_audience", name=name, known=known)
    return found
