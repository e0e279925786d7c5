"""Who speaks for the shop, who did what, and what the database knows of itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    STAFF = "staff"


INVENTED = "demo"
"""The fact by which a database knows that its shop was made up."""


class TeamMember(SQLModel, table=True):
    """A chat from which somebody of the shop gives commands."""

    __tablename__ = "team_members"
    __keeps__ = Keeps(Why.RUN, Until.TEAM, shop="role", time="since", mark="address_id")

    address_id: int = Field(foreign_key="addresses.id", primary_key=True, sa_type=RowId)
    role: str
    since: datetime = Field(sa_type=Moment)


class OwnerCode(SQLModel, table=True):
    """A code that makes the chat which sends it an owner's, once, before it expires."""

    __tablename__ = "owner_codes"
    __keeps__ = Keeps(Why.RUN, Until.MARKS, shop="role", time="created_at expires_at used_at", mark="fingerprint")

    fingerprint: str = Field(primary_key=True)
    role: str
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class WrongCode(SQLModel, table=True):
    """That a chat sent a code which is none: whoever guesses is soon not listened to, also after a restart.

    A keyed hash of the chat and not its row: whoever has themselves erased cannot begin to guess anew.
    """

    __tablename__ = "wrong_codes"
    __keeps__ = Keeps(Why.RUN, Until.MARKS, time="at", mark="id fingerprint")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    fingerprint: str = Field(index=True)
    at: datetime = Field(sa_type=Moment, index=True)


class AuditEntry(SQLModel, table=True):
    """Who did what, when. Addresses appear masked."""

    __tablename__ = "audit_entries"
    __keeps__ = Keeps(Why.PROVE, Until.AUDIT, shop="actor action subject detail", time="at", mark="id")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    at: datetime = Field(sa_type=Moment, index=True)
    actor: str
    action: str
    subject: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Fault(SQLModel, table=True):
    """A message that could not be acted on: where it failed, and nobody's words."""

    __tablename__ = "faults"
    __keeps__ = Keeps(Why.RUN, Until.MARKS, shop="channel place", time="at", mark="id")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    at: datetime = Field(sa_type=Moment, index=True)
    channel: str
    place: str
    """The kind of fault and the line it came from, such as "KeyError in answer, answering.py:40"."""


class Handout(SQLModel, table=True):
    """A file that a messenger fetches from us under a signed link, for as long as the link is good."""

    __tablename__ = "handouts"
    __keeps__ = Keeps(Why.ANSWER, Until.A_DAY, shop="name media_type data", time="made_at expires_at", mark="id")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    name: str
    media_type: str
    data: bytes
    made_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class ShopFact(SQLModel, table=True):
    """What this database knows of itself, such as that it holds an invented shop."""

    __tablename__ = "shop_facts"
    __keeps__ = Keeps(Why.RUN, Until.ALWAYS, shop="key value")

    key: str = Field(primary_key=True)
    value: str
