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

from sqlalchemy import bindparam, delete, text, update
from sqlalchemy import select as sql_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, col

from ledger.among import is_among
from ledger.identity import fingerprint
from ledger.tables import Address, ConversationState, InboundReceipt, ShownChoices

# A "yes" three days after a question may be an answer to something else.
PATIENCE = timedelta(hours=24)
RECEIVED = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(InboundReceipt)
    .on_conflict_do_nothing()
    .returning(col(InboundReceipt.received_on))
    for dialect in (postgresql, sqlite)
}
"""By the database's name; made once, since every message asks for it."""
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
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    row = {"channel": channel, "fingerprint": mark, "received_on": day}
    return session.connection().execute(RECEIVED[session.get_bind().dialect.name], row).first() is not None


def is_first_of_the_day(session: Session, channel: str, what: str, at: datetime) -> bool:
    """Whether this has not happened today (UTC); from now on it has."""
    return is_new(session, channel, f"{what} on {at:%Y-%m-%d}", at)


def topic(session: Session, address: Address, now: datetime) -> ConversationState | None:
    """The open question of a chat, unless it was asked too long ago."""
    state = session.get(ConversationState, address.id)
    return state if state is not None and now - state.updated_at < PATIENCE else None


def open_topic(session: Session, address: Address, name: str, at: datetime, **data: Any) -> None:
    """From now on the chat is about ``name``; whatever it was about before is closed. It is not shown yet."""
    begun = ConversationState(address_id=address.id, topic=name, data=data, updated_at=at)
    if session.get(ConversationState, address.id) is None:
        # Where there is none a merge would ask once more.
        session.add(begun)
        return
    state = session.merge(begun)
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


SHOWN = tuple(
    update(table)
    .where(
        col(table.address_id) == bindparam("chat"),
        col(table.mark).in_(bindparam("marks", expanding=True)),
    )
    .values(shown_at=bindparam("at"))
    for table in (ConversationState, ShownChoices)
)
"""Made once: every question that was shown is noted by these."""


def note_shown(session: Session, asked: Asked, at: datetime) -> None:
    """It reached the chat; what was asked there since stays as it is."""
    told = {"chat": asked.address_id, "marks": list(asked.marks), "at": at}
    for shown in SHOWN:
        session.connection().execute(shown, told)


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


OPEN_TOPICS = (
    sql_select(col(ConversationState.address_id))
    .where(is_among(col(ConversationState.address_id)))
    .with_for_update(skip_locked=True)
)
"""Whoever is writing holds their question and may wait for us: we do not wait for them."""


def close_topics(session: Session, address_ids: Collection[int]) -> None:
    """Whatever was asked in these chats is asked no more, but for a question that is being put this very moment."""
    session.flush()
    told = {"numbers": list(address_ids)}
    free = session.connection().execute(OPEN_TOPICS, told).scalars().all() if address_ids else ()
    if free:
        session.connection().execute(delete(ConversationState).where(col(ConversationState.address_id).in_(free)))
