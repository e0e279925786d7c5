"""What each chat is in the middle of, and which of the provider's messages we have answered already."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from ledger.tables import Address, ConversationState, InboundReceipt

# A "yes" three days after a question may be an answer to something else.
PATIENCE = timedelta(hours=24)


def is_new(session: Session, channel: str, provider_message_id: str, at: datetime) -> bool:
    """Whether this message has not been received before; from now on it has."""
    if session.get(InboundReceipt, (channel, provider_message_id)) is not None:
        return False
    session.add(InboundReceipt(channel=channel, provider_message_id=provider_message_id, received_at=at))
    session.flush()
    return True


def topic(session: Session, address: Address, now: datetime) -> ConversationState | None:
    """The open question of a chat, unless it was asked too long ago."""
    state = session.get(ConversationState, address.id)
    return state if state is not None and now - state.updated_at < PATIENCE else None


def open_topic(session: Session, address: Address, name: str, at: datetime, **data: Any) -> None:
    """From now on the chat is about ``name``; whatever it was about before is closed."""
    session.merge(ConversationState(address_id=address.id, topic=name, data=data, updated_at=at))


def close_topic(session: Session, address: Address) -> None:
    state = session.get(ConversationState, address.id)
    if state is not None:
        session.delete(state)
