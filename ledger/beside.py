"""What is written down beside the database, so that a restored backup does not undo what people were promised.

A file a kind and shop, a line an event, only ever longer. Without the key its hashes lead to nobody.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import Session

from ledger.database import ERASURES
from ledger.tables import ShopFact

log = logging.getLogger(__name__)
SHOP = "shop"
"""The fact that holds the shop's random name: a backup has it too, and so finds its own files again."""
PRIVATE = 0o600
TAIL_BYTES = 64 * 1024
NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
"""Windows has no such flag, and there a link needs an administrator."""
T = TypeVar("T")
_lasting: dict[Path, tuple[int, int]] = {}
"""Files whose place in their folder this process knows to be on the disk: by device and number, for another may take
the name."""


def name_shop(session: Session) -> str:
    """The shop's name among the files beside it, given once."""
    fact = session.get(ShopFact, SHOP)
    if fact is None:
        fact = ShopFact(key=SHOP, value=secrets.token_hex(8))
        session.add(fact)
        session.flush()
    return fact.value


def is_named(session: Session) -> bool:
    return session.get(ShopFact, SHOP) is not None


def is_kept(session: Session) -> bool:
    """Whether anything is written down beside this database."""
    return session.info.get(ERASURES) is not None


def path(session: Session, kind: str) -> Path | None:
    """Where this shop's lines of a kind are; None where nothing is kept beside the database."""
    folder: Path | None = session.info.get(ERASURES)
    fact = session.get(ShopFact, SHOP)
    return folder / f"{kind}-{fact.value}.jsonl" if folder is not None and fact is not None else None


def append(session: Session, kind: str, lines: Iterable[Mapping[str, Any]]) -> None:
    """Write lines to the disk, whole and for good; nothing where the database keeps no such file."""
    name_shop(session)
    file = path(session, kind)
    if file is None:
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | NOFOLLOW, PRIVATE)
    try:
        which = os.fstat(handle)
        # Behind a line that a crash cut off, a new one begins.
        begin = "" if _ends_well(handle) else "\n"
        _write(handle, (begin + "".join(f"{json.dumps(line)}\n" for line in lines)).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    if _lasting.get(file) != (which.st_dev, which.st_ino):
        # Once for each file: whoever says STOP waits for the disk.
        sync(file.parent)
        _lasting[file] = which.st_dev, which.st_ino


def _write(handle: int, data: bytes) -> None:
    """All of it or nothing: a disk that becomes full takes the first part and says so by a number only."""
    size = os.fstat(handle).st_size
    try:
        while data:
            data = data[os.write(handle, data) :]
    except OSError:
        os.ftruncate(handle, size)
        raise


def read(file: Path, understand: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """Every line that is whole; one that is not is passed over with a warning.

    ``understand`` raises ValueError, KeyError or TypeError for a line that is none of its kind.
    """
    if not file.exists():
        return []
    text = file.read_text(encoding="utf-8", errors="replace")
    return list(_understood(file, text.splitlines(), understand))


def last(file: Path, understand: Callable[[Mapping[str, Any]], T]) -> T | None:
    """The last whole line, without reading the others."""
    if not file.exists():
        return None
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - TAIL_BYTES))
        texts = opened.read().decode(errors="replace").splitlines()
    for text in reversed(texts):
        try:
            return understand(json.loads(text))
        except (ValueError, KeyError, TypeError):
            continue
    return None


def sync(folder: Path) -> None:
    """That a file is there at all must outlast a power cut, too. Windows opens no folder, and sees to it itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _understood(file: Path, texts: Iterable[str], understand: Callable[[Mapping[str, Any]], T]) -> Iterator[T]:
    for position, text in enumerate(texts, 1):
        try:
            yield understand(json.loads(text))
        except (ValueError, KeyError, TypeError):
            if text.strip():
                log.warning("line %d of %s is damaged and passed over", position, file.name)


def _ends_well(handle: int) -> bool:
    size = os.fstat(handle).st_size
    if size == 0:
        return True
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1) == b"\n"
