"""Consent: append-only events, and the standing that is folded from them.

Every event carries the hash of the one before it, in the customer's chain and in the shop's, so that none can be
changed, slipped in or dropped from between others unseen. What identifies a person stands behind ``evidence_hash``:
it can be erased and the chains still hold. The words a yes was given to stand behind ``wording_hash``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import func, text
from sqlalchemy import select as sql_select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from ledger.columns import microseconds
from ledger.tables import EVERYWHERE, ConsentEvent, ConsentWording, Customer, Purpose

GENESIS = "0" * 64
SHOP_CHAIN_LOCK = 7_246_511
# Made once: a chain is walked with two of these for every event.
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


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
    """A no. It counts from the commit, before the next message is claimed."""
    return _append(session, customer_id, purpose, False, scope, wording, evidence, at)


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


def intact_wordings(session: Session) -> set[str]:
    """The hashes of the words that are kept as they were shown."""
    kept = session.exec(select(ConsentWording.hash, ConsentWording.text))
    return {mark for mark, words in kept if sha256(words.encode()).hexdigest() == mark}


def last_words(session: Session, customer_id: int, channel: str) -> dict[Purpose, ConsentEvent]:
    """The answer that counts today for each purpose, on ``channel``: what was said, when, to which words."""
    events = select(ConsentEvent).where(
        ConsentEvent.customer_id == customer_id, col(ConsentEvent.scope).in_((channel, EVERYWHERE))
    )
    return {Purpose(event.purpose): event for event in session.exec(events.order_by(col(ConsentEvent.id)))}


def fold(events: Iterable[ConsentEvent], channel: str) -> Standing:
    """The standing on ``channel`` after ``events``, oldest first: of each purpose the last word counts."""
    said: dict[str, bool] = {}
    for event in events:
        if event.scope in (channel, EVERYWHERE):
            said[event.purpose] = event.granted
    return Standing(**said)


def standing(session: Session, customer_id: int, channel: str) -> Standing:
    """Today's standing of one customer on one channel."""
    events = select(ConsentEvent).where(ConsentEvent.customer_id == customer_id)
    return fold(session.exec(events.order_by(col(ConsentEvent.id))), channel)


def standings(session: Session, channel: str, customer_ids: Iterable[int] | None = None) -> dict[int, Standing]:
    """The standing of all who ever answered (or of those asked for), by customer: the same fold, done in SQL."""
    last = select(func.max(ConsentEvent.id)).where(col(ConsentEvent.scope).in_((channel, EVERYWHERE)))
    if customer_ids is not None:
        last = last.where(col(ConsentEvent.customer_id).in_(list(customer_ids)))
    last = last.group_by(col(ConsentEvent.customer_id), ConsentEvent.purpose)
    rows = session.exec(
        select(ConsentEvent.customer_id, ConsentEvent.purpose, ConsentEvent.granted).where(
            col(ConsentEvent.id).in_(last)
        )
    )
    said: dict[int, dict[str, bool]] = {}
    for customer_id, purpose, granted in rows:
        said.setdefault(customer_id, {})[purpose] = granted
    return {customer_id: Standing(**purposes) for customer_id, purposes in said.items()}


@dataclass(frozen=True)
class Verification:
    """What walking the chains found. ``first_broken`` is the number of the first event that does not fit."""

    events: int
    chains: int
    first_broken: int | None

    @property
    def ok(self) -> bool:
        return self.first_broken is None


class _Event(NamedTuple):
    """An event as it is read to be verified: no object of the session's, for there are many."""

    id: int
    customer_id: int
    purpose: str
    granted: bool
    scope: str
    channel: str
    wording: str
    wording_hash: str
    language: str
    provider_message_id: str | None
    verbatim: str | None
    nonce: str | None
    evidence_hash: str
    at: datetime
    previous_hash: str
    shop_previous_hash: str
    hash: str


def verify(session: Session) -> Verification:
    """Walk every event in order and recompute both chains.

    Evidence may be missing only where its customer was erased; where somebody else took it away the event is broken.
    So is a yes whose words are not kept any more as they were shown.
    """
    erased = set(session.exec(select(Customer.id).where(col(Customer.erased_at).is_not(None))))
    intact = intact_wordings(session)
    heads: dict[int, str] = {}
    shop_head, events, broken = GENESIS, 0, None
    for event in _all_events(session):
        events += 1
        fits = broken is not None or (
            event.previous_hash == heads.get(event.customer_id, GENESIS)
            and event.shop_previous_hash == shop_head
            and event.hash == _hash(event)
            and (event.evidence_hash == _evidence_hash(event) or (event.customer_id in erased and _is_blank(event)))
            and (not (event.granted and event.wording_hash) or event.wording_hash in intact)
        )
        broken = broken if fits else event.id
        heads[event.customer_id] = shop_head = event.hash
    return Verification(events, len(heads), broken)


def _is_blank(event: _Event) -> bool:
    return event.nonce is None and event.verbatim is None and event.provider_message_id is None


def _all_events(session: Session) -> Iterator[_Event]:
    columns = [getattr(ConsentEvent, name) for name in _Event._fields]
    rows = session.connection().execute(
        sql_select(*columns).order_by(col(ConsentEvent.id)).execution_options(yield_per=1000)
    )
    return map(_Event._make, rows)


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
    _lock_shop_chain(session)
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
        previous_hash=_head(session, customer_id),
        shop_previous_hash=_head(session),
        hash="",
    )
    event.evidence_hash = _evidence_hash(event)
    event.hash = _hash(event)
    session.add(event)
    session.flush()
    return event


def _lock_shop_chain(session: Session) -> None:
    # SQLite has one writer at a time anyway; on PostgreSQL two events must not claim the same predecessor.
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SHOP_CHAIN_LOCK})


def _head(session: Session, customer_id: int | None = None) -> str:
    last = select(ConsentEvent.hash).order_by(col(ConsentEvent.id).desc()).limit(1)
    if customer_id is not None:
        last = last.where(ConsentEvent.customer_id == customer_id)
    return session.exec(last).first() or GENESIS


def _evidence_hash(event: ConsentEvent | _Event) -> str:
    return _digest(event.nonce, event.provider_message_id, event.verbatim)


def _hash(event: ConsentEvent | _Event) -> str:
    return _digest(
        event.customer_id,
        event.purpose,
        event.granted,
        event.scope,
        event.channel,
        event.wording,
        event.wording_hash,
        event.language,
        microseconds(event.at),
        event.evidence_hash,
        event.previous_hash,
        event.shop_previous_hash,
    )


def _digest(*parts: object) -> str:
    return sha256(_as_json(parts).encode()).hexdigest()
