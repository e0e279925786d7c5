"""Disks without room: no file may grow, as if the last block were taken."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from ledger.database import Database

LESS_THAN_A_PAGE = 4_096
"""Bytes; SQLite writes its pages with some more around them."""


class Disk:
    """Where a SQLite database lies: ``fill`` leaves no room for a single page, ``make_room`` gives it back."""

    def __init__(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self, size: int = LESS_THAN_A_PAGE) -> None:
        """No file of this process grows beyond ``size`` bytes, nor is written behind that."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, self._before[1]))

    def make_room(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """What is written behind ``size`` bytes meanwhile fails as on a full disk."""
    disk = Disk()
    disk.fill(size)
    try:
        yield
    finally:
        disk.make_room()


@contextmanager
def few_pages(database: Database) -> Iterator[None]:
    """SQLite itself allows no page more."""
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        database.engine.dispose()
