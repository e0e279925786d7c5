"""What each chat is in the middle of, and what was heard in it."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why

MARK_BYTES = 8
new_mark = partial(secrets.token_hex, MARK_BYTES)


class ConversationState(SQLModel, table=True):
    """What a chat is in the middle of: a question asked, a campaign being drafted.

    ``mark`` is this asking's own: the same question put again has another. Without ``shown_at`` it has not reached
    the chat, and nothing answers it.
    """

    __tablename__ = "conversation_states"
    __keeps__ = Keeps(
        Why.ANSWER,
        Until.A_DAY,
        history="topic data is_on_its_way",
        time="updated_at shown_at",
        mark="address_id mark",
    )

    address_id: int = Field(foreign_key="addresses.id", primary_key=True, sa_type=RowId)
    topic: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    updated_at: datetime = Field(sa_type=Moment)
    mark: str = Field(default_factory=new_mark)
    shown_at: datetime | None = Field(default=None, sa_type=Moment)
    is_on_its_way: bool = True
    """Whether it may still arrive, as far as is known, and nobody was told to wait for it."""


class ShownChoices(SQLModel, table=True):
    """What the numbers stand for that a chat without buttons was shown last: "1" is the first of ``choices``.

    Of each what it says, and its label. They stand for nothing before they were shown.
    """

    __tablename__ = "shown_choices"
    __keeps__ = Keeps(Why.ANSWER, Until.A_DAY, history="choices", time="made_at shown_at", mark="address_id mark")

    address_id: int = Field(foreign_key="addresses.id", ondelete="CASCADE", primary_key=True, sa_type=RowId)
    choices: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    made_at: datetime = Field(sa_type=Moment)
    mark: str = Field(default_factory=new_mark)
    shown_at: datetime | None = Field(default=None, sa_type=Moment)


class LinkCode(SQLModel, table=True):
    """A code that was shown in one chat; whoever sends it from another is the same person. Once, and not for long."""

    __tablename__ = "link_codes"
    __keeps__ = Keeps(Why.ANSWER, Until.A_DAY, time="made_at expires_at used_at", mark="fingerprint address_id")

    fingerprint: str = Field(primary_key=True)
    address_id: int = Field(foreign_key="addresses.id", ondelete="CASCADE", index=True, sa_type=RowId)
    made_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class InboundReceipt(SQLModel, table=True):
    """The mark of a provider's message we have answered; the same one again is not acted on again.

    A keyed hash and a day: enough to know it again, too little to lead to whom it was from.
    """

    __tablename__ = "inbound_receipts"
    __keeps__ = Keeps(Why.RUN, Until.MARKS, mark="channel fingerprint", time="received_on")

    channel: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    received_on: datetime = Field(sa_type=Moment)


class Question(SQLModel, table=True):
    """What a customer asks that no rule of ours answers: passed on to the team, and their answers passed back.

    The words themselves are the interactions'; see QuestionLine. Answered and asked on within a day it is open again.
    """

    __tablename__ = "questions"
    # Whoever answers number 12 must not reach somebody else because the first to have it was erased.
    __table_args__ = {"sqlite_autoincrement": True}
    __keeps__ = Keeps(
        Why.ANSWER,
        Until.MESSAGES,
        history="answered_by",
        time="asked_at answered_at",
        mark="id customer_id address_id",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", index=True, sa_type=RowId)
    address_id: int = Field(foreign_key="addresses.id", ondelete="CASCADE", index=True, sa_type=RowId)
    asked_at: datetime = Field(sa_type=Moment)
    """When the first text came that nobody has answered yet."""
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    answered_by: str | None = None


class QuestionLine(SQLModel, table=True):
    """One text of a question's conversation: the customer's or, ``is_answer``, the shop's."""

    __tablename__ = "question_lines"
    __keeps__ = Keeps(Why.ANSWER, Until.MESSAGES, history="is_answer media", mark="id question_id interaction_id")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    question_id: int = Field(foreign_key="questions.id", ondelete="CASCADE", index=True, sa_type=RowId)
    interaction_id: int = Field(foreign_key="interactions.id", ondelete="CASCADE", index=True, sa_type=RowId)
    is_answer: bool = False
    media: str = ""
    """What came along or in place of words: "image", "audio"; see bot/inbound.py."""


class Notice(SQLModel, table=True):
    """Something to be told in one chat because of what happened elsewhere: a campaign paused, a question passed on.

    ``template`` is the reply that tells it, ``data`` its values. It is told at least once, and composed when it is:
    nobody's words are kept here. See ledger/notices.py.
    """

    __tablename__ = "notices"
    __keeps__ = Keeps(
        Why.ANSWER,
        Until.MARKS,
        shop="template data tries",
        time="made_at not_before told_at given_up_at",
        mark="id address_id question_id provider_message_id",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    address_id: int = Field(foreign_key="addresses.id", ondelete="CASCADE", index=True, sa_type=RowId)
    template: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    question_id: int | None = Field(
        default=None, foreign_key="questions.id", ondelete="CASCADE", index=True, sa_type=RowId
    )
    tries: int = 0
    made_at: datetime = Field(sa_type=Moment)
    not_before: datetime | None = Field(default=None, sa_type=Moment)
    """When it may be told, or told again; None: at once."""
    told_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    given_up_at: datetime | None = Field(default=None, sa_type=Moment)
    """Since when nobody tries any more: the owner finds it under /today."""
    provider_message_id: str | None = None
