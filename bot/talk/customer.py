"""Small talk: a greeting, the language, and whatever we cannot answer."""

from __future__ import annotations

from bot.talk import joining
from bot.talk.turn import Turn
from campaigns.composing import Reply


def greet(turn: Turn) -> list[Reply]:
    """A greeting begins things once; somebody who said no is not asked again for saying hello."""
    return joining.start(turn) if turn.standing.offers is None else [other(turn)]


def speak(turn: Turn, language: str) -> list[Reply]:
    """Change the language; an open question is put again in the new one."""
    turn.customer.language = language
    turn.session.add(turn.customer)
    topic = turn.topic()
    if topic is not None and topic.topic in joining.ASKED:
        return [joining.put_again(turn, topic.topic, topic.data)]
    return [turn.reply("language_set")]


def answer_anything(turn: Turn) -> list[Reply]:
    """What we cannot answer; somebody who writes for the first time is also asked what they allow."""
    is_first = turn.address.last_inbound_at == turn.address.created_at == turn.now and turn.standing.offers is None
    return [other(turn), joining.begin(turn)] if is_first else [other(turn)]


def other(turn: Turn) -> Reply:
    """For whatever we do not understand: it has arrived, and this is what can be said here."""
    return turn.reply("unknown", contact=turn.shop.contact)
