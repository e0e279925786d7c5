"""Steps of visits to a shop's pages, as a clickstream tells of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class Step(SQLModel, table=True):
    """One thing somebody did in a visit: looked at a page, searched, met an error. Never changed, only added to.

    What is a look at a product, a cart or a sale is an interaction as well; see ledger/imports/clickstream.py.
    """

    __tablename__ = "steps"
    __table_args__ = (
        Index("ix_steps_customer_at", "customer_id", "at"),
        Index("ix_steps_at", "at"),
        Index("ix_steps_source_ref", "source_ref", unique=True),
    )
    __keeps__ = Keeps(
        Why.CHOOSE,
        Until.BROWSING,
        history="step device source product_id",
        time="at",
        mark="id customer_id visit source_ref",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", sa_type=RowId)
    at: datetime = Field(sa_type=Moment)
    step: str
    visit: str | None = None
    """What the file calls the visit; None: it is told by pauses."""
    device: str | None = None
    source: str | None = None
    """Where the visit came from: a search, an advertisement, a letter."""
    product_id: int | None = Field(default=None, foreign_key="products.id", sa_type=RowId)
    source_ref: str | None = None
    """What makes the same line of the same file come in only once."""
