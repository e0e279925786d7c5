"""The chains of consent: what makes an event that was changed, slipped in or dropped from between others seen.

Every event carries the hash of the one before it, in the customer's chain and in the shop's. What identifies a person
stands behind ``evidence_hash``: it can be erased and the chains still hold. The words a yes was given to stand behind
``wording_hash``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from ledger.columns import microseconds
from ledger.tables import ConsentEvent, ConsentWording, Customer

GENESIS = "0" * 64
SHOP_CHAIN_LOCK = 7_246_511
# Made once: a chain is walked with two of these for every event.
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


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
    Whoever turned out to be another customer is erased with that one, and not before.
    So is a yes whose words are not kept any more as they were shown.
    """
    gone = col(Customer.erased_at).is_not(None) & col(Customer.merged_into).is_(None)
    erased = set(session.exec(select(Customer.id).where(gone)))
    intact = intact_wordings(session)
    heads: dict[int, str] = {}
    shop_head, events, broken = GENESIS, 0, None
    for event in _all_events(session):
        events += 1
        fits = broken is not None or (
            event.previous_hash == heads.get(event.customer_id, GENESIS)
            and event.shop_previous_hash == shop_head
            and event.hash == event_hash(event)
            and (event.evidence_hash == evidence_hash(event) or (event.customer_id in erased and _is_blank(event)))
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


def intact_wordings(session: Session) -> set[str]:
    """The hashes of the words that are kept as they were shown."""
    kept = session.exec(select(ConsentWording.hash, ConsentWording.text))
    return {mark for mark, words in kept if sha256(words.encode()).hexdigest() == mark}


def take_turn(session: Session) -> None:
    """Until this transaction ends nobody else adds an event: two must not claim the same predecessor.

    SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SHOP_CHAIN_LOCK})


LAST = sql_select(col(ConsentEvent.hash)).order_by(col(ConsentEvent.id).desc()).limit(1)
LAST_OF = LAST.where(col(ConsentEvent.customer_id) == bindparam("customer"))
"""Made once: every yes and no asks for both."""


def head(session: Session, customer_id: int | None = None) -> str:
    """The hash of the last event, of the shop's chain or of one customer's."""
    # The event before may not be written yet.
    session.flush()
    asked = (LAST, {}) if customer_id is None else (LAST_OF, {"customer": customer_id})
    return session.connection().execute(*asked).scalar() or GENESIS


def evidence_hash(event: ConsentEvent | _Event) -> str:
    """The hash of what identifies a person; its nonce keeps short words from being guessed."""
    return _digest(event.nonce, event.provider_message_id, event.verbatim)


def event_hash(event: ConsentEvent | _Event) -> str:
    """The hash of all the rest, and of the two events before it."""
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
