"""What the ledger remembers, a table a class.

No shop column anywhere: one shop, one database.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId, Sealed
from ledger.declarations import Keeps, Until, Why


class Purpose(StrEnum):
    """What a customer may allow. Each is asked, kept and withdrawn by itself."""

    OFFERS = "offers"
    PROFILING = "profiling"
    RESEARCH = "research"


class Kind(StrEnum):
    """What happened in an interaction."""

    MESSAGE_IN = "message_in"
    MESSAGE_OUT = "message_out"
    VIEW = "view"
    CLICK = "click"
    CART = "cart"
    PURCHASE = "purchase"
    RETURN = "return"
    REVIEW = "review"


class Frequency(StrEnum):
    """How often a customer wants offers at most."""

    ANY = "any"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Degree(StrEnum):
    """How much less of it: sometimes, or not at all."""

    LESS = "less"
    NEVER = "never"


class About(StrEnum):
    """What a wish is about."""

    CATEGORY = "category"
    PRODUCT = "product"


class RequestKind(StrEnum):
    """What a customer can ask for about their data."""

    SUMMARY = "summary"
    COPY = "copy"
    ERASURE = "erasure"


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    STAFF = "staff"


INVENTED = "demo"
"""The fact by which a database knows that its shop was made up."""

FAILED = "failed"
"""Beside the kinds of what a night removed: how many could not be forgotten, where there are any."""

EVERYWHERE = "all"
"""The scope of a consent event that holds on every channel."""


class Customer(SQLModel, table=True):
    """A person who bought here or wrote to us. Known does not mean contactable: see consent."""

    __tablename__ = "customers"
    # A number is never given twice: an erased customer's row must not come back as somebody else.
    __table_args__ = ({"sqlite_autoincrement": True},)
    __keeps__ = Keeps(
        Why.ANSWER,
        Until.ERASED,
        name="name city",
        choice="language zone of_age",
        time="created_at erased_at held_since asked_to_stay_at",
        mark="id",
        history="source",
        but={
            "id": (Why.COUNT, Until.ANONYMOUS),
            "source": (Why.COUNT, Until.ANONYMOUS),
            "created_at": (Why.COUNT, Until.ANONYMOUS),
            "erased_at": (Why.PROVE, Until.ANONYMOUS),
            "of_age": (Why.OFFER, Until.ERASED),
            "held_since": (Why.OFFER, Until.ERASED),
        },
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    name: str = ""
    language: str | None = None
    zone: str | None = None
    city: str = ""
    source: str
    of_age: int | None = None
    """The age they said they have reached, where the shop sells what is not for everybody; 0: they said no. None: not
    asked. An answer for 18 says nothing of 21."""
    created_at: datetime = Field(sa_type=Moment)
    held_since: datetime | None = Field(default=None, sa_type=Moment)
    """Since when it is unclear whether they want to leave: no offers until they say."""
    asked_to_stay_at: datetime | None = Field(default=None, sa_type=Moment)
    """When they were asked, after a long silence, whether their data shall be kept; where nobody could ask them, when
    their time of grace began."""
    erased_at: datetime | None = Field(default=None, sa_type=Moment)


class Identity(SQLModel, table=True):
    """What a customer is called somewhere else: a buyer's name in a marketplace, a number in a till."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("source", "fingerprint"),)
    __keeps__ = Keeps(Why.ANSWER, Until.ERASED, name="reference", history="source", mark="id customer_id fingerprint")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", index=True, sa_type=RowId)
    source: str
    reference: str = Field(sa_type=Sealed)
    fingerprint: str


class Address(SQLModel, table=True):
    """Where a customer can be written to on one channel."""

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("channel", "fingerprint"),)
    __keeps__ = Keeps(
        Why.ANSWER,
        Until.ERASED,
        contact="channel address",
        history="origin",
        time="created_at last_inbound_at unreachable_since confirmed_at",
        mark="id customer_id fingerprint",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", index=True, sa_type=RowId)
    channel: str
    address: str = Field(sa_type=Sealed)
    fingerprint: str
    origin: str
    """"chat" where the customer wrote to us from it, else the import it came with."""
    created_at: datetime = Field(sa_type=Moment)
    last_inbound_at: datetime | None = Field(default=None, sa_type=Moment)
    unreachable_since: datetime | None = Field(default=None, sa_type=Moment)
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment)
    """When whoever writes from it said that an import's records of it are theirs."""


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


class Preference(SQLModel, table=True):
    """How a customer wants to be written to, within what they allow. No row: as the shop usually does."""

    __tablename__ = "preferences"
    __keeps__ = Keeps(
        Why.OFFER, Until.ERASED, choice="frequency quiet_hours channel", time="updated_at", mark="customer_id"
    )

    customer_id: int = Field(foreign_key="customers.id", primary_key=True, sa_type=RowId)
    frequency: str = Frequency.ANY
    quiet_hours: str | None = None
    """As in the settings, "20:00-09:00"; None: the shop's."""
    channel: str | None = None
    """Where offers shall go if more than one chat allows them."""
    updated_at: datetime = Field(sa_type=Moment)


class Wish(SQLModel, table=True):
    """What a customer wants to see less of, or never, in offers."""

    __tablename__ = "wishes"
    __table_args__ = (UniqueConstraint("customer_id", "about", "value"),)
    __keeps__ = Keeps(Why.OFFER, Until.ERASED, choice="about value degree", time="at", mark="id customer_id")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", index=True, sa_type=RowId)
    about: str
    value: str
    """A category's name, or a product's number."""
    degree: str
    at: datetime = Field(sa_type=Moment)


