"""The segments a shop makes itself, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Text
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class OwnSegment(SQLModel, table=True):
    """A segment the shop described: what its words were understood to say. Who is in it is asked anew each time.

    ``conditions`` is a structure of campaigns/grouping/conditions.py; nothing of it is code.
    """

    __tablename__ = "own_segments"
    # A number is never given twice: an old campaign must not come to be for other people.
    __table_args__ = ({"sqlite_autoincrement": True},)
    __keeps__ = Keeps(
        Why.CHOOSE, Until.ALWAYS, shop="name folded_name conditions said made_by", time="made_at", mark="id"
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    name: str
    folded_name: str = Field(unique=True)
    conditions: dict[str, Any] = Field(sa_type=JSON)
    said: str = Field(sa_type=Text)
    """The words as they were typed."""
    made_by: str
    made_at: datetime = Field(sa_type=Moment)
