"""A process that opens the shop's file twice keeps its hold on it: nobody takes the journal from under it.

Whoever closes a file, through SQLite or not, lets go of every lock that its process has there. Then who comes from
elsewhere and leaves again takes itself for the last, and removes the journal into which the first goes on writing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from multiprocessing.connection import Connection

from sqlmodel import select

from ledger import audit
from ledger.database import Database
from ledger.tables import AuditEntry
from tests.chaos.processes import STARTING
from tests.chaos.working import SECRET

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)


def note(database: Database, who: str) -> None:
    with database.transaction() as session:
        audit.record(session, NOW, who, "was here", "1")


def come_and_go(url: str, who: str, told: Connection) -> None:
    """Write who was here, say who was here before, and close."""
    database = Database(url, secret=SECRET.encode())
    note(database, who)
    with database.reading() as session:
        told.send([each.actor for each in session.exec(select(AuditEntry).order_by(AuditEntry.id))])  # type: ignore[arg-type]
    database.close()


def seen_elsewhere(url: str, who: str) -> list[str]:
    here, there = STARTING.Pipe()
    elsewhere = STARTING.Process(target=come_and_go, args=(url, who, there))
    elsewhere.start()
    elsewhere.join()
    seen: list[str] = here.recv()
    return seen


def test_what_is_written_by_a_process_that_opened_the_shop_twice_is_seen_elsewhere(sqlite_database: Database) -> None:
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    note(sqlite_database, "first")
    twice = Database(url, secret=SECRET.encode())
    assert seen_elsewhere(url, "second") == ["first", "second"]
    note(sqlite_database, "third")
    assert seen_elsewhere(url, "fourth") == ["first", "second", "third", "fourth"]
    twice.close()
