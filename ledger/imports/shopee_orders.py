"""Shopee's "Order.all" export, in Indonesian and in the English of Malaysia, Singapore and the Philippines."""

from __future__ import annotations

import polars as pl

from ledger.imports import amounts, dates
from ledger.imports.headers import currency_named, has
from ledger.imports.lines import Format, Lines, Source, column, text
from ledger.imports.marketplaces import BUYER_ALIASES, joined, line_frame

NAME = "shopee-orders"

ALIASES = {
    "order": ("No. Pesanan", "Order ID"),
    "status": ("Status Pesanan", "Order Status"),
    "date": ("Waktu Pesanan Dibuat", "Order Creation Date", "Order Creation Time"),
    "paid_at": ("Waktu Pembayaran Dilakukan", "Order Paid Time"),
    "finished": ("Waktu Pesanan Selesai", "Order Complete Time"),
    "sku": ("Nomor Referensi SKU", "SKU Reference No.", "SKU Reference Number"),
    "parent_sku": ("SKU Induk", "Parent SKU Reference No.", "Parent SKU"),
    "product_name": ("Nama Produk", "Product Name"),
    "variation": ("Nama Variasi", "Variation Name"),
    "list_price": ("Harga Awal", "Original Price"),
    "price": ("Harga Setelah Diskon", "Deal Price", "Price After Discount"),
    "quantity": ("Jumlah", "Quantity"),
    "returned": ("Returned quantity", "Jumlah Dikembalikan", "Jumlah Pengembalian"),
    "amount": ("Product Subtotal", "Total Harga Produk", "Subtotal Pesanan", "Products' Price Paid by Buyer"),
    "city": ("Kota/Kabupaten", "City", "Town", "District", "Provinsi", "Province"),
    **BUYER_ALIASES,
}
REQUIRED = ("order", "status", "date", "product_name", "quantity", "price|amount", "customer")


def recognises(columns: tuple[str, ...]) -> bool:
    indonesian = has(columns, "No. Pesanan", "Status Pesanan", "Nama Produk", "Username (Pembeli)")
    return indonesian or has(columns, "Order ID", "Order Status", "Product Name", "Username (Buyer)")


def lines(source: Source) -> Lines:
    """One line a SKU, worth its price after discount times its quantity.

    Subtotals are used only where the file has no such price: some layouts give the order's on every row.
    """
    cells = source.cells
    currency = currency_named(source.columns) or source.shop.currency
    variant = joined(text(cells, "product_name"), text(cells, "variation"))
    parent = pl.when(text(cells, "parent_sku").is_not_null()).then(
        joined(text(cells, "parent_sku"), text(cells, "variation"))
    )
    sku = pl.coalesce(text(cells, "sku"), parent, variant)
    frame = line_frame(
        cells,
        _read(cells, currency, source.shop.zone),
        currency=currency,
        source=pl.lit(NAME),
        platform=pl.lit("shopee"),
        sku=sku,
        line_sku=sku,
        cancelled=pl.lit(value=False),
    )
    return Lines(NAME, frame, source.notes)


def _read(cells: pl.DataFrame, currency: str, zone: str) -> pl.DataFrame:
    money = {name: amounts.scaled(column(cells, name), currency) for name in ("price", "list_price", "amount")}
    times = {name: dates.moments(column(cells, name), zone) for name in ("date", "finished")}
    counts = cells.select(amounts.quantities(text(cells, name)).alias(name) for name in ("quantity", "returned"))
    read = pl.DataFrame({**money, **times}).hstack(counts)
    quantity = pl.col("quantity")
    return read.with_columns(
        pl.coalesce(amounts.times(pl.col("price"), quantity), "amount").alias("amount"),
        amounts.times(pl.max_horizontal(pl.col("list_price") - pl.col("price"), 0), quantity).alias("discount"),
    )


FORMAT = Format(NAME, ALIASES, REQUIRED, recognises, lines)
