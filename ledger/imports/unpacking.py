"""From a path to the bytes of a text, or to a workbook known to be harmless.

What a file is, its first bytes say; names lie. A compressed file is inflated in pieces and given up as soon as it
grows beyond the limits, so a bomb costs no more memory than an honest file.
"""

from __future__ import annotations

import codecs
import gzip
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from ledger.imports.report import BadFile

PIECE = 1 << 20
GZIP, ZIP, OLD_EXCEL, PDF = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
OTHER_BINARY = {
    OLD_EXCEL: "is an old .xls (or locked) workbook; open it and save it as .xlsx or .csv",
    PDF: "is a PDF; download the orders as .xlsx or .csv",
}


# RuntimeError is a password, NotImplementedError an unknown compression; the last two are offsets that lead nowhere.
UNREADABLE_ZIP = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """How far a file may grow when it is unpacked: in bytes, and in times its own size (once it is big)."""

    expanded_bytes: int = 1 << 30
    ratio: int = 200
    ratio_counts_from_bytes: int = 16 << 20


def first_bytes(path: Path) -> bytes:
    """The file's beginning. Raises BadFile for what is no readable, non-empty file."""
    if not path.exists():
        raise BadFile(f"There is no file {path}.")
    if not path.is_file():
        raise BadFile(f"{path} is not a file.")
    try:
        with path.open("rb") as file:
            beginning = file.read(8)
    except OSError as fault:
        raise BadFile(f"{path.name} cannot be opened: {fault.strerror}.") from fault
    if not beginning:
        raise BadFile(f"{path.name} is empty.")
    for mark, what in OTHER_BINARY.items():
        if beginning.startswith(mark):
            raise BadFile(f"{path.name} {what}.")
    return beginning


def text_bytes(path: Path, limits: Limits) -> bytes:
    """The bytes of a text file, inflated where it is gzipped. Raises BadFile."""
    packed = first_bytes(path).startswith(GZIP)
    with path.open("rb") as file:
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
        try:
            data = _read(stream, path, limits)
        except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
            raise BadFile(f"{path.name} is damaged or was cut off; download it again.") from fault
    if packed and data.startswith(ZIP):
        raise BadFile(f"{path.name} holds a workbook; unpack it first.")
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
        raise BadFile(f"{path.name} grows beyond {expanded >> 20} MiB when unpacked; it is not read any further.")


def check_workbook(path: Path, limits: Limits) -> None:
    """Inflate every part of an .xlsx once, keeping nothing. Raises BadFile.

    The sizes a zip declares may be lies: a part longer than it says fails its checksum here, so whoever reads it
    next meets no more than was counted.
    """
    expanded = 0
    try:
        with zipfile.ZipFile(path) as archive:
            if "[Content_Types].xml" not in archive.namelist():
                raise BadFile(f"{path.name} is a zip archive; unpack it and import the files in it.")
            for part in archive.infolist():
                with archive.open(part) as stream:
                    while piece := stream.read(PIECE):
                        expanded += len(piece)
                        _refuse_bombs(expanded, path, limits)
    except UNREADABLE_ZIP as fault:
        raise BadFile(f"{path.name} is damaged, locked or was cut off; download it again.") from fault


def as_utf8(data: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """The text in UTF-8 without a mark, and a note where its encoding was a guess. Raises BadFile."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode(), ()
        except UnicodeDecodeError as fault:
            raise BadFile(f"{name} starts as UTF-16 but goes on as something else.") from fault
    if b"\0" in data:
        raise BadFile(f"{name} is not a text file, nor an .xlsx workbook.")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        data.decode()
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        return _from_windows(data, name, line), (f"not UTF-8 (line {line}): read as Windows-1252",)
    return data, ()


def _from_windows(data: bytes, name: str, line: int) -> bytes:
    try:
        return data.decode("cp1252").encode()
    except UnicodeDecodeError as fault:
        raise BadFile(f"{name} is in no encoding known here; save it as “CSV UTF-8”.", line) from fault
