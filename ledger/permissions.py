"""Who allows what today, and to which words: every customer's standing at once, counted.

Looks only: nobody's standing changes when the words do. Erased customers and the shop's own team are not counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

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


@dataclass(frozen=True)
class Yes:
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
    """Yeses to words that are not kept, so that nobody can show what they were given to."""


class _Word(NamedTuple):
    """The last word of a customer on a purpose within one scope; its fields as WORD names the columns."""

    id: int
    granted: bool
    version: str
    hash: str
    language: str
    at: datetime


WORD = ("id", "granted", "wording", "wording_hash", "language", "at")


Scopes = Mapping[str, _Word]
"""What somebody last said on one purpose, by scope."""


def permissions(session: Session, current: Collection[str]) -> Permissions:
    """Today's fold of all events. ``current``: the versions of the words that are asked today."""
    people, said = _people(session), _last_words(session)
    for (customer_id, _), scopes in said.items():
        if customer_id in people:
            people[customer_id] |= scopes.keys() - {EVERYWHERE}
    yeses = list(_yeses(people, said))
    kept = {each.hash: each for each in session.exec(select(ConsentWording))}
    return Permissions(
        n=len(people),
        answered=[_answered(purpose, people, said) for purpose in Purpose],
        yeses=yeses,
        worded=_worded(yeses, current),
        changed=_changed(yeses, (each for each in kept.values() if each.version in current)),
        older=[each for each in yeses if each.version not in current],
        without_text=sum(each.hash not in kept for each in yeses),
    )


def is_customer() -> ColumnElement[bool]:
    """The condition for everybody who is neither erased nor of the team."""
    team = select(Address.customer_id).join(TeamMember, col(TeamMember.address_id) == col(Address.id))
    return col(Customer.erased_at).is_(None) & col(Customer.id).not_in(team)


def _people(session: Session) -> dict[int, set[str]]:
    """Every customer, and the channels they have an address on."""
    rows = session.exec(
        select(Customer.id, Address.channel)
        .join(Address, col(Address.customer_id) == col(Customer.id), isouter=True)
        .where(is_customer())
        .order_by(col(Customer.id))
    )
    people: dict[int, set[str]] = defaultdict(set)
    for customer_id, channel in rows:
        people[customer_id] |= {channel} if channel else set()
    return dict(people)


def _last_words(session: Session) -> dict[tuple[int, str], dict[str, _Word]]:
    last = select(func.max(ConsentEvent.id)).group_by(
        col(ConsentEvent.customer_id), ConsentEvent.purpose, ConsentEvent.scope
    )
    # Columns and no objects: of everybody there are many.
    columns: list[Any] = [getattr(ConsentEvent, name) for name in ("customer_id", "purpose", "scope", *WORD)]
    rows = session.connection().execute(sql_select(*columns).where(col(ConsentEvent.id).in_(last)))
    said: dict[tuple[int, str], dict[str, _Word]] = defaultdict(dict)
    for customer_id, purpose, scope, *word in rows:
        said[customer_id, purpose][scope] = _Word(*word)
    return said


def _holding(scopes: Scopes, channel: str) -> _Word | None:
    """The word that holds on ``channel``: the later of what was said for it and what was said for everywhere."""
    found = [scopes[scope] for scope in (channel, EVERYWHERE) if scope in scopes]
    return max(found, key=lambda word: word.id, default=None)


def _answered(purpose: Purpose, people: Mapping[int, set[str]], said: Mapping[tuple[int, str], Scopes]) -> Answered:
    everywhere: Counter[bool | None] = Counter()
    by_channel: dict[str, Counter[bool | None]] = defaultdict(Counter)
    for customer_id, channels in people.items():
        scopes = said.get((customer_id, purpose), {})
        held = {channel: word.granted if (word := _holding(scopes, channel)) else None for channel in channels}
        everywhere[(True in held.values()) if scopes else None] += 1
        for channel, granted in held.items():
            by_channel[channel][granted] += 1
    return Answered(
        purpose, _tally(everywhere), {channel: _tally(by_channel[channel]) for channel in sorted(by_channel)}
    )


def _tally(counted: Mapping[bool | None, int]) -> Tally:
    return Tally(*(counted.get(answer, 0) for answer in (True, False, None)))


def _yeses(people: Mapping[int, set[str]], said: Mapping[tuple[int, str], Scopes]) -> Iterable[Yes]:
    for customer_id, channels in people.items():
        for purpose in Purpose:
            for channel in sorted(channels):
                word = _holding(said.get((customer_id, purpose), {}), channel)
                if word is not None and word.granted:
                    yield Yes(customer_id, purpose, channel, word.version, word.language, word.hash, word.at)


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
