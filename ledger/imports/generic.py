"""A table from anywhere: a till, a spreadsheet, another shop system. Its columns' names say what they hold."""

from __future__ import annotations

import polars as pl

from ledger import birthdays
from ledger.imports import amounts, dates, naming
from ledger.imports.lines import (
    LINE,
    NO_CUSTOMER,
    PRICE,
    QUANTITY,
    UNREADABLE,
    Format,
    Lines,
    Source,
    column,
    first_of,
    text,
    unmasked,
    unreadable,
)
from ledger.tables import Kind

NAME = "csv"
PLATFORM = "import"

ALIASES = {
    "date": (
        "date", "tanggal", "tgl", "waktu", "datetime", "timestamp", "time", "at", "order date", "tanggal pesanan",
        "tanggal transaksi", "tanggal order", "waktu pesanan", "purchase date", "invoice date", "created at",
    ),
    "customer": (
        "customer", "customer id", "id pelanggan", "kode pelanggan", "pelanggan", "pembeli", "buyer", "username",
        "user id", "user", "client id", "member id", "customer number",
    ),
    "phone": (
        "phone", "no hp", "nomor hp", "hp", "no telepon", "nomor telepon", "telepon", "no telp", "telp", "no wa",
        "nomor wa", "whatsapp", "no whatsapp", "wa", "handphone", "mobile", "phone number", "customer phone",
        "hape", "no hape", "nomor hape", "nope", "nohp", "no handphone", "nomor handphone", "nomor telp", "tlp",
        "ponsel", "no ponsel", "nomor ponsel", "nomor whatsapp", "hp/wa", "wa/hp", "no hp/wa", "no wa/hp",
        "nomor hp/wa", "telepon/wa", "no telepon/wa", "hp pelanggan", "no hp pelanggan", "nomor hp pelanggan",
        "hp pembeli", "no hp pembeli", "nomor hp pembeli", "telepon pelanggan", "telepon pembeli", "wa pelanggan",
        "wa pembeli", "kontak", "no kontak", "nomor kontak", "telephone", "tel", "mobile phone", "mobile number",
        "no tlp", "cell", "cellphone", "cell phone", "contact number", "phone no", "mobile no", "whatsapp number",
    ),
    "name": ("name", "nama", "nama pelanggan", "nama pembeli", "nama customer", "customer name", "full name"),
    "city": ("city", "kota", "kota/kabupaten", "kabupaten", "town"),
    "birthday": (
        "birthday", "birth date", "date of birth", "birthdate", "dob", "tanggal lahir", "tgl lahir", "ulang tahun",
        "tanggal ulang tahun", "tgl ulang tahun", "ultah", "tempat tanggal lahir", "ttl",
    ),
    "product": (
        "product", "sku", "kode produk", "kode barang", "kode", "product id", "product code", "item id", "produk",
        "barang", "item", "stock code",
    ),
    "product_name": ("product name", "nama produk", "nama barang", "item name", "produk", "barang", "title"),
    "category": ("category", "kategori", "product category"),
    "brand": ("brand", "merek", "merk"),
    "description": ("description", "deskripsi", "keterangan produk"),
    "traits": ("traits", "facts", "fakta", "ciri", "ciri khas", "sifat", "label"),
    "quantity": ("quantity", "qty", "jumlah", "jumlah barang", "kuantitas", "banyaknya", "pcs"),
    "price": ("price", "harga", "harga satuan", "unit price", "harga jual"),
    "amount": (
        "amount", "total", "total harga", "subtotal", "line total", "jumlah bayar", "nominal", "total price", "omzet",
        "jumlah",
    ),
    "discount": ("discount", "diskon", "potongan"),
    "currency": ("currency", "mata uang"),
    "order": (
        "order", "order id", "no pesanan", "nomor pesanan", "no order", "invoice", "no invoice", "no faktur",
        "faktur", "nota", "no nota", "no transaksi", "id transaksi", "transaction id", "order number",
        "invoice number",
    ),
    "platform": ("platform", "channel", "saluran", "marketplace", "sumber"),
    "kind": ("kind", "jenis", "event", "event type", "tipe", "type", "aktivitas"),
    "text": ("text", "teks", "pesan", "ulasan", "komentar", "review", "message", "comment"),
    "stock": ("stock", "stok", "sisa stok"),
    "cost": ("cost", "harga modal", "modal", "hpp", "harga beli", "unit cost"),
    "list_price": ("list price", "harga katalog", "harga normal", "harga awal"),
    "is_premium": ("is premium", "premium"),
    "launched": ("launched", "launched at", "tanggal rilis", "tanggal peluncuran", "rilis"),
}  # fmt: skip
REQUIRED = ("date", "customer|phone", "price|amount|kind")

