"""A file that cannot be imported gets one sentence, with its line where there is one, and leaves nothing behind."""

import gzip
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func
from sqlmodel import select

from bot.talk.desk import reading
from bot.talk.replies import Teller
from campaigns.shop import Shop
from campaigns.words.composing import Composer
from ledger.database import Database
from ledger.imports import BadFile, ImportReport, Limits, Note, ShopDefaults, import_file
from ledger.tables import Customer, Interaction

NOW = datetime(2026, 11, 2, tzinfo=UTC)
SHOP = ShopDefaults("IDR", "Asia/Jakarta", "ID")
HEADER = "tanggal,pelanggan,nama,produk,jumlah,harga\n"
GOOD = "2026-07-21 10:15,C1,Sari,KG-250,2,82500\n"

SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def put(tmp_path: Path, content: str | bytes, name: str = "sales.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(database: Database, path: Path, limits: Limits | None = None, **said: Any) -> tuple[str, BadFile]:
    """The sentence in English, and the fault."""
    with pytest.raises(BadFile) as fault:
        import_file(database, path, shop=SHOP, now=NOW, limits=limits, **said)
    return reading.problem(Teller(Composer(), Shop(), "en"), fault.value.as_json(), is_typed=True), fault.value


def imported(database: Database, path: Path, limits: Limits | None = None) -> ImportReport:
    return import_file(database, path, shop=SHOP, now=NOW, limits=limits)


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        (b"", None, "is empty"),
        (b" \n\n", None, "is empty"),
        (b"\xd0\xcf\x11\xe0rest", None, "old .xls"),
        (b"%PDF-1.7 orders", None, "is a PDF"),
        (b"a,b\nc\0d,e\n", None, "not a text file"),
        (b"\xff\xfe\x00", None, "UTF-16"),
        (b"a,b\n\x81\x8d,c\n", 2, "no encoding known here"),
        (HEADER + GOOD + '2026-07-21,"C1,Sari,K,1,1\n' + GOOD, 3, "opened and not closed"),
        (HEADER + GOOD + '2026-07-21,"C"1,Sari,K,1,1\n' + GOOD, 3, "opened and not closed"),
        (b"PK\x03\x04 but not really", None, "damaged"),
        (gzip.compress((HEADER + GOOD).encode(), mtime=0)[:-12], None, "damaged, locked or was cut off"),
    ],
)
def test_a_file_that_is_broken_as_a_whole_is_refused(
    sqlite_database: Database, tmp_path: Path, content: str | bytes, line: int | None, sentence: str
) -> None:
    told, fault = refused(sqlite_database, put(tmp_path, content))
    assert sentence in told
    assert fault.line == line


def test_a_folder_and_a_missing_file_are_named(sqlite_database: Database, tmp_path: Path) -> None:
    assert "is not a file" in refused(sqlite_database, tmp_path)[0]
    assert "There is no file" in refused(sqlite_database, tmp_path / "none.csv")[0]


def test_wrong_columns_are_told_with_what_was_found_and_an_example(sqlite_database: Database, tmp_path: Path) -> None:
    path = put(tmp_path, "Hari,Siapa,harga\n2026-07-21,C1,82500\n")
    told, fault = refused(sqlite_database, path)
    assert re.search(r"no column for date; customer or phone\. .*“Hari”, “Siapa”.*--map 'Hari=date'", told)
    chat = reading.problem(Teller(Composer(), Shop(), "id"), fault.as_json())
    assert "tidak punya kolom untuk tanggal; pelanggan atau nomor HP." in chat
    assert "misalnya Hari=tanggal." in chat


def test_columns_can_be_mapped_by_hand(sqlite_database: Database, tmp_path: Path) -> None:
    path = put(tmp_path, "Hari,Siapa,harga\n2026-07-21,C1,82500\n")
    mapped = {"Hari": "date", "siapa": "customer"}
    assert import_file(sqlite_database, path, columns=mapped, shop=SHOP, now=NOW).purchases == 1


