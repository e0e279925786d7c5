"""All checks of a file's lines, or of the whole ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
from sqlmodel import Session

from ledger.extracts import KINDS, NOTHING, InteractionColumns
from ledger.soundness import days, kept, trade
from ledger.soundness.findings import Check, Finding
from ledger.tables import Kind

MOSTLY_EMPTY = 0.5
"""A column of which less is filled in is told of."""
NAMED_OTHERWISE = {"date": "at", "product": "sku", "list_price": "price_minor", "is_premium": "is_premium"}
MONEY = ("amount", "discount", "price", "cost")


def of_file(
    frame: pl.DataFrame, mapping: Mapping[str, str], doubles: Finding, *, now: datetime, zone: str
) -> list[Finding]:
    """Of the lines of a file that are kept; ``mapping`` says which column was taken for which field.

    What stands there twice (``doubles``) the file's reader has counted, by all its columns.
    """
    bought = frame.filter(pl.col("kind") == Kind.PURCHASE.value).select(
        "line", "at", pl.col("customer_id").alias("customer"), "order", pl.col("sku").alias("product"),
        "quantity", "amount_minor", "currency",
    )  # fmt: skip
    twice = [doubles] if doubles.n else []
    silent = days.silent(_plausible(bought, now), zone)
    return [*twice, *trade.look(bought, now, zone), *silent, *_sparse(frame, mapping)]


def _plausible(bought: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Days are counted from the first to the last: a date of another age would make a million of them."""
    return bought.filter(pl.col("at").is_between(trade.ANCIENT, now))


def _sparse(frame: pl.DataFrame, mapping: Mapping[str, str]) -> list[Finding]:
    found = []
    for column, field in mapping.items():
        name = NAMED_OTHERWISE.get(field, f"{field}_minor" if field in MONEY else field)
        if name in frame.columns and frame.height:
            empty = frame[name].null_count()
            if empty > MOSTLY_EMPTY * frame.height:
                found.append(Finding(Check.SPARSE, empty, frame.height, {"column": column}))
    return found


def of_ledger(session: Session, columns: InteractionColumns, *, now: datetime, zone: str) -> list[Finding]:
    """Of every purchase there is, up to now, of the shelf and of the people. ``zone`` is the shop's calendar."""
    bought = purchases(columns)
    until = now.astimezone(ZoneInfo(zone)).date()
    return [
        *trade.doubles(bought),
        *trade.look(bought, now, zone),
        *days.silent(_plausible(bought, now), zone, until),
        *kept.shelf(session),
        *kept.people(session),
    ]


def purchases(columns: InteractionColumns) -> pl.DataFrame:
    """The purchase lines among these columns, as the checks read them."""
    is_bought = columns.kind == KINDS[Kind.PURCHASE.value]
    frame = pl.DataFrame(
        {
            name: getattr(columns, name)[is_bought]
            for name in ("at", "customer", "order", "product", "quantity", "amount_minor", "currency")
        }
    )
    known = [
        pl.when(pl.col(name) != NOTHING).then(pl.col(name)).alias(name)
        for name in ("customer", "order", "product", "quantity", "amount_minor", "currency")
    ]
    names = dict(enumerate(columns.currencies))
    return frame.with_columns(pl.from_epoch("at", "us").dt.replace_time_zone("UTC"), *known).with_columns(
        pl.col("currency").replace_strict(names, default=None, return_dtype=pl.String)
    )
