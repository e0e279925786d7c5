"""What surveys keep: what is asked, how far each person came, and each answer by itself.

A survey goes out as a campaign's messages do and has the campaign's number; who is asked, who is left out and why
stands in the campaign's rows. See docs/decisions/0055-surveys-in-chat.md.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class Reached(StrEnum):
    """How far somebody came with a survey. Who was asked and said nothing has no row; nor has who wants no surveys
    any more: what they had answered goes with their no (ledger/opinions.py)."""

    UNDER_WAY = "under_way"
    DONE = "done"
    DECLINED = "declined"


class Survey(SQLModel, table=True):
    """What is asked, as it was worded when it was approved: a questionnaire that changes later changes no survey."""

    __tablename__ = "surveys"
    __keeps__ = Keeps(
        Why.RESEARCH,
        Until.ALWAYS,
        shop="kind version questions lapse_days closed_by",
        time="closed_at",
        mark="id",
    )

    id: int = Field(primary_key=True, foreign_key="campaigns.id", sa_type=RowId)
    """The number of the campaign by which it goes out."""
    kind: str = Field(index=True)
    """A questionnaire's key in templates/surveys, or OWN; see campaigns/surveys/questionnaires.py."""
    version: str
    questions: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """In their order, each with its words in every language; owner's questions are values in here, never code."""
    lapse_days: int
    """For so many days after they were asked people may answer."""
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    closed_by: str | None = None


class SurveyResponse(SQLModel, table=True):
    """One person's way through one survey, from whichever of their chats."""

    __tablename__ = "survey_responses"
    __table_args__ = (UniqueConstraint("survey_id", "customer_id"),)
    __keeps__ = Keeps(
        Why.RESEARCH,
        Until.ERASED,
        choice="state language",
        time="began_at touched_at ended_at",
        mark="id survey_id customer_id",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    survey_id: int = Field(foreign_key="surveys.id", sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", index=True, sa_type=RowId)
    state: str = Reached.UNDER_WAY
    language: str
    """In which words they were asked."""
    began_at: datetime = Field(sa_type=Moment)
    touched_at: datetime = Field(sa_type=Moment)
    """When they last answered, skipped or went back."""
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class SurveyAnswer(SQLModel, table=True):
    """One answer: a number, or words; neither where they passed the question over."""

    __tablename__ = "survey_answers"
    __table_args__ = (UniqueConstraint("response_id", "item"),)
    __keeps__ = Keeps(
        Why.RESEARCH,
        Until.ERASED,
        choice="item value",
        words="text",
        time="at",
        mark="id response_id",
        but={"text": (Why.RESEARCH, Until.MESSAGES)},
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    response_id: int = Field(foreign_key="survey_responses.id", sa_type=RowId)
    item: str
    value: int | None = None
    """1 to 5, 0 to 10, or 1 for a yes and 0 for a no."""
    text: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_type=Moment)
