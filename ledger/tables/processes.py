"""The processes that keep a shop open: which are there, and which of them does what only one may do."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class Lease(SQLModel, table=True):
    """What one process at a time may do: ``holder`` until ``until``, by the database's clock. See ledger/leases.py.

    ``number`` counts the holders: whoever comes back after somebody else held it finds another number.
    """

    __tablename__ = "leases"
    __keeps__ = Keeps(Why.RUN, Until.ALWAYS, shop="name holder number", time="taken_at until")

    name: str = Field(primary_key=True)
    holder: str
    number: int = Field(default=1, sa_type=RowId)
    taken_at: datetime = Field(sa_type=Moment)
    until: datetime = Field(sa_type=Moment)


class Shift(SQLModel, table=True):
    """One process that keeps the shop open, from its start to its end, and its last sign of life."""

    __tablename__ = "shifts"
    __keeps__ = Keeps(Why.RUN, Until.ALWAYS, shop="id role place", time="since beat_at ended_at")

    id: str = Field(primary_key=True)
    role: str
    place: str = ""
    """The computer's name and the process's number there."""
    since: datetime = Field(sa_type=Moment)
    beat_at: datetime = Field(sa_type=Moment, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    """When it closed; None for one that is open, or that was ended without a word."""
