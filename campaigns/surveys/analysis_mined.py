"""The shop's own surveys analysed by a run: read with the rest of the ledger, reckoned in the run's own process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from campaigns.problems import Problem
from campaigns.surveys.analysis import STUDY, Analysis, items_of
from campaigns.surveys.analysis_made import analysed, hindrance_of
from campaigns.surveys.answers import answers
from campaigns.tables import Survey

MOST = 12
"""The newest surveys; what was found of older ones stands in the runs of their time."""


@dataclass(frozen=True)
class Answered:
    """A survey's answers without names, and which questions measure what."""

    columns: Mapping[str, Sequence[int | None]]
    items: Mapping[str, Sequence[str]]


def answered(session: Session) -> dict[int, Answered]:
    """By their numbers the newest surveys that have a model."""
    newest = session.exec(select(Survey).order_by(col(Survey.id).desc())).all()
    measured = [(survey, items) for survey in newest if (items := items_of(survey)) is not None][:MOST]
    return {survey.id: Answered(answers(session, survey.id), items) for survey, items in measured}


def analyse_now(session: Session, survey: Survey) -> Analysis:
    """One survey, at once. Raises Problem: too few answers, or a survey without a model."""
    items = items_of(survey)
    if items is None:
        raise Problem("survey_without_model", number=survey.id)
    return analysed(answers(session, survey.id), STUDY, items)


def told_of(survey: Answered) -> dict[str, Any]:
    """The analysis as JSON, or what stood in its way."""
    try:
        return {"analysis": analysed(survey.columns, STUDY, survey.items).as_json()}
    except Problem as problem:
        return {"hindrance": hindrance_of(problem)}
