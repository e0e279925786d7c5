"""Consent: append-only events, and the standing that is folded from them.

Each event is a link of two chains, see ledger/chain.py. Of customers who turned out to be one (ledger/merged.py) the
events are folded together in the order in which they were said, whichever chat that was in.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from ledger import chain, derived, merged, opinions, withdrawals
from ledger.columns import RowId
from ledger.sessions import Session as Remembering
from ledger.tables import EVERYWHERE, Address, ConsentEvent, ConsentWording, Purpose


@dataclass(frozen=True)
class Wording:
    """The words somebody answered to: a version's name and the hash of the text, as it is shown to anybody."""

    version: str
    hash: str
    language: str
    text: str = ""
    """Only where it is being asked: answers find it again by its hash."""


@dataclass(frozen=True)
class Evidence:
    """What shows that a person said it: their own words, where, and the provider's number for them."""

    channel: str
    verbatim: str
    provider_message_id: str | None = None


@dataclass(frozen=True)
class Standing:
    """Where a customer stands today. None: never asked or never answered."""

    offers: bool | None = None
    profiling: bool | None = None
    research: bool | None = None

    def allows(self, purpose: Purpose) -> bool:
        """Only a yes is a yes."""
        return getattr(self, purpose.value) is True

    def as_json(self) -> dict[str, bool]:
        return {purpose.value: self.allows(purpose) for purpose in Purpose}


def grant(
    session: Session,
    customer_id: int,
    purpose: Purpose,
    *,
    scope: str,
    wording: Wording,
    evidence: Evidence,
    at: datetime,
) -> ConsentEvent:
    """A yes, from the customer's own message, to the words in ``wording``."""
    return _append(session, customer_id, purpose, True, scope, wording, evidence, at)


def withdraw(
    session: Session,
    customer_id: int,
    purpose: Purpose,
    *,
    scope: str = EVERYWHERE,
    wording: Wording,
    evidence: Evidence,
    at: datetime,
) -> ConsentEvent:
    """A no. It counts from the commit, before the next message is claimed.

    It is written down beside the database, too: a restored backup must not bring back the yes of before. With a no to
    profiling goes what was worked out about them, with one to research what they had answered in surveys.
    """
    event = _append(session, customer_id, purpose, False, scope, wording, evidence, at)
    withdrawals.note(session, event)
    if purpose == Purpose.PROFILING:
        derived.forget(session, customer_id)
    if purpose == Purpose.RESEARCH:
        opinions.forget(session, customer_id)
    return event


def keep_wording(
    session: Session, purpose: Purpose, wording: Wording, at: datetime, *, per_month: int | None = None
) -> None:
    """Remember the words that are being asked, so that it can be shown later what a yes was given to.

    ``per_month``: how many offers a month they promise at most, where they do.
    """
    if session.get(ConsentWording, wording.hash) is not None:
        return
    shown = ConsentWording(
        hash=wording.hash,
        version=wording.version,
        purpose=purpose,
        language=wording.language,
        text=wording.text,
        per_month=per_month,
        first_shown_at=at,
    )
    # Another process may be asking the same for the first time in this very moment.
    with suppress(IntegrityError), session.begin_nested():
        session.add(shown)


def last_number(session: Session) -> int:
    """Of the last yes or no there is: who comes later has a higher one."""
    return session.exec(select(func.max(ConsentEvent.id))).one() or 0


def refused_since(session: Session, purpose: Purpose, number: int) -> set[int]:
    """Who said no to ``purpose`` after the event of that number, by whoever they are now."""
    no = (col(ConsentEvent.id) > number, ConsentEvent.purpose == purpose, col(ConsentEvent.granted).is_(False))
    said = session.exec(select(ConsentEvent.customer_id).where(*no).distinct())
    return {merged.one(session, each) for each in said}


def refuses_somewhere(session: Session, customer_id: int, purpose: Purpose) -> bool:
    """Whether they said no to ``purpose`` on any channel on which they have an address."""
    wanted = select(Address.channel).where(Address.customer_id == customer_id).distinct()
    channels = session.exec(wanted).all() or (EVERYWHERE,)
    return any(getattr(standing(session, customer_id, each), purpose.value) is False for each in channels)


