"""What customers ask the people in the shop: passed on to the team's chats, and their answers passed back.

asked → passed on (a notice to each chat of the team) → answered (a notice to the customer's chat) → asked on, or over

Several texts before an answer are one question; what follows an answer within THREAD goes to the same one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from ledger import audit, conversations, interactions, notices, windows
from ledger.columns import microseconds, moment
from ledger.tables import Address, Customer, Interaction, Kind, Notice, Question, QuestionLine, TeamMember

THREAD = timedelta(hours=24)
BREATH = timedelta(minutes=1)
"""Between two notices about the same question: whoever types line by line is passed on in handfuls."""
MOST_LINES = 20
"""So many texts may wait for an answer; what comes after is not passed on."""
MOST_AN_HOUR = 30
"""So many questions an hour a chat of the team is told of one by one."""
ASKED, MANY, ANSWER, ANSWERED, LOST, WAITING = (
    "question_asked",
    "questions_many",
    "shop_answer",
    "question_answered",
    "answer_lost",
    "answer_waits",
)
"""The notices, by their replies."""


class Hindrance(StrEnum):
    """Why an answer cannot go out."""

    UNKNOWN = "unknown_question"
    WORDLESS = "answer_what"
    UNREACHABLE = "answer_unreachable"
    CHANNEL = "answer_channel"


@dataclass(frozen=True)
class Line:
    """One text of a question's conversation."""

    id: int
    text: str
    media: str
    at: datetime
    is_answer: bool


TEAM_CHATS = (
    select(Address)
    .join(TeamMember, col(TeamMember.address_id) == col(Address.id))
    .where(col(Address.channel).in_(bindparam("channels", expanding=True)), col(Address.unreachable_since).is_(None))
    .order_by(col(Address.id))
)
"""Made once: every question of a customer asks for it."""


def team_chats(session: Session, channels: Collection[str]) -> Sequence[Address]:
    """The chats of the team that can be told something now."""
    return session.exec(TEAM_CHATS, params={"channels": list(channels)}).all()


LAST_OF_A_CHAT = (
    select(Question)
    .where(Question.address_id == bindparam("chat"), Question.customer_id == bindparam("customer"))
    .order_by(col(Question.id).desc())
    .limit(1)
)
"""Made once as well."""


def current(session: Session, address: Address, now: datetime) -> Question | None:
    """The question this chat goes on with: one that waits for an answer, or had its answer within THREAD."""
    last = session.exec(LAST_OF_A_CHAT, params={"chat": address.id, "customer": address.customer_id}).first()
    is_over = last is None or (last.answered_at is not None and now - last.answered_at > THREAD)
    return None if is_over else last


def ask(session: Session, address: Address, now: datetime) -> Question:
    """The question that a text from this chat belongs to. What was answered and is asked on waits again."""
    question = current(session, address, now)
    if question is None:
        question = Question(customer_id=address.customer_id, address_id=address.id, asked_at=now)
    elif question.answered_at is not None:
        question.asked_at, question.answered_at, question.answered_by = now, None, None
    session.add(question)
    session.flush()
    return question


def is_full(session: Session, question: Question) -> bool:
    """Whether so many texts wait for an answer that no more are passed on."""
    return len(unanswered(session, question)) >= MOST_LINES


def add_line(
    session: Session, question: Question, said: Interaction, *, media: str = "", is_answer: bool = False
) -> None:
    """A logged text belongs to ``question``."""
    session.flush()
    session.add(QuestionLine(question_id=question.id, interaction_id=said.id, media=media, is_answer=is_answer))


def lines(session: Session, question: Question) -> list[Line]:
    """The conversation, oldest first."""
    wanted = (
        select(QuestionLine, Interaction)
        .join(Interaction, col(Interaction.id) == col(QuestionLine.interaction_id))
        .where(QuestionLine.question_id == question.id)
        .order_by(col(QuestionLine.id))
    )
    return [Line(row.id, said.text or "", row.media, said.at, row.is_answer) for row, said in session.exec(wanted)]


def pass_on(
    session: Session, question: Question, chats: Sequence[Address], now: datetime, *, is_urgent: bool = False
) -> None:
    """Tell the team, each chat by a notice that gathers what was said when it is told; what is urgent at once."""
    for chat in chats:
        told = _notices(session, question, chat.id)
        if any(each.told_at is None and each.given_up_at is None and not each.tries for each in told):
            continue
        if not told and not is_urgent and _so_many(session, chat, now):
            continue
        soonest = told[-1].made_at + BREATH if told and not is_urgent else now
        notices.tell(
            session,
            chat.id,
            ASKED,
            max(now, soonest),
            question_id=question.id,
            not_before=soonest if soonest > now else None,
        )


def fresh_lines(session: Session, notice: Notice) -> tuple[list[Line], bool]:
    """What this notice is to tell: the texts that wait and that its chat was not told of; whether it was told before.

    What it tells is noted in it, so that the next one goes on from there.
    """
    question = session.get_one(Question, notice.question_id)
    chat = session.get_one(Address, notice.address_id)
    told = _told(session, question, chat.id)
    up_to = max((int(each.data.get("up_to", 0)) for each in told), default=0)
    fresh = [line for line in unanswered(session, question) if line.id > up_to]
    if fresh:
        notice.data = {"up_to": fresh[-1].id}
        session.add(notice)
    return fresh, bool(told)


