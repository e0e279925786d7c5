"""Small talk: a greeting, the language, and whatever we cannot answer."""

from __future__ import annotations

from dataclasses import replace

from bot.talk import joining, parting, phrases
from bot.talk.intents import THUMBS, Intent, Means, plain_words
from bot.talk.turn import Turn
from campaigns.listening import hearing
from campaigns.words.composing import Reply
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
    if _only_nods(turn):
        return [joining.begin(turn)] if is_first else [_nothing_open(turn)]
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
    is_urgent = _is_urgent(turn)
    questions.pass_on(turn.session, question, chats, turn.now, is_urgent=is_urgent)
    turn.passed_on.append(question)
    return turn.reply(
        "passed_on", contact=turn.shop.contact, is_more=is_more, sent=_sent_along(turn), is_urgent=is_urgent
    )


def _is_urgent(turn: Turn) -> bool:
    """Whether somebody has to look now. Judged only where they let the shop learn from what they do."""
    if turn.judge is None or turn.role is not None or turn.standing.profiling is not True:
        return False
    opinion = hearing.weigh(turn.session, turn.judge, turn.customer.id, turn.inbound.text)
    if opinion is None:
        return False
    turn.opinions.append(opinion)
    return bool(opinion.urgent)


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


def acknowledge(turn: Turn, intent: Intent) -> list[Reply]:
    """ "Ok", "ya" or "tidak" said to nothing of ours. To what the shop said or sent, the shop gets to read it.

    From somebody who never decided about offers it may be a late answer: the question is put, and a yes to it counts.
    """
    if turn.standing.offers is None and intent.question:
        return joining.start(turn)
    is_to_the_shop = questions.current(turn.session, turn.address, turn.now) is not None
    if not intent.question and (is_to_the_shop or parting.was_just_offered(turn)):
        return answer_anything(turn)
    return joining.start(turn) if turn.standing.offers is None else [_nothing_open(turn, intent.question)]


def _nothing_open(turn: Turn, pressed: str = "") -> Reply:
    """Nothing waits for an answer; ``pressed`` is the question whose button was pressed too late."""
    is_refused = pressed in (joining.OFFERS, joining.CONFIRM) and turn.standing.offers is False
    has_team = bool(questions.team_chats(turn.session, turn.channels))
    return turn.reply(
        "nothing_open", is_late=bool(pressed), is_refused=is_refused, has_team=has_team, contact=turn.shop.contact
    )


def _only_nods(turn: Turn) -> bool:
    """ "Ok", a thumb or a sticker: it ends a talk. Not where the shop asked something, or just offered something."""
    said, media = turn.inbound.text, turn.inbound.media
    words = set(plain_words(said).split())
    is_thumb = not words and any(THUMBS.get(sign) is Means.YES for sign in said)
    is_word = bool(words & phrases.NODS) and words <= phrases.NODS | phrases.ADDRESSING and "?" not in said
    is_nod = is_thumb or is_word if not media else media == "sticker" and not words
    return is_nod and not _is_asked_by_the_shop(turn) and not parting.was_just_offered(turn)


def _is_asked_by_the_shop(turn: Turn) -> bool:
    question = questions.current(turn.session, turn.address, turn.now)
    if question is None or question.answered_at is None:
        return False
    answers = [line for line in questions.lines(turn.session, question) if line.is_answer]
    return bool(answers) and "?" in answers[-1].text


def _sent_along(turn: Turn) -> str:
    """What came besides words, as one speaks of it; empty for words alone."""
    return turn.word("sent_along", turn.inbound.media) if turn.inbound.media else ""


def other(turn: Turn) -> Reply:
    """For whatever we do not understand and nobody gets to read: this is what can be said here."""
    return turn.reply("unknown", contact=turn.shop.contact, sent=_sent_along(turn))
