"""The database: can it be written, how is it kept, is there room, and is there a copy."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.checkups.finding import Finding, Patient, Span
from ledger import backups
from ledger.database import Database

LEAST_FREE_BYTES = 500_000_000
OLDEST_BACKUP = timedelta(days=7)
WAIT_SECONDS = 3
"""How long somebody else's writing is waited for."""
TRY = "INSERT INTO shop_facts (key, value) VALUES ('doctor', 'tried')"
MEGABYTE = 1_000_000


def database(session: Session, patient: Patient) -> Iterator[Finding]:
    """Its form is the newest: whoever opened the shop saw to that, or was told why not."""
    where = patient.database.engine.url.render_as_string(hide_password=True)
    is_sqlite = patient.database.is_sqlite
    version = "SELECT sqlite_version()" if is_sqlite else "SHOW server_version"
    values = {
        "where": where,
        "name": "SQLite" if is_sqlite else "PostgreSQL",
        "version": session.connection().exec_driver_sql(version).scalar_one(),
    }
    try:
        _try_to_write(patient.database)
    except (DBAPIError, sqlite3.Error) as fault:
        yield Finding("database", "not_writable", "not_writable", {**values, "kind": type(fault).__name__})
        return
    yield Finding("database", "writable", values=values)


def journal(session: Session, patient: Patient) -> Iterator[Finding]:
    """On SQLite readers wait for no writer only with a journal written ahead."""
    if patient.database.is_sqlite:
        mode = str(session.connection().exec_driver_sql("PRAGMA journal_mode").scalar_one())
        yield Finding("journal", "journal", "" if mode == "wal" else "no_wal", {"mode": mode})


def space(_session: Session, patient: Patient) -> Iterator[Finding]:
    """Where the data lie; PostgreSQL's own disk cannot be seen from here."""
    file = patient.database.engine.url.database
    place = Path(file).parent if patient.database.is_sqlite and file else patient.settings.data_dir
    if place.exists():
        free = shutil.disk_usage(place).free
        mend = "little_space" if free < LEAST_FREE_BYTES else ""
        yield Finding("space", "space", mend, {"megabytes": free // MEGABYTE, "path": str(place)})


def backup(session: Session, patient: Patient) -> Iterator[Finding]:
    """How old the newest file in BACKUP_DIR is, or the newest that the shop made itself and looked through."""
    place = patient.settings.backup_dir
    if place is None:
        yield _own(session, patient)
        return
    made = [path.stat().st_mtime for path in place.glob("*") if path.is_file()] if place.is_dir() else []
    if not made:
        yield Finding("backup", "no_backup", "no_backup", {"path": str(place)})
        return
    age = patient.clock.now() - datetime.fromtimestamp(max(made), UTC)
    mend = "no_backup" if age > OLDEST_BACKUP else ""
    yield Finding("backup", "backup", mend, {"path": str(place), "age": Span(age.total_seconds())})


def _own(session: Session, patient: Patient) -> Finding:
    own = backups.last(session)
    if own is None:
        return Finding("backup", "backup_unknown")
    age = patient.clock.now() - own[0]
    values = {"name": own[1], "age": Span(age.total_seconds())}
    return Finding("backup", "backup_own", "no_backup" if age > OLDEST_BACKUP else "", values)


def _try_to_write(database: Database) -> None:
    """Write a line and take it back: whether there is room and the right to, without leaving a trace.

    Raises DBAPIError or sqlite3.Error.
    """
    if database.is_sqlite:
        # A line of its own: the shop's waits ten times as long for its turn as anybody waits for a doctor.
        path = Path(database.engine.url.database or "").resolve()
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=WAIT_SECONDS)) as connection:
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(TRY)
            connection.execute("ROLLBACK")
        return
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{WAIT_SECONDS}s'")
        connection.exec_driver_sql(TRY)
        connection.rollback()
