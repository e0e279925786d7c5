"""A survey in the customer's chat: begun when they want, a question at a time, skipped, left for later, gone on with.

    "survei"            → the first question without an answer, from whichever of their chats
    a number, a button  → kept, and the next question
    "lewati", "kembali" → passed over; the one before once more
    "nanti"             → it waits, until its days are over
    anything else       → answered as usual, and the question waits

Leaving is heard before any of it: see answering.ALWAYS.
"""

from __future__ import annotations

import re
from datetime import timedelta

from sqlmodel import col, select

from bot.talk import parting
from bot.talk.choosing import chosen
from bot.talk.intents import Intent, Means, plain_words
from bot.talk.turn import Turn
from campaigns.launching.drafts import SURVEY
from campaigns.surveys import asking
from campaigns.surveys.asking import Invited
from campaigns.surveys.questionnaires import Asks, Question
from campaigns.tables import Message, Reached, SurveyResponse
from campaigns.words.composing import Laid, Reply
from ledger import questions, windows
from ledger.tables import ConversationState, Purpose

TOPIC = SURVEY
AFTERTHOUGHT = timedelta(hours=24)
"""So long after the invitation a bare yes, no or "later" may be about it."""
PRESSED = re.compile(r"surve[iy] (\d{1,9}) (\w{1,9}) (\d{1,2}|lewati)", re.IGNORECASE)
"""What the buttons of a question say: which survey, which question, which answer."""
SKIP = frozenset({"lewati", "lewat", "lewatkan", "lewati saja", "skip", "skip it", "skip this", "pass"})
BACK = frozenset({"kembali", "balik", "sebelumnya", "mundur", "back", "go back", "previous"})
LATER = frozenset(
    {"nanti", "nanti saja", "nanti aja", "nanti ya", "nanti dulu", "lain kali", "later", "maybe later", "not now"}
)
NOUGHT = frozenset({"nol", "kosong", "zero"})
AGREEING = {
    "sangat tidak setuju": 1, "tidak setuju": 2, "netral": 3, "biasa saja": 3, "setuju": 4, "sangat setuju": 5,
    "strongly disagree": 1, "disagree": 2, "neutral": 3, "agree": 4, "strongly agree": 5,
}  # fmt: skip
CONTENT = {
    "sangat tidak puas": 1, "tidak puas": 2, "biasa saja": 3, "puas": 4, "sangat puas": 5,
    "very unhappy": 1, "unhappy": 2, "okay": 3, "happy": 4, "very happy": 5,
}  # fmt: skip
IN_WORDS = {Asks.AGREE: AGREEING, Asks.SATISFIED: CONTENT}
"""Answers by their words instead of their number."""


def resume(turn: Turn) -> list[Reply] | None:
    """ "Survei": the survey that waits for them begins or goes on; None where none does."""
    invited = _waiting(turn)
    return None if invited is None else _go_on(turn, invited)


def begin(turn: Turn) -> list[Reply] | None:
    """ "Mulai" said to an invitation that is the last thing we sent; None where it is about something else."""
    invited = _just_invited(turn)
    return None if invited is None or turn.inbound.text.startswith("/") else _go_on(turn, invited)


def heed(turn: Turn, topic: ConversationState | None, intent: Intent) -> list[Reply] | None:
    """What is said to a survey; None where it is none of a survey's business."""
    if turn.role is not None:
        return None
    pressed = PRESSED.fullmatch(turn.inbound.text.strip())
    if pressed is not None:
        return _pressed(turn, int(pressed[1]), pressed[2].upper(), pressed[3].casefold())
    if topic is not None:
        return _answered(turn, topic, intent) if topic.topic == TOPIC else None
    return _to_the_invitation(turn, intent) or _out_of_the_blue(turn)


def is_answer(turn: Turn, topic: ConversationState, intent: Intent) -> bool:
    """Whether it would be taken for an answer to the question that is open."""
    invited = _waiting(turn, topic.data["survey"])
    question = _question(invited, topic.data["item"]) if invited is not None else None
    if question is None or PRESSED.fullmatch(turn.inbound.text.strip()) is not None:
        return False
    said = plain_words(turn.inbound.text)
    return said in SKIP | BACK or _read(turn, question, intent) is not None


def put_again(turn: Turn) -> list[Reply]:
    """The question that is open, or whichever is next."""
    return resume(turn) or [turn.reply("survey_over", why="gone")]


