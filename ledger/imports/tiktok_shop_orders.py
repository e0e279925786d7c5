"""TikTok Shop's order export (sheet "OrderSKUList"), which Tokopedia's sellers get too since the merger."""

from __future__ import annotations

import polars as pl

from ledger.imports import amounts, dates
from ledger.imports.headers import has
from ledger.imports.lines import Format, Lines, Source, column, text
from ledger.imports.marketplaces import BUYER_ALIASES, joined, line_frame

NAME = "tiktok-shop-orders"
TOKOPEDIA, TIKTOK = "tokopedia", "tiktok"

ALIASES = {
    "order": ("Order ID",),
    "status": ("Order Status",),
    "return_type": ("Cancelation/Return Type", "Cancellation/Return Type"),
    "date": ("Created Time",),
    "paid_at": ("Paid Time",),
    "delivered_at": ("Delivered Time",),
    "cancelled_at": ("Cancelled Time", "Canceled Time"),
    "sku_id": ("SKU ID",),
    "sku": ("Seller SKU",),
    "product_name": ("Product Name",),
    "variation": ("Variation",),
    "category": ("Product Category",),
    "quantity": ("Quantity",),
    "returned": ("Sku Quantity of return",),
    "list_price": ("SKU Unit Original Price",),
    "amount": ("SKU Subtotal After Discount",),
    "platform_discount": ("SKU Platform Discount",),
    "seller_discount": ("SKU Seller Discount",),
    "city": ("Regency and City", "District", "City", "Province"),
    "channel": ("Purchase Channel",),
    "invoice": ("Tokopedia Invoice Number",),
    **BUYER_ALIASES,
}
REQUIRED = ("order", "status", "date", "product_name", "quantity", "amount", "customer")
MONEY = ("list_price", "amount", "platform_discount", "seller_discount")
TIMES = ("date", "cancelled_at", "delivered_at")


def recognises(columns: tuple[str, ...]) -> bool:
    return has(columns, "Order ID", "Order Status", "SKU Subtotal After Discount", "Created Time")


def lines(source: Source) -> Lines:
    """One line a SKU, worth its subtotal after discount; the order's own amount, on every row, is not looked at."""
    cells = _below_the_descriptions(source.cells)
    platform = _platform(cells)
    sku = pl.coalesce(
        text(cells, "sku"), text(cells, "sku_id"), joined(text(cells, "product_name"), text(cells, "variation"))
    )
    frame = line_frame(
        cells,
        _read(cells, source.shop.currency, source.shop.zone),
        currency=source.shop.currency,
        # The same user name on the two sites may be two people.
        source=pl.when(platform == TOKOPEDIA).then(pl.lit(TOKOPEDIA)).otherwise(pl.lit(NAME)),
        platform=platform,
        sku=sku,
        # The seller may rename a SKU between two exports; its ID stays.
        line_sku=pl.coalesce(text(cells, "sku_id"), sku),
        cancelled=text(cells, "return_type").str.contains("(?i)^(cancel|batal)")
        & text(cells, "cancelled_at").is_not_null(),
    )
    return Lines(NAME, frame, source.notes)


def _below_the_descriptions(cells: pl.DataFrame) -> pl.DataFrame:
    """Without the second row, which says in words what each column is ("Platform unique order ID.")."""
    in_words = cells.head(1).select(~pl.col("order").str.contains(r"\d") & ~pl.col("quantity").str.contains(r"\d"))
    return cells.slice(1) if in_words.to_series().any() else cells


def _platform(cells: pl.DataFrame) -> pl.Expr:
    channel = text(cells, "channel").str.to_lowercase().fill_null("")
    by_invoice = pl.when(text(cells, "invoice").is_null()).then(pl.lit(TIKTOK)).otherwise(pl.lit(TOKOPEDIA))
    named = pl.when(channel.str.contains(TOKOPEDIA)).then(pl.lit(TOKOPEDIA))
    return named.when(channel.str.contains(TIKTOK)).then(pl.lit(TIKTOK)).otherwise(by_invoice)


def _read(cells: pl.DataFrame, currency: str, zone: str) -> pl.DataFrame:
    money = {name: amounts.scaled(column(cells, name), currency) for name in MONEY}
    times = {name: dates.moments(column(cells, name), zone) for name in TIMES}
    counts = cells.select(amounts.quantities(text(cells, name)).alias(name) for name in ("quantity", "returned"))
    return (
        pl.DataFrame({**money, **times})
        .hstack(counts)
        .with_columns(
            pl.lit(None, pl.Int64).alias("price"),
            pl.sum_horizontal("platform_discount", "seller_discount").alias("discount"),
            pl.coalesce("cancelled_at", "delivered_at").alias("finished"),
        )
    )


FORMAT = Format(NAME, ALIASES, REQUIRED, recognises, lines)
