"""What was judged is kept beside the words; an urgent complaint pauses offers to whoever wrote it for a while.

Judged is only who let the shop learn from what they do, on one channel at least, and said no to it on none.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, col
from sqlmodel import select as orm_select

from campaigns import insights
from campaigns.listening.judging import Judge, Opinion
from campaigns.problems import Problem
from campaigns.shop import Shop
from campaigns.tables import Voice
from ledger import audit
from ledger.tables import Interaction, Question, QuestionLine

SETTLED = re.compile(r"#?\s*(r?)\s*(\d{1,9})")


def weigh(session: Session, judge: Judge, customer_id: int, text: str) -> Opinion | None:
    """What is thought of ``text``; None where there are no words, or where they must not be judged.

    ``customer_id`` granted profiling where they wrote; they may have refused it somewhere else.
    """
    if not any(sign.isalpha() for sign in text) or not insights.may_be_described(session, customer_id):
        return None
    return judge.judge(text)


def keep(session: Session, said: Interaction, opinion: Opinion, judge: Judge, shop: Shop) -> Voice:
    """Keep what was thought of the words that were logged as ``said``."""
    session.flush()
    voice = Voice(interaction_id=said.id, customer_id=said.customer_id, at=said.at, **told(opinion, judge))
    if opinion.urgent:
        voice.paused_until = said.at + timedelta(days=shop.complaint_pause_days)
    session.add(voice)
    return voice


def told(opinion: Opinion, judge: Judge) -> dict[str, Any]:
    """The columns that come from an opinion."""
    return {
        "label": opinion.label,
        "probability": opinion.probability,
        "themes": list(opinion.themes),
        "is_urgent": bool(opinion.urgent),
        "judge": judge.name,
    }


def waiting(now: datetime) -> Select[int]:
    """Who is offered nothing now, because a complaint of theirs is to be seen to first; for a statement."""
    return select(col(Voice.customer_id)).where(col(Voice.paused_until) > now, col(Voice.done_at).is_(None))


def pause_of(session: Session, question: Question) -> datetime | None:
    """Until when offers to whoever asks are paused, where an urgent complaint among the question's words waits."""
    told_of = (
        select(col(Voice.paused_until))
        .join(QuestionLine, col(QuestionLine.interaction_id) == col(Voice.interaction_id))
        .where(
            col(QuestionLine.question_id) == question.id,
            col(Voice.is_urgent),
            col(Voice.done_at).is_(None),
            col(Voice.at) >= question.asked_at,
        )
    )
    moments = [each for each in session.connection().execute(told_of).scalars() if each is not None]
    return max(moments, default=None)


def settle(session: Session, number: str, *, by: str, now: datetime) -> int:
    """Somebody says that a complaint is seen to: offers may go on. Who it was of, by their number.

    ``number`` is its question's, or r and the number of a review. Raises Problem.
    """
    which = SETTLED.fullmatch(number.strip().lower())
    if which is None:
        raise Problem("settle_which")
    of_question = select(col(QuestionLine.interaction_id)).where(col(QuestionLine.question_id) == int(which[2]))
    are = col(Voice.interaction_id) == int(which[2]) if which[1] else col(Voice.interaction_id).in_(of_question)
    found = session.exec(orm_select(Voice).where(are, col(Voice.is_urgent)).with_for_update()).all()
    if not found:
        raise Problem("no_such_complaint", number=number.strip())
    for voice in found:
        voice.done_at = voice.done_at or now
        session.add(voice)
    audit.record(session, now, by, "complaint settled", number.strip())
    return found[0].customer_id
