"""The erasures written down beside the database: private, on the disk before the commit, readable after a crash."""

import json
import os
import stat
from pathlib import Path

import pytest

from ledger import beside, erasures
from ledger.database import Database
from ledger.erasures import Line

SARI = Line("AB12CD34", "2026-11-02T03:00:00+00:00", (("whatsapp", "ab" * 32), ("pos", "cd" * 32)), "ef" * 32)
BUDI = Line("00FF00FF", "2026-11-03T03:00:00+00:00", (), "01" * 32)


@pytest.fixture
def kept(tmp_path: Path, migrated_sqlite: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}", secret=b"k" * 32, erasures=tmp_path / "beside")
    database.migrate()
    return database


def write(database: Database, *lines: Line) -> Path:
    with database.transaction() as session:
        for line in lines:
            erasures.append(session, line)
        path = erasures.path(session)
    assert path is not None
    return path


def test_what_is_written_is_read_again_line_by_line(kept: Database) -> None:
    path = write(kept, SARI, BUDI)
    assert erasures.read(path) == [SARI, BUDI]
    assert len(path.read_text().splitlines()) == 2


def test_the_file_is_its_owners_alone_and_lies_in_a_folder_that_is(kept: Database) -> None:
    path = write(kept, SARI)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_line_is_there_though_the_erasure_was_never_committed(kept: Database) -> None:
    write(kept, BUDI)
    with pytest.raises(RuntimeError), kept.transaction() as session:
        erasures.append(session, SARI)
        raise RuntimeError
    with kept.reading() as session:
        assert [each.number for each in erasures.missed(session)] == [BUDI.number, SARI.number]


def test_whoever_says_no_waits_for_the_disk_once_and_twice_only_where_the_file_is_new(
    kept: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[str] = []
    really = os.fsync

    def fsync(handle: int) -> None:
        waited.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        really(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    file = write(kept, SARI)
    write(kept, BUDI)
    file.unlink()
    write(kept, SARI)
    assert waited == ["file", "folder", "file", "file", "folder"]


def test_a_last_line_that_a_crash_cut_off_is_passed_over_and_nothing_else_is_lost(
    kept: Database, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(kept, SARI)
    with path.open("a") as file:
        file.write(json.dumps({"number": "HALF"})[:-3])
    write(kept, BUDI)
    assert erasures.read(path) == [SARI, BUDI]
    assert "line 2 of" in caplog.text


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "nonsense",
        "[]",
        "7",
        '{"number": "X"}',
        '{"number": "X", "at": "yesterday", "marks": [], "customer": ""}',
        '{"number": "X", "at": "2026-11-02T03:00:00", "marks": [], "customer": ""}',
        '{"number": "X", "at": "2026-11-02T03:00:00+00:00", "marks": [1], "customer": ""}',
        '{"number": "X", "at": null, "marks": [], "customer": ""}',
    ],
)
def test_a_damaged_line_harms_no_other(kept: Database, damaged: str) -> None:
    path = write(kept, SARI)
    with path.open("a") as file:
        file.write(damaged + "\n")
    write(kept, BUDI)
    assert erasures.read(path) == [SARI, BUDI]


def test_each_shop_has_a_file_of_its_own_and_keeps_its_name(kept: Database) -> None:
    with kept.transaction() as session:
        name = beside.name_shop(session)
    with kept.transaction() as session:
        assert beside.name_shop(session) == name
    assert write(kept, SARI).name == f"erasures-{name}.jsonl"


def test_a_database_that_keeps_nothing_beside_it_misses_nothing(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        erasures.append(session, SARI)
        assert erasures.path(session) is None
        assert erasures.missed(session) == []
