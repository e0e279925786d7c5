"""Where SQLite's file is: whoever has it open goes on writing into it after it was removed or replaced, and all of
that would be gone. So it is looked at before each transaction.

A file that is gone is a database that is away. Another in its place is opened anew, and what has to be done to a
database that is opened is done first: a backup that was put back holds people who were erased since.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from sqlalchemy import Engine, event, exc
from sqlalchemy.pool import ConnectionPoolEntry

Identity = tuple[int, int]
"""The device and the number of a file there: its name may lead to another one later."""
OPENED = "opened"


@dataclass
class Whereabouts:
    """One database's file, by its path."""

    path: str
    known: Identity
    _is_settling: bool = False
    _lock: RLock = field(default_factory=RLock)

    @classmethod
    def of(cls, engine: Engine) -> Whereabouts | None:
        """Of the file that ``engine`` leads to, which from now on every connection is compared with; None without.

        Raises OperationalError.
        """
        path = engine.url.database
        if engine.dialect.name != "sqlite" or not path or path == ":memory:":
            return None
        here = cls(path, _seen(path))
        event.listen(engine, "do_connect", here._require)
        event.listen(engine, "connect", here._remember)
        event.listen(engine, "checkout", here._compare)
        return here

    def settle(self, when_replaced: Callable[[], object]) -> None:
        """Where another file is there, do ``when_replaced`` before anybody goes on.

        Raises OperationalError where none is there, and what ``when_replaced`` raises; then it is done the next time.
        """
        if _seen(self.path) == self.known:
            return
        with self._lock:
            seen = _seen(self.path)
            # What is done meanwhile comes here too, in this very thread; all others wait.
            if self._is_settling or seen == self.known:
                return
            self._is_settling = True
            try:
                when_replaced()
                self.known = seen
            finally:
                self._is_settling = False

    def _require(self, *_connecting: Any) -> None:
        """SQLite makes the file that it does not find, and an empty shop is no shop."""
        _look(self.path)

    def _remember(self, _connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.info[OPENED] = _look(self.path)

    def _compare(self, _connection: Any, entry: ConnectionPoolEntry, _lent: Any) -> None:
        if entry.info.get(OPENED) != _look(self.path):
            raise exc.DisconnectionError


def _seen(path: str) -> Identity:
    try:
        return _look(path)
    except sqlite3.OperationalError as fault:
        raise exc.OperationalError("", {}, fault, hide_parameters=True) from fault


def _look(path: str) -> Identity:
    """Raises sqlite3.OperationalError as for any file that cannot be opened."""
    try:
        found = os.stat(path)  # noqa: PTH116 - before each transaction, and twice as fast
    except OSError as fault:
        gone = sqlite3.OperationalError("unable to open database file")
        gone.sqlite_errorcode, gone.sqlite_errorname = sqlite3.SQLITE_CANTOPEN, "SQLITE_CANTOPEN"
        raise gone from fault
    return found.st_dev, found.st_ino