def last_words(session: Session, customer_id: int, channel: str) -> dict[Purpose, ConsentEvent]:
    """The answer that counts today for each purpose, on ``channel``: what was said, when, to which words."""
    events = _said_by(customer_id).where(col(ConsentEvent.scope).in_((channel, EVERYWHERE)))
    return {Purpose(event.purpose): event for event in session.exec(events)}


def fold(events: Iterable[ConsentEvent], channel: str) -> Standing:
    """The standing on ``channel`` after ``events``, oldest first: of each purpose the last word counts."""
    said: dict[str, bool] = {}
    for event in events:
        if event.scope in (channel, EVERYWHERE):
            said[event.purpose] = event.granted
    return Standing(**said)


def standing(session: Session, customer_id: int, channel: str) -> Standing:
    """Today's standing of one customer on one channel. A transaction asks for it once, until it changes."""
    # What is not written yet may change it.
    session.flush()
    known = session.known if isinstance(session, Remembering) else {}
    place = "standing", customer_id, channel
    if place not in known:
        known[place] = fold(session.exec(ALL_THEY_SAID, params={"customer": customer_id}), channel)
    found: Standing = known[place]
    return found


def standings(session: Session, channel: str, customer_ids: Iterable[int] | None = None) -> dict[int, Standing]:
    """The standing of all who ever answered (or of those asked for), by customer: the same fold, done in SQL."""
    ids = None if customer_ids is None else list(customer_ids)
    ones = merged.into(session, ids)
    last = select(func.max(ConsentEvent.id)).where(col(ConsentEvent.scope).in_((channel, EVERYWHERE)))
    if ids is not None:
        last = last.where(col(ConsentEvent.customer_id).in_([*ids, *ones]))
    last = last.group_by(col(ConsentEvent.customer_id), ConsentEvent.purpose)
    rows = session.exec(
        select(ConsentEvent.customer_id, ConsentEvent.purpose, ConsentEvent.granted)
        .where(col(ConsentEvent.id).in_(last))
        .order_by(col(ConsentEvent.id))
    )
    said: dict[int, dict[str, bool]] = {}
    for number, purpose, granted in rows:
        said.setdefault(ones.get(number, number), {})[purpose] = granted
    return {customer_id: Standing(**purposes) for customer_id, purposes in said.items()}


ALL_THEY_SAID: Any = (
    select(ConsentEvent.purpose, ConsentEvent.granted, ConsentEvent.scope)
    .where(col(ConsentEvent.customer_id).in_(merged.numbers(bindparam("customer", type_=RowId))))
    .order_by(col(ConsentEvent.id))
)
"""What ``fold`` goes by, made once: every message asks for it."""


def _said_by(customer_id: int) -> SelectOfScalar[ConsentEvent]:
    """All they ever answered, the oldest first."""
    theirs = select(ConsentEvent).where(col(ConsentEvent.customer_id).in_(merged.numbers(customer_id)))
    return theirs.order_by(col(ConsentEvent.id))


def _append(
    session: Session,
    customer_id: int,
    purpose: Purpose,
    granted: bool,
    scope: str,
    wording: Wording,
    evidence: Evidence,
    at: datetime,
) -> ConsentEvent:
    chain.take_turn(session)
    event = ConsentEvent(
        customer_id=customer_id,
        purpose=purpose,
        granted=granted,
        scope=scope,
        channel=evidence.channel,
        wording=wording.version,
        wording_hash=wording.hash,
        language=wording.language,
        provider_message_id=evidence.provider_message_id,
        verbatim=evidence.verbatim,
        nonce=secrets.token_hex(16),
        at=at,
        evidence_hash="",
        previous_hash=chain.head(session, customer_id),
        shop_previous_hash=chain.head(session),
        hash="",
    )
    event.evidence_hash = chain.evidence_hash(event)
    event.hash = chain.event_hash(event)
    session.add(event)
    session.flush()
    return event