KINDS = {
    Kind.PURCHASE: ("purchase", "purchased", "buy", "order", "sale", "beli", "pembelian", "penjualan", "pesanan"),
    Kind.RETURN: ("return", "refund", "retur", "pengembalian"),
    Kind.VIEW: ("view", "product view", "lihat", "dilihat"),
    Kind.CLICK: ("click", "klik"),
    Kind.CART: ("cart", "add to cart", "keranjang"),
    Kind.REVIEW: ("review", "ulasan"),
    Kind.MESSAGE_IN: ("message_in", "message in", "pesan masuk", "chat"),
    Kind.MESSAGE_OUT: ("message_out", "message out", "pesan keluar"),
}
KIND_OF = {word.replace("_", " "): kind.value for kind, words in KINDS.items() for word in words}
TRADES = (Kind.PURCHASE.value, Kind.RETURN.value)
YES = ("1", "yes", "y", "true", "ya", "premium")
NO = ("0", "no", "n", "false", "tidak", "bukan")
MONEY = ("price", "amount", "discount", "cost", "list_price")


def recognises(columns: tuple[str, ...]) -> bool:  # noqa: ARG001 - every other format is asked first
    return True


def lines(source: Source) -> Lines:
    """One line an interaction; a purchase where no column says otherwise.

    ``amount`` is what the line cost; without it, price times quantity less discount. A quantity not given is one.
    Customers that are called by their names, and by nothing else, have those names.
    """
    cells = source.cells
    read = _read(cells, source)
    whole = cells.hstack(read.select(pl.all().name.prefix("read_")))
    trade = pl.col("read_kind").is_in(TRADES)
    customer, phone = unmasked(text(cells, "customer")), unmasked(text(cells, "phone"))
    is_named = "name" not in cells.columns and naming.are_people(column(cells, "customer"))
    reason = first_of(
        (unreadable(cells, read) | pl.col("read_date").is_null(), UNREADABLE),
        (trade & pl.col("read_amount").is_null(), UNREADABLE),
        (customer.is_null() & phone.is_null(), NO_CUSTOMER),
        (trade & (pl.col("read_amount") < 0), PRICE),
        (trade & (pl.col("read_quantity") <= 0), QUANTITY),
    )
    frame = whole.select(
        LINE,
        reason,
        pl.col("read_kind").alias("kind"),
        pl.col("read_date").alias("at"),
        pl.lit(NAME).alias("source"),
        customer.alias("customer"),
        *(
            text(cells, name).alias(name)
            for name in ("phone", "order", "city", "category", "brand", "description", "traits", "text")
        ),
        (customer if is_named else unmasked(text(cells, "name"))).alias("name"),
        _birthday(cells).alias("birthday"),
        pl.coalesce(text(cells, "product"), text(cells, "product_name")).alias("sku"),
        text(cells, "product_name").alias("product_name"),
        pl.col("read_currency").alias("currency"),
        text(cells, "platform").str.to_lowercase().fill_null(PLATFORM).alias("platform"),
        pl.col("read_quantity").alias("quantity"),
        amounts.minor(pl.col("read_amount")).alias("amount_minor"),
        amounts.minor(pl.col("read_discount")).alias("discount_minor"),
        amounts.minor(pl.coalesce("read_list_price", "read_price")).alias("price_minor"),
        amounts.minor(pl.col("read_cost")).alias("cost_minor"),
        pl.col("read_stock").alias("stock"),
        pl.col("read_is_premium").alias("is_premium"),
        pl.col("read_launched").alias("launched_at"),
    )
    calls_goods = "product_name" not in cells.columns and naming.are_goods(column(cells, "product"))
    named = [field for field, is_so in (("customer", is_named), ("product", calls_goods)) if is_so]
    return Lines(NAME, frame, source.notes, named=tuple(named))


