"""From a path to the bytes of a text, or to a workbook known to be harmless.

What a file is, its first bytes say; names lie. A compressed file is inflated in pieces and given up as soon as it
grows beyond the limits, so a bomb costs no more memory than an honest file.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from ledger.imports.report import BadFile, Note

PIECE = 1 << 20
LONGEST_NAME = 100
PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
"""Where a cell says that it stands."""
LONGEST_PLACE = 15
GZIP, ZIP, OLD_EXCEL, PDF = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
OTHER_BINARY = {
    OLD_EXCEL: "old_excel",
    PDF: "pdf",
}


# RuntimeError is a password, NotImplementedError an unknown compression; the last two are offsets that lead nowhere.
UNREADABLE_ZIP = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """How far a file may grow when it is unpacked: in bytes, in times its own size (once it is big), in cells."""

    expanded_bytes: int = 1 << 30
    ratio: int = 200
    ratio_counts_from_bytes: int = 16 << 20
    parts: int = 5_000
    """Files in a workbook."""
    empty_cells: int = 20_000_000
    """Of a workbook's sheet, which is held from its first cell to its last, whatever is between them."""


def first_bytes(path: Path) -> bytes:
    """The file's beginning. Raises BadFile for what is no readable, non-empty file."""
    try:
        is_there, is_plain = path.exists(), path.is_file()
    except OSError as fault:  # a folder that may not be looked into, a name too long to be one
        raise BadFile("not_opened", name=path.name[:LONGEST_NAME]) from fault
    if not is_there:
        raise BadFile("no_file", name=str(path))
    if not is_plain:
        raise BadFile("no_plain_file", name=str(path))
    try:
        with path.open("rb") as file:
            beginning = file.read(8)
    except OSError as fault:
        raise BadFile("not_opened", name=path.name) from fault
    if not beginning:
        raise BadFile("empty", name=path.name)
    for mark, what in OTHER_BINARY.items():
        if beginning.startswith(mark):
            raise BadFile(what, name=path.name)
    return beginning


def text_bytes(path: Path, limits: Limits) -> bytes:
    """The bytes of a text file, inflated where it is gzipped. Raises BadFile."""
    packed = first_bytes(path).startswith(GZIP)
    with path.open("rb") as file:
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
        try:
            data = _read(stream, path, limits)
        except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
            raise BadFile("damaged", name=path.name) from fault
        except OSError as fault:
            raise BadFile("not_opened", name=path.name) from fault
    if packed and data.startswith(ZIP):
        raise BadFile("workbook_inside", name=path.name)
    return data


def _read(stream: IO[bytes], path: Path, limits: Limits) -> bytes:
    data = io.BytesIO()
    while piece := stream.read(PIECE):
        data.write(piece)
        _refuse_bombs(data.tell(), path, limits)
    return data.getvalue()


def _refuse_bombs(expanded: int, path: Path, limits: Limits) -> None:
    allowed = max(limits.ratio * path.stat().st_size, limits.ratio_counts_from_bytes)
    if expanded > min(limits.expanded_bytes, allowed):
        raise BadFile("grows_too_large", name=path.name, megabytes=expanded >> 20)


def check_workbook(path: Path, limits: Limits) -> None:
    """Inflate every part of an .xlsx once, keeping nothing. Raises BadFile.

    The sizes a zip declares may be lies: a part longer than it says fails its checksum here, so whoever reads it
    next meets no more than was counted.
    """
    expanded = 0
    try:
        with zipfile.ZipFile(path) as archive:
            if "[Content_Types].xml" not in archive.namelist():
                raise BadFile("archive", name=path.name)
            if len(archive.infolist()) > limits.parts:
                raise BadFile("too_many_parts", name=path.name, n=len(archive.infolist()), most=limits.parts)
            for part in archive.infolist():
                reach = Reach()
                with archive.open(part) as stream:
                    while piece := stream.read(PIECE):
                        expanded += len(piece)
                        _refuse_bombs(expanded, path, limits)
                        reach.read(piece)
                if reach.empty > limits.empty_cells:
                    raise BadFile("far_cell", name=path.name, cell=reach.last)
    except UNREADABLE_ZIP as fault:
        raise BadFile("damaged", name=path.name) from fault


@dataclass
class Reach:
    """How far the cells of a sheet reach, by the places they say they have. Read in pieces."""

    rows: int = 0
    columns: int = 0
    named: int = 0
    _rest: bytes = b""

    def read(self, piece: bytes) -> None:
        text = self._rest + piece
        # What was cut off between two pieces is seen with the next; a few are counted twice.
        self._rest = text[-LONGEST_PLACE:]
        if places := PLACE.findall(text):
            columns, rows = zip(*places, strict=True)
            self.named += len(places)
            self.columns = max(self.columns, *map(_number, set(columns)))
            self.rows = max(self.rows, *map(int, set(rows)))

    @property
    def empty(self) -> int:
        """How many places would be held for nothing."""
        return self.rows * self.columns - self.named

    @property
    def last(self) -> str:
        return f"row {self.rows}, column {self.columns}"


def _number(letters: bytes) -> int:
    """Of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def as_utf8(data: bytes, name: str) -> tuple[bytes, tuple[Note, ...]]:
    """The text in UTF-8 without a mark, and a note where its encoding was a guess. Raises BadFile."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode(), ()
        except UnicodeDecodeError as fault:
            raise BadFile("half_utf_16", name=name) from fault
    if b"\0" in data:
        raise BadFile("no_text", name=name)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        data.decode()
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        return _from_windows(data, name, line), (Note("windows_1252", {"line": line}),)
    return data, ()


def _from_windows(data: bytes, name: str, line: int) -> bytes:
    try:
        return data.decode("cp1252").encode()
    except UnicodeDecodeError as fault:
        raise BadFile("no_encoding", line, name=name) from fault
