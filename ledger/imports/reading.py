"""A file as a table of text cells, each row with the line it stands on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import fastexcel
import polars as pl

from ledger import formulas
from ledger.imports.report import BadFile, Note
from ledger.imports.unpacking import ZIP, Limits, as_utf8, check_workbook, first_bytes, text_bytes

LINE, BROKEN = "line", "broken"
ORDER_SHEETS = ("orders", "OrderSKUList")
BATCH = 50_000
PIECE = 4 << 20
LONGEST_HEADER = 1 << 16
LONGEST_LINE = 1 << 20
MOST_COLUMNS = 1_000
"""Far above what any export has; each costs room, whatever is in it."""
QUOTED = r'"(?:[^"]|"")*"'
STANDIN = "\x01"
"""Takes a quoted cell's place while delimiters are counted; no text holds it."""


@dataclass(frozen=True)
class Table:
    """The header's names as spelled in the file, and the rows below.

    ``cells`` has a text column "0", "1", … for each name, LINE (the line, or row of the sheet, from 1), and BROKEN:
    true where a row has too few or too many cells for the header.
    """

    columns: tuple[str, ...]
    cells: pl.DataFrame
    notes: tuple[Note, ...] = ()


def read(path: Path, limits: Limits) -> Table:
    """The table in a .csv, .tsv or .txt, one of these gzipped, or an .xlsx. Raises BadFile."""
    if first_bytes(path).startswith(ZIP):
        check_workbook(path, limits)
        return _workbook(path)
    raw = text_bytes(path, limits)
    # Before it is decoded, which takes several times its room.
    _refuse_endless_lines(raw, path.name)
    data, notes = as_utf8(raw, path.name)
    if data.isspace() or not data:
        raise BadFile("empty", name=path.name)
    delimiter = _delimiter(data)
    _refuse_wide(data[:LONGEST_LINE].lstrip().split(b"\n", 1)[0].count(delimiter.encode()) + 1, path.name)
    table = _plain(data, delimiter) or _awkward(data, delimiter)
    return Table(table.columns, table.cells, notes)


def _refuse_endless_lines(data: bytes, name: str) -> None:
    """In strides, so that it costs nothing where lines are short."""
    start = 0
    while len(data) - start > LONGEST_LINE:
        end = max(data.rfind(mark, start, start + LONGEST_LINE) for mark in (b"\n", b"\r"))
        if end < 0:
            raise BadFile("endless_line", len(data[:start].splitlines()) + 1, name=name)
        start = end + 1


def _refuse_wide(columns: int, name: str) -> None:
    if columns > MOST_COLUMNS:
        raise BadFile("too_wide", 1, name=name, n=columns, most=MOST_COLUMNS)


def _delimiter(data: bytes) -> str:
    header = data[:LONGEST_HEADER].lstrip().split(b"\n", 1)[0].decode(errors="replace")
    outside_quotes = "".join(header.split('"')[::2])
    return max((",", ";", "\t"), key=outside_quotes.count)


def _plain(data: bytes, delimiter: str) -> Table | None:
    """The fast way, for files where every line is one whole row; None where that is not certain."""
    if STANDIN.encode() in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    frames: list[pl.DataFrame] = []
    for piece in _pieces(data):
        count = piece.count(b"\n") + (not piece.endswith(b"\n"))
        lines = pl.read_csv(piece, separator=STANDIN, quote_char=None, has_header=False, infer_schema=False)
        if lines.height != count or not _rows_are_lines(lines.to_series(), delimiter):
            return None
        frames.append(pl.read_csv(piece, separator=delimiter, has_header=False, infer_schema=False))
        if (frames[-1].height, frames[-1].width) != (count, frames[0].width):
            return None
    cells = pl.concat(frames)
    cells.columns = [str(number) for number in range(cells.width)]
    whole = pl.lit(value=False).alias(BROKEN)
    return _headed(cells.with_columns(pl.int_range(1, cells.height + 1, dtype=pl.Int64).alias(LINE), whole))


def _pieces(data: bytes) -> Iterator[bytes]:
    """Some MiB of whole lines at a time, so that a big file needs little more room than itself."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + PIECE) + 1 or len(data)
        yield data[start:end]
        start = end


def _rows_are_lines(lines: pl.Series, delimiter: str) -> bool:
    if lines.null_count():
        return False
    quoted = lines.str.contains('"', literal=True)
    bare = lines.filter(quoted).str.replace_all(QUOTED, STANDIN)
    joined = f"[^{delimiter}]{STANDIN}|{STANDIN}[^{delimiter}]"
    if bare.str.contains(f'"|{joined}').any():
        return False
    counts = pl.concat([lines.filter(~quoted), bare]).str.count_matches(delimiter, literal=True)
    return counts.n_unique() == 1


def _awkward(data: bytes, delimiter: str) -> Table:
    """The careful way: rows over several lines, rows of the wrong length. Raises BadFile for broken quotes."""
    rows = _rows(io.StringIO(data.decode(), newline=""), delimiter)
    _, header = next(rows)
    width = len(header)
    while width > 1 and not header[width - 1].strip():
        width -= 1
    frames = []
    rows = chain([(1, header)], rows)
    while batch := list(islice(rows, BATCH)):
        cells = [
            (*row[:width], *[None] * (width - len(row)), line, len(row) < width or any(row[width:]))
            for line, row in batch
        ]
        names = [*map(str, range(width)), LINE, BROKEN]
        types = [*[pl.String] * width, pl.Int64, pl.Boolean]
        frames.append(pl.DataFrame(cells, schema=dict(zip(names, types, strict=True)), orient="row"))
    return _headed(pl.concat(frames))


def _rows(text: io.StringIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as fault:
        raise BadFile("long_cell" if "limit" in str(fault) else "quotes", line) from fault


def _workbook(path: Path) -> Table:
    # Cells are found by their own references: some exports give each header cell a row element of its own and
    # declare a sheet of one cell (A1:A1).
    try:
        book = fastexcel.read_excel(path)
        wanted = [name for name in ORDER_SHEETS if name in book.sheet_names]
        sheet = book.load_sheet(wanted[0] if wanted else 0, header_row=None, skip_rows=0, dtypes="string")
        cells = sheet.to_polars()
    except fastexcel.FastExcelError as fault:
        raise BadFile("no_workbook", name=path.name) from fault
    _refuse_wide(cells.width, path.name)
    cells.columns = [str(number) for number in range(cells.width)]
    cells = cells.with_row_index(LINE, offset=1).cast({LINE: pl.Int64})
    blank = pl.all_horizontal(pl.exclude(LINE).is_null() | (pl.exclude(LINE).str.strip_chars() == ""))
    cells = cells.filter(~blank).with_columns(pl.lit(value=False).alias(BROKEN))
    if cells.is_empty():
        raise BadFile("empty", name=path.name)
    return _headed(cells)


def _headed(cells: pl.DataFrame) -> Table:
    """The table as it was meant: without what kept a spreadsheet from computing, and the sign no database keeps."""
    cells = cells.with_columns(_bare(pl.exclude(LINE, BROKEN)))
    header = cells.head(1).drop(LINE, BROKEN).row(0)
    return Table(tuple((name or "").strip() for name in header), cells.slice(1))


def _bare(texts: pl.Expr) -> pl.Expr:
    plain = texts.str.replace_all("\0", "", literal=True)
    return plain.str.replace_all(formulas.PLACES, "${1}${2}").str.replace(formulas.START, "${1}")
