"""Tables: what a spreadsheet would compute, and files that want to be more than they are."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from campaigns.privacy import exporting
from campaigns.words.composing import Composer
from ledger.database import Database
from ledger.formulas import bare, guarded
from ledger.imports import BadFile, Limits, ShopDefaults, import_file
from ledger.imports.reading import read
from ledger.imports.unpacking import Reach
from ledger.tables import Customer, Product

NOW = datetime(2026, 11, 2, tzinfo=UTC)
SHOP = ShopDefaults("IDR", "Asia/Jakarta", "ID")
SIGNS = "=+-@＝＋－＠"
TRICKY = st.text(alphabet="=+-@＝;|\t\r\n '\"axRp5,", max_size=14)
FORMULAS = ['=HYPERLINK("http://example.com")', "+62", "-1+1", "@SUM(1)", "＝1", "\t=1", "\r=1", " =1", "'=1", "''=1",
            "a;=1", "a|@x", "a\n- b", "a\tb\t=c", '";=1;"', "\n=1", "Rp 5.000,-", "kopi - gula"]  # fmt: skip


@given(TRICKY)
@settings(max_examples=300, deadline=None)
def test_a_guard_is_taken_away_as_it_was_put(text: str) -> None:
    assert bare(guarded(text)) == text


@given(TRICKY)
@settings(max_examples=300, deadline=None)
def test_no_cell_begins_with_a_formula_wherever_a_spreadsheet_sees_its_borders(text: str) -> None:
    for cell in re.split(r"[;|\t\r\n]", guarded(text)):
        assert not cell.lstrip(" \u00a0\"'").startswith(tuple(SIGNS)) or cell.startswith("'")


@pytest.mark.parametrize("text", ["Rp 5.000,-", "kopi - gula", "sari@toko", "a=b", "O'Neil"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_what_is_exported_computes_nothing_and_is_itself_again_when_it_is_imported(
    sqlite_database: Database, tmp_path: Path, text: str
) -> None:
    said = exporting.as_csv([{"product": text, text: "header"}])
    cells = [cell for row in csv.reader(io.StringIO(said.removeprefix("\ufeff"), newline="")) for cell in row]
    assert not any(cell.lstrip(" ").startswith(tuple(SIGNS)) for cell in cells)
    (tmp_path / "again.csv").write_text(said, encoding="utf-8", newline="")
    table = read(tmp_path / "again.csv", Limits())
    assert table.cells["0"].to_list() == [text]
    assert table.columns[1] == text.strip()


@example("x")
@given(TRICKY.filter(str.strip))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_in_a_table_is_read_or_dropped_and_never_a_fault(
    sqlite_database: Database, tmp_path: Path, name: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([["tanggal", "pelanggan", "nama", "produk", "jumlah", "harga"]])
    writer.writerows([["2026-07-21 10:15", "C1", guarded(name), guarded(name), "1", "5000"]])
    (tmp_path / "sales.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    report = import_file(sqlite_database, tmp_path / "sales.csv", shop=SHOP, now=NOW, dry_run=True)
    assert report.kept + sum(report.dropped.values()) == report.lines == 1


def test_a_name_that_was_guarded_by_another_program_is_kept_as_it_is_called(
    sqlite_database: Database, tmp_path: Path
) -> None:
    lines = "tanggal,pelanggan,nama,produk,jumlah,harga\n2026-07-21 10:15,C1,'=Sari,'+Kopi,1,5000\n"
    (tmp_path / "sales.csv").write_text(lines, encoding="utf-8")
    import_file(sqlite_database, tmp_path / "sales.csv", shop=SHOP, now=NOW)
    with sqlite_database.reading() as session:
        assert session.exec(select(Customer.name)).one() == "=Sari"
        assert session.exec(select(Product.name)).one() == "+Kopi"


def workbook(path: Path, sheet: str, *, more: int = 0) -> Path:
    """A workbook with one sheet of that XML, and so many empty parts more."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    package, office = (
        "http://schemas.openxmlformats.org/package/2006",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/s.xml" ContentType="{kind}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="s.xml"/></Relationships>',
        "xl/s.xml": f'<?xml version="1.0"?>{ENTITIES if "&" in sheet else ""}<worksheet xmlns="{main}"><sheetData>'
        f"{sheet}</sheetData></worksheet>",
        **{f"xl/{n}": "" for n in range(more)},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


ENTITIES = '<!DOCTYPE z [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'


def cell(place: str, text: str) -> str:
    return f'<row r="{place.lstrip("ABCDEFX")}"><c r="{place}" t="inlineStr"><is><t>{text}</t></is></c></row>'


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_cell_at_the_end_of_the_world_is_refused_before_the_table_is_held(tmp_path: Path, quote: str) -> None:
    sheet = (cell("A1", "tanggal") + cell("XFD1048576", "x")).replace('"', quote)
    with pytest.raises(BadFile) as fault:
        read(workbook(tmp_path / "far.xlsx", sheet), Limits())
    assert (fault.value.key, fault.value.values["cell"]) == ("far_cell", "row 1048576, column 16384")


@pytest.mark.parametrize("cut_at", range(1, 40, 7))
def test_a_far_cell_is_seen_where_two_pieces_meet(cut_at: int) -> None:
    sheet, reach = (b"<v/>" * 3 + b'<c r="XFD1048576" t="s">' + b"<v/>" * 3), Reach()
    reach.read(sheet[:cut_at])
    reach.read(sheet[cut_at:])
    assert (reach.rows, reach.columns) == (1_048_576, 16_384)


def test_entities_of_a_workbook_are_not_made_out(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as fault:
        read(workbook(tmp_path / "entities.xlsx", cell("A1", "&b;") + cell("A2", "&x;")), Limits())
    assert fault.value.key == "no_workbook"


def test_a_workbook_of_endless_parts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as fault:
        read(workbook(tmp_path / "parts.xlsx", cell("A1", "x"), more=60), Limits(parts=50))
    assert fault.value.key == "too_many_parts"


def test_a_sign_that_no_database_keeps_is_left_out_of_a_workbook(tmp_path: Path) -> None:
    table = read(workbook(tmp_path / "zero.xlsx", cell("A1", "a") + cell("A2", "Sa_x0000_ri")), Limits())
    assert table.cells["0"].to_list() == ["Sari"]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b",".join(b"c%d" % n for n in range(1_200)) + b"\n1\n", "too_wide"),
        (b"a,b\n1," + b"x" * (2 << 20) + b"\n", "endless_line"),
        (b'a,b\n1,"' + b"x\n" * 100_000 + b'"\n', "long_cell"),
        (b"\xff\xfe" + ("a,b\n" + "x" * (1 << 20)).encode("utf-16-le"), "endless_line"),
    ],
    ids=["wide", "a line without end", "a cell without end", "wide signs"],
)
def test_a_table_that_would_fill_the_memory_is_refused_in_words(tmp_path: Path, content: bytes, key: str) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(BadFile) as fault:
        read(tmp_path / "table.csv", Limits())
    assert fault.value.key == key
    for language in ("id", "en"):
        values = {**fault.value.values, "line": fault.value.line}
        assert Composer().word(language, "import_problems", key, **values)


def test_a_customers_own_json_is_theirs_to_the_last_sign() -> None:
    document = {"customer": {"name": "=1\x1b[2J\u202e"}}
    assert json.loads(exporting.as_json(document)) == document
