"""What Shopee and TikTok Shop (with Tokopedia) exports have in common: one row a SKU, and statuses in words."""

from __future__ import annotations

import polars as pl

from ledger.imports import amounts
from ledger.imports.lines import (
    CANCELLED,
    LINE,
    NO_CUSTOMER,
    QUANTITY,
    UNKNOWN_STATUS,
    UNPAID,
    UNREADABLE,
    first_of,
    text,
    unmasked,
    unreadable,
)
from ledger.tables import Kind

BUYER_ALIASES = {
    "customer": ("Username (Pembeli)", "Username (Buyer)", "Buyer Username"),
    "name": ("Nama Penerima", "Receiver Name", "Recipient"),
    "phone": ("No. Telepon", "Phone Number", "Phone #"),
}

# Statuses are sentences at times ("Pesanan diterima, namun Pembeli masih dapat mengajukan pengembalian hingga …"):
# their beginnings tell.
WAS_CANCELLED = r"(?i)^(batal|dibatalkan|cancel)"
NOT_PAID = r"(?i)^(belum (di)?bayar|menunggu pembayaran|unpaid|to pay|awaiting payment)"
PAID = (
    r"(?i)^(selesai|pesanan (di)?terima|pesanan selesai|perlu (di)?kirim|sedang (di)?kirim|siap (di)?kirim|"
    r"(telah |sudah )?dikirim|terkirim|dalam pengiriman|menunggu (pengiriman|pengambilan|dikirim)|diproses|"
    r"sampai|tiba|pengembalian|complete|order (received|complete)|to ship|ready to ship|"
    r"awaiting (shipment|collection)|ship|to receive|in transit|deliver|return|refund|processed)"
)


def status_reasons(status: pl.Expr, paid_at: pl.Expr) -> list[tuple[pl.Expr, str]]:
    """Shipped and to-be-shipped orders are paid: purchases. A status nobody here has met needs a time of payment."""
    unknown = ~status.fill_null("").str.contains(PAID) & paid_at.is_null()
    return [
        (status.str.contains(WAS_CANCELLED), CANCELLED),
        (status.str.contains(NOT_PAID), UNPAID),
        (unknown, UNKNOWN_STATUS),
    ]


def line_frame(
    cells: pl.DataFrame,
    read: pl.DataFrame,
    *,
    currency: str,
    source: pl.Expr,
    platform: pl.Expr,
    sku: pl.Expr,
    line_sku: pl.Expr,
    cancelled: pl.Expr,
) -> pl.DataFrame:
    """The lines' plain shape. ``read`` has date, finished, quantity, returned and, scaled, price, list_price,
    amount and discount.
    """
    values = read.select(pl.all().name.prefix("read_"))
    whole = cells.hstack(values)
    lost = unreadable(cells, read) | pl.col("order").is_null() | pl.col("read_date").is_null()
    lost |= pl.col("read_quantity").is_null() | pl.col("read_amount").is_null() | line_sku.is_null()
    customer, phone = unmasked(text(cells, "customer")), unmasked(text(cells, "phone"))
    reason = first_of(
        (lost, UNREADABLE),
        (cancelled, CANCELLED),
        *status_reasons(pl.col("status"), text(cells, "paid_at")),
        (customer.is_null() & phone.is_null(), NO_CUSTOMER),
        (pl.col("read_quantity") <= 0, QUANTITY),
    )
    returned = pl.min_horizontal(pl.col("read_returned").fill_null(0), "read_quantity")
    return whole.select(
        LINE,
        reason,
        pl.lit(Kind.PURCHASE.value).alias("kind"),
        pl.col("read_date").alias("at"),
        source.alias("source"),
        customer.alias("customer"),
        text(cells, "phone").alias("phone"),
        unmasked(text(cells, "name")).alias("name"),
        _calm(text(cells, "city")).alias("city"),
        "order",
        sku.alias("sku"),
        line_sku.alias("line_sku"),
        text(cells, "product_name").alias("product_name"),
        text(cells, "category").alias("category"),
        pl.lit(currency).alias("currency"),
        platform.alias("platform"),
        pl.col("read_quantity").alias("quantity"),
        amounts.minor(pl.col("read_amount")).alias("amount_minor"),
        amounts.minor(pl.col("read_discount")).alias("discount_minor"),
        amounts.minor(pl.coalesce("read_list_price", "read_price")).alias("price_minor"),
        returned.alias("returned"),
        pl.coalesce("read_finished", "read_date").alias("returned_at"),
    )


def _calm(city: pl.Expr) -> pl.Expr:
    """ "KOTA BANDUNG" as people write it."""
    return pl.when(city == city.str.to_uppercase()).then(city.str.to_titlecase()).otherwise(city)


def joined(*parts: pl.Expr) -> pl.Expr:
    """The parts that are there, with a slash between; null where there is none."""
    together = pl.concat_str(*parts, separator=" / ", ignore_nulls=True)
    return pl.when(together != "").then(together)