@pytest.mark.parametrize(
    ("mapped", "sentence"),
    [({"Hari": "when"}, "“when” is not a field"), ({"Hour": "date"}, "There is no column “Hour”")],
)
def test_a_wrong_mapping_is_told(
    sqlite_database: Database, tmp_path: Path, mapped: dict[str, str], sentence: str
) -> None:
    path = put(tmp_path, "Hari,Siapa,harga\n2026-07-21,C1,82500\n")
    assert sentence in refused(sqlite_database, path, columns=mapped)[0]


def test_an_unknown_format_is_told(sqlite_database: Database, tmp_path: Path) -> None:
    told, _ = refused(sqlite_database, put(tmp_path, HEADER + GOOD), format="lazada")
    assert "There is no format “lazada”; there are auto, online-retail" in told


@pytest.mark.parametrize(
    "broken",
    [
        "2026-07-21 10:15,C1,Sari\n",
        "2026-07-21 10:15,C1,Sari,KG-250,2,82500,more\n",
        "kemarin,C1,Sari,KG-250,2,82500\n",
        "2026-07-21 10:15,C1,Sari,KG-250,two,82500\n",
        "2026-07-21 10:15,C1,Sari,KG-250,2,cheap\n",
        "2026-07-21 10:15,1.2E+17,Sari,KG-250,2,82500\n",
    ],
)
def test_a_few_bad_rows_are_dropped_and_named(sqlite_database: Database, tmp_path: Path, broken: str) -> None:
    report = imported(sqlite_database, put(tmp_path, HEADER + GOOD + broken + GOOD))
    assert (report.purchases, report.dropped, report.first_lines) == (2, {"unreadable": 1}, {"unreadable": (3,)})


def test_lines_are_counted_as_an_editor_counts_them(sqlite_database: Database, tmp_path: Path) -> None:
    note = '2026-07-21 10:15,C1,"Sari\nand co",KG-250,2,82500\n\n'
    report = imported(sqlite_database, put(tmp_path, HEADER + note + GOOD.replace("82500", "cheap")))
    assert report.first_lines == {"unreadable": (5,)}


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + GOOD).encode("utf-8-sig"),
        (HEADER + GOOD).encode("utf-16"),
        (HEADER + GOOD).replace(",", ";").encode(),
        (HEADER + GOOD).replace(",", "\t").replace("\n", "\r\n").encode(),
        (HEADER + GOOD).replace("\n", "\r").encode(),
        gzip.compress((HEADER + GOOD).encode(), mtime=0),
        ("\n\n" + HEADER + "\n" + GOOD + "\n,,,,,\n").encode(),
        (HEADER.replace("\n", ",,\n") + GOOD.replace("\n", ",,\n")).encode(),
    ],
)
def test_a_harmless_difference_makes_no_difference(sqlite_database: Database, tmp_path: Path, content: bytes) -> None:
    report = imported(sqlite_database, put(tmp_path, content))
    assert (report.lines, report.purchases, report.dropped) == (1, 1, {})


def test_an_old_windows_encoding_is_read_with_a_note(sqlite_database: Database, tmp_path: Path) -> None:
    report = imported(sqlite_database, put(tmp_path, (HEADER + GOOD.replace("Sari", "Zoë")).encode("cp1252")))
    with sqlite_database.reading() as session:
        assert session.exec(select(Customer.name)).one() == "Zoë"
    assert report.notes == (Note("windows_1252", {"line": 2}),)


def test_a_gzip_bomb_is_given_up_early(sqlite_database: Database, tmp_path: Path) -> None:
    bomb = put(tmp_path, gzip.compress(b"a,b\n" * (8 << 20)), "bomb.csv.gz")
    assert "grows beyond" in refused(sqlite_database, bomb, Limits(ratio_counts_from_bytes=1 << 20))[0]
    assert "grows beyond" in refused(sqlite_database, bomb, Limits(expanded_bytes=1 << 20))[0]


