"""What customers are asked before anything is sent: each question apart, each answered by its own yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.talk import identifying, steering
from bot.talk.intents import Intent, Means
from bot.talk.linking import which_chat
from bot.talk.turn import Turn
from campaigns.privacy import linking
from campaigns.words.composing import Reply
from ledger import consent
from ledger.consent import Wording
from ledger.tables import Purpose

ASK_AGE = "ask_age"


@dataclass(frozen=True)
class Question:
    """A question of consent: what a yes allows, and whose version of words it is in the catalogue."""

    purpose: Purpose
    wording: str


OFFERS, CONFIRM, PROFILING, RESEARCH = "ask_offers", "confirm_offers", "ask_profiling", "ask_research"
QUESTIONS = {
    OFFERS: Question(Purpose.OFFERS, "offers"),
    CONFIRM: Question(Purpose.OFFERS, "offers_confirmed"),
    PROFILING: Question(Purpose.PROFILING, "profiling"),
    RESEARCH: Question(Purpose.RESEARCH, "research"),
}
ASKED = (ASK_AGE, *QUESTIONS)
TOO_YOUNG = 0


def start(turn: Turn) -> list[Reply]:
    """They asked to begin: explain and ask, or show where they stand if they allowed offers already."""
    if turn.standing.offers and is_old_enough(turn):
        # To begin again, while it was not clear whether they want to leave, is to say that they do not.
        return steering.resume(turn)
    return [begin(turn)]


def begin(turn: Turn) -> Reply:
    """The first question. Where the shop sells what is not for everybody, it is that of age."""
    if is_old_enough(turn):
        return ask(turn, OFFERS)
    if turn.customer.of_age == TOO_YOUNG:
        return turn.reply("under_age", age=turn.shop.minimum_age)
    return ask_age(turn)


def ask_age(turn: Turn, *, is_again: bool = False) -> Reply:
    turn.open_topic(ASK_AGE, is_again=is_again)
    return turn.reply(ASK_AGE, age=turn.shop.minimum_age, name=turn.first_name, is_again=is_again)


def ask_age_again(turn: Turn) -> list[Reply]:
    """Somebody may have pressed the wrong button; where age does not matter there is nothing to ask."""
    return steering.show(turn) if turn.shop.minimum_age is None else [ask_age(turn)]


def ask_history(turn: Turn) -> list[Reply]:
    """They want to allow or refuse the use of their history, apart from everything else."""
    return [ask(turn, PROFILING) if turn.standing.offers else begin(turn)]


def ask(turn: Turn, question: str, *, is_joining: bool = False, is_again: bool = False) -> Reply:
    """Put a question of consent and remember which words were shown."""
    _, wording = shown_to_anybody(turn, question)
    keep(turn, question, wording)
    shown = {"version": wording.version, "hash": wording.hash, "language": wording.language}
    turn.open_topic(question, **shown, is_joining=is_joining, is_again=is_again)
    return _words(turn, question, name=turn.first_name, is_joining=is_joining, is_again=is_again)


def shown_to_anybody(turn: Turn, question: str) -> tuple[Reply, Wording]:
    """A question of consent as it names nobody, and what a yes to it is given to."""
    asked = _words(turn, question, name="")
    return asked, turn.composer.wording(QUESTIONS[question].wording, asked, turn.language)


def keep(turn: Turn, question: str, wording: Wording) -> None:
    """Remember the words that are asked."""
    purpose = QUESTIONS[question].purpose
    per_month = turn.shop.caps.per_30_days if purpose is Purpose.OFFERS else None
    consent.keep_wording(turn.session, purpose, wording, turn.now, per_month=per_month)


def answer(turn: Turn, question: str, shown: Mapping[str, Any], intent: Intent) -> list[Reply]:
    """A yes, a no, or something that is neither and therefore counts as nothing."""
    means = intent.answers(question)
    if question == CONFIRM and means is Means.NOT_ME:
        return [identifying.disown(turn), begin(turn)]
    if means not in (Means.YES, Means.NO):
        return [_again(turn, question, shown, means)]
    turn.close_topic()
    is_yes = means is Means.YES
    if question == ASK_AGE:
        note_age(turn, is_yes=is_yes)
        return [ask(turn, OFFERS) if is_yes else turn.reply("under_age", age=turn.shop.minimum_age)]
    if question == OFFERS and is_yes and not turn.is_proven:
        return [ask(turn, CONFIRM)]
    if question == CONFIRM and is_yes:
        linking.link(turn.session, turn.address, turn.now)
    decide(turn, question, Wording(shown["version"], shown["hash"], shown["language"]), is_yes=is_yes)
    return _next(turn, QUESTIONS[question].purpose, is_yes=is_yes, is_joining=bool(shown.get("is_joining")))


def put_again(turn: Turn, question: str, shown: Mapping[str, Any]) -> Reply:
    """The open question once more, in the language of now and without a second greeting."""
    is_joining = bool(shown.get("is_joining"))
    if question == ASK_AGE:
        return ask_age(turn, is_again=True)
    return ask(turn, question, is_joining=is_joining, is_again=True)


def decide(turn: Turn, question: str, wording: Wording, *, is_yes: bool) -> None:
    """Their yes or no to the words they were shown, for this chat."""
    (consent.grant if is_yes else consent.withdraw)(
        turn.session,
        turn.customer.id,
        QUESTIONS[question].purpose,
        scope=turn.inbound.channel,
        wording=wording,
        evidence=turn.evidence,
        at=turn.now,
    )
    if QUESTIONS[question].purpose is Purpose.OFFERS:
        turn.release()


def _next(turn: Turn, purpose: Purpose, *, is_yes: bool, is_joining: bool) -> list[Reply]:
    if purpose is Purpose.OFFERS:
        return [ask(turn, PROFILING, is_joining=True)] if is_yes else [turn.reply("declined")]
    if is_joining:
        return [turn.reply("joined", profiling=is_yes), *which_chat(turn)]
    return steering.changed(turn)


def note_age(turn: Turn, *, is_yes: bool) -> None:
    """That they have reached the age that matters here, or not, is all that is kept: no date of birth."""
    turn.customer.of_age = turn.shop.minimum_age if is_yes else TOO_YOUNG
    turn.session.add(turn.customer)


def _again(turn: Turn, question: str, shown: Mapping[str, Any], means: Means) -> Reply:
    """The question stands right above the next answer, whatever was said in between. Twice unheard, it rests."""
    if shown.get("is_again"):
        turn.close_topic()
        standing = turn.standing
        stands = question in QUESTIONS and standing.allows(QUESTIONS[question].purpose)
        offers = bool(standing.offers)
        return turn.reply("not_noted", about=question, stands=stands, offers=offers, contact=turn.shop.contact)
    first = turn.help() if means is Means.HELP else turn.reply("please_answer")
    again = put_again(turn, question, shown)
    return Reply(f"{first.text}\n\n{again.text}", again.buttons)


def is_old_enough(turn: Turn) -> bool:
    """Whether they said that they have reached the age that matters here, or none does."""
    return turn.shop.minimum_age is None or (turn.customer.of_age or TOO_YOUNG) >= turn.shop.minimum_age


def _words(turn: Turn, question: str, *, name: str, is_joining: bool = False, is_again: bool = False) -> Reply:
    if question == PROFILING:
        return turn.reply(question, is_joining=is_joining)
    if question == RESEARCH:
        return turn.reply(question)
    if question == CONFIRM:
        return turn.reply(question, per_month=turn.shop.caps.per_30_days)
    return turn.reply(question, name=name, per_month=turn.shop.caps.per_30_days, is_again=is_again)
