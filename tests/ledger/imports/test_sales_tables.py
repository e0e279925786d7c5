"""Tables from tills and spreadsheets: any order of columns, Indonesian or English, purchases and other things."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, col, select

from ledger.database import Database
from ledger.identity import fingerprint
from ledger.imports import ImportReport, ShopDefaults, import_file
from ledger.tables import Address, Customer, Identity, Interaction, Product, Suppression

NOW = datetime(2026, 11, 2, tzinfo=UTC)
SHOP = ShopDefaults("IDR", "Asia/Jakarta", "ID")


def imported(database: Database, tmp_path: Path, content: str) -> ImportReport:
    path = tmp_path / "sales.csv"
    path.write_text(content)
    return import_file(database, path, shop=SHOP, now=NOW)


def interactions(database: Database) -> Sequence[Interaction]:
    with database.reading() as session:
        return session.exec(select(Interaction).order_by(col(Interaction.id))).all()


def product(database: Database, sku: str) -> Product:
    with database.reading() as session:
        return session.exec(select(Product).where(Product.sku == sku)).one()


def test_an_indonesian_tills_table(database: Database, tmp_path: Path) -> None:
    report = imported(
        database,
        tmp_path,
        "No. HP;Nama;Tanggal;Kode Barang;Nama Barang;Jumlah;Harga;Diskon;No Nota;Kota\n"
        "0812-3456-7890;Sari;21/07/2026 10:15;KG-250;Kopi Gayo;2;82.500;5.000;N1;Bandung\n",
    )
    [line] = interactions(database)
    # 2 × 82.500 − 5.000
    assert (line.amount_minor, line.discount_minor, line.quantity) == (160_000, 5_000, 2)
    assert (line.order_ref, line.source_ref, line.platform) == ("N1", "csv:N1:KG-250:1", "import")
    assert product(database, "KG-250").name == "Kopi Gayo"
    with database.reading() as session:
        assert session.exec(select(Address.address, Address.origin)).one() == ("+6281234567890", "csv")
        assert session.exec(select(Identity)).all() == []
    assert report.as_json()["added"] == {"interactions": 1, "customers": 1, "products": 1, "numbers": 0, "details": 0}


def test_an_english_table_with_totals_and_currencies(database: Database, tmp_path: Path) -> None:
    imported(
        database,
        tmp_path,
        "date,customer,sku,qty,amount,currency\n2026-07-21,C1,A,2,82.500,IDR\n2026-07-21,C1,B,2,12.50,USD\n",
    )
    assert [(line.amount_minor, line.currency) for line in interactions(database)] == [
        (82_500, "IDR"),
        (1_250, "USD"),
    ]


def test_other_things_than_purchases_are_kept_by_their_kind(database: Database, tmp_path: Path) -> None:
    report = imported(
        database,
        tmp_path,
        "tanggal,pelanggan,jenis,produk,total,ulasan\n"
        "2026-07-21 10:00,C1,lihat,Kopi,,\n"
        "2026-07-21 10:01,C1,keranjang,Kopi,,\n"
        "2026-07-21 10:02,C1,beli,Kopi,82500,\n"
        "2026-07-22 10:00,C1,retur,Kopi,-82500,\n"
        "2026-07-23 10:00,C1,ulasan,Kopi,,Enak sekali\n"
        "2026-07-23 10:00,C1,menari,Kopi,,\n",
    )
    assert (report.purchases, report.returns, dict(report.others)) == (1, 1, {"cart": 1, "review": 1, "view": 1})
    assert report.dropped == {"unreadable": 1}
    view, _, bought, back, review = interactions(database)
    assert (view.quantity, view.amount_minor) == (None, None)
    assert (bought.quantity, bought.amount_minor, back.quantity, back.amount_minor) == (1, 82_500, 1, 82_500)
    assert review.text == "Enak sekali"


def test_lines_without_an_order_come_in_once_and_their_reference_names_nobody(
    database: Database, tmp_path: Path
) -> None:
    line = "2026-07-21 10:15,081234567890,Kopi,82500\n"
    content = "tanggal,hp,produk,harga\n" + line + line
    first = imported(database, tmp_path, content)
    again = imported(database, tmp_path, content)
    refs = [line.source_ref or "" for line in interactions(database)]
    assert (first.purchases, first.orders, first.added["interactions"], again.added["interactions"]) == (2, 1, 2, 0)
    assert not any("81234567890" in ref for ref in refs)


def test_a_line_of_nobody_is_dropped(sqlite_database: Database, tmp_path: Path) -> None:
    report = imported(
        sqlite_database, tmp_path, "tanggal,hp,harga\n2026-07-21,,1000\n2026-07-21,*****90,1000\n2026-07-21,12,1000\n"
    )
    assert report.dropped == {"no_customer": 3}


def test_newer_facts_of_a_product_win_and_empty_cells_erase_nothing(database: Database, tmp_path: Path) -> None:
    header = "tanggal,pelanggan,sku,nama produk,harga,stok,kategori,premium\n"
    imported(
        database,
        tmp_path,
        header + "2026-07-22,C1,A,Kopi Baru,90000,5,Minuman,ya\n" + "2026-07-21,C1,A,Kopi Lama,80000,9,,tidak\n",
    )
    first = product(database, "A")
    imported(database, tmp_path, header + "2026-07-23,C1,A,,95000,,,\n")
    second = product(database, "A")
    assert (first.name, first.price_minor, first.stock, first.category, first.is_premium) == (
        "Kopi Baru", 90_000, 5, "Minuman", True,
    )  # fmt: skip
    assert (second.name, second.price_minor, second.stock, second.category) == ("Kopi Baru", 95_000, 5, "Minuman")


def test_last_years_file_fills_gaps_but_sets_no_price_back(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, "tanggal,pelanggan,sku,harga\n2026-07-21,C1,A,90000\n")
    imported(database, tmp_path, "tanggal,pelanggan,sku,harga,kategori\n2025-07-21,C1,A,70000,Minuman\n")
    known = product(database, "A")
    assert (known.price_minor, known.category) == (90_000, "Minuman")


def test_what_the_ledger_knows_of_a_customer_stays_and_gaps_are_filled(database: Database, tmp_path: Path) -> None:
    header = "tanggal,pelanggan,nama,kota,harga\n"
    imported(database, tmp_path, header + "2026-07-21,C1,Sari,,1000\n")
    imported(database, tmp_path, header + "2026-07-22,C1,Lain,Bandung,1000\n")
    with database.reading() as session:
        assert session.exec(select(Customer.name, Customer.city)).one() == ("Sari", "Bandung")


def test_a_person_who_wrote_before_is_met_again_by_their_number(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        customer = Customer(name="Sari", source="chat", created_at=NOW)
        session.add(customer)
        session.flush()
        number = "+6281234567890"
        mark = fingerprint(session, "whatsapp", number)
        session.add(
            Address(
                customer_id=customer.id,
                channel="whatsapp",
                address=number,
                fingerprint=mark,
                origin="chat",
                created_at=NOW,
            )
        )
    report = imported(database, tmp_path, "tanggal,pelanggan,hp,harga\n2026-07-21,C1,081234567890,1000\n")
    assert report.added["customers"] == 0
    assert [line.customer_id for line in interactions(database)] == [customer.id]


def suppress(session: Session, scope: str, value: str) -> None:
    session.add(Suppression(scope=scope, fingerprint=fingerprint(session, scope, value), reason="erased", at=NOW))


def test_an_erased_person_does_not_come_back_by_name_or_number(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        suppress(session, "csv", "C1")
        suppress(session, "whatsapp", "+6281234567890")
    report = imported(
        database,
        tmp_path,
        "tanggal,pelanggan,hp,harga\n"
        "2026-07-21,C1,,1000\n"
        "2026-07-21,C2,081234567890,1000\n"
        "2026-07-22,C2,,1000\n"
        "2026-07-21,C3,081298765432,1000\n",
    )
    assert (report.dropped, report.purchases) == ({"erased": 3}, 1)
    with database.reading() as session:
        assert session.exec(select(Identity.reference)).all() == ["C3"]


def test_dates_after_today_are_told_of(sqlite_database: Database, tmp_path: Path) -> None:
    report = imported(sqlite_database, tmp_path, "tanggal,pelanggan,harga\n2027-07-21,C1,1000\n")
    told = {each.check: (each.n, each.of, each.values.get("first")) for each in report.checks}
    assert told == {"future": (1, 1, "2027-07-21"), "no_product": (1, 1, None)}


def test_progress_is_told_in_interactions(sqlite_database: Database, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = tmp_path / "sales.csv"
    path.write_text("tanggal,pelanggan,harga\n2026-07-21,C1,1000\n")
    import_file(sqlite_database, path, shop=SHOP, now=NOW, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 1)]


def test_birthdays_are_kept_without_their_year_however_they_are_written(database: Database, tmp_path: Path) -> None:
    imported(
        database,
        tmp_path,
        "tanggal,pelanggan,harga,Tgl. Lahir\n"
        "2026-07-21,C1,1000,17/08/1990\n2026-07-21,C2,1000,1988-12-05\n2026-07-21,C3,1000,29 Februari 2000\n"
        '2026-07-21,C4,1000,tidak tahu\n2026-07-21,C5,1000,\n2026-07-21,C6,1000,"Bandung, 3 Mei 91"\n',
    )
    with database.reading() as session:
        found = session.exec(select(Customer.birthday).order_by(col(Customer.id))).all()
    assert found == ["08-17", "12-05", "02-29", None, None, "05-03"]


def test_a_birthday_that_is_known_stays_and_a_later_file_fills_the_gap(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, "tanggal,pelanggan,nama,kota,harga\n2026-07-21,C1,Sari,Bandung,1000\n")
    for written in ("17 Agustus", "18 Agustus"):
        imported(database, tmp_path, f"tanggal,pelanggan,harga,ulang tahun\n2026-07-22,C1,1000,{written}\n")
    with database.reading() as session:
        assert session.exec(select(Customer.name, Customer.city, Customer.birthday)).one() == (
            "Sari", "Bandung", "08-17",
        )  # fmt: skip


def test_a_number_above_twelve_tells_the_months_place_for_the_whole_column(
    database: Database, tmp_path: Path
) -> None:
    imported(
        database,
        tmp_path,
        "date,customer,price,dob\n2026-07-21,C1,1,03/04/1990\n2026-07-21,C2,1,08/17/1990\n",
    )
    with database.reading() as session:
        assert session.exec(select(Customer.birthday).order_by(col(Customer.id))).all() == ["03-04", "08-17"]
