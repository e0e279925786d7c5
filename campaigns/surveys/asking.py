"""A person's way through a survey: begun, answered a question at a time, skipped, gone back, ended; days apart, too.

Where somebody is follows from what is written: the next question is the first without an answer. So an answer that
was committed is never lost and never asked for again, whatever happens before the next question is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from campaigns.choosing.rollcall import OFFERED_STATES
from campaigns.surveys import questionnaires
from campaigns.surveys.questionnaires import Question
from campaigns.tables import Message, Reached, Survey, SurveyAnswer, SurveyResponse
from ledger import merged
from ledger.tables import Customer

LONGEST_WORDS = 1_000
"""Of an answer in words so many letters are kept."""


@dataclass(frozen=True)
class Invited:
    """A survey that waits for somebody, until when, and how far they are with it."""

    survey: Survey
    asked_at: datetime
    until: datetime
    response: SurveyResponse | None

    @property
    def questions(self) -> Sequence[Question]:
        return questionnaires.of(self.survey)


def waiting_for(session: Session, customer_id: int, now: datetime, *, number: int | None = None) -> Invited | None:
    """The newest survey somebody was asked in that they may still answer; that of this ``number`` where one is named.

    From whichever of their chats. Whether they allow surveys is not asked here.
    """
    wanted = (
        select(Survey, Message.sending_at)
        .join(Message, col(Message.campaign_id) == col(Survey.id))
        .where(
            col(Message.customer_id).in_(merged.numbers(customer_id)),
            col(Message.state).in_(OFFERED_STATES),
            col(Survey.closed_at).is_(None),
            *(() if number is None else (Survey.id == number,)),
        )
        .order_by(col(Message.sending_at).desc())
    )
    for survey, asked_at in session.exec(wanted):
        until = asked_at + timedelta(days=survey.lapse_days) if asked_at is not None else now
        response = response_of(session, survey.id, customer_id)
        if now < until and (response is None or response.state == Reached.UNDER_WAY):
            return Invited(survey, asked_at or now, until, response)
    return None


def response_of(session: Session, survey_id: int, customer_id: int) -> SurveyResponse | None:
    """How far they are; None where they said nothing yet."""
    theirs = col(SurveyResponse.customer_id).in_(merged.numbers(customer_id))
    wanted = select(SurveyResponse).where(SurveyResponse.survey_id == survey_id, theirs)
    return session.exec(wanted.order_by(col(SurveyResponse.id)).with_for_update()).first()


def begin(session: Session, invited: Invited, customer: Customer, language: str, now: datetime) -> SurveyResponse:
    """They want to answer; who began before goes on."""
    response = invited.response
    if response is None:
        response = SurveyResponse(
            survey_id=invited.survey.id,
            customer_id=customer.id,
            language=language,
            began_at=now,
            touched_at=now,
        )
        session.add(response)
        session.flush()
    return response


def answers(session: Session, response: SurveyResponse) -> Mapping[str, SurveyAnswer]:
    """What they answered and passed over, by item."""
    found = session.exec(select(SurveyAnswer).where(SurveyAnswer.response_id == response.id))
    return {each.item: each for each in found}


def next_question(
    questions: Sequence[Question], given: Mapping[str, SurveyAnswer]
) -> tuple[int, Question] | tuple[None, None]:
    """The first they said nothing to, and its place from 1; nothing where there is none."""
    found = ((place, each) for place, each in enumerate(questions, 1) if each.key not in given)
    return next(found, (None, None))


def note(
    session: Session,
    response: SurveyResponse,
    question: Question,
    now: datetime,
    *,
    value: int | None = None,
    text: str | None = None,
) -> None:
    """Their answer, in place of one they gave before; without a number and words they pass it over."""
    kept = answers(session, response).get(question.key)
    given = kept or SurveyAnswer(response_id=response.id, item=question.key, at=now)
    given.value, given.text, given.at = value, text[:LONGEST_WORDS] if text is not None else None, now
    response.touched_at = now
    session.add_all([given, response])
    session.flush()


def go_back(session: Session, questions: Sequence[Question], response: SurveyResponse, now: datetime) -> bool:
    """The question before the one they are at is open again; whether there is one."""
    given = answers(session, response)
    place, _ = next_question(questions, given)
    before = [each for each in questions[: (place or len(questions) + 1) - 1] if each.key in given]
    if not before:
        return False
    session.delete(given[before[-1].key])
    response.touched_at = now
    session.add(response)
    session.flush()
    return True


def end(session: Session, response: SurveyResponse, now: datetime, state: Reached = Reached.DONE) -> None:
    """They are through, or want none of it."""
    response.state, response.ended_at, response.touched_at = state, now, now
    session.add(response)


def take_over(session: Session, other: int, one: int) -> None:
    """``other`` turns out to be ``one``: what they answered goes along. Of two ways through one survey the longer
    stays, for each question has one answer a person."""
    session.flush()
    mine = {each.survey_id: each for each in _all_of(session, one)}
    for theirs in _all_of(session, other):
        kept = mine.get(theirs.survey_id)
        if kept is not None:
            shorter = min((theirs, kept), key=lambda each: (len(answers(session, each)), each.id == theirs.id))
            _delete(session, shorter)
            if shorter is theirs:
                continue
        theirs.customer_id = one
        session.add(theirs)
        session.flush()


def _all_of(session: Session, customer_id: int) -> Sequence[SurveyResponse]:
    return session.exec(select(SurveyResponse).where(SurveyResponse.customer_id == customer_id)).all()


def _delete(session: Session, response: SurveyResponse) -> None:
    for each in answers(session, response).values():
        session.delete(each)
    session.flush()
    session.delete(response)
    session.flush()