def and_waits(turn: Turn, topic: ConversationState | None, replies: list[Reply]) -> list[Reply]:
    """Something else was said in the middle of a survey, and answered: its question waits, which is said once."""
    if topic is None or topic.topic != TOPIC or not replies:
        return replies
    still = turn.topic()
    if still is None or still.topic != TOPIC:
        return replies
    if still.data.get("is_aside") or replies[-1].buttons:
        return replies
    turn.amend_topic(still, **{**still.data, "is_aside": True})
    waits = turn.word("surveys", "waits")
    last = replies[-1]
    return [*replies[:-1], Reply(f"{last.text}\n\n{waits}", last.buttons, last.document, last.chart, last.copyable)]


def _waiting(turn: Turn, number: int | None = None) -> Invited | None:
    """What they may answer: only while they allow surveys."""
    if turn.role is not None or not turn.standing.allows(Purpose.RESEARCH):
        return None
    return asking.waiting_for(turn.session, turn.customer.id, turn.now, number=number)


def _just_invited(turn: Turn) -> Invited | None:
    """The survey whose invitation is the last thing that went out to them, lately, and which they did not begin."""
    invited = _waiting(turn)
    if invited is None or invited.response is not None or turn.now - invited.asked_at > AFTERTHOUGHT:
        return None
    later = select(Message.id).where(
        turn.is_theirs(Message.customer_id),
        col(Message.sending_at) > invited.asked_at,
    )
    talk = questions.current(turn.session, turn.address, turn.now)
    is_talking = talk is not None and max(talk.asked_at, talk.answered_at or talk.asked_at) > invited.asked_at
    return None if is_talking or turn.session.exec(later.limit(1)).first() is not None else invited


def _to_the_invitation(turn: Turn, intent: Intent) -> list[Reply] | None:
    is_later = plain_words(turn.inbound.text) in LATER
    if not is_later and (intent.means not in (Means.YES, Means.NO) or intent.question):
        return None
    invited = _just_invited(turn)
    if invited is None:
        return None
    if is_later:
        return _left_for_later(turn, invited)
    return _go_on(turn, invited) if intent.means is Means.YES else _declined(turn, invited)


def _out_of_the_blue(turn: Turn) -> list[Reply] | None:
    """A bare number, days after the question was put, or after something else: the question is put again, for it
    would be read above its next answer."""
    said = plain_words(turn.inbound.text)
    if chosen(turn.inbound.text) is None and said not in SKIP | BACK | LATER:
        return None
    invited = _waiting(turn)
    if invited is None or invited.response is None:
        return None
    return _left_for_later(turn, invited) if said in LATER else _go_on(turn, invited)


def _go_on(turn: Turn, invited: Invited) -> list[Reply]:
    """The next question; who began before is welcomed back with how far they were."""
    is_begun = invited.response is not None
    response = asking.begin(turn.session, invited, turn.customer, turn.language, turn.now)
    return [_next(turn, invited, response, is_resumed=is_begun)]


def _answered(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply] | None:
    invited = _waiting(turn, topic.data["survey"])
    if invited is None or invited.response is None:
        turn.close_topic()
        return None
    if intent.means is Means.MAYBE_STOP:
        return parting.doubt(turn)
    said = plain_words(turn.inbound.text)
    if said in LATER:
        return _left_for_later(turn, invited)
    if said in BACK:
        return _went_back(turn, invited, invited.response)
    question = _question(invited, topic.data["item"])
    return None if question is None else _to_the_question(turn, invited, invited.response, question, intent)


def _to_the_question(
    turn: Turn, invited: Invited, response: SurveyResponse, question: Question, intent: Intent
) -> list[Reply] | None:
    if plain_words(turn.inbound.text) in SKIP:
        return _noted(turn, invited, response, question)
    found = _read(turn, question, intent)
    if found is not None:
        value, text = found
        return _noted(turn, invited, response, question, value=value, text=text)
    if _is_off_the_scale(turn, question, intent):
        return [_put(turn, invited, question, _place(invited, question), is_unclear=True)]
    return None


def _pressed(turn: Turn, number: int, item: str, said: str) -> list[Reply]:
    """A button says which question it answers: an older one changes what was answered there."""
    invited = _waiting(turn, number)
    question = _question(invited, item) if invited is not None else None
    if invited is None or question is None:
        return [turn.reply("survey_over", why="gone")]
    response = asking.begin(turn.session, invited, turn.customer, turn.language, turn.now)
    if said == "lewati":
        return _noted(turn, invited, response, question)
    least, most = question.range or (0, -1)
    if not least <= int(said) <= most:
        return [_next(turn, invited, response)]
    return _noted(turn, invited, response, question, value=int(said))


def _noted(
    turn: Turn,
    invited: Invited,
    response: SurveyResponse,
    question: Question,
    *,
    value: int | None = None,
    text: str | None = None,
) -> list[Reply]:
    asking.note(turn.session, response, question, turn.now, value=value, text=text)
    # It is kept with the survey, and nowhere beside it with their name.
    turn.confided.append(turn.word("surveys", "confided"))
    return [_next(turn, invited, response)]


