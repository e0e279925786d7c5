"""UCI's Online Retail (Chen, Sain, Guo 2012): a British gift shop's invoices, 2010-12-01 to 2011-12-09."""

from __future__ import annotations

import polars as pl

from ledger.imports import amounts, dates
from ledger.imports.headers import has
from ledger.imports.lines import LINE, NO_CUSTOMER, PRICE, QUANTITY, UNREADABLE, Format, Lines, Source, first_of
from ledger.imports.lines import unreadable as _unreadable
from ledger.tables import Kind

NAME = "online-retail"
CURRENCY = "GBP"
# The times are those of the shop's own till, and its shop stands in the United Kingdom.
ZONE = "Europe/London"
# Invoices from the shop's own books: the file names no marketplace and no messenger.
PLATFORM = "pos"

ALIASES = {
    "order": ("InvoiceNo", "Invoice"),
    "sku": ("StockCode",),
    "product_name": ("Description",),
    "quantity": ("Quantity",),
    "date": ("InvoiceDate",),
    "price": ("UnitPrice", "Price"),
    "customer": ("CustomerID", "Customer ID"),
}


def recognises(columns: tuple[str, ...]) -> bool:
    return has(columns, "StockCode", "InvoiceDate", "Quantity", "Description")


def lines(source: Source) -> Lines:
    """Invoices starting with C give what came back; lines of nobody, for nothing, or of nothing are dropped.

    A price counts as positive before it is rounded to pence: a line at £0.001 is a purchase.
    """
    text = source.cells
    read = text.select(
        amounts.quantities(pl.col("quantity")),
        dates.moments(text["date"], ZONE),
        amounts.scaled(text["price"], CURRENCY),
    )
    cancelled = pl.col("order").str.starts_with("C")
    reason = first_of(
        (_unreadable(text, read) | pl.any_horizontal(pl.col("order", "sku").is_null()), UNREADABLE),
        (pl.any_horizontal(pl.lit(read[name]).is_null() for name in read.columns), UNREADABLE),
        (pl.col("customer").is_null(), NO_CUSTOMER),
        (pl.lit(read["price"]) <= 0, PRICE),
        ((pl.lit(read["quantity"]) <= 0) & ~cancelled, QUANTITY),
    )
    money = read.select("price", amounts.times(pl.col("price"), pl.col("quantity").abs()).alias("amount"))
    frame = text.select(
        LINE,
        reason,
        pl.when(cancelled).then(pl.lit(Kind.RETURN.value)).otherwise(pl.lit(Kind.PURCHASE.value)).alias("kind"),
        pl.lit(NAME).alias("source"),
        pl.col("customer", "sku", "order", "product_name"),
        pl.lit(CURRENCY).alias("currency"),
        pl.lit(PLATFORM).alias("platform"),
    )
    frame = frame.hstack(read.select(pl.col("date").alias("at"), pl.col("quantity").abs()))
    frame = frame.hstack(money.select(amounts.minor(pl.all()).name.suffix("_minor")))
    return Lines(NAME, _with_usual_names(frame), source.notes)


def _with_usual_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Descriptions vary ("?", "damages", other spellings): a product is called what it is called most often."""
    named = frame.lazy().select("reason", "sku", "product_name").filter(pl.col("reason").is_null())
    said = named.group_by("sku", "product_name").len().drop_nulls().collect(engine="streaming")
    usual = said.sort("sku", "len", "product_name", descending=[False, True, False]).unique("sku", keep="first")
    names = dict(usual.select("sku", "product_name").iter_rows())
    return frame.with_columns(
        pl.col("sku").replace_strict(names, default=None, return_dtype=pl.String).alias("product_name")
    )


FORMAT = Format(NAME, ALIASES, tuple(ALIASES), recognises, lines)
