"""Customers' questions and the shop's answers in words, as the chats they are passed on to read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session

from bot import telling
from bot.talk.replies import Teller
from campaigns.channel import Outcome, Sent
from campaigns.listening import hearing
from campaigns.words.composing import Laid, Reply
from campaigns.words.wording import first_name
from ledger import customers, questions, windows
from ledger.questions import Line
from ledger.tables import Address, Customer, Interaction, Notice, Question

LONGEST_LINE, LONGEST_QUOTE = 600, 1_200
"""What fits one message of any messenger: a reply to it names its number."""
LONGEST_GLANCE = 80
MOST_BEFORE, LONGEST_BEFORE = 2, 200
"""What is quoted once more where something is added."""
UNITS = {"days": timedelta(days=1), "hours": timedelta(hours=1), "minutes": timedelta(minutes=1)}


def asked(session: Session, notice: Notice, teller: Teller, now: datetime) -> Reply | None:
    """What a customer asks, to one of the team. Nothing where somebody else has answered meanwhile."""
    question = session.get_one(Question, notice.question_id)
    fresh, is_more = questions.fresh_lines(session, notice)
    if not fresh:
        return None
    pause = hearing.pause_of(session, question)
    earlier = [line for line in questions.lines(session, question) if line.id < fresh[0].id] if is_more else []
    return teller.say(
        questions.ASKED,
        number=question.id,
        name=called(session.get_one(Customer, question.customer_id), teller),
        words=Laid(quoted(fresh, teller)),
        is_more=is_more,
        before=Laid("\n".join(_marked(_before(line, teller)) for line in earlier[-MOST_BEFORE:])),
        until=deadline(questions.answer_until(session, question), now, teller),
        is_urgent=pause is not None,
        paused_until=teller.moment(pause, "d MMMM") if pause is not None and pause > now else "",
    )


def deadline(until: datetime, now: datetime, teller: Teller) -> str:
    """By when an answer has to be given to arrive at once: "Rabu 12.34"; nothing where that does not matter."""
    return "" if until <= now or until == windows.ALWAYS else teller.moment(until, "EEEE")


def _before(line: Line, teller: Teller) -> str:
    who = f"{teller.word('handoff', 'shop')}: " if line.is_answer else ""
    return f"{who}{_short(' '.join(heard(line, teller).split()), LONGEST_BEFORE)}"


def many(session: Session, _notice: Notice, teller: Teller, _now: datetime) -> Reply:
    return teller.say(questions.MANY, n=len(questions.waiting(session)))


def answer(session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply:
    """What the shop answers, to the customer."""
    return teller.say(questions.ANSWER, words=Laid(_said(session, notice)))


def answered(session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply:
    """That somebody of the team has answered, to the others."""
    question = session.get_one(Question, notice.question_id)
    place = session.get(Address, notice.data["place"]) if notice.data.get("place") is not None else None
    return teller.say(
        questions.ANSWERED,
        number=question.id,
        name=called(session.get_one(Customer, question.customer_id), teller),
        by=first_name(customers.of(session, place).name) if place is not None else "",
        words=Laid(_marked(_short(_said(session, notice), LONGEST_LINE))),
        waits=len(questions.unanswered(session, question)),
    )


def lost(session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply:
    """That an answer did not arrive, to whoever gave it."""
    question = session.get_one(Question, notice.question_id)
    customer = session.get_one(Customer, question.customer_id)
    return teller.say(questions.LOST, number=question.id, name=called(customer, teller))


def waiting(session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply:
    """That an answer waits until they write, to whoever gave it."""
    question = session.get_one(Question, notice.question_id)
    customer = session.get_one(Customer, question.customer_id)
    return teller.say(questions.WAITING, number=question.id, name=called(customer, teller))


def note_fate(session: Session, notice: Notice, outcome: Outcome, now: datetime) -> None:
    """An answer that does not arrive is no answer; one that their window keeps back arrives when they write."""
    if notice.given_up_at is not None:
        questions.lost(session, notice, now)
    elif not isinstance(outcome, Sent):
        questions.held_up(session, notice, now)


def called(customer: Customer, teller: Teller) -> str:
    """A customer as the team sees them: by their first name, never by their number."""
    return first_name(customer.name) or teller.word("handoff", "somebody")


def quoted(lines: Iterable[Line], teller: Teller) -> str:
    """What was said, each line marked, as much as one message carries."""
    texts = [_short(heard(line, teller), LONGEST_LINE) for line in lines]
    shown: list[str] = []
    for text in texts:
        if sum(map(len, shown)) + len(text) > LONGEST_QUOTE:
            break
        shown.append(text)
    more = [teller.word("handoff", "more", n=len(texts) - len(shown))] if len(shown) < len(texts) else []
    return "\n".join(map(_marked, [*shown, *more]))


def heard(line: Line, teller: Teller) -> str:
    """A text, or what came in its place."""
    came = teller.word("handoff", line.media) if line.media else ""
    return " ".join(part for part in (came, line.text.strip()) if part) or teller.word("handoff", "file")


def glance(line: Line, teller: Teller) -> str:
    """The beginning of a text, on one line."""
    return _short(" ".join(heard(line, teller).split()), LONGEST_GLANCE)


def age(since: datetime, now: datetime, teller: Teller) -> str:
    """How long ago that was: "5 min", "3 h", "2 days"."""
    passed = now - since
    for unit, length in (
        ("days", timedelta(days=1)),
        ("hours", timedelta(hours=1)),
        ("minutes", timedelta(minutes=1)),
    ):
        if passed >= length:
            return teller.word("handoff", unit, n=passed // length)
    return teller.word("handoff", "now")


def _said(session: Session, notice: Notice) -> str:
    return _clean(session.get_one(Interaction, notice.data["said"]).text or "")


def _short(text: str, longest: int) -> str:
    plain = _clean(text)
    return plain if len(plain) <= longest else f"{plain[: longest - 1].rstrip()}…"


def _clean(text: str) -> str:
    """Lines as they were written, without signs that could hide or turn around what stands there."""
    return "\n".join("".join(sign if sign.isprintable() else " " for sign in line) for line in text.splitlines())


def _marked(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


telling.WORDS |= {
    questions.ASKED: asked,
    questions.MANY: many,
    questions.ANSWER: answer,
    questions.ANSWERED: answered,
    questions.LOST: lost,
    questions.WAITING: waiting,
}
telling.AFTERWARDS |= {questions.ANSWER: note_fate}
