"""What a shop's own pages wrote down: who did what when, visit by visit.

Every line is a step of a visit. A look at a product, a cart and, where the file says for how much, a sale are
interactions as well: a file without prices tells of steps alone, so that sales which come from the till are not
counted twice.
"""

from __future__ import annotations

import polars as pl

from ledger.imports import amounts, dates
from ledger.imports.headers import has, spelling
from ledger.imports.lines import (
    LINE,
    NO_CUSTOMER,
    UNREADABLE,
    Format,
    Lines,
    Source,
    column,
    first_of,
    text,
    unreadable,
)
from ledger.tables import Kind

NAME = "clickstream"
PLATFORM = "web"
LONGEST_WORD = 60
SESSIONS = ("session_id", "session", "user_session", "visit", "visit id", "kunjungan", "sesi")
STEPS = ("event", "event_type", "event name", "step", "action", "langkah", "kejadian")
ALIASES = {
    "date": ("event_time", "timestamp", "time", "date", "tanggal", "waktu", "at"),
    "customer": ("user_id", "user", "customer", "customer id", "visitor", "visitor id", "pelanggan", "client id"),
    "phone": ("phone", "no hp", "whatsapp"),
    "visit": SESSIONS,
    "step": STEPS,
    "device": ("device", "platform", "perangkat"),
    "referrer": ("acquisition_channel", "source", "utm_source", "channel", "referrer", "sumber"),
    "product": ("product_id", "product", "sku", "item id", "produk", "kode produk"),
    "product_name": ("product name", "nama produk", "item name"),
    "category": ("category_code", "category", "kategori"),
    "brand": ("brand", "merek"),
    "price": ("price", "harga"),
    "currency": ("currency", "mata uang"),
}
KIND_OF = {
    "view": Kind.VIEW, "product view": Kind.VIEW, "view item": Kind.VIEW, "lihat": Kind.VIEW,
    "cart": Kind.CART, "add to cart": Kind.CART, "keranjang": Kind.CART,
    "purchase": Kind.PURCHASE, "order": Kind.PURCHASE, "beli": Kind.PURCHASE,
}  # fmt: skip


def recognises(columns: tuple[str, ...]) -> bool:
    """A column of steps and one of visits: a table of sales has no visits."""
    named = {spelling(each) for each in columns}
    return (
        any(spelling(each) in named for each in SESSIONS)
        and any(spelling(each) in named for each in STEPS)
        and not has(columns, "quantity")
    )


def lines(source: Source) -> Lines:
    cells = source.cells
    read = pl.DataFrame(
        [
            dates.moments(_moments(column(cells, "date")), source.shop.zone).alias("date"),
            amounts.scaled(column(cells, "price"), source.shop.currency).alias("price"),
        ]
    )
    step = _word(text(cells, "step"))
    product, kind = text(cells, "product"), _kind(step, text(cells, "product"), pl.lit(read["price"]))
    price = amounts.minor(pl.lit(read["price"]))
    reason = first_of(
        (unreadable(cells, read) | pl.lit(read["date"]).is_null() | step.is_null(), UNREADABLE),
        (text(cells, "customer").is_null() & text(cells, "phone").is_null(), NO_CUSTOMER),
    )
    frame = cells.select(
        LINE,
        reason,
        kind.alias("kind"),
        pl.lit(read["date"]).alias("at"),
        pl.lit(NAME).alias("source"),
        *(text(cells, name).alias(name) for name in ("customer", "phone", "category", "brand", "product_name")),
        product.alias("sku"),
        pl.concat_str(step, product, separator="/", ignore_nulls=True).alias("line_sku"),
        text(cells, "visit").alias("order"),
        pl.lit(source.shop.currency).alias("currency"),
        pl.lit(PLATFORM).alias("platform"),
        step.alias("step"),
        text(cells, "visit").alias("visit"),
        _word(text(cells, "device")).alias("device"),
        _word(text(cells, "referrer")).alias("referrer"),
        pl.lit(1, pl.Int64).alias("quantity"),
        pl.when(kind == Kind.PURCHASE.value).then(price).alias("amount_minor"),
        price.alias("price_minor"),
    )
    return Lines(NAME, frame, source.notes)


def _moments(cells: pl.Series) -> pl.Series:
    """ "2019-10-01 00:00:00 UTC" says the same as with a Z."""
    return cells.str.replace(r"\s*UTC$", "Z")


def _word(cells: pl.Expr) -> pl.Expr:
    """As steps are called: small letters, and no longer than a name."""
    return cells.str.to_lowercase().str.strip_chars().str.slice(0, LONGEST_WORD)


def _kind(step: pl.Expr, product: pl.Expr, price: pl.Expr) -> pl.Expr:
    """What it is besides a step; null: nothing."""
    known = {name: kind.value for name, kind in KIND_OF.items()}
    kind = step.str.replace_all("[_ -]+", " ").replace_strict(known, default=None, return_dtype=pl.String)
    is_trade = kind == Kind.PURCHASE.value
    return pl.when(product.is_not_null() & (~is_trade | price.is_not_null())).then(kind)


FORMAT = Format(NAME, ALIASES, ("date", "customer|phone", "step"), recognises, lines)
