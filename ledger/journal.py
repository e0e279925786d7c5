"""SQLite's journal, carried into the file beside the commits and not within them, while a shop is open.

    commit → journal, on the disk → acknowledged      beside it, every second: journal → file, in a thread of its own

By itself SQLite lets the commit that makes the journal a thousand pages long carry all of them over, and everybody
who waits for the writer's place waits with it. Who serves a shop does that beside the commits; commands, which come
and go, leave it as it is. See docs/decisions/0038-group-commits.md.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

NET_PAGES = 16_384
"""64 MB: where nobody carried the journal over in time, a commit does it after all."""
WORTH_COMMITS = 25
"""So many are carried over together; one leaves a few pages, or some hundred where many share it."""
LONGEST_ROUNDS = 60
"""Fewer than those are carried over after so many rounds."""
RESTART_PAGES = 4_096
"""16 MB: from here on writers wait for the little that is left, so that the journal begins anew."""
KEPT_BYTES = 16 * 1_024 * 1_024
"""A larger file is cut once nobody writes: until then it is written over, which is cheaper than growing it."""
READERS_MILLISECONDS = 20
"""How long whoever looks at an old state is waited for while nobody may write."""
BETWEEN_TRIES_SECONDS = 0.1
Turn = Callable[[], AbstractContextManager[None]]
"""Takes the writer's place within this process."""


@dataclass
class Journal:
    """One file's, for the one process that serves it; ``turn`` is how a writer's place is had there."""

    engine: Engine
    turn: Turn
    busy_milliseconds: int
    """How patient the connections are otherwise."""
    restart_pages: int = RESTART_PAGES
    kept_bytes: int = KEPT_BYTES
    _is_taken_over: bool = False
    _is_to_be_emptied: bool = False
    _commits: int = 0
    _rounds: int = 0

    def __post_init__(self) -> None:
        # At once, and not when it is taken over: others use the engine then, and go through who listens.
        event.listen(self.engine, "connect", self._tell)
        event.listen(self.engine, "commit", self._count)

    def take_over(self) -> None:
        """From now on a commit carries nothing over, up to NET_PAGES: ``go_round`` is to be called every second."""
        self._is_taken_over = True
        # Those at rest were told otherwise.
        self.engine.dispose()

    def hand_back(self) -> None:
        """From now on commits see to it again."""
        self._is_taken_over = False
        self.engine.dispose()

    def go_round(self) -> None:
        """Carry over what is worth it; where nobody writes, leave no large file. What is in the way is left to the
        next round: a database that is away, a full disk, a reader."""
        commits, self._rounds = self._commits, self._rounds + 1
        is_due = commits >= WORTH_COMMITS or (commits > 0 and self._rounds >= LONGEST_ROUNDS)
        with suppress(DBAPIError, sqlite3.Error):
            if self._is_to_be_emptied:
                self._empty()
            if is_due:
                pages, _ = self._carry("PASSIVE")
                self._commits, self._rounds = self._commits - commits, 0
                if pages >= self.restart_pages:
                    self._begin_anew("RESTART")
            elif commits == 0 and self._bytes() > self.kept_bytes:
                self._begin_anew("TRUNCATE")

    def empty(self) -> None:
        """Leave nothing in it. Whoever looks at an old state puts that off: to the next round where a shop is open,
        otherwise for as long as connections are patient. Nobody who writes waits longer than READERS_MILLISECONDS.
        """
        self._is_to_be_emptied, end = True, time.monotonic() + self.busy_milliseconds / 1_000
        with suppress(DBAPIError, sqlite3.Error):
            self._empty()
            while self._is_to_be_emptied and not self._is_taken_over and time.monotonic() < end:
                time.sleep(BETWEEN_TRIES_SECONDS)
                self._empty()

    def _empty(self) -> None:
        with self.turn():
            _, self._is_to_be_emptied = self._carry("TRUNCATE")

    def _begin_anew(self, how: str) -> None:
        with self.turn():
            self._carry(how)

    def _carry(self, how: str) -> tuple[int, bool]:
        """How many pages the journal had, and whether somebody was in the way."""
        with self.engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {READERS_MILLISECONDS}")
            try:
                is_busy, pages, _carried = cursor.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {self.busy_milliseconds}")
        return int(pages), bool(is_busy)

    def _bytes(self) -> int:
        # It is looked at from outside: whoever opens and closes it lets go of SQLite's locks.
        with suppress(OSError):
            return Path(f"{self.engine.url.database}-wal").stat().st_size
        return 0

    def _count(self, _connection: object) -> None:
        self._commits += 1

    def _tell(self, connection: Any, _entry: object) -> None:
        if self._is_taken_over:
            connection.execute(f"PRAGMA wal_autocheckpoint = {NET_PAGES}").close()
