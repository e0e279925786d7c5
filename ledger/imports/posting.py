"""Lines into the ledger, once: number them, find their people and products, add what is not there.

lines → products called by name → number → people → catalog → interactions → what came back → report
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl
from sqlmodel import Session

from ledger import catalog
from ledger.imports import naming, people, returns
from ledger.imports.bulk import Progress, add_interactions, add_steps
from ledger.imports.lines import ERASED, LINE, NO_CUSTOMER, Lines, ShopDefaults
from ledger.imports.report import FIRST_LINES, ImportReport, Note
from ledger.soundness import looking
from ledger.soundness.findings import Check, Finding
from ledger.tables import Kind

OPTIONAL: dict[str, Any] = {
    "customer": pl.String, "phone": pl.String, "order": pl.String, "quantity": pl.Int64, "amount_minor": pl.Int64,
    "discount_minor": pl.Int64, "text": pl.String, "returned": pl.Int64, "returned_at": pl.Datetime("us", "UTC"),
}  # fmt: skip
TOLD_OF_PRODUCTS = {
    "product_name": "name", "category": "category", "brand": "brand", "description": "description",
    "traits": "traits", "price_minor": "price_minor", "cost_minor": "cost_minor", "stock": "stock",
    "is_premium": "is_premium", "launched_at": "launched_at",
}  # fmt: skip


def post(
    session: Session, lines: Lines, shop: ShopDefaults, *, now: datetime, dry_run: bool, progress: Progress | None
) -> ImportReport:
    """Add the lines to the ledger and count them. Nothing is committed here."""
    lines, by_name = naming.by_name(session, lines)
    settled = people.settle(session, lines, region=shop.region, now=now)
    frame = _placed(lines, settled)
    kept = frame.filter(pl.col("reason").is_null()).drop("reason", *people.KEYS, "returned", "returned_at")
    frame = frame.select(LINE, "reason", "kind", "source_ref", "returned", "returned_at")
    products, new_products = _learn(session, kept)
    product_id = pl.col("sku").replace_strict(products, default=None, return_dtype=pl.Int64)
    kept = kept.with_columns(product_id.alias("product_id"))
    new_lines = add_interactions(session, _interactions(kept.drop_nulls("kind")), progress)
    new_steps = add_steps(session, _steps(kept), progress)
    back, lines_back = returns.taken_back(session, frame.filter(pl.col("kind") == Kind.PURCHASE.value))
    new_returns = add_interactions(session, back)
    added = {
        "interactions": new_lines + new_returns,
        "customers": settled.added,
        "products": new_products,
        "numbers": settled.numbers,
        "details": settled.details,
        **({"steps": new_steps} if "step" in kept.columns else {}),
    }
    called = (Note("products_by_name", {"n": by_name}),) if by_name else ()
    notes = (*lines.notes, *settled.notes, *called)
    report = _report(lines.format, frame, kept, lines_back, added=added, notes=notes, dry_run=dry_run)
    doubles = Finding(Check.DOUBLES, lines.doubles, lines.frame.height)
    checks = looking.of_file(kept, lines.mapping, doubles, now=now, zone=shop.zone)
    return replace(report, columns=lines.mapping, unused=lines.unused, named=lines.named, checks=tuple(checks))


def _placed(lines: Lines, settled: people.People) -> pl.DataFrame:
    """Every line with its customer_id and its source_ref; lines of the erased are dropped with that reason."""
    missing = [pl.lit(None, kind).alias(name) for name, kind in OPTIONAL.items() if name not in lines.frame.columns]
    frame = lines.frame.with_columns(missing)
    keys = list(people.KEYS)
    frame = frame.join(settled.of, on=keys, how="left", maintain_order="left", nulls_equal=True)
    unplaced = pl.col("reason").is_null() & pl.col("customer_id").is_null()
    reason = (
        pl.when(unplaced & pl.col("mark").is_null()).then(pl.lit(NO_CUSTOMER)).when(unplaced).then(pl.lit(ERASED))
    )
    return _numbered(lines.format, frame.with_columns(reason.otherwise("reason").alias("reason")))


def _numbered(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """source_ref: "<format>:<order>:<sku>:<n-th of equal lines in that order>", and ":<kind>" if no purchase.

    The same line gets the same one wherever it stands in whichever export: equal lines are told apart by what
    they say, not by where they are, and dropped ones are counted with the others. Where there is no order, a keyed
    hash of the customer and the moment take its place: no name or number may stay behind in a reference.
    """
    order = pl.col("order")
    if frame["order"].null_count():
        order = pl.coalesce(order, pl.format("@{}@{}", pl.col("mark").fill_null(""), pl.col("at").dt.epoch("us")))
    sku = pl.coalesce("line_sku", "sku") if "line_sku" in frame.columns else pl.col("sku")
    group, content = ["stem", "kind"], ["quantity", "amount_minor", "discount_minor", "at", "customer", LINE]
    stem = pl.format("{}:{}:{}", pl.lit(name), order, sku.fill_null("")).alias("stem")
    slim = frame.select(stem, "kind", LINE)
    repeated = frame.select(content).hstack(slim.drop(LINE)).filter(slim.select(group).hash_rows().is_duplicated())
    nth = repeated.sort(*group, *content).select(LINE, pl.int_range(1, pl.len() + 1).over(group).alias("nth"))
    slim = slim.join(nth, on=LINE, how="left", maintain_order="left")
    ending = pl.when(pl.col("kind") != Kind.PURCHASE.value).then(":" + pl.col("kind")).otherwise(pl.lit(""))
    return frame.hstack(
        slim.select(pl.format("{}:{}{}", "stem", pl.col("nth").fill_null(1), ending).alias("source_ref"))
    )


def _learn(session: Session, kept: pl.DataFrame) -> tuple[dict[str, int], int]:
    """The kept lines' products in the catalog: sku -> product_id, and how many of them are new."""
    told = {column: fact for column, fact in TOLD_OF_PRODUCTS.items() if column in kept.columns}
    said = kept.lazy().drop_nulls("sku").group_by("sku", "currency", *told).agg(pl.col("at", LINE).max())
    newest = (
        said.collect(engine="streaming")
        .sort("at", LINE)
        .group_by("sku", maintain_order=True)
        .agg(
            pl.col("currency").last(),
            pl.col("at").max().alias("as_of"),
            *(pl.col(column).drop_nulls().last().alias(fact) for column, fact in told.items()),
        )
    )
    return catalog.learn(session, newest.to_dicts())


