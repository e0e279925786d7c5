"""What SQLite wrote last is carried into its file beside the commits, and the journal stays short."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.database import Database
from ledger.journal import LONGEST_ROUNDS, NET_PAGES, WORTH_COMMITS, Journal
from ledger.tables import Customer

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
USUAL_PAGES = 1_000
"""SQLite's own measure; source: its "Write-Ahead Logging", of automatic checkpoints."""


@pytest.fixture
def journal(sqlite_database: Database) -> Iterator[Journal]:
    found = sqlite_database.journal()
    assert found is not None
    found.take_over()
    yield found
    found.hand_back()


def path_of(database: Database) -> Path:
    return Path(str(database.engine.url.database))


def journal_bytes(database: Database) -> int:
    return Path(f"{path_of(database)}-wal").stat().st_size


def add(database: Database, commits: int) -> None:
    for number in range(commits):
        with database.transaction() as session:
            session.add(Customer(name=f"Pelanggan {number}", source="chat", created_at=NOW))


def carried_over(database: Database, tmp_path: Path) -> int:
    """Customers in the file itself, without its journal."""
    shutil.copy(path_of(database), tmp_path / "alone.db")
    with closing(sqlite3.connect(tmp_path / "alone.db")) as alone:
        alone.execute("PRAGMA journal_mode = DELETE")
        (count,) = alone.execute("SELECT count(*) FROM customers").fetchone()
    return int(count)


def measure_of(database: Database) -> int:
    """How many pages make a commit carry over, on a connection as everybody gets it."""
    with database.engine.connect() as connection:
        (pages,) = connection.connection.cursor().execute("PRAGMA wal_autocheckpoint").fetchone()
    return int(pages)


def test_while_a_shop_is_open_its_commits_carry_nothing_over(
    sqlite_database: Database, journal: Journal, tmp_path: Path
) -> None:
    before = carried_over(sqlite_database, tmp_path)
    add(sqlite_database, WORTH_COMMITS)
    assert (carried_over(sqlite_database, tmp_path), measure_of(sqlite_database)) == (before, NET_PAGES)


def test_a_round_carries_over_what_is_worth_it(sqlite_database: Database, journal: Journal, tmp_path: Path) -> None:
    add(sqlite_database, WORTH_COMMITS)
    journal.go_round()
    assert carried_over(sqlite_database, tmp_path) == WORTH_COMMITS


def test_a_little_waits_for_more_but_not_for_ever(
    sqlite_database: Database, journal: Journal, tmp_path: Path
) -> None:
    add(sqlite_database, 1)
    found = []
    for _ in range(LONGEST_ROUNDS):
        found.append(carried_over(sqlite_database, tmp_path))
        journal.go_round()
    assert (set(found), carried_over(sqlite_database, tmp_path)) == ({0}, 1)


def test_the_journal_begins_anew_however_much_is_written(sqlite_database: Database, journal: Journal) -> None:
    journal.restart_pages = 100
    lengths = []
    for _ in range(8):
        add(sqlite_database, WORTH_COMMITS)
        journal.go_round()
        lengths.append(journal_bytes(sqlite_database))
    # Eight times as much as before the first round was written, and nearly all of it over what was there.
    assert lengths[-1] < 2 * lengths[0]


def test_a_long_journal_is_cut_once_nobody_writes(sqlite_database: Database, journal: Journal) -> None:
    journal.kept_bytes = 4_096
    add(sqlite_database, WORTH_COMMITS)
    journal.go_round()
    was = journal_bytes(sqlite_database)
    journal.go_round()
    assert (was > journal.kept_bytes, journal_bytes(sqlite_database)) == (True, 0)


def test_whoever_looks_at_an_old_state_holds_up_neither_the_round_nor_who_writes(
    sqlite_database: Database, journal: Journal, tmp_path: Path
) -> None:
    journal.restart_pages = 1
    with sqlite_database.reading() as session:
        session.connection()
        session.get(Customer, 1)
        add(sqlite_database, WORTH_COMMITS)
        journal.go_round()
        add(sqlite_database, WORTH_COMMITS)
    journal.go_round()
    assert carried_over(sqlite_database, tmp_path) == 2 * WORTH_COMMITS


def test_what_was_erased_leaves_the_journal_once_nobody_looks_at_it_and_nobody_who_writes_waits(
    sqlite_database: Database, journal: Journal
) -> None:
    """SQLite itself would keep writers out for as long as somebody reads, half a minute at most."""
    with sqlite_database.reading() as session:
        session.get(Customer, 1)
        add(sqlite_database, 1)
        began = time.monotonic()
        sqlite_database.scrub()
        add(sqlite_database, 1)
        journal.go_round()
        assert time.monotonic() - began < 2
        assert journal_bytes(sqlite_database) > 0
    journal.go_round()
    assert journal_bytes(sqlite_database) == 0


def test_where_no_shop_is_open_it_is_tried_again_until_nobody_looks(sqlite_database: Database) -> None:
    add(sqlite_database, 1)
    looking = ExitStack()
    session = looking.enter_context(sqlite_database.reading())
    session.get(Customer, 1)
    add(sqlite_database, 1)
    emptying = threading.Thread(target=sqlite_database.scrub)
    emptying.start()
    emptying.join(0.05)
    assert emptying.is_alive()
    looking.close()
    emptying.join()
    assert journal_bytes(sqlite_database) == 0


def test_a_round_without_the_database_does_nothing_and_the_next_one_makes_up_for_it(
    sqlite_database: Database, journal: Journal, tmp_path: Path
) -> None:
    add(sqlite_database, WORTH_COMMITS)
    path = path_of(sqlite_database)
    path.rename(f"{path}.away")
    journal.go_round()
    Path(f"{path}.away").rename(path)
    journal.go_round()
    assert carried_over(sqlite_database, tmp_path) == WORTH_COMMITS


def test_once_the_shop_is_closed_commits_see_to_it_again(sqlite_database: Database) -> None:
    journal = sqlite_database.journal()
    assert journal is not None
    journal.take_over()
    journal.hand_back()
    assert measure_of(sqlite_database) == USUAL_PAGES


def test_a_database_of_another_kind_has_none(postgresql_database: Database) -> None:
    assert postgresql_database.journal() is None
