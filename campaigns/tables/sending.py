"""What campaigns keep of sending: the campaigns, a row for every recipient, and what goes with a message."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Float, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from campaigns.launching.drafts import Allocation, Variant
from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


class Status(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    """Its rows are being written; see campaigns/launching/preparing.py."""
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    MISSED = "missed"
    """Its time passed while nobody could start it: it waits for a word of the owner's."""


class State(StrEnum):
    """What became of one recipient's message. HOLDOUT gets none, by lot; WITHHELD gets none, for a reason."""

    HOLDOUT = "holdout"
    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    WITHHELD = "withheld"
    FAILED = "failed"
    UNKNOWN = "unknown"


SENT_STATES = (State.SENT, State.DELIVERED, State.READ)
OPEN_STATES = (State.PLANNED, State.SENDING)


class Campaign(SQLModel, table=True):
    """One offer to one audience. ``audience`` is a segment's key or EVERYONE; see campaigns/choosing/audiences.py.

    One that comes round again (``repeats``) or answers to what customers do (``trigger``) has no messages of its own:
    each round of it is a campaign whose ``parent_id`` it is.
    """

    __tablename__ = "campaigns"
    __keeps__ = Keeps(
        Why.OFFER,
        Until.ALWAYS,
        shop="template audience holdout_share variants allocation product_ids window_days prices budget spent"
        " at_best_hour repeats trigger seed status pause_reason remains created_by",
        time="created_at approved_at start_at due_from finished_at",
        mark="id parent_id",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    parent_id: int | None = Field(default=None, foreign_key="campaigns.id", index=True, sa_type=RowId)
    template: str
    audience: str
    holdout_share: float
    variants: list[dict[str, Any]] = Field(default_factory=lambda: [Variant().as_json()], sa_type=JSON)
    """The forms of the offer, at least one; see campaigns/launching/drafts.py."""
    allocation: str = Allocation.FIXED
    product_ids: list[int] = Field(default_factory=list, sa_type=JSON)
    """What is shown, where the owner chose it; otherwise each is shown what fits."""
    window_days: int = 7
    prices: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    """What a message cost on each channel when it was approved, in the shop's currency."""
    budget: str | None = None
    """The most it may cost, in the shop's currency, of a standing one each round; None: as much as it costs."""
    spent: str = "0"
    """What was claimed of its budget since it was last counted; see campaigns/launching/budgets.py."""
    at_best_hour: bool = False
    repeats: str | None = None
    trigger: str | None = None
    seed: str
    """What lots are drawn with, so that they fall the same way again."""
    status: str = Status.DRAFT
    pause_reason: str | None = None
    """Why it was paused, where it was not by somebody's word."""
    remains: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """Sums by segment of those who were erased since, who are in no segment any more; see outcomes/remains.py."""
    created_by: str
    created_at: datetime = Field(sa_type=Moment)
    approved_at: datetime | None = Field(default=None, sa_type=Moment)
    start_at: datetime | None = Field(default=None, sa_type=Moment)
    """When it started, or is to start; of one that comes round again, when it next does."""
    due_from: datetime | None = Field(default=None, sa_type=Moment)
    """What lateness is counted from: the start, or the last time it was resumed."""
    finished_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def forms(self) -> tuple[Variant, ...]:
        """The variants as they are meant."""
        return tuple(Variant.of(each) for each in self.variants)

    def form(self, name: str | None) -> Variant:
        """The variant of that name; the first where there is none such."""
        return next((each for each in self.forms if each.name == name), self.forms[0])

    @property
    def is_standing(self) -> bool:
        """Whether it goes on, a round after the other, until somebody ends it. A round of it does not."""
        return self.parent_id is None and (self.repeats is not None or self.trigger is not None)


class Message(SQLModel, table=True):
    """One row per recipient, with a time for every fate. The only record of progress there is."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("campaign_id", "customer_id"),
        Index("ix_messages_state", "state", "id"),
        # The queue: a claim walks neither what is settled nor what waits, nor other campaigns'.
        Index(
            "ix_messages_due", "campaign_id", "channel", "not_before", "id",
            sqlite_where=text("state = 'planned'"), postgresql_where=text("state = 'planned'"),
        ),
        Index("ix_messages_customer", "customer_id", "sending_at"),
        Index("ix_messages_provider", "channel", "provider_message_id"),
        # Who was written to in approved words within a day is counted for every batch.
        Index(
            "ix_messages_content", "channel", "sending_at",
            sqlite_where=text("content IS NOT NULL"), postgresql_where=text("content IS NOT NULL"),
        ),
    )  # fmt: skip
    __keeps__ = Keeps(
        Why.OFFER,
        Until.ANONYMOUS,
        history="channel variant content was_eligible state reason attempts personal_refusals remains",
        derived="segment is_personal facts",
        words="body",
        time="counts_from not_before planned_at sending_at sent_at delivered_at read_at withheld_at failed_at"
        " unknown_at lease_until",
        mark="id campaign_id customer_id address_id provider_message_id",
        but={
            "body": (Why.OFFER, Until.MESSAGES),
            "facts": (Why.OFFER, Until.MESSAGES),
            "segment": (Why.CHOOSE, Until.ERASED),
            "is_personal": (Why.CHOOSE, Until.ERASED),
            "address_id": (Why.OFFER, Until.ERASED),
            "provider_message_id": (Why.RUN, Until.MESSAGES),
            "remains": (Why.COUNT, Until.ANONYMOUS),
        },
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    campaign_id: int = Field(foreign_key="campaigns.id", sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", sa_type=RowId)
    address_id: int | None = Field(default=None, foreign_key="addresses.id", sa_type=RowId)
    channel: str | None = None
    segment: str | None = None
    variant: str | None = None
    """Which form of the offer is theirs; None until that is decided."""
    was_eligible: bool
    """Whether the gate let them through when planning: the two arms that a lift compares are drawn from these."""
    state: str
    reason: str | None = None
    """Why it is withheld, what the provider said when it failed, or what it waits for."""
    counts_from: datetime = Field(sa_type=Moment)
    """From when on what they buy is counted, sent to or held out alike: so the two arms stay comparable."""
    not_before: datetime | None = Field(default=None, sa_type=Moment)
    planned_at: datetime = Field(sa_type=Moment)
    sending_at: datetime | None = Field(default=None, sa_type=Moment)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    delivered_at: datetime | None = Field(default=None, sa_type=Moment)
    read_at: datetime | None = Field(default=None, sa_type=Moment)
    withheld_at: datetime | None = Field(default=None, sa_type=Moment)
    failed_at: datetime | None = Field(default=None, sa_type=Moment)
    unknown_at: datetime | None = Field(default=None, sa_type=Moment)
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    attempts: int = 0
    personal_refusals: int = 0
    """How often the provider said that this person has had enough for now."""
    content: str | None = None
    """The name of the approved words it went out as; None: as free text."""
    is_personal: bool | None = None
    body: str | None = Field(default=None, sa_type=Text)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What the text was chosen from: products, segment, bundle; what /why answers with."""
    provider_message_id: str | None = None
    remains: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """What an erased customer's purchases had added to the campaign's result, as figures."""


class Approval(StrEnum):
    """Where words stand with WhatsApp, by its own names; UNKNOWN for one we have not heard of."""

    UNSUBMITTED = "unsubmitted"
    RECEIVED = "received"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"
    UNKNOWN = "unknown"


class ApprovedContent(SQLModel, table=True):
    """The words of one campaign message as WhatsApp has them, in one language, and whether they may be used."""

    __tablename__ = "approved_contents"
    __keeps__ = Keeps(
        Why.RUN,
        Until.ALWAYS,
        shop="name language sid fingerprint body places approval reason",
        time="made_at looked_at",
    )

    name: str = Field(primary_key=True)
    """As in templates/catalog.toml; with _v2, _v3 … where the words were changed since."""
    language: str = Field(primary_key=True)
    sid: str
    fingerprint: str
    """Of the words it was made from: where ours differ since, a new one is needed."""
    body: str = Field(sa_type=Text)
    """Those words, with {{1}}, {{2}} … for their places: they are what is read, whatever ours are by now."""
    places: list[str] = Field(default_factory=list, sa_type=JSON)
    """What fills each place, by the names in templates/catalog.toml."""
    approval: str = Approval.UNSUBMITTED
    reason: str = ""
    made_at: datetime = Field(sa_type=Moment)
    looked_at: datetime = Field(sa_type=Moment)


class EarlyReport(SQLModel, table=True):
    """What a provider told of a message before we had noted its number: it is believed once we have.

    A keyed hash of the number; ``told`` is a Fate and, where it failed, the code.
    """

    __tablename__ = "early_reports"
    __keeps__ = Keeps(Why.RUN, Until.A_DAY, time="at", mark="id channel fingerprint told")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    channel: str
    fingerprint: str = Field(index=True)
    told: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=Moment)


