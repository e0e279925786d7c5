"""Documents somebody was handed, as files that only their owner can read."""

from __future__ import annotations

import os
import re
import secrets
from itertools import count
from pathlib import Path

from campaigns.channel import Document

NAMELESS = "document"
LONGEST_NAME, LONGEST_ENDING = 60, 10
DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
PRIVATE = 0o600
UNIT = 1_000


def save(document: Document, folder: Path) -> Path:
    """Write ``document`` into ``folder`` with mode 0600 and give the path; nothing that is there is overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _made(folder, safe_name(document.name))
    try:
        path.write_bytes(document.data)
    except OSError:
        # Half a document would be taken for a whole one.
        path.unlink(missing_ok=True)
        raise
    return path


def write(data: bytes, path: Path, *, replaces: bool) -> None:
    """Write ``data`` to ``path``, mode 0600, whole or not at all. Raises FileExistsError unless it ``replaces``."""
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        made.touch(PRIVATE, exist_ok=False)
        with made.open("wb") as file:
            file.write(data)
            file.flush()
            # What takes another file's place must be whole, after a power cut too.
            os.fsync(file.fileno())
        if replaces:
            made.replace(path)
        else:
            # A link is made only where nothing is, whoever else writes there at the same moment.
            os.link(made, path)
    finally:
        made.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """``name`` without any path, hidden nowhere and made of signs that every file system takes."""
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w.\- ]", "_", last).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if len(plain) > LONGEST_NAME and dot and len(ending) <= LONGEST_ENDING:
        plain = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    plain = plain[:LONGEST_NAME].lstrip("-").rstrip(". ") or NAMELESS
    # Windows takes these for devices, whatever their ending.
    return f"_{plain}" if DEVICES.match(plain) else plain


def size(data: bytes) -> str:
    """How large, for people: "512 bytes", "12 kB", "3.4 MB"."""
    return weight(len(data))


def weight(length: int) -> str:
    """So many bytes, for people."""
    if length < UNIT:
        return f"{length} bytes"
    if length < UNIT**2:
        return f"{length / UNIT:.0f} kB"
    return f"{length / UNIT**2:.1f} MB" if length < UNIT**3 else f"{length / UNIT**3:.1f} GB"


def _made(folder: Path, name: str) -> Path:
    """A new and empty file of that name, or of the next that is free: data.zip, data-2.zip."""
    first = folder / name
    for number in count(1):
        path = first if number == 1 else first.with_stem(f"{first.stem}-{number}")
        try:
            path.touch(PRIVATE, exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise AssertionError("some number is free")
