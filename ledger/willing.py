"""Who allowed what when: how many at the end of each day or month; and where today's yes came from.

Looks only, in one pass over all answers. Somebody allows a purpose when a yes holds in any of their chats, as in
ledger/permissions.py. Those who were erased count until then, those who turned out to be one count as one from their
first word on, and the shop's own team counts nowhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case
from sqlalchemy import select as sql_select
from sqlmodel import Session, col

from ledger.tables import EVERYWHERE, Address, ConsentEvent, Customer, Purpose, TeamMember


@dataclass(frozen=True)
class Stretch:
    """One purpose between two edges: how often it came to be allowed, how often no more, and how many allow it at the
    end. Each end is the end before, with ``joined`` and without ``left``."""

    joined: int
    left: int
    allowing: int


@dataclass(frozen=True)
class Reach:
    """One channel: ``n`` people have a chat there, ``allowing`` of them allow offers in it, ``reachable`` of these
    get what is sent, as far as the messenger told."""

    channel: str
    n: int
    allowing: int
    reachable: int


class Origin(NamedTuple):
    """Of somebody who allows offers: how the shop came to know them, where they last said yes, and to which words."""

    source: str
    channel: str
    wording: str


@dataclass(frozen=True)
class Willing:
    """``n`` customers there are now. ``stretches`` has one between each two edges that were asked for."""

    n: int
    stretches: Mapping[Purpose, Sequence[Stretch]]
    reach: Sequence[Reach]
    origins: Mapping[Origin, int]
    """Everybody who allows offers, each once."""


class _Answer(NamedTuple):
    number: int
    customer_id: int
    purpose: str
    granted: bool
    scope: str
    channel: str
    wording: str
    at: datetime | None
    """None: before all that is asked for."""


class _Word(NamedTuple):
    granted: bool
    number: int
    channel: str
    wording: str


@dataclass
class _Person:
    source: str
    erased_at: datetime | None
    chats: dict[str, bool] = field(default_factory=dict)
    """Their channels, and whether they are reached there."""
    said: dict[str, dict[str, _Word]] = field(default_factory=lambda: defaultdict(dict))
    """By purpose what holds in each scope; a word for everywhere takes the place of all before it."""

    def hear(self, purpose: str, scope: str, word: _Word) -> None:
        known = self.said[purpose]
        if scope == EVERYWHERE:
            known.clear()
        known[scope] = word

    def holding(self, purpose: str, channel: str) -> _Word | None:
        """The yes that holds there; None where there is none."""
        known = self.said[purpose]
        word = known.get(channel) or known.get(EVERYWHERE)
        return word if word is not None and word.granted else None

    def allows(self, purpose: str) -> bool:
        known = self.said[purpose]
        for scope, word in known.items():
            if word.granted and scope != EVERYWHERE:
                return True
        everywhere = known.get(EVERYWHERE)
        # One that holds everywhere holds where nothing else was said since.
        return everywhere is not None and everywhere.granted and any(each not in known for each in self.chats)


def willing(session: Session, edges: Sequence[datetime]) -> Willing:
    """What happened between each two neighbours of ``edges`` (ascending, aware; the earlier belongs to the stretch),
    and how things stand now."""
    people = _people(session)
    stretches = _fold(people, _said(session, people, edges[0]), edges)
    here = [each for each in _each_once(people) if each.erased_at is None]
    return Willing(len(here), stretches, _reach(here), _origins(here))


def _each_once(people: Mapping[int, _Person]) -> Iterable[_Person]:
    return {id(each): each for each in people.values()}.values()


def _people(session: Session) -> dict[int, _Person]:
    """Everybody but the team, by each number they ever had, with the chats they have."""
    team = sql_select(col(Address.customer_id)).join(TeamMember, col(TeamMember.address_id) == col(Address.id))
    ours = set(session.connection().execute(team).scalars())
    columns = (col(Customer.id), col(Customer.merged_into), col(Customer.erased_at), col(Customer.source))
    rows = session.connection().execute(sql_select(*columns)).all()
    people = {row[0]: _Person(row[3], row[2]) for row in rows if row[1] is None and row[0] not in ours}
    for number, one, _, source in rows:
        if one in people:
            people[number] = people[one]
            # As whom the shop knew them first.
            people[one].source = source if number < one else people[one].source
    chats = sql_select(col(Address.customer_id), col(Address.channel), col(Address.unreachable_since).is_(None))
    for number, channel, is_reached in session.connection().execute(chats):
        if number in people:
            person = people[number]
            person.chats[channel] = is_reached or person.chats.get(channel, False)
    return people


def _said(session: Session, people: Mapping[int, _Person], first: datetime) -> Sequence[_Answer]:
    """Every answer, the oldest first. A chat that somebody ever spoke for is one of theirs; of those erased no
    other is known."""
    lately = case((col(ConsentEvent.at) >= first, col(ConsentEvent.at)), else_=None)
    who = (ConsentEvent.id, ConsentEvent.customer_id, ConsentEvent.purpose, ConsentEvent.granted)
    how = (ConsentEvent.scope, ConsentEvent.channel, ConsentEvent.wording)
    columns = sql_select(*map(col, who), *map(col, how), lately)
    rows = [*map(_Answer._make, session.connection().execute(columns.order_by(col(ConsentEvent.id))))]
    for each in rows:
        person = people.get(each.customer_id)
        place = each.scope if each.scope != EVERYWHERE else each.channel if person and person.erased_at else None
        if person is not None and place is not None:
            person.chats.setdefault(place, False)
    return rows


def _fold(
    people: Mapping[int, _Person],
    rows: Sequence[_Answer],
    edges: Sequence[datetime],
) -> dict[Purpose, list[Stretch]]:
    """Each change falls into its stretch, or before the first of them."""
    joined: Counter[tuple[str, int]] = Counter()
    left: Counter[tuple[str, int]] = Counter()
    allowing: set[tuple[int, str]] = set()
    for number, customer_id, purpose, granted, scope, channel, wording, at in rows:
        person = people.get(customer_id)
        if person is None:
            continue
        person.hear(purpose, scope, _Word(granted, number, channel, wording))
        one, where = (id(person), purpose), (purpose, bisect_right(edges, at) if at else 0)
        is_allowed = person.allows(purpose)
        if is_allowed and one not in allowing:
            joined[where] += 1
            allowing.add(one)
        elif not is_allowed and one in allowing:
            left[where] += 1
            allowing.discard(one)
    for person in _each_once(people):
        for purpose in Purpose:
            if person.erased_at is not None and (id(person), purpose) in allowing:
                left[purpose, bisect_right(edges, person.erased_at)] += 1
    return {purpose: _stretches(purpose, joined, left, len(edges)) for purpose in Purpose}


def _stretches(
    purpose: Purpose, joined: Mapping[tuple[str, int], int], left: Mapping[tuple[str, int], int], edges: int
) -> list[Stretch]:
    found, allowing = [], 0
    for place in range(edges):
        came, went = joined.get((purpose, place), 0), left.get((purpose, place), 0)
        allowing += came - went
        found.append(Stretch(came, went, allowing))
    return found[1:]


def _reach(people: Sequence[_Person]) -> list[Reach]:
    n, allowing, reachable = Counter[str](), Counter[str](), Counter[str]()
    for person in people:
        for channel, is_reached in person.chats.items():
            holds = person.holding(Purpose.OFFERS, channel) is not None
            n[channel] += 1
            allowing[channel] += holds
            reachable[channel] += holds and is_reached
    return [Reach(channel, n[channel], allowing[channel], reachable[channel]) for channel in sorted(n)]


def _origins(people: Sequence[_Person]) -> Counter[Origin]:
    found: Counter[Origin] = Counter()
    for person in people:
        words = [word for each in person.chats if (word := person.holding(Purpose.OFFERS, each)) is not None]
        if words:
            last = max(words, key=lambda word: word.number)
            found[Origin(person.source, last.channel, last.wording)] += 1
    return found
