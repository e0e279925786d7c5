"""Who is known, where they can be written to, and how they wish to be."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId, Sealed
from ledger.declarations import Keeps, Until, Why


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


class Customer(SQLModel, table=True):
    """A person who bought here or wrote to us. Known does not mean contactable: see consent."""

    __tablename__ = "customers"
    # A number is never given twice: an erased customer's row must not come back as somebody else.
    __table_args__ = ({"sqlite_autoincrement": True},)
    __keeps__ = Keeps(
        Why.ANSWER,
        Until.ERASED,
        name="name city",
        choice="language zone of_age birthday",
        time="created_at erased_at held_since asked_to_stay_at",
        mark="id merged_into",
        history="source",
        but={
            "id": (Why.COUNT, Until.ANONYMOUS),
            "merged_into": (Why.PROVE, Until.ERASED),
            "source": (Why.COUNT, Until.ANONYMOUS),
            "created_at": (Why.COUNT, Until.ANONYMOUS),
            "erased_at": (Why.PROVE, Until.ANONYMOUS),
            "of_age": (Why.OFFER, Until.ERASED),
            "birthday": (Why.OFFER, Until.ERASED),
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
    birthday: str | None = None
    """Month and day, "08-17". No year: nobody needs it."""
    created_at: datetime = Field(sa_type=Moment)
    held_since: datetime | None = Field(default=None, sa_type=Moment)
    """Since when it is unclear whether they want to leave: no offers until they say."""
    asked_to_stay_at: datetime | None = Field(default=None, sa_type=Moment)
    """When they were asked, after a long silence, whether their data shall be kept; where nobody could ask them, when
    their time of grace began."""
    erased_at: datetime | None = Field(default=None, sa_type=Moment)
    merged_into: int | None = Field(default=None, foreign_key="customers.id", index=True, sa_type=RowId)
    """Who this turned out to be as well: what was allowed here is theirs; see campaigns/privacy/linking.py."""


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
        time="created_at last_inbound_at window_closed_at unreachable_since reach_told_at confirmed_at "
        "page_closed_at",
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
    window_closed_at: datetime | None = Field(default=None, sa_type=Moment)
    """When the provider last said that free words do not reach them; their next message opens the window again."""
    unreachable_since: datetime | None = Field(default=None, sa_type=Moment)
    reach_told_at: datetime | None = Field(default=None, sa_type=Moment)
    """Of when the messenger's last news is whether they can be reached: such news may come late."""
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment)
    """When whoever writes from it said that an import's records of it are theirs."""
    page_closed_at: datetime | None = Field(default=None, sa_type=Moment)
    """Links to their privacy page that were made until then are void: they closed it."""


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


class AuditFact(SQLModel, table=True):
    """What a customer told of themselves for one purpose: that the shop can see whether it serves groups alike.

    No import writes here, nothing is chosen by it, no message shows it, and nobody is asked for it; see
    ledger/auditable.py.
    """

    __tablename__ = "audit_facts"
    __keeps__ = Keeps(Why.AUDIT, Until.ERASED, choice="about value", time="at", mark="customer_id")

    customer_id: int = Field(foreign_key="customers.id", primary_key=True, sa_type=RowId)
    about: str = Field(primary_key=True)
    value: str
    at: datetime = Field(sa_type=Moment)


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
