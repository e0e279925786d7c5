"""A table that names products instead of their codes: what the shop has in its list is not made a second time."""

from pathlib import Path

import polars as pl
import pytest
from sqlmodel import select

from ledger.database import Database
from ledger.imports import naming
from ledger.tables import Product
from tests.ledger.imports.test_sales_tables import imported, interactions

NAME = "Kopi Gayo Arabika 250 g"
TABLE = "tanggal,pelanggan,produk,qty,harga\n2026-07-21,C1,{said},2,82500\n"


def stocked(database: Database, **names: str) -> None:
    with database.transaction() as session:
        session.add_all(
            Product(sku=sku, name=name, currency="IDR", price_minor=82_500) for sku, name in names.items()
        )


def listed(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return dict(session.exec(select(Product.sku, Product.name)).all())


@pytest.mark.parametrize("said", [NAME, "kopi gayo  arabika 250 G", " Kopi Gayo Arabika 250 g "])
def test_a_product_called_by_its_name_is_that_product(database: Database, tmp_path: Path, said: str) -> None:
    stocked(database, KG1=NAME, KT1="Kopi Toraja")
    report = imported(database, tmp_path, TABLE.format(said=said))
    assert listed(database) == {"KG1": NAME, "KT1": "Kopi Toraja"}
    assert report.added["products"] == 0
    assert ("products_by_name", {"n": 1}) in report.notes
    with database.reading() as session:
        product = session.exec(select(Product).where(Product.sku == "KG1")).one()
    assert [line.product_id for line in interactions(database)] == [product.id]


def test_the_same_file_adds_nothing_twice_even_if_the_product_was_renamed_since(
    database: Database, tmp_path: Path
) -> None:
    stocked(database, KG1=NAME)
    content = TABLE.format(said=NAME)
    imported(database, tmp_path, content)
    assert imported(database, tmp_path, content).added["interactions"] == 0
    with database.transaction() as session:
        session.exec(select(Product)).one().name = "Kopi Gayo"
    assert imported(database, tmp_path, content).added["interactions"] == 0


def test_a_file_that_came_in_before_the_product_was_listed_still_adds_nothing_twice(
    database: Database, tmp_path: Path
) -> None:
    content = TABLE.format(said=NAME)
    imported(database, tmp_path, content)
    stocked(database, KG1=NAME)
    again = imported(database, tmp_path, content)
    assert (again.added["interactions"], again.added["products"]) == (0, 0)


def test_a_name_of_two_products_is_neither(database: Database, tmp_path: Path) -> None:
    stocked(database, KG1=NAME, KG2=NAME)
    report = imported(database, tmp_path, TABLE.format(said=NAME))
    assert set(listed(database)) == {"KG1", "KG2", NAME}
    assert not [note for note in report.notes if note.key == "products_by_name"]


def test_a_code_in_the_list_is_that_code_whatever_else_is_called_so(database: Database, tmp_path: Path) -> None:
    stocked(database, KG1="T1", T1="Teh")
    report = imported(database, tmp_path, TABLE.format(said="T1"))
    with database.reading() as session:
        tea = session.exec(select(Product).where(Product.sku == "T1")).one()
    assert [line.product_id for line in interactions(database)] == [tea.id]
    assert report.added["products"] == 0


def test_a_column_of_names_alone_is_known_by_name_too(database: Database, tmp_path: Path) -> None:
    stocked(database, KG1=NAME)
    imported(database, tmp_path, TABLE.format(said=NAME.upper()).replace("produk", "nama produk"))
    assert listed(database) == {"KG1": NAME}


@pytest.mark.parametrize(
    ("cells", "are_names"),
    [
        (["Bu Siti", "Pak Joko", "Andi"], True),
        (["SITI AMINAH", "Hj. Nur'aini"], True),
        (["C-0012", "C-0013"], False),
        (["sari_99", "budi"], False),
        (["budi", "ani"], False),
        (["17850", "13047"], False),
        ([], False),
    ],
)
def test_customers_names_are_told_from_numbers_codes_and_handles(cells: list[str], are_names: bool) -> None:
    assert naming.are_people(pl.Series(cells, dtype=pl.String)) is are_names


@pytest.mark.parametrize(
    ("cells", "are_names"),
    [(["Kopi Gayo 250", "Teh"], True), (["KG-250", "TM01"], False), (["85123A"], False), ([], False)],
)
def test_names_of_goods_are_told_from_codes(cells: list[str], are_names: bool) -> None:
    assert naming.are_goods(pl.Series(cells, dtype=pl.String)) is are_names
