"""Copies of the database, made while the shop is open: whole, looked through, for their owner's eyes alone.

copy beside its place → looked through (pages, consent chain) → on the disk → named → remembered → old ones go
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from ledger import beside, chain, erasures, withdrawals
from ledger.chain import Verification
from ledger.copying import CopyFailed, Progress, dump, export_snapshot, looking_at, silent, sqlite_copy
from ledger.database import Database
from ledger.tables import ShopFact

FACT = "backup"
"""The fact that the newest is remembered as."""
ENDINGS = {True: ".db", False: ".dump"}
OURS = re.compile(r"langganan-\d{8}-\d{6}(-\d+)?\.(db|dump)")
PRIVATE = 0o600


@dataclass(frozen=True)
class Backup:
    """A copy that was made and looked through."""

    path: Path
    at: datetime
    bytes: int
    events: int
    """How many consent events its chain has."""
    beside: tuple[Path, ...] = ()
    """What was copied beside it: erasures and withdrawals, as they stand now."""
    removed: tuple[Path, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "at": self.at.isoformat(),
            "bytes": self.bytes,
            "consent_events": self.events,
            "beside": [str(each) for each in self.beside],
            "removed": [str(each) for each in self.removed],
        }


def make(
    database: Database,
    to: Path,
    now: datetime,
    *,
    keep: int = 0,
    tools: Path | None = None,
    progress: Progress = silent,
) -> Backup:
    """Copy the database into the folder ``to``, or into that file where it names one, and remember that it was done.

    ``keep``: so many of the folder's own backups stay, the newest; 0: all. ``tools``: where pg_dump is. Nothing half
    is left under a backup's name. Raises CopyFailed, and FileExistsError for a file that is there.
    """
    target = _target(to, now, is_sqlite=database.is_sqlite)
    with _explained(target.parent):
        _make_folder(target.parent)
        _require_room(database, target.parent)
        with _unfinished(target) as made:
            events = (_copy if database.is_sqlite else _dump)(database, made, tools, progress)
            _name(made, target)
        found = _beside(database, target.parent)
    backup = Backup(target, now, target.stat().st_size, events, found, _rotate(target, keep))
    _remember(database, backup)
    return backup


def last(session: Session) -> tuple[datetime, str] | None:
    """When the newest was made and what it is called, as far as this database knows."""
    fact = session.get(ShopFact, FACT)
    told = json.loads(fact.value) if fact is not None else None
    return (datetime.fromisoformat(told["at"]), str(told["name"])) if told else None


def size_bytes(session: Session) -> int:
    """How large the database is."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
    pages, each = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages) * int(each)


def verified(session: Session) -> Verification:
    """The consent chain of a copy. Raises CopyFailed where it does not hold."""
    found = chain.verify(session)
    if not found.ok:
        raise CopyFailed(
            f"the consent chain does not fit at event {found.first_broken}: nothing was copied; "
            "see `langganan verify-ledger` and docs/privacy.md"
        )
    return found


def look_through(connection: Connection) -> None:
    """SQLite reads every page of its own. Raises CopyFailed where one is damaged."""
    said = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    if said != "ok":
        raise CopyFailed("the database file is damaged: restore an older backup, and have its disk looked at")


def new_file(target: Path) -> Path:
    """An empty file beside ``target``, for its owner's eyes alone."""
    made = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
    return made


def settle(file: Path) -> None:
    """What was written is on the disk."""
    handle = os.open(file, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy(database: Database, made: Path, _tools: Path | None, progress: Progress) -> int:
    sqlite_copy(Path(database.engine.url.database or ""), made, progress)
    engine = looking_at(made, database.keyring)
    with Session(engine) as session:
        look_through(session.connection())
        return verified(session).events


def _dump(database: Database, made: Path, tools: Path | None, progress: Progress) -> int:
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as session:
        # What is looked through is what is copied: both see the same moment.
        snapshot = export_snapshot(session.connection())
        dump(database.engine, snapshot, made, tools, progress, size_bytes(session))
        return verified(session).events


def _target(to: Path, now: datetime, *, is_sqlite: bool) -> Path:
    ending = ENDINGS[is_sqlite]
    if to.suffix not in ENDINGS.values() or to.is_dir():
        return to / f"langganan-{now.astimezone(UTC):%Y%m%d-%H%M%S}{ending}"
    if to.suffix != ending:
        raise CopyFailed(f"a copy of this database ends in {ending}: give it the name {to.with_suffix(ending).name}")
    return to


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    made = new_file(target)
    try:
        yield made
    finally:
        for each in (made, *(made.with_name(made.name + ending) for ending in ("-journal", "-wal", "-shm"))):
            each.unlink(missing_ok=True)


def _name(made: Path, target: Path) -> None:
    settle(made)
    # A link is made only where nothing is, whoever else writes there at the same moment.
    os.link(made, target)
    beside.sync(target.parent)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Faults of the computer in sentences that say what to do."""
    full = f"there is no room for a backup in {folder}: make room, or give another place with --to"
    try:
        yield
    except FileExistsError:
        raise
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CopyFailed(full) from fault
        raise CopyFailed(f"{folder} cannot be written: {fault.strerror}") from fault
    except (sqlite3.Error, DBAPIError) as fault:
        if "full" in str(fault):
            raise CopyFailed(full) from fault
        raise CopyFailed(
            f"the database could not be copied ({type(fault).__name__}); `langganan doctor` says how it is"
        ) from fault


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise CopyFailed(f"{folder} is no folder; give another place with --to") from None


def _require_room(database: Database, folder: Path) -> None:
    """Raises CopyFailed before anything is written where a SQLite copy cannot fit."""
    file = Path(database.engine.url.database or "")
    if database.is_sqlite and file.exists() and shutil.disk_usage(folder).free < file.stat().st_size:
        raise CopyFailed(f"there is no room for a backup in {folder}: make room, or give another place with --to")


def _beside(database: Database, folder: Path) -> tuple[Path, ...]:
    """Copy the lists of erasures and withdrawals there, over their older copies: they only ever grow."""
    with database.reading() as session:
        lists = [file for file in (erasures.path(session), withdrawals.path(session)) if file is not None]
    return tuple(
        _again(file, folder) for file in lists if file.exists() and file.parent.resolve() != folder.resolve()
    )


def _again(file: Path, folder: Path) -> Path:
    target = folder / file.name
    made = new_file(target)
    try:
        shutil.copyfile(file, made)
        settle(made)
        made.replace(target)
    finally:
        made.unlink(missing_ok=True)
    beside.sync(folder)
    return target


def _rotate(target: Path, keep: int) -> tuple[Path, ...]:
    if not keep:
        return ()
    ours = sorted((each for each in target.parent.iterdir() if OURS.fullmatch(each.name)), reverse=True)
    old = [each for each in ours[keep:] if each != target]
    for each in old:
        each.unlink(missing_ok=True)
    return tuple(old)


def _remember(database: Database, backup: Backup) -> None:
    told = json.dumps({"at": backup.at.astimezone(UTC).isoformat(), "name": backup.path.name})
    # The copy is there, remembered or not.
    with suppress(DBAPIError), database.transaction() as session:
        session.merge(ShopFact(key=FACT, value=told))
