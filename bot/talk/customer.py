"""What customers are told and asked: joining, two questions answered apart, leaving."""

from __future__ import annotations

from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns.composing import Reply
from campaigns.wording import first_name
from ledger import consent
from ledger.consent import Standing, Wording
from ledger.tables import EVERYWHERE, Purpose

ASK_OFFERS = "ask_offers"
ASK_PROFILING = "ask_profiling"
QUESTIONS = {ASK_OFFERS: Purpose.OFFERS, ASK_PROFILING: Purpose.PROFILING}
LEFT_WORDING = "stop-1"


def start(turn: Turn) -> list[Reply]:
    """They asked to begin: explain and ask, or show where they stand if they allowed offers already."""
    if standing(turn).offers:
        return [show_standing(turn)]
    return [ask(turn, ASK_OFFERS)]


def greet(turn: Turn) -> list[Reply]:
    """A greeting begins things once; somebody who said no is not asked again for saying hello."""
    return start(turn) if standing(turn).offers is None else [other(turn)]


def ask_history(turn: Turn) -> list[Reply]:
    """They want to allow or refuse the use of their history, apart from everything else."""
    return [ask(turn, ASK_PROFILING if standing(turn).offers else ASK_OFFERS)]


def ask(turn: Turn, question: str) -> Reply:
    """Put a question of consent and remember which words were shown."""
    reply = question_words(turn, question)
    wording = turn.composer.wording(QUESTIONS[question], reply, turn.language)
    turn.open_topic(question, version=wording.version, hash=wording.hash, language=wording.language)
    return reply


def question_words(turn: Turn, question: str) -> Reply:
    return turn.reply(question, name=first_name(turn.customer.name), per_month=turn.shop.caps.per_30_days)


def answer(turn: Turn, question: str, shown: dict[str, str], intent: Intent) -> list[Reply]:
    """A yes, a no, or something that is neither and therefore counts as nothing."""
    means = intent.answers(question)
    if means not in (Means.YES, Means.NO):
        return [_ask_again(turn, question, means)]
    purpose, wording = QUESTIONS[question], Wording(shown["version"], shown["hash"], shown["language"])
    decide = consent.grant if means is Means.YES else consent.withdraw
    decide(
        turn.session,
        turn.customer.id,
        purpose,
        scope=turn.inbound.channel,
        wording=wording,
        evidence=turn.evidence,
        at=turn.now,
    )
    turn.close_topic()
    if purpose is Purpose.PROFILING:
        return [turn.reply("joined", profiling=means is Means.YES)]
    return [ask(turn, ASK_PROFILING)] if means is Means.YES else [turn.reply("declined")]


def leave(turn: Turn) -> list[Reply]:
    """STOP: from now on no offers on any channel, no profiling for them, no questions. Preempts everything."""
    turn.close_topic()
    reply = turn.reply("left")
    wording = Wording(LEFT_WORDING, "", turn.language)
    for purpose in Purpose:
        consent.withdraw(
            turn.session,
            turn.customer.id,
            purpose,
            scope=EVERYWHERE,
            wording=wording,
            evidence=turn.evidence,
            at=turn.now,
        )
    return [reply]


def speak(turn: Turn, language: str) -> list[Reply]:
    """Change the language; an open question is put again in the new one."""
    turn.customer.language = language
    turn.session.add(turn.customer)
    topic = turn.topic()
    if topic is not None and topic.topic in QUESTIONS:
        return [ask(turn, topic.topic)]
    return [turn.reply("language_set")]


def standing(turn: Turn) -> Standing:
    return consent.standing(turn.session, turn.customer.id, turn.inbound.channel)


def show_standing(turn: Turn) -> Reply:
    today = standing(turn)
    return turn.reply("standing", offers=today.allows(Purpose.OFFERS), profiling=today.allows(Purpose.PROFILING))


def answer_anything(turn: Turn) -> list[Reply]:
    """What we cannot answer; somebody who writes for the first time is also asked what they allow."""
    is_first = turn.address.created_at == turn.now and standing(turn).offers is None
    return [other(turn), ask(turn, ASK_OFFERS)] if is_first else [other(turn)]


def other(turn: Turn) -> Reply:
    """For whatever we do not understand: it has arrived, and this is what can be said here."""
    return turn.reply("unknown", contact=turn.shop.contact)


def _ask_again(turn: Turn, question: str, means: Means) -> Reply:
    """The question stands right above the next answer, whatever was said in between."""
    first = turn.reply("help", contact=turn.shop.contact) if means is Means.HELP else turn.reply("please_answer")
    again = question_words(turn, question)
    return Reply(f"{first.text}\n\n{again.text}", again.buttons)
