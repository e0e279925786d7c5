"""What was answered, for others to reckon with: without names for an analysis, by customer for a segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.surveys import questionnaires
from campaigns.surveys.questionnaires import LOYALTY
from campaigns.tables import Survey, SurveyAnswer, SurveyResponse
from ledger import consent, merged
from ledger.answers import Answer, said
from ledger.tables import EVERYWHERE, Customer, Purpose

MEASURE = "LOYALTY"
"""The construct whose statements say how loyal somebody is."""
LEAST_OF_IT = 2
"""So many of its statements somebody must have answered."""
AT_ONCE = 500


def answers(session: Session, survey_id: int) -> dict[str, list[int | None]]:
    """Columns: for every item that is answered by a number, a value for each person who answered any; None where
    they passed it over. The same place in every column is the same person, and nothing says who.

    The rows are in the order of what they say, so that not even who was first can be told.
    """
    survey = session.get_one(Survey, survey_id)
    items = [each.key for each in questionnaires.of(survey) if each.range is not None]
    given: dict[int, dict[str, int]] = defaultdict(dict)
    for response_id, item, value in session.exec(_values(survey_id)):
        given[response_id][item] = value
    rows = [tuple(each.get(item) for item in items) for each in given.values()]
    rows.sort(key=lambda row: [(value is not None, value or 0) for value in row])
    return {item: [row[place] for row in rows] for place, item in enumerate(items)}


def people(session: Session, survey_id: int) -> int:
    """How many answered any question of a survey by a number."""
    who = _values(survey_id).with_only_columns(func.count(func.distinct(SurveyAnswer.response_id))).order_by(None)
    return int(session.connection().execute(who).scalar_one())


def loyalty(session: Session) -> dict[int, float]:
    """By customer the mean, 1 to 5, of what they said to the statements on loyalty, in the newest survey in which
    they answered LEAST_OF_IT of them. Only of who allows surveys and the use of their history, today."""
    found: dict[int, float] = {}
    wanted = select(Survey).where(Survey.kind == LOYALTY).order_by(col(Survey.id))
    for survey in session.exec(wanted).all():
        items = {each.key for each in questionnaires.of(survey) if each.construct == MEASURE}
        values: dict[int, list[int]] = defaultdict(list)
        theirs = _values(survey.id).add_columns(col(SurveyResponse.customer_id))
        for _, item, value, customer_id in session.connection().execute(theirs):
            if item in items:
                values[customer_id].append(value)
        found |= {who: fmean(each) for who, each in values.items() if len(each) >= LEAST_OF_IT}
    allowed = _who_allow(session, sorted(found))
    return {who: score for who, score in found.items() if who in allowed}


def _values(survey_id: int) -> Any:
    return (
        select(SurveyAnswer.response_id, SurveyAnswer.item, SurveyAnswer.value)
        .join(SurveyResponse, col(SurveyResponse.id) == col(SurveyAnswer.response_id))
        .where(SurveyResponse.survey_id == survey_id, col(SurveyAnswer.value).is_not(None))
        .order_by(col(SurveyAnswer.id))
    )


def _who_allow(session: Session, customer_ids: Sequence[int]) -> set[int]:
    """Those who say yes to surveys and to the use of their history somewhere, and no to neither anywhere."""
    allowing: set[int] = set()
    for first in range(0, len(customer_ids), AT_ONCE):
        some = customer_ids[first : first + AT_ONCE]
        told = said(session, some, merged.into(session, some))
        allowing |= {who for who in some if _allows([Answer(*each) for each in told.get(who, ())])}
    living = select(Customer.id).where(col(Customer.id).in_(allowing), col(Customer.erased_at).is_(None))
    return set(session.exec(living)) if allowing else allowing


def _allows(words: Sequence[Any]) -> bool:
    channels = {each.scope for each in words} - {EVERYWHERE} or {EVERYWHERE}
    stands = [consent.fold(words, each) for each in channels]
    return all(
        any(each.allows(purpose) for each in stands)
        and not any(getattr(each, purpose.value) is False for each in stands)
        for purpose in (Purpose.RESEARCH, Purpose.PROFILING)
    )
