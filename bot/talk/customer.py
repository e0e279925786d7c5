"""Small talk: a greeting, the language, and whatever we cannot answer."""

from __future__ import annotations

from bot.talk import joining
from bot.talk.turn import Turn
from campaigns.composing import Reply
from ledger import interactions


def greet(turn: Turn) -> list[Reply]:
    """A greeting begins things once; somebody who said no is not asked again for saying hello."""
    if turn.standing.offers is None:
        return joining.start(turn)
    return [turn.reply("hello", name=turn.first_name, contact=turn.shop.contact)]


def who_we_are(turn: Turn) -> list[Reply]:
    """They wonder who writes to them, and where we know them from."""
    return [turn.reply("about_us", contact=turn.shop.contact)]


def welcome(turn: Turn) -> list[Reply]:
    return [turn.reply("welcome")]


def answer_anything(turn: Turn) -> list[Reply]:
    """What we cannot answer; somebody who writes for the first time is also asked what they allow."""
    is_first = turn.standing.offers is None and not interactions.has_written(turn.session, turn.customer.id)
    return [other(turn), joining.begin(turn)] if is_first else [other(turn)]


def other(turn: Turn) -> Reply:
    """For whatever we do not understand: it has arrived, and this is what can be said here."""
    return turn.reply("unknown", contact=turn.shop.contact)
