"""A file of texts with how they are meant: .csv or .tsv, also gzipped; columns text and label, headed or not."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from campaigns.learning.problems import BadLabels
from engine.words.sentiment import LABELS
from engine.words.spelling import words
from ledger.imports.report import BadFile
from ledger.imports.unpacking import Limits, as_utf8, text_bytes

MEANT = {
    0: ("negative", "negatif", "neg", "-", "buruk", "kecewa"),
    1: ("neutral", "netral", "neu", "net", "biasa"),
    2: ("positive", "positif", "pos", "+", "baik", "puas"),
}
LABEL_OF = {name: label for label, names in MEANT.items() for name in names}
TEXT_NAMES = frozenset({"text", "teks", "message", "pesan", "review", "ulasan", "comment", "komentar"})
LABEL_NAMES = frozenset({"label", "sentiment", "sentimen"})
LONGEST_TEXT = 10_000
MOST_LINES = 500_000
SHOWN = 3
FILE_TROUBLE = {
    "no_file": "there is no such file",
    "no_plain_file": "it is a folder, not a file",
    "not_opened": "it cannot be opened",
    "empty": "it is empty",
    "old_excel": "it is an Excel workbook: save it as .csv",
    "pdf": "it is a PDF: save the texts as .csv",
}


@dataclass(frozen=True)
class Labelled:
    """A text, how it is meant (0 negative, 1 neutral, 2 positive), and the line it stands on, from 1."""

    text: str
    label: int
    line: int

    @property
    def plain(self) -> str:
        """The same for two texts that differ in spelling only."""
        return " ".join(words(self.text))


def read(path: Path) -> list[Labelled]:
    """All of the file. Raises BadLabels: for a label nobody knows, a missing column, an empty text."""
    rows = list(_rows(path))
    if not rows:
        raise BadLabels(f"{path} is empty: it needs a line for each text, with the text and its label")
    text_at, label_at, has_header = _columns(rows[0][1])
    found, wrong = [], []
    for line, cells in rows[has_header:]:
        label = LABEL_OF.get(cells[label_at].strip().casefold()) if label_at < len(cells) else None
        if label is None or text_at >= len(cells) or not cells[text_at].strip():
            wrong.append((line, _trouble(cells, label_at)))
        else:
            found.append(Labelled(cells[text_at][:LONGEST_TEXT], label, line))
    if wrong:
        told = "; ".join(f"line {line}: {why}" for line, why in wrong[:SHOWN])
        more = f" (and {len(wrong) - SHOWN} lines more)" if len(wrong) > SHOWN else ""
        raise BadLabels(f"{path}: {told}{more}. A label is one of {', '.join(LABELS)} or negatif, netral, positif")
    return found


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        data, _ = as_utf8(text_bytes(path, Limits()), path.name)
    except BadFile as fault:
        raise BadLabels(f"{path}: {FILE_TROUBLE.get(fault.key, 'it is no text file')}") from fault
    lines = data.decode().removeprefix("\ufeff").splitlines(keepends=True)
    if len(lines) > MOST_LINES:
        raise BadLabels(f"{path} has {len(lines):,} lines: {MOST_LINES:,} are the most")
    if lines and "\t" in lines[0]:
        yield from _tabbed(lines)
        return
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as fault:
        raise BadLabels(f"{path}: line {reader.line_num} is no table's: {fault}") from fault


def _tabbed(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """A quote is a sign like any other there, unless it stands around the whole cell."""
    for line, written in enumerate(lines, 1):
        cells = written.rstrip("\r\n").split("\t")
        if any(cells):
            yield line, [_unquoted(cell) for cell in cells]


def _unquoted(cell: str) -> str:
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', "")
    return cell[1:-1].replace('""', '"') if is_quoted else cell


def _columns(first: list[str]) -> tuple[int, int, bool]:
    """Where text and label stand, and whether the first line says so; without a header they are the first two."""
    names = [cell.strip().casefold() for cell in first]
    text_at = next((at for at, name in enumerate(names) if name in TEXT_NAMES), None)
    label_at = next((at for at, name in enumerate(names) if name in LABEL_NAMES), None)
    if text_at is not None and label_at is not None:
        return text_at, label_at, True
    return 0, 1, False


def _trouble(cells: list[str], label_at: int) -> str:
    if label_at >= len(cells):
        return "there is no label"
    if LABEL_OF.get(cells[label_at].strip().casefold()) is None:
        # A label is a word of the owner's file, shown short.
        return f"“{cells[label_at].strip()[:20]}” is no label"
    return "there is no text"
