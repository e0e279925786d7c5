"""What was asked about people's data, and what was let go."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class RequestKind(StrEnum):
    """What a customer can ask for about their data."""

    SUMMARY = "summary"
    COPY = "copy"
    ERASURE = "erasure"


FAILED = "failed"
"""Beside the kinds of what a night removed: how many could not be forgotten, where there are any."""


class Erasure(SQLModel, table=True):
    """The receipt of an erasure: when, how many rows of what; nothing of whom."""

    __tablename__ = "erasures"
    __keeps__ = Keeps(Why.PROVE, Until.ALWAYS, mark="number erased", time="at")

    number: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment)
    erased: dict[str, int] = Field(default_factory=dict, sa_type=JSON)


class PrivacyRequest(SQLModel, table=True):
    """That somebody asked for their data or for erasure, and when they had it: the proof of 3 × 24 hours."""

    __tablename__ = "privacy_requests"
    __keeps__ = Keeps(
        Why.PROVE,
        Until.AUDIT,
        history="kind channel made_by",
        time="asked_at answered_at",
        mark="id customer_id receipt",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    kind: str
    customer_id: int = Field(foreign_key="customers.id", index=True, sa_type=RowId)
    channel: str
    made_by: str
    """"customer" in chat, or who did it for them."""
    asked_at: datetime = Field(sa_type=Moment, index=True)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    receipt: str | None = None


class RetentionRun(SQLModel, table=True):
    """What one night's tidying removed, by kind."""

    __tablename__ = "retention_runs"
    __keeps__ = Keeps(Why.PROVE, Until.AUDIT, shop="removed asked anonymised", time="at", mark="id")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    at: datetime = Field(sa_type=Moment)
    removed: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    asked: int = 0
    anonymised: int = 0

    @property
    def rows(self) -> int:
        """How many rows went, of all kinds."""
        return sum(n for kind, n in self.removed.items() if kind != FAILED)
