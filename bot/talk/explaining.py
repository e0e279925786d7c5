"""KENAPA: why an offer came, and at once the means to have fewer like it, none of its kind, or none by history."""

from __future__ import annotations

from sqlmodel import col, select

from bot.talk import steering
from bot.talk.turn import Turn
from campaigns.choosing import reasons
from campaigns.tables import SENT_STATES, Message
from campaigns.words.composing import Laid, Reply
from ledger import preferences
from ledger.tables import About, Degree, Product

WHY = "why"
MOST_CATEGORIES = 3


def why(turn: Turn) -> list[Reply]:
    """The reason for the offer they replied to, or for the last one, with what they can do about it."""
    message = _meant(turn)
    if message is None:
        return [turn.reply("why_nothing")]
    turn.open_topic(WHY, message=message.id)
    keys = [("less", "")]
    keys = [*keys, *(("never_category", name) for name in _categories(turn, message)[:MOST_CATEGORIES])]
    if message.is_personal and turn.standing.profiling:
        keys.append(("no_history", ""))
    sentence = reasons.why(turn.session, turn.composer, turn.language, message)
    return [
        turn.reply(
            WHY,
            sentence=Laid(sentence),
            lines=[turn.word("steering", TRIES[key], name=name, shout=name.upper()) for key, name in keys],
            choices=[(turn.word("steering", LABELS[key], name=name), _says(turn, key, name)) for key, name in keys],
        )
    ]


def less(turn: Turn) -> list[Reply]:
    """What that offer showed comes less often; where the shop knows no categories, those products do not."""
    message = _meant(turn)
    if message is None:
        return [turn.reply("why_nothing")]
    never = preferences.wishes(turn.session, turn.customer.id).never
    categories = _categories(turn, message)
    for name in (each for each in categories if each not in never):
        preferences.wish(turn.session, turn.customer.id, About.CATEGORY, name, Degree.LESS, turn.now)
    for product in [] if categories else _products(message):
        preferences.wish(turn.session, turn.customer.id, About.PRODUCT, str(product), Degree.NEVER, turn.now)
    turn.close_topic()
    return steering.changed(turn)


LABELS = {"less": "less_label", "never_category": "never_label", "no_history": "no_history_label"}
TRIES = {"less": "try_less", "never_category": "try_never", "no_history": "try_no_history"}


def _says(turn: Turn, key: str, name: str) -> str:
    return turn.word("steering", key, name=name)


def _meant(turn: Turn) -> Message | None:
    """The offer they replied to, the one they asked about last, or the newest."""
    theirs = select(Message).where(turn.is_theirs(Message.customer_id), col(Message.state).in_(SENT_STATES))
    replied = turn.inbound.in_reply_to
    if replied is not None:
        there = theirs.where(Message.channel == turn.inbound.channel, Message.provider_message_id == replied)
        found = turn.session.exec(there).first()
        if found is not None:
            return found
    topic = turn.topic()
    if topic is not None and topic.topic == WHY and replied is None:
        return turn.session.get(Message, topic.data["message"])
    return turn.session.exec(theirs.order_by(col(Message.sent_at).desc(), col(Message.id).desc())).first()


def _products(message: Message) -> list[int]:
    return list(message.facts.get("products", ()))


def _categories(turn: Turn, message: Message) -> list[str]:
    """The categories it showed, in its order."""
    rows = turn.session.exec(select(Product.id, Product.category).where(col(Product.id).in_(_products(message))))
    known = dict(rows.all())
    return list(dict.fromkeys(known[each] for each in _products(message) if known.get(each)))
