"""Asked after a long silence whether their data may be kept, and what they answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, select

from bot.talk import privacy
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.channel import Outgoing
from campaigns.privacy import absence
from campaigns.privacy.absence import Absent
from campaigns.shop import Shop
from campaigns.words.composing import Composer, Reply
from campaigns.words.wording import first_name
from ledger import conversations, interactions
from ledger.conversations import Asked
from ledger.retention import Periods
from ledger.tables import Address, ConversationState, Interaction, Kind

STAY = "stay"


def ask(
    session: Session,
    absent: Absent,
    composer: Composer,
    shop: Shop,
    channels: Collection[str],
    periods: Periods,
    now: datetime,
) -> tuple[Outgoing, Asked | None] | None:
    """The question, to be sent once this transaction is committed, and what it asks; None if they are not to be asked
    after all."""
    if not absence.note_asked(session, absent, periods, channels, shop, now):
        return None
    name, days = first_name(absent.name), periods.grace.days
    reply = composer.reply("ask_to_stay", absent.language, shop=shop.name, name=name, days=days)
    before = conversations.marks(session, absent.address_id)
    conversations.open_topic(session, session.get_one(Address, absent.address_id), STAY, now)
    interactions.log_message(session, absent.customer_id, Kind.MESSAGE_OUT, absent.channel, reply.text, now)
    asks = conversations.asked_since(session, absent.address_id, before)
    return Outgoing(absent.address, reply.text, reply.buttons), asks


def is_answered(topic: ConversationState | None, intent: Intent) -> bool:
    """Whether a message answers the question: its buttons for as long as they are there, a yes or no for a day."""
    if intent.question:
        return intent.question == STAY
    return topic is not None and topic.topic == STAY and intent.means in (Means.YES, Means.NO)


def answer(turn: Turn, intent: Intent) -> list[Reply]:
    """A yes keeps everything. "Erase everything" erases at once, while it is asked; a bare no is asked about again.

    Whatever else they write is a sign of life, and keeps everything too.
    """
    was_asked = _was_asked(turn)
    turn.close_topic()
    if intent.answers(STAY) is Means.YES:
        turn.customer.asked_to_stay_at = None
        turn.session.add(turn.customer)
        return [turn.reply("stay_kept")]
    if intent.question == STAY and was_asked:
        return privacy.answer(turn, Intent(Means.YES))
    return privacy.ask_to_forget(turn)


def _was_asked(turn: Turn) -> bool:
    """Whether the question went out to them. Their grace may have begun without it, where nobody could ask."""
    topic = turn.topic()
    if topic is not None and topic.topic == STAY and topic.shown_at is None:
        return False
    asked_at = turn.customer.asked_to_stay_at
    said = select(Interaction.id).where(
        Interaction.customer_id == turn.customer.id,
        Interaction.kind == Kind.MESSAGE_OUT,
        Interaction.at == asked_at,
    )
    return asked_at is not None and turn.session.exec(said.limit(1)).first() is not None