class Product(SQLModel, table=True):
    __tablename__ = "products"
    __keeps__ = Keeps(
        Why.OFFER,
        Until.ALWAYS,
        shop="id sku name category brand description currency price_minor cost_minor stock is_premium launched_at"
        " expires_at",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    sku: str = Field(unique=True)
    name: str = ""
    category: str = ""
    brand: str = ""
    description: str = Field(default="", sa_type=Text)
    currency: str
    price_minor: int | None = Field(default=None, sa_type=BigInteger)
    cost_minor: int | None = Field(default=None, sa_type=BigInteger)
    stock: int | None = None
    is_premium: bool | None = None
    launched_at: datetime | None = Field(default=None, sa_type=Moment)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)


class Interaction(SQLModel, table=True):
    """One thing that happened between a customer and the shop. Never changed, only added to.

    ``amount_minor`` is the line's total in the currency's minor units, a magnitude also for returns.
    ``message_id`` is the campaign message it answers to, where there is one.
    """

    __tablename__ = "interactions"
    __table_args__ = (
        Index("ix_interactions_customer_kind_at", "customer_id", "kind", "at"),
        Index("ix_interactions_kind_at", "kind", "at"),
        Index("ix_interactions_source_ref", "source_ref", unique=True),
    )
    __keeps__ = Keeps(
        Why.CHOOSE,
        Until.ANONYMOUS,
        history="kind platform product_id quantity amount_minor discount_minor currency",
        words="text",
        time="at",
        mark="id customer_id order_ref message_id source_ref",
        but={
            "text": (Why.ANSWER, Until.MESSAGES),
            "source_ref": (Why.RUN, Until.ERASED),
            "customer_id": (Why.CHOOSE, Until.ERASED),
        },
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    customer_id: int = Field(foreign_key="customers.id", sa_type=RowId)
    kind: str
    at: datetime = Field(sa_type=Moment)
    platform: str
    product_id: int | None = Field(default=None, foreign_key="products.id", sa_type=RowId)
    quantity: int | None = None
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    discount_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = None
    order_ref: str | None = None
    text: str | None = Field(default=None, sa_type=Text)
    message_id: int | None = Field(default=None, sa_type=RowId)
    source_ref: str | None = None
    """What makes the same line of the same file come in only once."""


class ConversationState(SQLModel, table=True):
    """What a chat is in the middle of: a question asked, a campaign being drafted."""

    __tablename__ = "conversation_states"
    __keeps__ = Keeps(Why.ANSWER, Until.A_DAY, history="topic data", time="updated_at", mark="address_id")

    address_id: int = Field(foreign_key="addresses.id", primary_key=True, sa_type=RowId)
    topic: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    updated_at: datetime = Field(sa_type=Moment)


class InboundReceipt(SQLModel, table=True):
    """The mark of a provider's message we have answered; the same one again is not acted on again.

    A keyed hash and a day: enough to know it again, too little to lead to whom it was from.
    """

    __tablename__ = "inbound_receipts"
    __keeps__ = Keeps(Why.RUN, Until.MARKS, mark="channel fingerprint", time="received_on")

    channel: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    received_on: datetime = Field(sa_type=Moment)


class Suppression(SQLModel, table=True):
    """The keyed hash of somebody who must not come back by an import: no name, no number."""

    __tablename__ = "suppressions"
    __keeps__ = Keeps(Why.PROVE, Until.ALWAYS, mark="scope fingerprint reason", time="at")

    scope: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    reason: str
    at: datetime = Field(sa_type=Moment)


class Erasure(SQLModel, table=True):
    """The receipt of an erasure: when, how many rows of what; nothing of whom."""

    __tablename__ = "erasures"
    __keeps__ = Keeps(Why.PROVE, Until.ALWAYS, mark="number erased", time="at")

    number: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment)
    erased: dict[str, int] = Field(default_factory=dict, sa_type=JSON)


class PrivacyRequest(SQLModel, table=True):
    """That somebody asked for their data or for erasure, and when they had it: the proof of 3 × 24 hours."""

    __tablename__ = "privacy_requests"
    __keeps__ = Keeps(
        Why.PROVE,
        Until.AUDIT,
        history="kind channel made_by",
        time="asked_at answered_at",
        mark="id customer_id receipt",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    kind: str
    customer_id: int = Field(foreign_key="customers.id", index=True, sa_type=RowId)
    channel: str
    made_by: str
    """"customer" in chat, or who did it for them."""
    asked_at: datetime = Field(sa_type=Moment, index=True)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    receipt: str | None = None


class RetentionRun(SQLModel, table=True):
    """What one night's tidying removed, by kind."""

    __tablename__ = "retention_runs"
    __keeps__ = Keeps(Why.PROVE, Until.AUDIT, shop="removed asked anonymised", time="at", mark="id")

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    at: datetime = Field(sa_type=Moment)
    removed: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    asked: int = 0
    anonymised: int = 0

    @property
    def rows(self) -> int:
        """How many rows went, of all kinds."""
        return sum(n for kind, n in self.removed.items() if kind != FAILED)


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


class ShopFact(SQLModel, table=True):
    """What this database knows of itself, such as that it holds an invented shop."""

    __tablename__ = "shop_facts"
    __keeps__ = Keeps(Why.RUN, Until.ALWAYS, shop="key value")

    key: str = Field(primary_key=True)
    value: str
