"""Small talk: a greeting, the language, and whatever we cannot answer."""

from __future__ import annotations

from bot.talk import joining
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.composing import Reply
from ledger import interactions, questions


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
    """What we cannot answer the shop may; somebody who writes for the first time is also asked what they allow."""
    is_first = turn.standing.offers is None and not interactions.has_written(turn.session, turn.customer.id)
    return [pass_on(turn), joining.begin(turn)] if is_first else [pass_on(turn)]


def pass_on(turn: Turn) -> Reply:
    """For whatever we do not understand: people of the shop get to read it, and this is said; or that they do not."""
    chats = questions.team_chats(turn.session, turn.channels)
    if not chats:
        return other(turn)
    before = questions.current(turn.session, turn.address, turn.now)
    is_more = before is not None and before.answered_at is None
    if before is not None and is_more and questions.is_full(turn.session, before):
        return turn.reply("asked_much", contact=turn.shop.contact)
    question = questions.ask(turn.session, turn.address, turn.now)
    questions.pass_on(turn.session, question, chats, turn.now)
    turn.passed_on.append(question)
    return turn.reply("passed_on", contact=turn.shop.contact, is_more=is_more, is_unseen=bool(turn.inbound.media))


def answer_beside(turn: Turn, intent: Intent, replies: list[Reply]) -> list[Reply]:
    """Asked something of ours they may ask something themselves: that is passed on, and our question stays put.

    Only what surely asks, or goes on with what they asked: an unclear yes or no is nobody's business.
    """
    goes_on = questions.current(turn.session, turn.address, turn.now) is not None
    if turn.role is not None or intent.means is not Means.OTHER or not (goes_on or "?" in turn.inbound.text):
        return replies
    passed = pass_on(turn)
    return [passed, *replies] if turn.passed_on else replies


def other(turn: Turn) -> Reply:
    """For whatever we do not understand and nobody gets to read: this is what can be said here."""
    return turn.reply("unknown", contact=turn.shop.contact)
