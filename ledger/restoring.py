"""Putting a backup in the place of the database. Whoever calls it asked before; what was there is kept aside."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from ledger import backups, beside, identity, resealing, revisions
from ledger.copying import CopyFailed, Unknown, dump, export_snapshot, is_sqlite_file, looking_at, undump
from ledger.database import ASIDE, MIGRATIONS, SECRET, Database
from ledger.sealing import Keyring

PUT_BACK = "put back"
"""The fact that a database has until the shop was opened with it: which file was put in its place."""
MARK = (
    "INSERT INTO shop_facts (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)
STILL_OPEN = "the shop is open: close `langganan serve` and whatever else uses its database, and try again"


@dataclass(frozen=True)
class Restored:
    """What was put in place, and where what was there before is kept; None where there was nothing."""

    events: int
    kept: Path | None


def require_backup(file: Path, database: Database, secret: bytes) -> int:
    """Look a backup through before anything is touched; how many consent events it holds.

    Of PostgreSQL's kind only that it is one: its contents are looked through when they are back, and taken out again
    where they will not do. Raises CopyFailed, WrongKey, and OSError where it cannot be read.
    """
    if is_sqlite_file(file) != database.is_sqlite:
        kinds = ("SQLite", "PostgreSQL") if not database.is_sqlite else ("PostgreSQL", "SQLite")
        raise Unknown(f"{file.name} is a backup of {kinds[0]}, and DATABASE_URL leads to {kinds[1]}")
    if not database.is_sqlite:
        return 0
    try:
        return _examined(looking_at(file, database.keyring), secret, database.keyring)
    except (sqlite3.Error, DBAPIError) as fault:
        raise CopyFailed(f"{file.name} is damaged and was not restored; take an older backup") from fault


def restore(file: Path, database: Database, secret: bytes, now: datetime, tools: Path | None = None) -> Restored:
    """Put the backup in the place of the database. Whole or not at all; raises CopyFailed and OSError."""
    if database.is_sqlite:
        return _restore_file(file, database, secret, now)
    return _restore_dump(file, database, secret, now, tools)


def _examined(engine: Engine, secret: bytes, keyring: Keyring) -> int:
    with Session(engine, info={SECRET: secret}) as session:
        connection = session.connection()
        if engine.dialect.name == "sqlite":
            backups.look_through(connection)
        found = revisions.found(connection)
        if not found:
            raise Unknown("this is no backup of Langganan; give a file that `langganan backup` made")
        if not found <= revisions.known(MIGRATIONS).keys():
            raise Unknown("the backup is of another, probably newer, version of Langganan; update the program first")
        if not identity.is_the_right_key(session):
            raise CopyFailed("SECRET_KEY (or data/secret.key) is not the one the backup was made with; put that back")
        resealing.recognise(session, keyring)
        events = backups.verified(session).events
        session.rollback()
        return events


def _restore_file(file: Path, database: Database, secret: bytes, now: datetime) -> Restored:
    place = Path(database.engine.url.database or "")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database.engine.dispose()
    made = backups.new_file(place)
    try:
        shutil.copyfile(file, made)
        events = require_backup(made, database, secret)
        _mark(made, file)
        backups.settle(made)
        kept = _swap(made, place, now)
    finally:
        for each in (made, *(made.with_name(made.name + ending) for ending in ("-journal", "-wal", "-shm"))):
            each.unlink(missing_ok=True)
    return Restored(events, kept)


def _facts(file: Path) -> list[dict[str, str]]:
    """What a database that is put back has to know: that it was, and that there is this backup, made after all that
    is in it."""
    at = datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat()
    newest = json.dumps({"at": at, "name": file.name})
    return [{"key": PUT_BACK, "value": file.name}, {"key": backups.FACT, "value": newest}]


def _mark(made: Path, file: Path) -> None:
    """Whoever opens it, though this ends here, knows that it was put back, and sends nothing of what was planned."""
    with closing(sqlite3.connect(made)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
        with copy:
            copy.executemany(MARK, _facts(file))


def _swap(made: Path, place: Path, now: datetime) -> Path | None:
    """Only while nobody else has the file open: SQLite leaves its journal's ways only then."""
    if not place.exists() or not place.stat().st_size:
        made.replace(place)
        beside.sync(place.parent)
        return None
    kept = _aside(place.parent, place.suffix or ".db", now)
    with closing(sqlite3.connect(place, timeout=0)) as shop:
        shop.isolation_level = None
        try:
            if shop.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
                raise CopyFailed(STILL_OPEN)
            shop.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as fault:
            raise CopyFailed(STILL_OPEN) from fault
        except sqlite3.DatabaseError:
            _keep_journal(place, kept)  # damaged: that may be why a backup is put in its place
        os.link(place, kept)
        made.replace(place)
        beside.sync(place.parent)
        with suppress(sqlite3.Error):
            shop.execute("ROLLBACK")
    return kept


