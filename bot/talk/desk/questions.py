"""The shop's side of the hand-off: what customers ask is seen, and answered by quoting it or by its number."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.talk.desk import passing
from bot.talk.desk.command import Command
from bot.talk.intents import Intent, Means
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.problems import Problem
from campaigns.words.composing import Laid, Reply
from ledger import notices, questions
from ledger.tables import ConversationState, Customer, Notice, Question, Role

NUMBERED = re.compile(r"#?(\d{1,9})(?:\s*[:.]?\s+(.+))?", re.DOTALL)
UNSURE = frozenset({Means.YES, Means.GO_ON, Means.COMMAND, Means.OTHER})
"""What must not be done when it was said to a message we do not know any more."""
MOST_SHOWN = 15


def heed(turn: Turn, intent: Intent, topic: ConversationState | None) -> list[Reply] | None:
    """The answer to what a text of the team quotes; None where it quotes nothing, or nothing that is answered so.

    Whatever it says goes to whoever asked: quoting their question, neither "yes" nor "/launch" means us.
    """
    if turn.inbound.is_press:
        return None
    if not turn.inbound.is_quoting or turn.inbound.in_reply_to is None:
        return _ask_which(turn, topic) if topic is not None and _is_between(turn, topic, intent) else None
    teller = Teller(turn.composer, turn.shop, turn.language)
    notice = notices.quoted(turn.session, turn.address.id, turn.inbound.in_reply_to)
    if notice is not None and notice.question_id is not None:
        try:
            return _answer(turn, teller, notice.question_id, turn.inbound.text)
        except Problem as problem:
            return [teller.problem(problem)]
    if notice is None and intent.means in UNSURE:
        # It may have been a question of somebody who was forgotten since.
        return [teller.say("quoted_unknown")]
    return None


def _is_between(turn: Turn, topic: ConversationState, intent: Intent) -> bool:
    """Whether a bare yes may be one to a customer's question that came in after ours."""
    if intent.means is not Means.YES or intent.question:
        return False
    came = select(Notice.id).where(
        Notice.address_id == turn.address.id,
        col(Notice.question_id).is_not(None),
        col(Notice.told_at) > topic.updated_at,
    )
    return turn.session.exec(came.limit(1)).first() is not None


def _ask_which(turn: Turn, topic: ConversationState) -> list[Reply]:
    """Asked once: the next bare yes is one to what this chat is in the middle of."""
    turn.open_topic(topic.topic, **topic.data)
    return [turn.reply("which_yes")]


def show(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """The questions that wait, or one of them with all that was said."""
    numbered = NUMBERED.fullmatch(argument.strip())
    if numbered is not None:
        question = found(turn.session, int(numbered[1]))
        questions.note_shown(turn.session, question, turn.address.id)
        return [shown(turn.session, teller, question, turn.now)]
    waiting = questions.waiting(turn.session)
    rows = [
        {
            "number": question.id,
            "name": passing.called(customer, teller),
            "age": passing.age(question.asked_at, turn.now, teller),
            **_glance(turn, teller, question),
        }
        for question, customer in waiting[:MOST_SHOWN]
    ]
    return [teller.say("questions", rows=rows, more=len(waiting) - len(rows))]


def answer(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """ "/answer 12 yes, we have it". Raises Problem."""
    numbered = NUMBERED.fullmatch(argument.strip())
    if numbered is None:
        raise Problem("answer_whom")
    return _answer(turn, teller, int(numbered[1]), numbered[2] or "")


def _answer(turn: Turn, teller: Teller, number: int, text: str) -> list[Reply]:
    question = questions.answerable(turn.session, number, text, turn.channels)
    if isinstance(question, questions.Hindrance):
        raise hindered(turn.session, question, number, teller)
    is_second = question.answered_at is not None
    said = text.strip()
    waits = questions.answer(turn.session, question, said, by=turn.actor, now=turn.now, place=turn.address.id)
    name = passing.called(turn.session.get_one(Customer, question.customer_id), teller)
    is_kept = questions.answer_until(turn.session, question) <= turn.now
    return [teller.say("answer_sent", name=name, number=number, is_second=is_second, is_kept=is_kept, waits=waits)]


def hindered(session: Session, why: questions.Hindrance, number: int, teller: Teller) -> Problem:
    """Why an answer cannot go out, as a sentence with the next step."""
    question = session.get(Question, number)
    name = passing.called(session.get_one(Customer, question.customer_id), teller) if question is not None else ""
    return Problem(why.value, number=number, name=name)


def found(session: Session, number: int) -> Question:
    """The question of that number. Raises Problem."""
    question = session.get(Question, number)
    if question is None:
        raise Problem("unknown_question", number=number)
    return question


def shown(session: Session, teller: Teller, question: Question, now: datetime) -> Reply:
    """All that was said about it."""
    said = [
        {
            "by": teller.word("handoff", "shop") if line.is_answer else "",
            "words": Laid(passing.heard(line, teller)),
            "age": passing.age(line.at, now, teller),
        }
        for line in questions.lines(session, question)
    ]
    name = passing.called(session.get_one(Customer, question.customer_id), teller)
    is_open = question.answered_at is None
    return teller.say("question", number=question.id, name=name, lines=said, is_open=is_open)


def _glance(turn: Turn, teller: Teller, question: Question) -> dict[str, Any]:
    """The last of what waits, and of how many. One alone is read here, and need not be told again."""
    waiting = questions.unanswered(turn.session, question)
    if len(waiting) == 1:
        questions.note_shown(turn.session, question, turn.address.id)
    return {"n": len(waiting), "words": Laid(passing.glance(waiting[-1], teller) if waiting else "")}


COMMANDS = {
    "questions": Command(Role.STAFF, show, also=("pertanyaan",)),
    "answer": Command(Role.STAFF, answer, also=("jawab",)),
}
