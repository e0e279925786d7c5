"""What is wrong with a database, told from the fault it raises: away for a while, or ill until somebody mends it.

The driver's exceptions say too little by their class alone: SQLite calls our own mistakes, a full disk and a missing
file operational alike, and PostgreSQL gives a database that may not be written now another class than one that is
down. Their codes tell them apart.
"""

from __future__ import annotations

import errno
import sqlite3
from enum import StrEnum

from sqlalchemy import exc

AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""The database is busy or not there: it is not the fault of what was to be done, and the same may do later."""


class Ailment(StrEnum):
    """What is wrong; a key of [ailments]."""

    BUSY = "busy"
    FULL = "full"
    DISK = "disk"
    READ_ONLY = "read_only"
    NOT_OPENED = "not_opened"
    NO_DATABASE = "no_database"
    DAMAGED = "damaged"
    AWAY = "away"


SQLITE = {
    sqlite3.SQLITE_BUSY: Ailment.BUSY,
    sqlite3.SQLITE_LOCKED: Ailment.BUSY,
    sqlite3.SQLITE_FULL: Ailment.FULL,
    sqlite3.SQLITE_READONLY: Ailment.READ_ONLY,
    sqlite3.SQLITE_PERM: Ailment.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Ailment.NOT_OPENED,
    sqlite3.SQLITE_IOERR: Ailment.DISK,
    sqlite3.SQLITE_NOTADB: Ailment.NO_DATABASE,
    sqlite3.SQLITE_CORRUPT: Ailment.DAMAGED,
}
PRIMARY = 0xFF
"""The part of SQLite's extended codes that says which kind it is."""
POSTGRESQL = {
    "53100": Ailment.FULL,
    "58030": Ailment.DISK,
    "25006": Ailment.READ_ONLY,
    "55P03": Ailment.BUSY,
    "XX001": Ailment.DAMAGED,
    "XX002": Ailment.DAMAGED,
}
"""By SQLSTATE: disk_full, io_error, read_only_sql_transaction, lock_not_available; a damaged page or index."""
FILES = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EROFS: "no_right",
    errno.EACCES: "no_right",
    errno.EPERM: "no_right",
}
"""What keeps a file from being written; keys of [ailments]."""


def ailment(fault: BaseException) -> Ailment | None:
    """What is wrong with the database; None for a fault that is not the database's, such as a mistake in our SQL."""
    if isinstance(fault, exc.TimeoutError):
        return Ailment.BUSY
    if not isinstance(fault, exc.DBAPIError):
        return None
    code = getattr(fault.orig, "sqlite_errorcode", None)
    if code is not None:
        return SQLITE.get(code & PRIMARY)
    known = POSTGRESQL.get(getattr(fault.orig, "sqlstate", None) or "")
    return known or (Ailment.AWAY if isinstance(fault, AWAY) or fault.connection_invalidated else None)


def is_away(fault: BaseException) -> bool:
    """Whether the same may do later, rather than that something of ours is wrong with it."""
    if isinstance(fault, exc.DBAPIError) and fault.connection_invalidated:
        return True
    return ailment(fault) is not None


def is_of_a_file(fault: OSError) -> bool:
    """Whether it is about a file or the disk; what the network says is as little about a file as a bug is."""
    return fault.filename is not None or fault.errno in FILES


def of_file(fault: OSError) -> str:
    """What keeps a file from being read or written; a key of [ailments]."""
    return FILES.get(fault.errno or 0, "no_file_access")
