"""Who belongs to which group, for auditing alone: where they live, what they speak, where they write and buy.

Nobody who refuses the use of their history is in any group: of them there are counts of the whole.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.choosing import audiences
from campaigns.choosing.rollcall import Kind as Alike
from campaigns.shop import Shop
from ledger import auditable, blocks
from ledger.tables import Address, Customer, Interaction, Kind


class Grouping(StrEnum):
    """By what customers are put into groups."""

    REGION = "region"
    """The city they gave, or an order was sent to."""
    ZONE = "zone"
    """Whose clock they live by."""
    LANGUAGE = "language"
    CHANNEL = "channel"
    """The chat an offer would go to."""
    PLATFORM = "platform"
    """Where they buy most."""
    GENDER = "gender"
    """What they told of themselves, for this alone."""


SHOPS_OWN = "shop"
"""Of who has no language or clock of their own: the shop's."""
MOST_PEOPLE = 40_000
"""Of more customers every so-manieth is looked at."""
TOWN = re.compile(r"^(kota|kab\.?|kabupaten)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Person:
    """A customer who may be described; ``group`` by grouping, without what is not known."""

    customer_id: int
    group: Mapping[Grouping, str]
    allows_offers: bool
    kind: Alike


@dataclass(frozen=True)
class People:
    """``people`` may be described; of the ``refusing`` nothing but their number is known here, and how many of them
    allow offers. ``step``: of so many customers one was looked at."""

    people: Sequence[Person]
    refusing: frozenset[int]
    refusing_allow: int
    step: int = 1

    @property
    def allowing(self) -> list[Person]:
        return [each for each in self.people if each.allows_offers]


def people(
    session: Session,
    channels: Collection[str],
    shop: Shop,
    now: datetime,
    wanted: Collection[Grouping] = tuple(Grouping),
    step: int = 0,
) -> People:
    """Everybody who counts as a customer, or every ``step``-th; 0: as many as MOST_PEOPLE allows."""
    step = step or steps(session)
    drawn = None
    if step > 1:
        drawn = list(session.exec(select(Customer.id).where(col(Customer.id) % step == 0).order_by(col(Customer.id))))
    known = list(audiences.known(session, audiences.EVERYONE, channels, shop, now, drawn))
    refusing = [each for each in known if each.kind.facts.allows_profiling is False]
    others = [each for each in known if each.kind.facts.allows_profiling is not False]
    ids = sorted(each.customer_id for each in others)
    cities = _cities(session, ids) if Grouping.REGION in wanted else {}
    platforms = _platforms(session, ids) if Grouping.PLATFORM in wanted else {}
    genders = _genders(session, ids) if Grouping.GENDER in wanted else {}
    told = [
        Person(
            each.customer_id,
            _groups(each.kind, wanted, *(found.get(each.customer_id) for found in (cities, platforms, genders))),
            each.kind.facts.allows_offers is True,
            each.kind,
        )
        for each in others
    ]
    allow = sum(each.kind.facts.allows_offers is True for each in refusing)
    return People(told, frozenset(each.customer_id for each in refusing), allow, step)


def of_everybody(session: Session) -> dict[Grouping, dict[int, str]]:
    """The same of all who are not erased, whatever they allow, by what stands beside their names: for a run, which
    leaves out who refuses by itself. Who has not chosen a language has SHOPS_OWN."""
    wanted = select(Customer.id, Customer.city, Customer.zone, Customer.language)
    rows = session.exec(wanted.where(col(Customer.erased_at).is_(None)).order_by(col(Customer.id))).all()
    last = (
        select(Address.customer_id, Address.channel)
        .where(col(Address.last_inbound_at).is_not(None))
        .order_by(col(Address.last_inbound_at), col(Address.id))
    )
    return {
        Grouping.REGION: spelled({who: city for who, city, _, _ in rows if city}),
        Grouping.ZONE: {who: zone or SHOPS_OWN for who, _, zone, _ in rows},
        Grouping.LANGUAGE: {who: language or SHOPS_OWN for who, _, _, language in rows},
        Grouping.CHANNEL: dict(session.exec(last).all()),
        Grouping.GENDER: _genders(session, [who for who, *_ in rows]),
    }


def steps(session: Session, most: int = MOST_PEOPLE) -> int:
    """Of how many customers one is looked at, so that they are ``most``."""
    n = session.exec(select(func.count()).where(col(Customer.erased_at).is_(None))).one()
    return max(1, -(-n // most))


def _groups(
    kind: Alike, wanted: Collection[Grouping], city: str | None, platform: str | None, gender: str | None
) -> dict[Grouping, str]:
    found = {
        Grouping.REGION: city,
        Grouping.ZONE: str(kind.facts.zone) if kind.facts.zone is not None else None,
        Grouping.LANGUAGE: kind.language,
        Grouping.CHANNEL: kind.facts.channel,
        Grouping.PLATFORM: platform,
        Grouping.GENDER: gender,
    }
    return {grouping: name for grouping, name in found.items() if name and grouping in wanted}


def _cities(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """One spelling of each: the commonest."""
    found: dict[int, str] = {}
    for first in range(0, len(ids), blocks.AT_ONCE):
        some = ids[first : first + blocks.AT_ONCE]
        rows = select(Customer.id, Customer.city).where(blocks.are(col(Customer.id), some), col(Customer.city) != "")
        found.update(session.exec(rows).all())
    return spelled(found)


def spelled(cities: Mapping[int, str]) -> dict[int, str]:
    """ "Kota Medan", "MEDAN" and "Medan" are one town, by the spelling that is commonest."""
    ways: dict[str, Counter[str]] = defaultdict(Counter)
    for city in cities.values():
        ways[_folded(city)][TOWN.sub("", " ".join(city.split()))] += 1
    return {
        customer: max(ways[_folded(city)].items(), key=lambda way: (way[1], way[0]))[0]
        for customer, city in cities.items()
    }


def _folded(city: str) -> str:
    return TOWN.sub("", " ".join(city.split())).casefold()


def _genders(session: Session, ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for first in range(0, len(ids), blocks.AT_ONCE):
        found.update(auditable.genders(session, ids[first : first + blocks.AT_ONCE]))
    return found


def _platforms(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Where each bought most often; of equals the first by the alphabet."""
    counted: dict[int, tuple[int, str]] = {}
    for first in range(0, len(ids), blocks.AT_ONCE):
        some = ids[first : first + blocks.AT_ONCE]
        rows = (
            select(Interaction.customer_id, Interaction.platform, func.count())
            .where(Interaction.kind == Kind.PURCHASE, blocks.are(col(Interaction.customer_id), some))
            .group_by(col(Interaction.customer_id), col(Interaction.platform))
            .order_by(col(Interaction.platform))
        )
        for customer, platform, n in session.exec(rows):
            if n > counted.get(customer, (0, ""))[0]:
                counted[customer] = n, platform
    return {customer: platform for customer, (_, platform) in counted.items()}
