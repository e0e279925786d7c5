"""What a run of the engine found: readers follow the newest run that is ready."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class MiningRun(SQLModel, table=True):
    """One run of the engine over the ledger. Readers follow the newest that is ready."""

    __tablename__ = "mining_runs"
    __keeps__ = Keeps(
        Why.COUNT, Until.NEXT_RUNS, shop="parameters quality data_fingerprint", time="started_at ready_at", mark="id"
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    started_at: datetime = Field(sa_type=Moment)
    ready_at: datetime | None = Field(default=None, sa_type=Moment)
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    data_fingerprint: str = ""
    quality: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Segment(SQLModel, table=True):
    """A group of customers who shop alike, with the reasons for its name."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("run_id", "key"),)
    __keeps__ = Keeps(Why.CHOOSE, Until.NEXT_RUNS, shop="key size share reasons", mark="id run_id")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    run_id: int = Field(foreign_key="mining_runs.id", sa_type=RowId)
    key: str
    size: int
    share: float
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class Membership(SQLModel, table=True):
    """Which segment a customer is in."""

    __tablename__ = "memberships"
    __keeps__ = Keeps(Why.CHOOSE, Until.NEXT_RUNS, derived="segment_id", mark="run_id customer_id")

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", primary_key=True, index=True, sa_type=RowId)
    segment_id: int = Field(foreign_key="segments.id", index=True, sa_type=RowId)


class BundleRule(SQLModel, table=True):
    """Who buys the antecedents tends to buy the consequent. ``conviction`` is null where it is infinite."""

    __tablename__ = "bundle_rules"
    __keeps__ = Keeps(
        Why.COUNT,
        Until.NEXT_RUNS,
        shop="position antecedents consequents support confidence lift leverage conviction count",
        mark="run_id",
    )

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    position: int = Field(primary_key=True)
    antecedents: list[int] = Field(sa_type=JSON)
    consequents: list[int] = Field(sa_type=JSON)
    support: float
    confidence: float
    lift: float
    leverage: float
    conviction: float | None
    count: int


class Bundle(SQLModel, table=True):
    """Products worth offering together, with the evidence."""

    __tablename__ = "bundles"
    __keeps__ = Keeps(Why.COUNT, Until.NEXT_RUNS, shop="position product_ids count support lift", mark="run_id")

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    position: int = Field(primary_key=True)
    product_ids: list[int] = Field(sa_type=JSON)
    count: int
    support: float
    lift: float


class Recommendation(SQLModel, table=True):
    """A product for a customer, best first, and what it was chosen for."""

    __tablename__ = "recommendations"
    __keeps__ = Keeps(
        Why.CHOOSE,
        Until.NEXT_RUNS,
        derived="rank product_id score reason reason_product_id",
        mark="run_id customer_id",
    )

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", primary_key=True, index=True, sa_type=RowId)
    rank: int = Field(primary_key=True)
    product_id: int = Field(foreign_key="products.id", sa_type=RowId)
    score: float
    reason: str
    reason_product_id: int | None = Field(default=None, sa_type=RowId)


class BestHour(SQLModel, table=True):
    """The hour of the day, by the customer's clock, at which they are likeliest to answer."""

    __tablename__ = "best_hours"
    __keeps__ = Keeps(Why.CHOOSE, Until.NEXT_RUNS, derived="hour n", mark="run_id customer_id")

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", primary_key=True, index=True, sa_type=RowId)
    hour: int
    n: int
    """How many of their own interactions it goes by; the fewer, the more it is the shop's usual hour."""
