"""Files as shops have them, invented: a till's table, and a marketplace's export."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import xlsxwriter

from tests.ledger.imports.test_marketplaces import SHOPEE_ROW

COLUMNS = ("tanggal", "no hp", "nama", "produk", "jumlah", "harga", "no nota")
GOODS = ("Kopi Gayo", "Kopi Toraja", "Teh Poci", "Gula Aren", "Kue Nastar", "Garam Amed", "Sambal Roa", "Madu Hutan")
PEOPLE, VISITS = 40, 9


def till(path: Path, columns: Sequence[str] = COLUMNS) -> Path:
    """A spreadsheet of 40 customers who come nine times each; every second one buys coffee with sugar."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(_lines())
    return path


def _lines() -> Iterator[tuple[str, ...]]:
    now = datetime.now(UTC).replace(hour=3, minute=0)
    for visit in range(VISITS):
        for person in range(PEOPLE):
            at = now - timedelta(days=3 + visit * (11 + person % 7), minutes=person)
            goods = {
                GOODS[(person + visit * person) % len(GOODS)],
                *(("Kopi Gayo", "Gula Aren") if person % 2 else ()),
            }
            phone = f"0812-0000-{person + 1:04}"
            for good in sorted(goods):
                price = f"{20 + person}.000"
                receipt = f"N-{visit:02}-{person:04}"
                yield at.strftime("%d/%m/%Y %H:%M"), phone, f"Pembeli {person + 1}", good, "1", price, receipt


def shopee(path: Path) -> Path:
    """One order as Shopee exports it."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("orders")
        sheet.write_row(0, 0, list(SHOPEE_ROW))
        sheet.write_row(1, 0, list(SHOPEE_ROW.values()))
    return path
