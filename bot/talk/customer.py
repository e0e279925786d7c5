"""Small talk: a greeting, the language, and whatever we cannot answer."""

from __future__ import annotations

from dataclasses import replace

from bot.talk import joining, parting
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.composing import Reply
from ledger import interactions, questions
from ledger.tables import ConversationState


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


def answer_to_ours(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply]:
    """Asked something of ours they may ask something themselves: that is passed on, and our question stays put.

    Only what surely asks, is a picture or the like, or goes on with what they asked: an unclear yes or no is nobody's
    business. While they talk with the shop our question rests: who orders is not to be held up by it.
    """
    goes_on = questions.current(turn.session, turn.address, turn.now) is not None
    is_asked = goes_on or "?" in turn.inbound.text or bool(turn.inbound.media)
    is_theirs = turn.role is None and intent.means is Means.OTHER and is_asked
    passed = pass_on(turn) if is_theirs else None
    if passed is not None and goes_on:
        turn.close_topic()
        return [_above(passed, turn.reply("offers_later", about=topic.topic))]
    ours = joining.answer(turn, topic.topic, topic.data, intent)
    return [passed, *ours] if passed is not None and turn.passed_on else ours


def _above(first: Reply, second: Reply) -> Reply:
    return replace(second, text=f"{first.text}\n\n{second.text}")


def acknowledge(turn: Turn) -> list[Reply]:
    """ "Ok", "ya" or "tidak" said to nothing of ours. To what the shop said or sent, the shop gets to read it.

    From somebody who never decided about offers it may be a late answer: the question is put, and a yes to it counts.
    """
    is_to_the_shop = questions.current(turn.session, turn.address, turn.now) is not None
    if is_to_the_shop or parting.was_just_offered(turn):
        return answer_anything(turn)
    return joining.start(turn) if turn.standing.offers is None else [turn.reply("nothing_open")]


def other(turn: Turn) -> Reply:
    """For whatever we do not understand and nobody gets to read: this is what can be said here."""
    return turn.reply("unknown", contact=turn.shop.contact, is_unseen=bool(turn.inbound.media))