def _interactions(kept: pl.DataFrame) -> pl.DataFrame:
    wanted = [
        "customer_id", "kind", "at", "platform", "product_id", "quantity", "amount_minor", "discount_minor",
        "currency", pl.col("order").alias("order_ref"), "text", "source_ref",
    ]  # fmt: skip
    return kept.select(wanted)


def _steps(kept: pl.DataFrame) -> pl.DataFrame:
    """What a clickstream's lines are besides: steps of visits. None where the file tells of none."""
    if "step" not in kept.columns:
        return pl.DataFrame()
    named = pl.col("referrer").alias("source")
    wanted = ["customer_id", "at", "step", "visit", "device", named, "product_id", "source_ref"]
    return kept.drop_nulls("step").select(wanted)


def _report(
    name: str,
    frame: pl.DataFrame,
    kept: pl.DataFrame,
    lines_back: int,
    *,
    added: dict[str, int],
    notes: Sequence[Note],
    dry_run: bool,
) -> ImportReport:
    counts = dict(kept.drop_nulls("kind").group_by("kind").len().sort("kind").iter_rows())
    bought = kept.filter(pl.col("kind") == Kind.PURCHASE.value)
    order = pl.coalesce("order", pl.format("@{}@{}", "customer_id", pl.col("at").dt.epoch("us")))
    dropped = frame.drop_nulls("reason").group_by("reason").agg(pl.len(), pl.col(LINE).sort().head(FIRST_LINES))
    return ImportReport(
        format=name,
        dry_run=dry_run,
        lines=frame.height,
        kept=kept.height,
        purchases=counts.pop(Kind.PURCHASE.value, 0),
        returns=counts.pop(Kind.RETURN.value, 0) + lines_back,
        others=counts,
        customers=bought["customer_id"].n_unique(),
        orders=bought.select(order).to_series().n_unique(),
        products=kept["sku"].drop_nulls().n_unique(),
        dropped={reason: count for reason, count, _ in dropped.sort("reason").iter_rows()},
        first_lines={reason: tuple(lines) for reason, _, lines in dropped.sort("reason").iter_rows()},
        added=added,
        notes=tuple(notes),
    )