def _keep_journal(place: Path, kept: Path) -> None:
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            place.with_name(place.name + ending).replace(kept.with_name(kept.name + ending))


def _aside(folder: Path, ending: str, now: datetime) -> Path:
    """A name that is free."""
    first = folder / f"before-restore-{now.astimezone(UTC):%Y%m%d-%H%M%S}{ending}"
    further = (first.with_stem(f"{first.stem}-{number}") for number in count(2))
    return next(each for each in chain([first], further) if not each.exists())


def _restore_dump(file: Path, database: Database, secret: bytes, now: datetime, tools: Path | None) -> Restored:
    engine = database.engine
    engine.dispose()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.exec_driver_sql(OTHERS).scalar_one():
            raise CopyFailed(STILL_OPEN)
    _mend(engine)
    _require_ours(engine)
    kept = _aside(file.resolve().parent, ".dump", now) if _has_tables(engine) else None
    if kept is not None:
        _keep(engine, kept, tools)
    _tell(engine, f"ALTER SCHEMA public RENAME TO {ASIDE}", "CREATE SCHEMA public")
    try:
        undump(engine, file, tools)
        events = _examined(engine, secret, database.keyring)
    except BaseException:
        _tell(engine, "DROP SCHEMA public CASCADE", f"ALTER SCHEMA {ASIDE} RENAME TO public")
        raise
    with engine.begin() as connection:
        # Until then nobody can open it; from then on it says that it was put back.
        connection.execute(text(MARK), _facts(file))
        connection.exec_driver_sql(f"DROP SCHEMA {ASIDE} CASCADE")
    engine.dispose()
    return Restored(events, kept)


def _mend(engine: Engine) -> None:
    """A restore that was cut off is taken back: while something is set aside nobody has opened the shop."""
    with engine.connect() as connection:
        has_aside = connection.exec_driver_sql(f"SELECT to_regnamespace('{ASIDE}')").scalar_one() is not None
    if has_aside:
        _tell(engine, "DROP SCHEMA IF EXISTS public CASCADE", f"ALTER SCHEMA {ASIDE} RENAME TO public")


def _require_ours(engine: Engine) -> None:
    """Raises CopyFailed where somebody else keeps tables there: all that is there makes room for the backup."""
    with engine.connect() as connection:
        tables = connection.exec_driver_sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").scalar_one()
    if tables and not _has_tables(engine):
        raise CopyFailed("DATABASE_URL leads to a database with tables of another program; give an empty one")


def _has_tables(engine: Engine) -> bool:
    with engine.connect() as connection:
        return connection.exec_driver_sql("SELECT to_regclass('public.alembic_version')").scalar_one() is not None


def _keep(engine: Engine, kept: Path, tools: Path | None) -> None:
    made = backups.new_file(kept)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            dump(engine, export_snapshot(connection), made, tools)
        backups.settle(made)
        made.replace(kept)
        beside.sync(kept.parent)
    finally:
        made.unlink(missing_ok=True)


def _tell(engine: Engine, *statements: str) -> None:
    """All of it or nothing. Raises CopyFailed where the user may not."""
    try:
        with engine.begin() as connection:
            for each in statements:
                connection.exec_driver_sql(each)
    except DBAPIError as fault:
        raise CopyFailed(
            "the database's user may not change the schema public; let them own it (as the server's superuser: "
            "ALTER SCHEMA public OWNER TO …) and try again"
        ) from fault