def unanswered(session: Session, question: Question) -> list[Line]:
    """The texts that wait for an answer, oldest first; none of a question that had one."""
    if question.answered_at is not None:
        return []
    return [line for line in lines(session, question) if not line.is_answer and line.at >= question.asked_at]


def note_shown(session: Session, question: Question, address_id: int) -> None:
    """That chat has seen all that was said so far, because it looked: it is not told of it once more."""
    told, said = _told(session, question, address_id), lines(session, question)
    if told and said:
        told[-1].data = {"up_to": said[-1].id}
        session.add(told[-1])


def waiting(session: Session) -> Sequence[tuple[Question, Customer]]:
    """The questions nobody has answered, the oldest first, with who asks."""
    wanted = select(Question, Customer).join(Customer, col(Customer.id) == col(Question.customer_id))
    open_ones = wanted.where(col(Question.answered_at).is_(None))
    return session.exec(open_ones.order_by(col(Question.asked_at), col(Question.id))).all()


def answerable(session: Session, number: int, text: str, channels: Collection[str]) -> Question | Hindrance:
    """The question of that number, ready for ``text`` as an answer, or why there can be none.

    Where free words do not reach them any more the answer waits until they write. Another answer to it waits until
    this transaction ends.
    """
    question = session.exec(select(Question).where(Question.id == number).with_for_update()).first()
    if question is None:
        return Hindrance.UNKNOWN
    if not text.strip():
        return Hindrance.WORDLESS
    chat = session.get_one(Address, question.address_id)
    if chat.channel not in channels:
        return Hindrance.CHANNEL
    return Hindrance.UNREACHABLE if chat.unreachable_since is not None else question


def answer_until(session: Session, question: Question) -> datetime:
    """Until when an answer reaches whoever asks at once; ``windows.ALWAYS`` where there is no such limit."""
    return windows.free_until(session.get_one(Address, question.address_id))


def answer(
    session: Session, question: Question, text: str, *, by: str, now: datetime, place: int | None = None
) -> int:
    """The shop's answer: logged, on its way to the customer's chat, and known to the team's other chats.

    ``place`` is the chat it came from, None for the command line. What was written meanwhile and not yet shown there
    is not answered by it: so many texts wait on. What that customer's chat was asked before is asked no more: a yes
    after the answer would be one to the answer.
    """
    since, unseen = question.asked_at, _unseen(session, question, place)
    chat = session.get_one(Address, question.address_id)
    said = interactions.log_message(session, question.customer_id, Kind.MESSAGE_OUT, chat.channel, text, now)
    add_line(session, question, said, is_answer=True)
    session.flush()
    if unseen:
        question.asked_at = unseen[0].at
    else:
        question.answered_at, question.answered_by = now, by
    session.add(question)
    conversations.close_topics(session, [chat.id])
    asked = microseconds(since)
    notices.tell(session, chat.id, ANSWER, now, question_id=question.id, said=said.id, place=place, since=asked)
    for member in session.exec(select(TeamMember.address_id).where(TeamMember.address_id != (place or 0))):
        notices.tell(session, member, ANSWERED, now, question_id=question.id, said=said.id, place=place)
    audit.record(session, now, by, "question answered", str(question.id))
    return len(unseen)


def lost(session: Session, notice: Notice, now: datetime) -> None:
    """The answer did not arrive: the question waits again, and whoever answered is told."""
    question = session.get_one(Question, notice.question_id)
    question.answered_at, question.answered_by = None, None
    question.asked_at = min(question.asked_at, moment(notice.data["since"]))
    session.add(question)
    _tell_whoever_answered(session, notice, LOST, now)


def held_up(session: Session, notice: Notice, now: datetime) -> None:
    """The answer waits until they write: whoever answered is told."""
    _tell_whoever_answered(session, notice, WAITING, now)


def _tell_whoever_answered(session: Session, notice: Notice, template: str, now: datetime) -> None:
    place, team = notice.data.get("place"), session.exec(select(TeamMember.address_id)).all()
    # Whoever answered may have left the team since, or be gone: then it is for the others.
    for chat in [each for each in team if each == place] or team:
        notices.tell(session, chat, template, now, question_id=notice.question_id)


def _unseen(session: Session, question: Question, place: int | None) -> list[Line]:
    """What waits and was not shown to that chat; nothing where it looked for itself, not being told."""
    told = _told(session, question, place) if place is not None else []
    up_to = max((int(each.data.get("up_to", 0)) for each in told), default=0)
    return [line for line in unanswered(session, question) if line.id > up_to] if told else []


def _told(session: Session, question: Question, address_id: int) -> list[Notice]:
    return [each for each in _notices(session, question, address_id) if each.told_at is not None]


def _notices(session: Session, question: Question, address_id: int) -> Sequence[Notice]:
    """What this chat was or will be told of the question, the oldest first."""
    wanted = select(Notice).where(
        Notice.question_id == question.id, Notice.address_id == address_id, Notice.template == ASKED
    )
    return session.exec(wanted.order_by(col(Notice.made_at), col(Notice.id))).all()


def _so_many(session: Session, chat: Address, now: datetime) -> bool:
    """Whether this chat was told of so many questions within an hour that it is told but once more: of how many."""
    hour = col(Notice.address_id) == chat.id, col(Notice.made_at) > now - timedelta(hours=1)
    count = select(func.count()).select_from(Notice)
    if session.exec(count.where(*hour, Notice.template == ASKED)).one() < MOST_AN_HOUR:
        return False
    if not session.exec(count.where(*hour, Notice.template == MANY)).one():
        notices.tell(session, chat.id, MANY, now)
    return True
