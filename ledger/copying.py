"""The two ways in which a database is copied while the shop is open, and put back: SQLite's own, and PostgreSQL's."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from ledger.columns import give_keys
from ledger.sealing import Keyring

Progress = Callable[[int, int], None]
PAGES_A_STEP = 2_000
POLL_SECONDS = 0.2
SQLITE_MAGIC = b"SQLite format 3\0"
POSTGRESQL_MAGIC = b"PGDMP"
LONGEST_COMPLAINT = 300


class CopyFailed(RuntimeError):
    """No copy was made, or it was not put back; the sentence says why, and what to do."""


class Unknown(CopyFailed):
    """The file is no backup of ours."""


def silent(_done: int, _total: int) -> None:
    """Nobody watches."""


def sqlite_copy(source: Path, target: Path, progress: Progress = silent) -> None:
    """Copy a database that others read and write meanwhile, as it stands now. Raises sqlite3.Error and OSError.

    The reading transaction that is held keeps SQLite from beginning anew whenever somebody writes.
    """
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True)) as shop,
        closing(sqlite3.connect(target)) as copy,
    ):
        shop.isolation_level = None
        shop.execute("BEGIN")
        shop.execute("SELECT count(*) FROM sqlite_master").fetchone()
        shop.backup(copy, pages=PAGES_A_STEP, progress=lambda _status, left, all_: progress(all_ - left, all_))
        shop.execute("COMMIT")


def looking_at(file: Path, keyring: Keyring) -> Engine:
    """A SQLite file as it lies there: nothing is written to it or beside it."""
    uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(uri, uri=True, check_same_thread=False),
        poolclass=NullPool,
        hide_parameters=True,
    )
    give_keys(engine, keyring)
    return engine


def dump(
    engine: Engine, snapshot: str, target: Path, tools: Path | None, progress: Progress = silent, size: int = 0
) -> None:
    """What PostgreSQL holds as of ``snapshot``, into a file of its own kind. Raises CopyFailed."""
    options = ["--format=custom", "--no-owner", "--no-privileges", "--schema=public", f"--snapshot={snapshot}"]
    process = _begin("pg_dump", engine, [*options, f"--file={target}"], tools)
    while True:
        try:
            _, said = process.communicate(timeout=POLL_SECONDS)
            break
        except subprocess.TimeoutExpired:
            written = target.stat().st_size if target.exists() else 0
            progress(written, max(written, size))
    _see(process, "pg_dump", said)


def undump(engine: Engine, file: Path, tools: Path | None) -> None:
    """Put back what ``dump`` wrote, all of it or nothing. Raises CopyFailed."""
    options = ["--no-owner", "--no-privileges", "--schema=public", "--exit-on-error", "--single-transaction"]
    process = _begin("pg_restore", engine, [*options, str(file)], tools)
    _, said = process.communicate()
    _see(process, "pg_restore", said)


def is_sqlite_file(file: Path) -> bool:
    """Whether the file is SQLite's; raises Unknown where it is no database at all, OSError where it is not there."""
    with file.open("rb") as opened:
        head = opened.read(len(SQLITE_MAGIC))
    if head.startswith(POSTGRESQL_MAGIC):
        return False
    if head != SQLITE_MAGIC:
        raise Unknown(f"{file.name} is no backup of Langganan; give a file that `langganan backup` made")
    return True


def export_snapshot(connection: Connection) -> str:
    """A name by which pg_dump sees what this transaction sees, for as long as it is open."""
    return str(connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one())


def _begin(name: str, engine: Engine, options: Sequence[str], tools: Path | None) -> subprocess.Popen[str]:
    program = shutil.which(name, path=str(tools)) if tools is not None else shutil.which(name)
    if program is None:
        raise CopyFailed(
            f"{name} is not here: install PostgreSQL's client programs (Debian, Ubuntu: apt install "
            "postgresql-client), or write their folder into .env as POSTGRESQL_TOOLS"
        )
    # The password is in the environment: what stands on a command line everybody on the computer can read.
    address = engine.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": str(engine.url.password)} if engine.url.password else {}
    return subprocess.Popen(  # noqa: S603 - PostgreSQL's own program, and no shell between
        [program, *options, f"--dbname={address}"],
        env={"PATH": os.defpath, "LC_ALL": "C", **secret},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        umask=0o077,
    )


def _see(process: subprocess.Popen[str], name: str, said: str) -> None:
    if process.returncode == 0:
        return
    if "version mismatch" in said:
        raise CopyFailed(
            f"{name} is older than the server; install the client programs of the server's version and write their "
            "folder into .env as POSTGRESQL_TOOLS"
        )
    first = next((line for line in said.splitlines() if "error" in line.lower()), said.strip())
    raise CopyFailed(f"{name} could not do it: {first[:LONGEST_COMPLAINT]}")