def test_a_workbook_bomb_is_given_up_early(sqlite_database: Database, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (8 << 20))
    assert "grows beyond" in refused(sqlite_database, bomb, Limits(ratio_counts_from_bytes=1 << 20))[0]


def test_a_workbook_that_understates_its_parts_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    honest = tmp_path / "sales.xlsx"
    with xlsxwriter.Workbook(str(honest)) as book:
        book.add_worksheet().write_row(0, 0, ["tanggal", "pelanggan", "harga"])
    with zipfile.ZipFile(honest) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = honest.read_bytes().replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert "damaged" in refused(sqlite_database, put(tmp_path, lying, "lying.xlsx"))[0]


def test_a_plain_zip_and_an_empty_workbook_are_told(sqlite_database: Database, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "orders.zip", "w") as archive:
        archive.writestr("orders.csv", HEADER + GOOD)
    assert "zip archive. Unpack it" in refused(sqlite_database, tmp_path / "orders.zip")[0]
    with xlsxwriter.Workbook(str(tmp_path / "empty.xlsx")) as book:
        book.add_worksheet()
    assert "is empty" in refused(sqlite_database, tmp_path / "empty.xlsx")[0]


def test_a_header_alone_is_no_lines(sqlite_database: Database, tmp_path: Path) -> None:
    report = imported(sqlite_database, put(tmp_path, HEADER))
    assert (report.lines, report.customers, report.added["interactions"]) == (0, 0, 0)


def malformed(path: Path, columns: list[str], *rows: list[str]) -> Path:
    """A workbook as TikTok Shop writes them at times: each header cell in a row of its own, the sheet "A1:A1"."""

    def cell(column: int, line: int, text: str) -> str:
        return f'<c r="{chr(65 + column)}{line}" t="inlineStr"><is><t>{text}</t></is></c>'

    head = "".join(f'<row r="1">{cell(number, 1, name)}</row>' for number, name in enumerate(columns))
    body = "".join(
        f'<row r="{line}">{"".join(cell(number, line, text) for number, text in enumerate(row))}</row>'
        for line, row in enumerate(rows, 2)
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    override = f'<Override PartName="/xl/{{}}.xml" ContentType="{kind}.{{}}+xml"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + override.format("workbook", "sheet.main")
        + override.format("worksheets/sheet1", "worksheet")
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        f'xmlns:r="{OFFICE}"><sheets><sheet name="OrderSKUList" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{SHEET}<dimension ref="A1:A1"/><sheetData>{head}{body}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_a_workbook_that_hides_its_size_and_scatters_its_header_is_read(
    sqlite_database: Database, tmp_path: Path
) -> None:
    columns = ["Order ID", "Order Status", "SKU ID", "Product Name", "Quantity", "SKU Subtotal After Discount",
               "Created Time", "Buyer Username"]  # fmt: skip
    descriptions = ["Platform unique order ID."] * len(columns)
    row = ["576462304123456789", "Selesai", "17", "Kopi", "1", "85000", "21/07/2026 10:15:30", "sari"]
    report = imported(sqlite_database, malformed(tmp_path / "skus.xlsx", columns, descriptions, row))
    with sqlite_database.reading() as session:
        line = session.exec(select(Interaction)).one()
    assert (report.format, report.lines) == ("tiktok-shop-orders", 1)
    assert (line.order_ref, line.amount_minor) == ("576462304123456789", 85_000)


def test_an_import_that_fails_half_way_leaves_nothing(database: Database, tmp_path: Path) -> None:
    def interrupted(done: int, total: int) -> None:
        raise KeyboardInterrupt

    # Even where somebody goes on and commits.
    with database.transaction() as session, pytest.raises(KeyboardInterrupt):
        import_file(session, put(tmp_path, HEADER + GOOD), shop=SHOP, now=NOW, progress=interrupted)
    with database.reading() as session:
        assert session.exec(select(func.count(Interaction.id))).one() == 0  # type: ignore[arg-type]
        assert session.exec(select(func.count(Customer.id))).one() == 0  # type: ignore[arg-type]