def _went_back(turn: Turn, invited: Invited, response: SurveyResponse) -> list[Reply]:
    asking.go_back(turn.session, invited.questions, response, turn.now)
    return [_next(turn, invited, response)]


def _left_for_later(turn: Turn, invited: Invited) -> list[Reply]:
    turn.close_topic()
    given = asking.answers(turn.session, invited.response) if invited.response is not None else {}
    return [turn.reply("survey_later", until=turn.day(invited.until), n=len(given), of=len(invited.questions))]


def _declined(turn: Turn, invited: Invited) -> list[Reply]:
    response = asking.begin(turn.session, invited, turn.customer, turn.language, turn.now)
    asking.end(turn.session, response, turn.now, Reached.DECLINED)
    return [turn.reply("survey_over", why="declined")]


def _next(turn: Turn, invited: Invited, response: SurveyResponse, *, is_resumed: bool = False) -> Reply:
    given = asking.answers(turn.session, response)
    place, question = asking.next_question(invited.questions, given)
    if place is None or question is None:
        turn.close_topic()
        asking.end(turn.session, response, turn.now)
        n = sum(each.value is not None or each.text is not None for each in given.values())
        return turn.reply("survey_done", n=n, of=len(invited.questions), name=turn.first_name)
    return _put(turn, invited, question, place, is_first=place == 1 and not is_resumed, is_resumed=is_resumed)


def _put(
    turn: Turn,
    invited: Invited,
    question: Question,
    place: int,
    *,
    is_first: bool = False,
    is_resumed: bool = False,
    is_unclear: bool = False,
) -> Reply:
    """A question as it stands in the chat. Messengers with few buttons are told the numbers in words only."""
    turn.open_topic(TOPIC, survey=invited.survey.id, item=question.key)
    least, most = question.range or (0, 0)
    return turn.reply(
        "survey_question",
        question=Laid(question.in_words(turn.language)),
        asks=question.asks.value,
        scale=turn.word("survey_scales", question.asks, least=least, most=most),
        place=place,
        of=len(invited.questions),
        is_first=is_first,
        is_resumed=is_resumed,
        is_unclear=is_unclear,
        hint=turn.word("surveys", "hint_first" if is_first else "hint"),
        choices=_choices(turn, invited.survey.id, question),
    )


def _choices(turn: Turn, number: int, question: Question) -> list[tuple[str, str]]:
    if turn.inbound.channel in windows.WINDOWED:
        return []
    mark = f"survei {number} {question.key}"
    skip = (turn.word("surveys", "skip"), f"{mark} lewati")
    if question.asks is Asks.YES_NO:
        return [(turn.word("surveys", "yes"), f"{mark} 1"), (turn.word("surveys", "no"), f"{mark} 0"), skip]
    if question.range is None:
        return [skip]
    least, most = question.range
    return [*((str(n), f"{mark} {n}") for n in range(least, most + 1)), skip]


def _read(turn: Turn, question: Question, intent: Intent) -> tuple[int | None, str | None] | None:
    """The answer in what they wrote, a number or words; None where it is no answer to this question."""
    inbound = turn.inbound
    if inbound.media or inbound.attachment is not None:
        return None
    if question.asks is Asks.YES_NO:
        return (int(intent.means is Means.YES), None) if intent.means in (Means.YES, Means.NO) else None
    if question.range is None:
        return (None, inbound.verbatim) if "?" not in inbound.text and intent.means in TOLD else None
    said = plain_words(inbound.text)
    least, most = question.range
    value = IN_WORDS.get(question.asks, {}).get(said)
    value = 0 if said in NOUGHT else chosen(inbound.text) if value is None else value
    return (value, None) if value is not None and least <= value <= most else None


TOLD = frozenset({Means.OTHER, Means.YES, Means.NO, Means.THANKS, Means.GO_ON})
"""What may be an answer in words; whatever else is understood is answered as usual."""


def _is_off_the_scale(turn: Turn, question: Question, intent: Intent) -> bool:
    """A number there is none of, or a yes or no where a number is asked: surely an answer, but to which end?"""
    is_number = chosen(turn.inbound.text) is not None
    return question.range is not None and (is_number or intent.means in (Means.YES, Means.NO))


def _question(invited: Invited | None, item: str) -> Question | None:
    return next((each for each in invited.questions if each.key == item), None) if invited is not None else None


def _place(invited: Invited, question: Question) -> int:
    return [each.key for each in invited.questions].index(question.key) + 1
