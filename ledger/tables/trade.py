"""What is sold, and everything that happens between a customer and the shop."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from ledger.columns import Moment, RowId
from ledger.declarations import Keeps, Until, Why


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


class Product(SQLModel, table=True):
    __tablename__ = "products"
    __keeps__ = Keeps(
        Why.OFFER,
        Until.ALWAYS,
        shop="id sku name category brand description traits currency price_minor cost_minor stock is_premium"
        " launched_at expires_at",
    )

    id: int = Field(default=None, primary_key=True, sa_type=RowId)
    sku: str = Field(unique=True)
    name: str = ""
    category: str = ""
    brand: str = ""
    description: str = Field(default="", sa_type=Text)
    traits: str = ""
    """What the owner says of it in a few words, "lokal, organik": shown as given, never invented."""
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
        # What came back of an order is looked for with each of its lines: see ledger/returned.py.
        Index("ix_interactions_order", "order_ref", "customer_id", "kind", "at"),
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
