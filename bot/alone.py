"""That a shop on SQLite is kept open by one process: a lock on a file beside the database.

The operating system lets go of it when the process ends, however it ends: nothing is left behind that keeps a shop
closed after a crash. Who serves a shop on PostgreSQL shares it, and locks nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot import locks
from ledger.database import Database

SUFFIX = ".serving"
LONGEST_NUMBER = 20
PRIVATE = 0o600


class AlreadyOpen(RuntimeError):
    """Another process on this computer keeps the shop open; ``number`` is that process's, as far as it is known."""

    def __init__(self, number: str) -> None:
        super().__init__("another process keeps this shop open")
        self.number = number


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Be the one process that serves this database. Raises AlreadyOpen."""
    path = _beside(database)
    if path is None:
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
    try:
        try:
            locks.hold(handle)
        except BlockingIOError as fault:
            raise AlreadyOpen(_read(handle)) from fault
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        # The file stays: whoever removed it might remove one that somebody else has just locked.
        os.close(handle)


def _beside(database: Database) -> Path | None:
    file = database.engine.url.database
    return Path(f"{file}{SUFFIX}") if database.is_sqlite and file and file != ":memory:" else None


def _read(handle: int) -> str:
    told = os.read(handle, LONGEST_NUMBER).decode("ascii", "replace")
    return told if told.isdecimal() else ""
