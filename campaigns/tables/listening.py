"""What was judged of customers' words: how they were meant, what they were about, whether somebody has to look now.

The words themselves stay where they were said (interactions). See docs/decisions/0054-what-customers-write.md.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class Voice(SQLModel, table=True):
    """One message or review of a customer who lets the shop learn from what they do; of nobody else.

    It goes with the words, with a no to profiling (ledger/derived.py), and with an erasure.
    """

    __tablename__ = "voices"
    __keeps__ = Keeps(
        Why.CHOOSE,
        Until.MESSAGES,
        derived="label probability themes is_urgent judge",
        time="at paused_until done_at",
        mark="interaction_id customer_id",
    )

    interaction_id: int = Field(primary_key=True, foreign_key="interactions.id", ondelete="CASCADE", sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", index=True, sa_type=RowId)
    at: datetime = Field(sa_type=Moment, index=True)
    """When it was written."""
    label: str
    """One of positive, neutral, negative and unsure; see engine/words/sentiment.py."""
    probability: float
    """Of the likeliest of the three."""
    themes: list[str] = Field(default_factory=list, sa_type=JSON)
    """Keys of engine/words/codebook.py."""
    is_urgent: bool = False
    judge: str
    """Which judge said so: another one may see it otherwise."""
    paused_until: datetime | None = Field(default=None, sa_type=Moment, index=True)
    """Until when they get no offers because of it."""
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    """Since when somebody of the shop says that it is seen to."""
