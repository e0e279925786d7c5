"""What each chat is in the middle of, and which of the provider's messages we have answered already.

A question is open for an answer from when it was shown on, not from when we thought of putting it:

    opened, committed → sent → shown: a yes answers it
                      → not sent: nothing answers it, and it is put again
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, col, select

from ledger.identity import fingerprint
from ledger.tables import Address, ConversationState, InboundReceipt, ShownChoices

# A "yes" three days after a question may be an answer to something else.
PATIENCE = timedelta(hours=24)
ON_ITS_WAY = timedelta(hours=1)
"""Longer than an answer is tried; a question that was not shown by then will not be. See bot/sending.py."""


@dataclass(frozen=True)
class Asked:
    """What one answer asks in a chat, by the marks of its question and of its numbered choices."""

    address_id: int
    marks: frozenset[str]


def take_turn(session: Session, channel: str, address: str) -> None:
    """Whatever else the same person wrote waits until this transaction ends, on any host.

    Two of their messages acted on at once would each miss the other: a yes could land behind a stop it never saw.
    SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int(fingerprint(session, f"turn {channel}", address)[:15], 16)
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def is_new(session: Session, channel: str, provider_message_id: str, at: datetime) -> bool:
    """Whether this message has not been received before; from now on it has."""
    mark = fingerprint(session, f"inbound {channel}", provider_message_id)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    row = {"channel": channel, "fingerprint": mark, "received_on": day}
    noted = insert(InboundReceipt).on_conflict_do_nothing().returning(col(InboundReceipt.received_on))
    return session.connection().execute(noted, row).first() is not None


def is_first_of_the_day(session: Session, channel: str, what: str, at: datetime) -> bool:
    """Whether this has not happened today (UTC); from now on it has."""
    return is_new(session, channel, f"{what} on {at:%Y-%m-%d}", at)


def topic(session: Session, address: Address, now: datetime) -> ConversationState | None:
    """The open question of a chat, unless it was asked too long ago."""
    state = session.get(ConversationState, address.id)
    return state if state is not None and now - state.updated_at < PATIENCE else None


def open_topic(session: Session, address: Address, name: str, at: datetime, **data: Any) -> None:
    """From now on the chat is about ``name``; whatever it was about before is closed. It is not shown yet."""
    state = session.merge(ConversationState(address_id=address.id, topic=name, data=data, updated_at=at))
    # Even where it is empty already as far as we read: the one before may be shown this very moment.
    flag_modified(state, "shown_at")
    flag_modified(state, "is_on_its_way")


def amend_topic(session: Session, state: ConversationState, at: datetime, **data: Any) -> None:
    """The same question with other data: shown where it was shown."""
    state.data, state.updated_at = data, at
    session.add(state)


def is_on_its_way(state: ConversationState, now: datetime) -> bool:
    """Whether a question that was not shown yet may be any moment."""
    return state.is_on_its_way and now - state.updated_at < ON_ITS_WAY


def marks(session: Session, address_id: int) -> frozenset[str]:
    """What is asked in a chat, shown or not."""
    asked = session.get(ConversationState, address_id), session.get(ShownChoices, address_id)
    return frozenset(each.mark for each in asked if each is not None)


def asked_since(session: Session, address_id: int, before: Collection[str]) -> Asked | None:
    """What is asked in a chat that was not among ``before``."""
    fresh = marks(session, address_id).difference(before)
    return Asked(address_id, fresh) if fresh else None


def note_shown(session: Session, asked: Asked, at: datetime) -> None:
    """It reached the chat; what was asked there since stays as it is."""
    for table in (ConversationState, ShownChoices):
        here = col(table.address_id) == asked.address_id, col(table.mark).in_(asked.marks)
        session.connection().execute(update(table).where(*here).values(shown_at=at))


def note_lost(session: Session, asked: Asked) -> None:
    """It did not reach the chat, or nobody knows: its numbers are forgotten, and nothing answers it."""
    state, choices = (
        (col(table.address_id) == asked.address_id, col(table.mark).in_(asked.marks))
        for table in (ConversationState, ShownChoices)
    )
    session.connection().execute(update(ConversationState).where(*state).values(is_on_its_way=False))
    session.connection().execute(delete(ShownChoices).where(*choices))


def close_topic(session: Session, address_id: int) -> None:
    """Whatever was asked is asked no more."""
    state = session.get(ConversationState, address_id)
    if state is not None:
        session.delete(state)


def close_topics(session: Session, address_ids: Collection[int]) -> None:
    """Whatever was asked in these chats is asked no more, but for a question that is being put this very moment."""
    wanted = select(ConversationState.address_id).where(col(ConversationState.address_id).in_(list(address_ids)))
    # Whoever is writing holds their question and may wait for us: we do not wait for them.
    free = session.exec(wanted.with_for_update(skip_locked=True)).all() if address_ids else ()
    if free:
        session.connection().execute(delete(ConversationState).where(col(ConversationState.address_id).in_(free)))
