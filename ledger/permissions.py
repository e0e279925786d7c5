"""Who allows what today, and to which words: every customer's standing at once, counted.

Looks only: nobody's standing changes when the words do. Erased customers and the shop's own team are not counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import CTE, ColumnElement, distinct, func, union
from sqlalchemy import select as sql_select
from sqlmodel import Session, SQLModel, col, select

from ledger import chain
from ledger.tables import EVERYWHERE, Address, ConsentEvent, ConsentWording, Customer, Purpose, TeamMember


@dataclass(frozen=True)
class Tally:
    """How people stand on a purpose: a yes that holds, a no (refused or withdrawn), or never an answer."""

    granted: int = 0
    withdrawn: int = 0
    never: int = 0

    @property
    def n(self) -> int:
        return self.granted + self.withdrawn + self.never


@dataclass(frozen=True)
class Answered:
    """One purpose: all people, each once, a yes on any channel being a yes; and the people of each channel."""

    purpose: Purpose
    people: Tally
    channels: Mapping[str, Tally]


class Yes(NamedTuple):
    """One permission that holds today: whose, for what, in which chat, and the words it was given to."""

    customer_id: int
    purpose: Purpose
    channel: str
    version: str
    language: str
    hash: str
    at: datetime


@dataclass(frozen=True)
class Worded:
    """How many of today's yeses were given to one version in one language."""

    purpose: Purpose
    version: str
    language: str
    yeses: int
    is_current: bool


@dataclass(frozen=True)
class Changed:
    """Words that differ under one version's name; ``to_earlier`` of today's yeses were not given to the newest."""

    purpose: Purpose
    version: str
    language: str
    texts: int
    yeses: int
    to_earlier: int


@dataclass(frozen=True)
class Permissions:
    """Where ``n`` people stand. A yes counts once for each chat it holds in, so there may be more than people."""

    n: int
    answered: Sequence[Answered]
    yeses: Sequence[Yes]
    worded: Sequence[Worded]
    changed: Sequence[Changed]
    """Of the versions that are asked today: raising one mends it."""
    older: Sequence[Yes]
    """Yeses to a version that is asked no more. They hold for what was shown and for nothing added since."""
    without_text: int
    """Yeses to words that are not kept as they were shown, so that nobody can show what they were given to."""


class _Word(NamedTuple):
    """What holds of a customer on a channel for a purpose: the later of what was said for it and for everywhere."""

    granted: bool
    customer_id: int
    purpose: str
    channel: str
    version: str
    language: str
    hash: str
    at: datetime

    def as_yes(self) -> Yes:
        purpose = Purpose(self.purpose)
        return Yes(self.customer_id, purpose, self.channel, self.version, self.language, self.hash, self.at)


def permissions(session: Session, current: Collection[str]) -> Permissions:
    """Today's fold of all events. ``current``: the versions of the words that are asked today."""
    n = session.exec(select(func.count()).select_from(Customer).where(is_customer())).one()
    words = _last_words(session)
    yeses = [word.as_yes() for word in words if word.granted]
    intact = chain.intact_wordings(session)
    kept = select(ConsentWording).where(col(ConsentWording.version).in_(current))
    return Permissions(
        n=n,
        answered=_answered(session, n, words),
        yeses=yeses,
        worded=_worded(yeses, current),
        changed=_changed(yeses, session.exec(kept)),
        older=sorted(each for each in yeses if each.version not in current),
        without_text=sum(each.hash not in intact for each in yeses),
    )


def is_customer() -> ColumnElement[bool]:
    """The condition for everybody who is neither erased nor of the team."""
    team = select(Address.customer_id).join(TeamMember, col(TeamMember.address_id) == col(Address.id))
    return col(Customer.erased_at).is_(None) & col(Customer.id).not_in(team)


def said_by() -> CTE:
    """Every answer, with whose it is: who turned out to be one with others speaks for all of them."""
    one = func.coalesce(col(Customer.merged_into), col(Customer.id)).label("customer_id")
    columns = (ConsentEvent.id, ConsentEvent.scope, ConsentEvent.purpose, ConsentEvent.at)
    return sql_select(one, *map(col, columns)).join(Customer, col(Customer.id) == col(ConsentEvent.customer_id)).cte()


