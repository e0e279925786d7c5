"""Names that lead elsewhere, and links that somebody planted among the shop's files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.arrivals import FOLDER, Arrivals
from bot.saving import LONGEST_NAME, safe_name, save, write
from campaigns.channel import Document
from ledger import beside
from ledger.database import Database
from ledger.imports import BadFile, Limits
from ledger.imports.reading import read

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
ELSEWHERE = [
    "../../etc/passwd", "/etc/passwd", "..\\..\\windows\\win.ini", "C:\\x\\NUL.csv", "con", "aux.txt", "LPT1", "a\0b",
    ".", "..", "...", "", " ", ".env", "-rf", "--to=x", "a/../../b", "a." + "b" * 59, "." + "b" * 80, "é" * 300,
    "\u202egpj.exe", "a\nb\x1b[2J.csv", "x" * 10_000, "~/.ssh/id", "$(rm -rf /)", "|cat", "a;b", "secret.key ",
]  # fmt: skip


def is_tame(name: str) -> bool:
    devices = ("con", "prn", "aux", "nul", "com1", "lpt1")
    return (
        0 < len(name) <= LONGEST_NAME + 1
        and not name.startswith((".", "-", "~", "$", "|"))
        and not name.endswith((".", " "))
        and not any(sign in name for sign in '/\\\0\n\x1b:*?"<>|$;\u202e')
        and name.split(".", maxsplit=1)[0].casefold() not in devices
    )


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_document_stays_in_its_folder_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    made = save(Document(name, b"data", "text/csv"), tmp_path / "here")
    assert made.resolve().parent == (tmp_path / "here").resolve()
    assert is_tame(made.name)
    assert [each.name for each in tmp_path.iterdir()] == ["here"]


@given(st.text(max_size=120))
@settings(max_examples=300, deadline=None)
def test_every_name_becomes_a_tame_one(name: str) -> None:
    assert is_tame(safe_name(name))
    assert safe_name(safe_name(name)) == safe_name(name)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_file_that_arrives_lies_in_a_folder_of_its_own(tmp_path: Path, name: str) -> None:
    arrivals = Arrivals(tmp_path)
    arrived = arrivals.keep(b"data", name, 1, {}, NOW)
    assert arrived.path.resolve().parent.parent.parent == (tmp_path / FOLDER).resolve()
    assert arrived.path.stat().st_mode & 0o077 == 0
    arrivals.close()
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_link_in_place_of_the_folder_of_arrivals_is_not_swept_and_not_written_through(tmp_path: Path) -> None:
    precious = tmp_path / "home" / "1-0a1b2c3d"
    precious.mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / FOLDER).symlink_to(tmp_path / "home")
    arrivals = Arrivals(tmp_path / "data")
    assert arrivals.sweep() == 0
    with pytest.raises(NotADirectoryError):
        arrivals.keep(b"data", "orders.csv", 1, {}, NOW)
    assert list((tmp_path / "home").iterdir()) == [precious]


def test_only_what_a_process_of_ours_left_is_swept(tmp_path: Path) -> None:
    place = tmp_path / FOLDER
    for name in ("4711-0a1b2c3d", "holidays", "4711-0A1B2C3D"):
        (place / name).mkdir(parents=True)
    (tmp_path / "home").mkdir()
    (place / "4712-0a1b2c3d").symlink_to(tmp_path / "home")
    assert Arrivals(tmp_path).sweep() == 1
    assert sorted(each.name for each in place.iterdir()) == ["4711-0A1B2C3D", "4712-0a1b2c3d", "holidays"]
    assert (tmp_path / "home").is_dir()


def test_an_erasure_is_not_written_through_a_link(tmp_path: Path) -> None:
    database = Database("sqlite://", secret=b"a key for tests only, 32 bytes..", erasures=tmp_path)
    database.migrate()
    (tmp_path / "diary").write_text("mine")
    with database.transaction() as session:
        beside.name_shop(session)
        planted = beside.path(session, "erasures")
        assert planted is not None
        planted.symlink_to(tmp_path / "diary")
        with pytest.raises(OSError, match="symbolic links"):
            beside.append(session, "erasures", [{"number": "L-1"}])
    database.close()
    assert (tmp_path / "diary").read_text() == "mine"


def test_a_link_where_a_document_goes_is_neither_followed_nor_overwritten(tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("mine")
    here = tmp_path / "here"
    here.mkdir()
    (here / "data.zip").symlink_to(tmp_path / "diary")
    assert save(Document("data.zip", b"data", "application/zip"), here).name == "data-2.zip"
    write(b"data", here / "data.zip", replaces=True)
    assert not (here / "data.zip").is_symlink()
    assert (tmp_path / "diary").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "key"),
    [("/dev/zero", "no_plain_file"), ("/proc/self/mem/x", "no_file"), ("a\0b", "no_file"),
     ("x" * 5_000, "not_opened"), ("~/nothing", "no_file"), ("loop", "no_file")],
)  # fmt: skip
def test_what_is_no_file_of_a_table_is_told_so(tmp_path: Path, name: str, key: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(BadFile) as fault:
        read(tmp_path / name, Limits())
    assert fault.value.key == key