def _read(cells: pl.DataFrame, source: Source) -> pl.DataFrame:
    """The cells as what they mean; null where empty or unreadable."""
    words = cells.select(
        _kind(text(cells, "kind")).alias("kind"),
        text(cells, "currency").str.to_uppercase().str.extract("^([A-Z]{3})$").fill_null(
            pl.when(text(cells, "currency").is_null()).then(pl.lit(source.shop.currency))
        ).alias("currency"),
        amounts.quantities(text(cells, "quantity")).alias("quantity"),
        amounts.quantities(text(cells, "stock")).alias("stock"),
        _yes(text(cells, "is_premium").str.to_lowercase()).alias("is_premium"),
    )  # fmt: skip
    moments = {
        name: dates.moments(column(cells, field), source.shop.zone)
        for name, field in (("date", "date"), ("launched", "launched"))
    }
    return _priced(words.with_columns(**moments, **_money(cells, words["currency"])), cells)


def _money(cells: pl.DataFrame, currency: pl.Series) -> dict[str, pl.Series]:
    """Each column of money by the habits it shows among the rows of one currency."""
    found = {}
    for name in MONEY:
        column_of_money = column(cells, name)
        read = pl.Series(name, [None], dtype=pl.Int64).new_from_index(0, cells.height)
        for one in currency.drop_nulls().unique().sort():
            own = (currency == one).fill_null(value=False)
            cell = column_of_money.to_frame().select(pl.when(own).then(pl.col(name)))[name]
            read = read.zip_with(~own, amounts.scaled(cell, one))
        found[name] = read
    return found


def _priced(read: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    trade = pl.col("kind").is_in(TRADES)
    given = text(cells, "quantity").is_not_null()
    read = read.with_columns(
        pl.when(trade & ~pl.lit(cells.select(given).to_series())).then(1).otherwise("quantity").alias("quantity")
    )
    goods = amounts.times(pl.col("price"), pl.col("quantity")) - pl.col("discount").fill_null(0)
    # What came back may be written with a minus; the ledger keeps magnitudes.
    size = pl.when(pl.col("kind") == Kind.RETURN.value)
    amount, quantity = pl.coalesce("amount", goods), pl.col("quantity")
    return read.with_columns(
        size.then(amount.abs()).otherwise(amount).alias("amount"),
        size.then(quantity.abs()).otherwise(quantity).alias("quantity"),
    )


def _kind(words: pl.Expr) -> pl.Expr:
    plain = words.str.to_lowercase().str.replace_all("[_ -]+", " ")
    known = plain.replace_strict(KIND_OF, default=None, return_dtype=pl.String)
    return pl.when(words.is_null()).then(pl.lit(Kind.PURCHASE.value)).otherwise(known)


def _birthday(cells: pl.DataFrame) -> pl.Expr:
    """Month and day, null where there is none to be read: for that no line is left out."""
    days = birthdays.read_all(column(cells, "birthday").drop_nulls().unique())
    return text(cells, "birthday").replace_strict(days, default=None, return_dtype=pl.String)


def _yes(words: pl.Expr) -> pl.Expr:
    return pl.when(words.is_in(YES)).then(statement=True).when(words.is_in(NO)).then(statement=False)


FORMAT = Format(NAME, ALIASES, REQUIRED, recognises, lines)