def _places() -> CTE:
    """Every customer with each channel they have an address on or said something for."""
    addresses = sql_select(col(Address.customer_id), col(Address.channel))
    said = said_by()
    each = union(addresses, sql_select(said.c.customer_id, said.c.scope).where(said.c.scope != EVERYWHERE)).subquery()
    here = sql_select(col(Customer.id)).where(is_customer())
    return sql_select(each.c.customer_id, each.c.channel).where(each.c.customer_id.in_(here)).cte("places")


def _last_words(session: Session) -> Sequence[_Word]:
    places, heard = _places(), said_by()
    said = SQLModel.metadata.tables[str(ConsentEvent.__tablename__)]
    is_heard = (heard.c.customer_id == places.c.customer_id) & heard.c.scope.in_((places.c.channel, EVERYWHERE))
    last = (
        sql_select(places.c.customer_id, places.c.channel, func.max(heard.c.id).label("id"))
        .join(heard, is_heard)
        .group_by(places.c.customer_id, places.c.channel, heard.c.purpose)
        .subquery()
    )
    # Columns and no objects: of everybody there are many.
    wording = (said.c.wording, said.c.language, said.c.wording_hash)
    words = sql_select(said.c.granted, last.c.customer_id, said.c.purpose, last.c.channel, *wording, said.c.at)
    words = words.join(last, last.c.id == said.c.id)
    return [*map(_Word._make, session.connection().execute(words))]


def _answered(session: Session, n: int, words: Iterable[_Word]) -> list[Answered]:
    """All ``n`` customers by purpose. Who ever said something has answered, in whatever chat."""
    ever = said_by()
    spoken = sql_select(ever.c.purpose, func.count(distinct(ever.c.customer_id)))
    spoken = spoken.join(Customer, col(Customer.id) == ever.c.customer_id).where(is_customer())
    counted = session.connection().execute(spoken.group_by(ever.c.purpose))
    answers = dict(tuple(row) for row in counted)
    places = _places()
    here = session.connection().execute(sql_select(places.c.channel, func.count()).group_by(places.c.channel))
    channels = dict(sorted(tuple(row) for row in here))
    willing: dict[str, set[int]] = defaultdict(set)
    said: Counter[tuple[str, str, bool]] = Counter()
    for word in words:
        said[word.purpose, word.channel, word.granted] += 1
        if word.granted:
            willing[word.purpose].add(word.customer_id)
    return [
        Answered(
            purpose,
            _tally(len(willing[purpose]), answers.get(purpose, 0), n),
            {
                channel: _tally(yes := said[purpose, channel, True], yes + said[purpose, channel, False], people)
                for channel, people in channels.items()
            },
        )
        for purpose in Purpose
    ]


def _tally(yes: int, answered: int, n: int) -> Tally:
    return Tally(granted=yes, withdrawn=answered - yes, never=n - answered)


def _worded(yeses: Iterable[Yes], current: Collection[str]) -> list[Worded]:
    counted = Counter((each.purpose, each.version, each.language) for each in yeses)
    return [
        Worded(purpose, version, language, n, version in current)
        for (purpose, version, language), n in sorted(counted.items())
    ]


def _changed(yeses: Sequence[Yes], kept: Iterable[ConsentWording]) -> list[Changed]:
    """A version's name promises one text in each language: where there are more, it should be raised."""
    texts: dict[tuple[str, str, str], list[ConsentWording]] = defaultdict(list)
    for each in sorted(kept, key=lambda text: text.first_shown_at):
        texts[each.purpose, each.version, each.language].append(each)
    found = []
    for (purpose, version, language), known in sorted(texts.items()):
        to_it = [
            yes.hash for yes in yeses if (yes.purpose, yes.version, yes.language) == (purpose, version, language)
        ]
        to_earlier = sum(hash_ != known[-1].hash for hash_ in to_it)
        if len(known) > 1:
            found.append(Changed(Purpose(purpose), version, language, len(known), len(to_it), to_earlier))
    return found
