"""What came back: parts of lines returned, and whole lines cancelled after an earlier import had them as bought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from sqlalchemy import select
from sqlmodel import Session, col

from ledger.imports.lines import CANCELLED
from ledger.tables import Interaction, Kind

CHUNK = 5000
MIDDLE = ":return:"
COPIED = ("customer_id", "platform", "product_id", "currency", "order_ref")


@dataclass(frozen=True)
class _Before:
    """What earlier imports already took back of one purchase."""

    quantity: int = 0
    amount_minor: int = 0


def taken_back(session: Session, numbered: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The return interactions still to be added, and how many lines the file tells of as returned or cancelled.

    ``numbered`` are lines with ``source_ref``, ``reason``, ``returned`` and ``returned_at``; the purchases are
    those in the ledger. Each export says how much came back in all, so what earlier ones said is taken off: a
    return is written as "<source_ref of the purchase>:return:<in all so far>", and never undone.
    """
    cancelled = pl.col("reason") == CANCELLED
    told = numbered.filter(cancelled | (pl.col("reason").is_null() & (pl.col("returned") > 0)))
    bought = _purchases(session, told["source_ref"].to_list())
    before = _already_back(session, bought)
    rows = []
    for ref, is_cancelled, returned, at in told.select(
        "source_ref", cancelled.fill_null(value=False), "returned", "returned_at"
    ).iter_rows():
        if ref in bought:
            purchase, done = bought[ref], before.get(ref, _Before())
            in_all = purchase["quantity"] if is_cancelled else min(returned, purchase["quantity"])
            if in_all > done.quantity:
                share = purchase["amount_minor"] * in_all // purchase["quantity"]
                what = {"quantity": in_all - done.quantity, "amount_minor": max(share - done.amount_minor, 0)}
                rows.append(
                    {name: purchase[name] for name in COPIED}
                    | what
                    | {"kind": Kind.RETURN.value, "at": at, "source_ref": f"{ref}{MIDDLE}{in_all}"}
                )
    return _frame(rows), len(bought)


def _purchases(session: Session, refs: Sequence[str]) -> dict[str, dict[str, int]]:
    columns = Interaction.__table__.c  # type: ignore[attr-defined]
    wanted = [columns[name] for name in (*COPIED, "quantity", "amount_minor", "source_ref")]
    found = {}
    for start in range(0, len(refs), CHUNK):
        rows = session.execute(select(*wanted).where(columns.source_ref.in_(refs[start : start + CHUNK])))
        found.update({row["source_ref"]: dict(row) for row in rows.mappings() if row["quantity"]})
    return found


def _already_back(session: Session, bought: dict[str, dict[str, int]]) -> dict[str, _Before]:
    customers = sorted({purchase["customer_id"] for purchase in bought.values()})
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for start in range(0, len(customers), CHUNK):
        wanted = select(col(Interaction.source_ref), col(Interaction.quantity), col(Interaction.amount_minor)).where(
            col(Interaction.kind) == Kind.RETURN.value,
            col(Interaction.customer_id).in_(customers[start : start + CHUNK]),
        )
        for ref, quantity, amount_minor in session.execute(wanted):
            purchase = (ref or "").rpartition(MIDDLE)[0]
            if purchase in bought:
                totals[purchase][0] += quantity or 0
                totals[purchase][1] += amount_minor or 0
    return {purchase: _Before(*sums) for purchase, sums in totals.items()}


def _frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "customer_id": pl.Int64,
        "platform": pl.String,
        "product_id": pl.Int64,
        "currency": pl.String,
        "order_ref": pl.String,
        "quantity": pl.Int64,
        "amount_minor": pl.Int64,
        "kind": pl.String,
        "at": pl.Datetime("us", "UTC"),
        "source_ref": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