class TrackedLink(SQLModel, table=True):
    """An unguessable link in one message, so that a click can be told."""

    __tablename__ = "tracked_links"
    __keeps__ = Keeps(Why.OFFER, Until.MESSAGES, mark="token message_id product_id", time="created_at")

    token: str = Field(primary_key=True)
    message_id: int = Field(foreign_key="messages.id", index=True, sa_type=RowId)
    product_id: int | None = Field(default=None, foreign_key="products.id", sa_type=RowId)
    created_at: datetime = Field(sa_type=Moment)


class Voucher(SQLModel, table=True):
    """A code in one message that buys its discount at the counter, once, until it expires. Only its hash is kept."""

    __tablename__ = "vouchers"
    __keeps__ = Keeps(
        Why.OFFER,
        Until.MESSAGES,
        mark="fingerprint message_id",
        history="redeemed_by",
        time="created_at expires_at redeemed_at",
    )

    fingerprint: str = Field(primary_key=True)
    message_id: int = Field(foreign_key="messages.id", index=True, unique=True, sa_type=RowId)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    redeemed_at: datetime | None = Field(default=None, sa_type=Moment)
    redeemed_by: str | None = None


class WakeUp(SQLModel, table=True):
    """When to look at a campaign next. APScheduler's table, with the columns it expects; see bot/alarm_clock.py."""

    __tablename__ = "apscheduler_jobs"
    __keeps__ = Keeps(Why.RUN, Until.ALWAYS, mark="id", time="next_run_time", shop="job_state")

    id: str = Field(primary_key=True)
    next_run_time: float | None = Field(default=None, index=True, sa_type=Float(25))
    job_state: bytes


class Pace(SQLModel, table=True):
    """How fast all processes together write on a channel: a bucket, kept as the one moment up to which it is taken.

    ``closed_until``: the provider wants nothing before, and ``cause`` says why. See campaigns/sending/paces.py.
    """

    __tablename__ = "paces"
    __keeps__ = Keeps(Why.RUN, Until.ALWAYS, shop="channel cause", time="owed_at closed_until")

    channel: str = Field(primary_key=True)
    owed_at: datetime | None = Field(default=None, sa_type=Moment)
    closed_until: datetime | None = Field(default=None, sa_type=Moment)
    cause: str | None = None
