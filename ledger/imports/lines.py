"""What every format is turned into before it is posted: one plain shape of lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from ledger.imports.headers import Aliases
from ledger.imports.reading import BROKEN, LINE
from ledger.imports.report import Note

NO_CUSTOMER = "no_customer"
ERASED = "erased"
CANCELLED = "cancelled"
UNPAID = "unpaid"
UNKNOWN_STATUS = "unknown_status"
UNREADABLE = "unreadable"
PRICE = "price_not_positive"
QUANTITY = "quantity_not_positive"


@dataclass(frozen=True)
class ShopDefaults:
    """What a file leaves unsaid: currency (ISO 4217), time zone (IANA), country of phone numbers (ISO 3166)."""

    currency: str
    zone: str
    region: str


@dataclass(frozen=True)
class Source:
    """What a format reads: the fields it asked for as text (see headers.fields), and the shop they come from.

    ``columns`` are all the file's column names.
    """

    cells: pl.DataFrame
    columns: tuple[str, ...]
    shop: ShopDefaults
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Lines:
    """Every line of a file, kept or not.

    ``frame`` has at least LINE, ``reason`` (why it is dropped, null where it is kept), ``kind``, ``at`` (UTC),
    ``source`` (within which ``customer`` is a name), ``sku``, ``currency``, ``platform``, and, where the file knows
    them: ``customer``, ``phone``, ``name``, ``city``, ``order``, ``line_sku`` (what tells lines of an order apart,
    else ``sku``), ``quantity``, ``amount_minor``, ``discount_minor``, ``text``, ``returned`` (how many of
    ``quantity`` came back) at ``returned_at``; of the product ``product_name``, ``category``, ``brand``,
    ``description``, ``price_minor``, ``cost_minor``, ``stock``, ``is_premium``, ``launched_at``.
    """

    format: str
    frame: pl.DataFrame
    notes: tuple[Note, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    """The file's columns and the fields they are taken for."""
    unused: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    """Which of "customer" and "product" are called by names."""
    doubles: int = 0
    """Lines that are, cell by cell, the same as one before them."""


@dataclass(frozen=True)
class Format:
    """One kind of file: how its columns are called, how to tell it, and how to read it."""

    name: str
    aliases: Aliases
    required: tuple[str, ...]
    recognises: Callable[[tuple[str, ...]], bool]
    lines: Callable[[Source], Lines]


def text(frame: pl.DataFrame, field: str) -> pl.Expr:
    """The field, or nulls where the file has no such column."""
    return pl.col(field) if field in frame.columns else pl.lit(column(frame, field))


def column(frame: pl.DataFrame, field: str) -> pl.Series:
    """The field's cells, or as many nulls."""
    if field in frame.columns:
        return frame[field]
    return pl.Series(field, [None], dtype=pl.String).new_from_index(0, frame.height)


def unreadable(frame: pl.DataFrame, read: pl.DataFrame) -> pl.Expr:
    """Whether a row has the wrong number of cells, or a cell that says something which ``read`` could not read."""
    failed = [frame[field].is_not_null() & read[field].is_null() for field in read.columns if field in frame.columns]
    broken = frame[BROKEN]
    for one in failed:
        broken |= one
    return pl.lit(broken)


def first_of(*reasons: tuple[pl.Expr, str]) -> pl.Expr:
    """The first reason that holds, else null: the line is kept."""
    number = pl.lit(None, pl.UInt8)
    for place, (holds, _) in reversed(list(enumerate(reasons))):
        number = pl.when(holds).then(pl.lit(place, pl.UInt8)).otherwise(number)
    words = {place: word for place, (_, word) in enumerate(reasons)}
    return number.replace_strict(words, return_dtype=pl.String).alias("reason")


def unmasked(field: pl.Expr) -> pl.Expr:
    """Null where a marketplace has starred out part of it: "an***12" may be several people."""
    return pl.when(~field.str.contains("*", literal=True)).then(field)


__all__ = [
    "BROKEN",
    "CANCELLED",
    "ERASED",
    "LINE",
    "NO_CUSTOMER",
    "PRICE",
    "QUANTITY",
    "UNKNOWN_STATUS",
    "UNPAID",
    "UNREADABLE",
    "Format",
    "Lines",
    "ShopDefaults",
    "Source",
    "column",
    "first_of",
    "text",
    "unmasked",
    "unreadable",
]
