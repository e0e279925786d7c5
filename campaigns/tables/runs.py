"""What a run of the engine found: readers follow the newest run that is ready.

under way (beat_at, step, done) → written → ready, and readers follow | held back, for it does worse | swept away
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class MiningRun(SQLModel, table=True):
    """One run of the engine over the ledger. Readers follow the newest that is ready.

    One that is neither ready nor held back is under way, or was cut off: then the next one sweeps it away.
    """

    __tablename__ = "mining_runs"
    __keeps__ = Keeps(
        Why.COUNT,
        Until.NEXT_RUNS,
        shop="parameters quality data_fingerprint verdict step done",
        time="started_at ready_at held_at beat_at cancel_asked_at",
        mark="id through_id followed_id",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    started_at: datetime = Field(sa_type=Moment)
    ready_at: datetime | None = Field(default=None, sa_type=Moment)
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    data_fingerprint: str = ""
    quality: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    held_at: datetime | None = Field(default=None, sa_type=Moment)
    """When it was found to do worse than the one in use: kept, and not followed unless somebody wants it."""
    verdict: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """How it compares with the run before it; see campaigns/mining/comparing.py."""
    step: str = ""
    done: float = 0.0
    """How far it is, from 0 to 1, while it is under way."""
    beat_at: datetime | None = Field(default=None, sa_type=Moment)
    cancel_asked_at: datetime | None = Field(default=None, sa_type=Moment)
    through_id: int = Field(default=0, sa_type=RowId)
    """The last interaction it has read."""
    followed_id: int = Field(default=0, sa_type=RowId)
    """The last interaction by which its rows were brought up to date since; see campaigns/refreshing."""


class RunState(SQLModel, table=True):
    """What a run has learned, as plain as needed for bringing one customer's rows up to date between runs."""

    __tablename__ = "run_states"
    __keeps__ = Keeps(Why.COUNT, Until.NEXT_RUNS, shop="name content", mark="run_id")

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    name: str = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class Segment(SQLModel, table=True):
    """A group of customers who shop alike, with the reasons for its name.

    A smaller one is ``within`` another: its key is the other's, a dot and its own, and its share is of the other's.
    """

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("run_id", "key"),)
    __keeps__ = Keeps(Why.CHOOSE, Until.NEXT_RUNS, shop="key size share reasons", mark="id run_id within_id")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    run_id: int = Field(foreign_key="mining_runs.id", sa_type=RowId)
    key: str
    size: int
    share: float
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    within_id: int | None = Field(default=None, foreign_key="segments.id", sa_type=RowId)


class Membership(SQLModel, table=True):
    """Which segment a customer is in, and which smaller one within it if there is one."""

    __tablename__ = "memberships"
    __keeps__ = Keeps(Why.CHOOSE, Until.NEXT_RUNS, derived="segment_id micro_id", mark="run_id customer_id")

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", primary_key=True, index=True, sa_type=RowId)
    segment_id: int = Field(foreign_key="segments.id", index=True, sa_type=RowId)
    micro_id: int | None = Field(default=None, foreign_key="segments.id", sa_type=RowId)


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
    """Products worth offering together, with the evidence.

    Buyers of ``antecedents`` bought ``consequent_id`` ``lift`` times as often as everybody, with 95 % confidence at
    least ``least_lift`` times. Figures that begin with ``later`` are of the latest orders alone, the lifts null where
    those are too few to tell. ``whole`` customers ever bought all of it, ``part`` only some.
    """

    __tablename__ = "bundles"
    __keeps__ = Keeps(
        Why.COUNT,
        Until.NEXT_RUNS,
        shop="position product_ids count support lift antecedents consequent_id antecedent_count least_lift q_value"
        " later_baskets later_count later_lift later_least_lift whole part",
        mark="run_id",
    )

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    position: int = Field(primary_key=True)
    product_ids: list[int] = Field(sa_type=JSON)
    count: int
    support: float
    lift: float
    antecedents: list[int] = Field(default_factory=list, sa_type=JSON)
    consequent_id: int | None = Field(default=None, sa_type=RowId)
    antecedent_count: int | None = None
    """Orders with the antecedents, whatever else was in them."""
    least_lift: float | None = None
    q_value: float | None = None
    later_baskets: int = 0
    later_count: int = 0
    later_lift: float | None = None
    later_least_lift: float | None = None
    whole: int | None = None
    part: int | None = None


class Recommendation(SQLModel, table=True):
    """What to offer a customer: one row for all of it, because a row a product would be millions.

    ``picks`` holds ``[product, score, reason, reason's product or null]`` for each, the best first; they are read by
    insights.recommendations and written out one by one for the customer by exporting.
    """

    __tablename__ = "recommendations"
    __keeps__ = Keeps(Why.CHOOSE, Until.NEXT_RUNS, derived="picks", mark="run_id customer_id")

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", primary_key=True, index=True, sa_type=RowId)
    picks: list[list[Any]] = Field(sa_type=JSON)


class BestHour(SQLModel, table=True):
    """The hour of the day, by the customer's clock, at which they are likeliest to answer."""

    __tablename__ = "best_hours"
    __keeps__ = Keeps(Why.CHOOSE, Until.NEXT_RUNS, derived="hour n", mark="run_id customer_id")

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", primary_key=True, index=True, sa_type=RowId)
    hour: int
    n: int
    """How many of their own interactions it goes by; the fewer, the more it is the shop's usual hour."""


class Prospect(SQLModel, table=True):
    """How likely a customer buys within a campaign's window if written to, and how much likelier that makes it.

    Learned from past campaigns that held somebody out; ``uplift`` null where those were too few to tell.
    """

    __tablename__ = "prospects"
    __keeps__ = Keeps(Why.CHOOSE, Until.NEXT_RUNS, derived="uplift response", mark="run_id customer_id")

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", primary_key=True, index=True, sa_type=RowId)
    uplift: float | None
    response: float


class Future(SQLModel, table=True):
    """What a customer is likely to do in the next 90 days, by their own visits; null where nobody can say.

    ``due_from`` to ``due_until`` (days as ISO 8601 has them) is when the next visit comes in one case of two, if it
    comes.
    """

    __tablename__ = "futures"
    __keeps__ = Keeps(
        Why.CHOOSE,
        Until.NEXT_RUNS,
        derived="n expected_visits alive expected_spend_minor due_from due_until bargain bargain_n",
        mark="run_id customer_id",
    )

    run_id: int = Field(foreign_key="mining_runs.id", primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", primary_key=True, index=True, sa_type=RowId)
    n: int
    """On how many days they bought: all of it goes by those."""
    expected_visits: float | None
    alive: float | None
    """The probability that they are still with the shop."""
    expected_spend_minor: float | None
    due_from: str | None
    due_until: str | None
    bargain: float | None
    """By how much oftener than the others of the same weeks they buy on discount, from -1 to 1."""
    bargain_n: int
    """On how many days it goes by that."""
