"""Shopee and TikTok Shop (with Tokopedia) exports, in the layouts they really have."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter
from sqlmodel import col, select

from ledger import privacy
from ledger.database import Database
from ledger.imports import ImportReport, ShopDefaults, import_file
from ledger.tables import Address, ConsentEvent, Customer, Identity, Interaction, Product
from tests.conftest import shared

NOW = datetime(2026, 11, 2, tzinfo=UTC)
SHOP = ShopDefaults("IDR", "Asia/Jakarta", "ID")
STILL_RETURNABLE = "Pesanan diterima, namun Pembeli masih dapat mengajukan pengembalian hingga 2026-08-04."

SHOPEE_ROW = {
    "No. Pesanan": "260721ABCDEF",
    "Status Pesanan": "Selesai",
    "Waktu Pesanan Dibuat": "2026-07-21 10:15",
    "Waktu Pembayaran Dilakukan": "2026-07-21 10:20",
    "Nama Produk": "Kopi Gayo",
    "Nomor Referensi SKU": "KG-250",
    "Nama Variasi": "250 gr",
    "Harga Awal": "100.000",
    "Harga Setelah Diskon": "82.500",
    "Jumlah": "2",
    "Returned quantity": "0",
    "Subtotal Pesanan": "205.000",
    "Total Pembayaran": "215.000",
    "Username (Pembeli)": "sari_k",
    "Nama Penerima": "Sari",
    "No. Telepon": "6281234567890",
    "Kota/Kabupaten": "KOTA BANDUNG",
}
TIKTOK_ROW = {
    "Order ID": "576462304123456789",
    "Order Status": "Selesai",
    "SKU ID": "1729000000000000001",
    "Seller SKU": "KG-250",
    "Product Name": "Kopi Gayo",
    "Quantity": "1",
    "Sku Quantity of return": "0",
    "SKU Unit Original Price": "100000",
    "SKU Platform Discount": "5000",
    "SKU Seller Discount": "10000",
    "SKU Subtotal After Discount": "85000",
    "Order Amount": "99000",
    "Created Time": "21/07/2026 10:15:30\t",
    "Buyer Username": "sari_k",
    "Recipient": "Sari",
    "Phone #": "(+62)812-3456-7890",
    "Regency and City": "Kota Bandung",
    "Purchase Channel": "TikTok",
    "Tokopedia Invoice Number": "",
}


def layout(name: str) -> list[str]:
    columns: list[str] = json.loads(shared("data", "reference", "export_headers.json").read_text())[name]["columns"]
    return columns


def written(path: Path, columns: Sequence[str], *rows: Mapping[str, str]) -> Path:
    assert all(name in columns for row in rows for name in row)
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def shopee(database: Database, tmp_path: Path, *changes: Mapping[str, str]) -> ImportReport:
    rows = [{**SHOPEE_ROW, **change} for change in changes]
    return import_file(database, written(tmp_path / "orders.csv", list(SHOPEE_ROW), *rows), shop=SHOP, now=NOW)


def tiktok(database: Database, tmp_path: Path, *changes: Mapping[str, str]) -> ImportReport:
    rows = [{**TIKTOK_ROW, **change} for change in changes]
    return import_file(database, written(tmp_path / "skus.csv", list(TIKTOK_ROW), *rows), shop=SHOP, now=NOW)


def interactions(database: Database) -> Sequence[Interaction]:
    with database.reading() as session:
        return session.exec(select(Interaction).order_by(col(Interaction.id))).all()


def test_a_shopee_line_is_worth_its_price_times_its_quantity(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "orders.csv", layout("shopee_order_all_id_2026"), SHOPEE_ROW)
    report = import_file(database, path, shop=SHOP, now=NOW)
    [line] = interactions(database)
    # 2 × Rp82.500 = Rp165.000, discounted by 2 × Rp17.500; 10:15 in Jakarta is 03:15 UTC.
    assert (line.amount_minor, line.discount_minor, line.quantity) == (165_000, 35_000, 2)
    assert (line.currency, line.platform, line.at) == ("IDR", "shopee", datetime(2026, 7, 21, 3, 15, tzinfo=UTC))
    assert (report.format, line.source_ref) == ("shopee-orders", "shopee-orders:260721ABCDEF:KG-250:1")


def test_the_total_repeated_on_every_row_of_an_order_is_not_multiplied(database: Database, tmp_path: Path) -> None:
    other = {"Nomor Referensi SKU": "TH-100", "Harga Setelah Diskon": "40.000", "Jumlah": "1"}
    report = shopee(database, tmp_path, {}, other)
    # 165.000 + 40.000 = 205.000, the order's own total.
    assert sum(line.amount_minor or 0 for line in interactions(database)) == 205_000
    assert (report.orders, report.customers, report.purchases) == (1, 1, 2)


def test_the_buyer_becomes_a_known_but_not_a_contactable_customer(database: Database, tmp_path: Path) -> None:
    shopee(database, tmp_path, {})
    with database.reading() as session:
        customer = session.exec(select(Customer)).one()
        address = session.exec(select(Address)).one()
        identity = session.exec(select(Identity)).one()
        consents = session.exec(select(ConsentEvent)).all()
    assert (customer.name, customer.city, customer.source) == ("Sari", "Kota Bandung", "shopee-orders")
    assert (address.channel, address.address, address.origin) == ("whatsapp", "+6281234567890", "shopee-orders")
    assert (identity.source, identity.reference) == ("shopee-orders", "sari_k")
    assert consents == []


@pytest.mark.parametrize(
    "status", ["Selesai", STILL_RETURNABLE, "Sedang Dikirim", "Perlu Dikirim", "Completed", "To ship"]
)
def test_paid_orders_on_their_way_or_arrived_are_purchases(
    sqlite_database: Database, tmp_path: Path, status: str
) -> None:
    report = shopee(sqlite_database, tmp_path, {"Status Pesanan": status, "Waktu Pembayaran Dilakukan": ""})
    assert (report.purchases, report.returns, report.dropped) == (1, 0, {})


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("Batal", "cancelled"),
        ("Dibatalkan", "cancelled"),
        ("Cancelled", "cancelled"),
        ("Belum Bayar", "unpaid"),
        ("Unpaid", "unpaid"),
        ("Entah", "unknown_status"),
    ],
)
def test_cancelled_unpaid_and_unknown_orders_are_dropped(
    sqlite_database: Database, tmp_path: Path, status: str, reason: str
) -> None:
    report = shopee(sqlite_database, tmp_path, {"Status Pesanan": status, "Waktu Pembayaran Dilakukan": ""})
    assert (report.purchases, report.returns, report.dropped) == (0, 0, {reason: 1})


def test_an_order_cancelled_after_it_was_imported_is_taken_back_once(database: Database, tmp_path: Path) -> None:
    shopee(database, tmp_path, {"Status Pesanan": "Perlu Dikirim"})
    report = shopee(database, tmp_path, {"Status Pesanan": "Batal"})
    again = shopee(database, tmp_path, {"Status Pesanan": "Batal"})
    bought, back = interactions(database)
    assert (report.dropped, report.returns, report.added["interactions"]) == ({"cancelled": 1}, 1, 1)
    assert (again.returns, again.added["interactions"]) == (1, 0)
    assert (back.kind, back.quantity, back.amount_minor) == ("return", 2, 165_000)
    assert (back.customer_id, back.product_id, back.order_ref) == (
        bought.customer_id,
        bought.product_id,
        bought.order_ref,
    )


def test_later_exports_add_only_what_came_back_since(database: Database, tmp_path: Path) -> None:
    added = [
        shopee(database, tmp_path, {"Jumlah": "3", "Returned quantity": returned}).added["interactions"]
        for returned in ("1", "1", "3", "0")
    ]
    _, first, second = interactions(database)
    # Three at 82.500; one came back, then two more.
    assert added == [2, 0, 1, 0]
    assert [(first.quantity, first.amount_minor), (second.quantity, second.amount_minor)] == [
        (1, 82_500),
        (2, 165_000),
    ]


def test_overlapping_exports_add_each_line_once(database: Database, tmp_path: Path) -> None:
    shopee(database, tmp_path, {}, {"No. Pesanan": "B"})
    report = shopee(database, tmp_path, {"No. Pesanan": "C"}, {"No. Pesanan": "B"})
    assert (report.purchases, report.added["interactions"], report.added["customers"]) == (2, 1, 0)


@pytest.mark.parametrize(("currency", "city"), [("", "Petaling"), ("(PHP)", "Makati")])
def test_the_english_layouts_are_read_too(
    sqlite_database: Database, tmp_path: Path, currency: str, city: str
) -> None:
    columns = [
        name + currency if name in ("Deal Price", "Original Price") else name for name in layout("shopee_order_en_my")
    ]
    row = {
        "Order ID": "2607A", "Order Status": "Completed", "Order Creation Date": "2026-07-21 10:15",
        "Product Name": "Coffee", "Variation Name": "Dark", f"Deal Price{currency}": "1,234.50",
        f"Original Price{currency}": "1,300.00", "Quantity": "1", "Username (Buyer)": "ann", "City": city,
        "Grand Total": "9,999.00",
    }  # fmt: skip
    malaysian = ShopDefaults("MYR", "Asia/Kuala_Lumpur", "MY")
    import_file(sqlite_database, written(tmp_path / "o.csv", columns, row), shop=malaysian, now=NOW)
    [line] = interactions(sqlite_database)
    assert (line.amount_minor, line.currency) == (123_450, currency.strip("()") or "MYR")
    with sqlite_database.reading() as session:
        assert session.exec(select(Product.sku)).one() == "Coffee / Dark"


def test_a_tiktok_line_is_its_own_subtotal_and_the_descriptions_are_no_line(
    database: Database, tmp_path: Path
) -> None:
    descriptions = dict.fromkeys(TIKTOK_ROW, "Platform says what this is.")
    path = written(tmp_path / "t.csv", layout("tiktok_tokopedia_order_id_2026"), descriptions, TIKTOK_ROW)
    report = import_file(database, path, shop=SHOP, now=NOW)
    [line] = interactions(database)
    assert (report.format, report.lines, report.purchases) == ("tiktok-shop-orders", 1, 1)
    assert (line.amount_minor, line.discount_minor, line.platform) == (85_000, 15_000, "tiktok")
    assert line.at == datetime(2026, 7, 21, 3, 15, 30, tzinfo=UTC)
    assert line.source_ref == "tiktok-shop-orders:576462304123456789:1729000000000000001:1"


def test_tokopedia_orders_in_tiktoks_layout_are_tokopedias(database: Database, tmp_path: Path) -> None:
    sold = {"Order ID": "58", "Tokopedia Invoice Number": "INV/1", "Purchase Channel": ""}
    named = {"Order ID": "59", "Purchase Channel": "Tokopedia"}
    tiktok(database, tmp_path, {}, sold, named)
    assert [line.platform for line in interactions(database)] == ["tiktok", "tokopedia", "tokopedia"]


def test_the_same_phone_in_two_marketplaces_is_one_customer(database: Database, tmp_path: Path) -> None:
    shopee(database, tmp_path, {})
    report = tiktok(database, tmp_path, {"Buyer Username": "someone_else"})
    assert report.added["customers"] == 0
    assert len({line.customer_id for line in interactions(database)}) == 1


def test_a_buyers_own_name_decides_before_the_phone_of_a_gift(database: Database, tmp_path: Path) -> None:
    budi = {"No. Pesanan": "B", "Username (Pembeli)": "budi", "No. Telepon": "081298765432"}
    gift = {"No. Pesanan": "G", "Username (Pembeli)": "budi"}
    report = shopee(database, tmp_path, {}, budi, gift)
    assert report.customers == 2


def test_starred_out_names_and_phones_are_nobodys(database: Database, tmp_path: Path) -> None:
    starred = {"No. Telepon": "******90", "Nama Penerima": "S***i"}
    report = shopee(database, tmp_path, starred, {"No. Pesanan": "B", "Username (Pembeli)": "an***12", **starred})
    with database.reading() as session:
        assert session.exec(select(Customer.name)).all() == [""]
        assert session.exec(select(Address)).all() == []
    assert report.dropped == {"no_customer": 1}
    assert report.notes == (("no_numbers", {"n": 1}),)


def test_a_forgotten_buyer_stays_forgotten_when_the_same_export_comes_again(
    database: Database, tmp_path: Path
) -> None:
    shopee(database, tmp_path, {})
    with database.transaction() as session:
        privacy.erase(session, session.exec(select(Customer)).one(), {}, zone=UTC, by="test", at=NOW)
    report = shopee(database, tmp_path, {}, {"No. Pesanan": "NEW"}, {"No. Pesanan": "C", "Status Pesanan": "Batal"})
    assert (report.dropped, report.added["customers"]) == ({"cancelled": 1, "erased": 2}, 0)
    [kept_as_a_number] = interactions(database)
    assert kept_as_a_number.source_ref is None


def test_a_tiktok_cancellation_needs_its_time(sqlite_database: Database, tmp_path: Path) -> None:
    columns = [*TIKTOK_ROW, "Cancelation/Return Type", "Cancelled Time"]
    rows = [
        {**TIKTOK_ROW, "Order ID": "1", "Cancelation/Return Type": "Cancel", "Cancelled Time": "22/07/2026 10:00:00"},
        {**TIKTOK_ROW, "Order ID": "2", "Cancelation/Return Type": "Cancel"},
        {**TIKTOK_ROW, "Order ID": "3", "Order Status": "Dibatalkan"},
        {**TIKTOK_ROW, "Order ID": "4", "Cancelation/Return Type": "Return/Refund", "Sku Quantity of return": "1"},
    ]
    report = import_file(sqlite_database, written(tmp_path / "t.csv", columns, *rows), shop=SHOP, now=NOW)
    assert (report.purchases, report.returns, report.dropped) == (2, 1, {"cancelled": 2})


def test_a_real_workbook_is_read_with_its_ids_whole(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "Order.all.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("notes").write(0, 0, "not this one")
        sheet = book.add_worksheet("orders")
        sheet.write_row(0, 0, list(SHOPEE_ROW))
        sheet.write_row(1, 0, [*SHOPEE_ROW.values()])
        sheet.write_number(1, list(SHOPEE_ROW).index("Jumlah"), 2)
        sheet.write_number(1, list(SHOPEE_ROW).index("No. Telepon"), 6281234567890)
    report = import_file(database, path, shop=SHOP, now=NOW)
    [line] = interactions(database)
    assert (report.purchases, line.order_ref, line.amount_minor) == (1, "260721ABCDEF", 165_000)
    with database.reading() as session:
        assert session.exec(select(Address.address)).one() == "+6281234567890"
