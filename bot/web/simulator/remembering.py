"""What the ledger still knows of a chat: the words that went to and fro here, and how far each offer came."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from bot.web.simulator.protocol import Message, State
from campaigns.channel import SIMULATOR
from campaigns.tables import Message as Offer
from campaigns.tables import State as OfferState
from ledger import customers
from ledger.tables import Interaction, Kind

REMEMBERED = 100
SAID = (Kind.MESSAGE_IN, Kind.MESSAGE_OUT)
CAME: dict[str, State] = {OfferState.DELIVERED: "delivered", OfferState.READ: "read"}


def remembered(session: Session, address: str) -> tuple[str, list[Message]]:
    """The customer's name, empty for a stranger, and the last REMEMBERED of their words and ours, oldest first."""
    place = customers.address_of(session, SIMULATOR, address)
    if place is None:
        return "", []
    person = customers.of(session, place)
    wanted = (
        select(Interaction, Offer)
        .outerjoin(Offer, col(Offer.id) == col(Interaction.message_id))
        .where(
            Interaction.customer_id == person.id,
            col(Interaction.kind).in_(SAID),
            Interaction.platform == SIMULATOR,
            col(Interaction.text).is_not(None),
            # What an import brought was not said here.
            col(Interaction.source_ref).is_(None),
        )
        .order_by(col(Interaction.at).desc(), col(Interaction.id).desc())
        .limit(REMEMBERED)
    )
    found: Sequence[tuple[Interaction, Offer | None]] = session.exec(wanted).all()
    return person.name, [_shown(said, offer) for said, offer in reversed(found)]


def _shown(said: Interaction, offer: Offer | None) -> Message:
    is_theirs = said.kind == Kind.MESSAGE_IN
    is_followed = offer is not None and offer.provider_message_id is not None
    return Message(
        id=str(offer.provider_message_id) if offer is not None and is_followed else f"ledger-{said.id}",
        sender="me" if is_theirs else "shop",
        text=said.text or "",
        at=said.at,
        is_offer=offer is not None,
        # Of answers nothing more is known: whoever was there has seen them.
        state="read" if offer is None else CAME.get(offer.state, "sent"),
    )
