"""Every cell arrives as it was written, whichever way the file was read, and files are told by their columns."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.imports import FORMATS, BadFile, Limits, ShopDefaults, read_lines
from ledger.imports.reading import BROKEN, LINE, read
from tests.conftest import shared

NOW = datetime(2026, 11, 2, tzinfo=UTC)
SHOP = ShopDefaults("IDR", "Asia/Jakarta", "ID")

cell = st.text(st.sampled_from('ab 1.,;\t"\n\r\u00e9é€'), max_size=6)
tables = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), max_size=6))


@given(rows=tables, delimiter=st.sampled_from(",;\t"), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_whatever_a_spreadsheet_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, quoting: Literal[0, 1]
) -> None:
    width = len(rows[0]) if rows else 2
    header = [f"column {number}" for number in range(width)]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows([header, *rows])
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_bytes(text.getvalue().encode())
    table = read(path, Limits())
    # The names of the columns were made for this test; rows without a word in them are no rows.
    written = [tuple(row) for row in rows if any(cell.strip() for cell in row)]
    found = [tuple(cell or "" for cell in row) for row in table.cells.drop(LINE, BROKEN).iter_rows()]
    found = [row for row in found if any(cell.strip() for cell in row)]
    assert (table.columns, found) == (tuple(header), written)
    assert not table.cells[BROKEN].any()


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("shopee_order_all_id_2026", "shopee-orders"),
        ("shopee_order_en_my", "shopee-orders"),
        ("tiktok_tokopedia_order_id_2026", "tiktok-shop-orders"),
        ("tiktok_order_intl", "tiktok-shop-orders"),
    ],
)
def test_an_export_of_orders_is_told_by_its_columns_in_any_order(tmp_path: Path, layout: str, name: str) -> None:
    columns = json.loads(shared("data", "reference", "export_headers.json").read_text())[layout]["columns"]
    path = tmp_path / "export.csv"
    path.write_text(",".join(f'"{column.upper()}"' for column in reversed(columns)) + "\n")
    assert read_lines(path, format="auto", columns={}, shop=SHOP, limits=Limits()).format == name


@pytest.mark.parametrize(
    "layout",
    [
        "shopee_income_id",
        "tokopedia_settlement_id",
        "shopee_chat_stats_id",
        "shopee_chat_broadcast_id",
        "shopee_shop_stats_id",
        "tiktok_video_id",
        "meta_ads_id",
    ],
)
def test_an_export_of_something_else_is_not_taken_for_sales(tmp_path: Path, layout: str) -> None:
    known = json.loads(shared("data", "reference", "export_headers.json").read_text())[layout]
    columns = known.get("columns") or known["columns_seen"]
    path = tmp_path / "export.csv"
    path.write_text(",".join(f'"{column}"' for column in columns) + "\n")
    with pytest.raises(BadFile, match="no_column"):
        read_lines(path, format="auto", columns={}, shop=SHOP, limits=Limits())


def test_the_formats_have_the_names_the_command_line_promises() -> None:
    assert list(FORMATS) == ["online-retail", "tiktok-shop-orders", "shopee-orders", "clickstream", "csv"]
