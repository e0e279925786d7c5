"""Every yes and no, and the words they were given to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class Purpose(StrEnum):
    """What a customer may allow. Each is asked, kept and withdrawn by itself."""

    OFFERS = "offers"
    PROFILING = "profiling"
    RESEARCH = "research"


EVERYWHERE = "all"
"""The scope of a consent event that holds on every channel."""


class ConsentEvent(SQLModel, table=True):
    """One yes or no, for good. Today's standing is the fold of these; see ledger/consent.py."""

    __tablename__ = "consent_events"
    __table_args__ = (Index("ix_consent_events_standing", "customer_id", "purpose", "id"),)
    __keeps__ = Keeps(
        Why.PROVE,
        Until.ANONYMOUS,
        choice="purpose granted scope",
        words="verbatim",
        history="channel wording wording_hash language",
        time="at",
        mark="id customer_id provider_message_id nonce evidence_hash previous_hash shop_previous_hash hash",
        but=dict.fromkeys(("verbatim", "provider_message_id", "nonce"), (Why.PROVE, Until.ERASED)),
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", sa_type=RowId)
    purpose: str
    granted: bool
    scope: str
    """The channel it holds on, or EVERYWHERE."""
    channel: str
    """The channel it was said on."""
    wording: str
    wording_hash: str
    language: str
    provider_message_id: str | None = None
    verbatim: str | None = Field(default=None, sa_type=Text)
    nonce: str | None = None
    evidence_hash: str
    at: datetime = Field(sa_type=Moment)
    previous_hash: str
    shop_previous_hash: str
    hash: str


class ConsentWording(SQLModel, table=True):
    """The words that were asked, kept once by their hash, so that it can be shown what a yes was given to."""

    __tablename__ = "consent_wordings"
    __keeps__ = Keeps(
        Why.PROVE, Until.ALWAYS, shop="hash version purpose language text per_month", time="first_shown_at"
    )

    hash: str = Field(primary_key=True)
    version: str
    purpose: str
    language: str
    text: str = Field(sa_type=Text)
    per_month: int | None = None
    """How many offers a month the words promise at most, where they do."""
    first_shown_at: datetime = Field(sa_type=Moment)


class Suppression(SQLModel, table=True):
    """The keyed hash of somebody who must not come back by an import: no name, no number."""

    __tablename__ = "suppressions"
    __keeps__ = Keeps(Why.PROVE, Until.ALWAYS, mark="scope fingerprint reason", time="at")

    scope: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    reason: str
    at: datetime = Field(sa_type=Moment)
