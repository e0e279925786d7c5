"""UCI's Online Retail, with the counts that are published for it, and small files in its shape."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from ledger.database import Database
from ledger.imports import ShopDefaults, import_file
from ledger.tables import Customer, Identity, Interaction, Product
from tests.conftest import shared

NOW = datetime(2026, 11, 2, tzinfo=UTC)
SHOP = ShopDefaults("IDR", "Asia/Jakarta", "ID")
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "invoices.csv"
    path.write_text(HEADER + "\n".join(lines) + "\n")
    return path


@pytest.mark.slow
def test_the_published_counts_come_out_and_a_second_import_adds_nothing(database: Database) -> None:
    path = shared("data", "online_retail.csv.gz")
    report = import_file(database, path, shop=SHOP, now=NOW)
    assert (report.lines, report.purchases, report.customers, report.orders) == (541_909, 397_884, 4_338, 18_532)
    assert report.kept + sum(report.dropped.values()) == 541_909
    # 135,080 lines name nobody; 40 lines of somebody cost nothing; 8,905 of 9,288 cancelled lines name somebody.
    assert report.dropped == {"no_customer": 135_080, "price_not_positive": 40}
    assert report.returns == 8_905
    again = import_file(database, path, shop=SHOP, now=NOW)
    assert again.added == {"interactions": 0, "customers": 0, "products": 0, "numbers": 0, "details": 0}
    assert (again.purchases, again.returns) == (397_884, 8_905)
    with database.reading() as session:
        bought = select(func.sum(Interaction.amount_minor)).where(Interaction.kind == "purchase")
        assert session.exec(bought).one() == 891_140_790


def test_an_invoice_is_read_line_by_line_in_pounds_at_london_time(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, "500001,A1,RED MUG,480,2011-07-01 09:30:00,0.001,12345,United Kingdom")
    report = import_file(database, path, shop=SHOP, now=NOW)
    with database.reading() as session:
        line = session.exec(select(Interaction)).one()
        identity = session.exec(select(Identity)).one()
        product = session.exec(select(Product)).one()
    # 480 × £0.001 = £0.48; half past nine in July is half past eight in UTC.
    assert (line.amount_minor, line.currency, line.quantity) == (48, "GBP", 480)
    assert line.at == datetime(2011, 7, 1, 8, 30, tzinfo=UTC)
    assert (line.order_ref, line.platform, line.source_ref) == ("500001", "pos", "online-retail:500001:A1:1")
    assert (identity.source, identity.reference) == ("online-retail", "12345")
    assert (product.sku, product.name, product.currency, report.format) == ("A1", "RED MUG", "GBP", "online-retail")


def test_every_dropped_line_has_its_reason(database: Database, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "500001,A1,MUG,1,2011-01-01 10:00:00,2.50,1,UK",
        "500001,A1,MUG,1,2011-01-01 10:00:00,2.50,,UK",
        "500002,A1,MUG,1,2011-01-01 10:00:00,0,1,UK",
        "500003,A1,damaged,-4,2011-01-01 10:00:00,2.50,1,UK",
        "500004,A1,MUG,many,2011-01-01 10:00:00,2.50,1,UK",
        "C500005,A1,MUG,-1,2011-01-02 10:00:00,2.50,1,UK",
    )
    report = import_file(database, path, shop=SHOP, now=NOW)
    assert report.dropped == {
        "no_customer": 1,
        "price_not_positive": 1,
        "quantity_not_positive": 1,
        "unreadable": 1,
    }
    assert report.first_lines["unreadable"] == (6,)
    assert (report.lines, report.purchases, report.returns) == (6, 1, 1)


def test_a_cancelled_invoice_is_a_return_in_magnitudes(database: Database, tmp_path: Path) -> None:
    import_file(database, written(tmp_path, "C500005,A1,MUG,-2,2011-01-02 10:00:00,2.50,1,UK"), shop=SHOP, now=NOW)
    with database.reading() as session:
        line = session.exec(select(Interaction)).one()
    assert (line.kind, line.quantity, line.amount_minor) == ("return", 2, 500)


def test_equal_lines_of_one_order_are_separate_lines_wherever_they_stand(database: Database, tmp_path: Path) -> None:
    lines = [
        "500001,A1,MUG,1,2011-01-01 10:00:00,2.50,1,UK",
        "500001,A1,MUG,1,2011-01-01 10:00:00,2.50,1,UK",
        "500001,A1,MUG,7,2011-01-01 10:00:00,2.50,1,UK",
    ]
    first = import_file(database, written(tmp_path, *lines), shop=SHOP, now=NOW)
    again = import_file(database, written(tmp_path, *reversed(lines)), shop=SHOP, now=NOW)
    assert (first.added["interactions"], again.added["interactions"]) == (3, 0)


def test_a_product_is_called_what_it_is_called_most_often(database: Database, tmp_path: Path) -> None:
    names = ("WRONG", "RIGHT", "RIGHT")
    lines = [f"50000{n},A1,{name},1,2011-01-01 10:00:00,2.50,1,UK" for n, name in enumerate(names)]
    import_file(database, written(tmp_path, *lines), shop=SHOP, now=NOW)
    with database.reading() as session:
        assert session.exec(select(Product.name)).all() == ["RIGHT"]


def test_a_dry_run_counts_alike_and_writes_nothing(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, "500001,A1,MUG,1,2011-01-01 10:00:00,2.50,1,UK")
    rehearsal = import_file(database, path, shop=SHOP, now=NOW, dry_run=True).as_json()
    with database.reading() as session:
        empty = [session.exec(select(func.count(col(table.id)))).one() for table in (Customer, Product, Interaction)]
    real = import_file(database, path, shop=SHOP, now=NOW).as_json()
    assert empty == [0, 0, 0]
    assert rehearsal | {"dry_run": False} == real
