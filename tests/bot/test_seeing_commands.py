"""What is looked at in chat is looked at on the command line too, by the same functions."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bot.test_cli import HISTORY, Shell


@pytest.fixture(scope="session")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mined")
    (folder / "history.csv").write_text(HISTORY, encoding="utf-8")
    shell = Shell(folder)
    shell.run("import", "history.csv")
    shell.run("mine")
    return folder


@pytest.fixture
def shell(mined: Path, tmp_path: Path) -> Shell:
    shutil.copytree(mined, tmp_path, dirs_exist_ok=True)
    return Shell(tmp_path)


def test_everything_that_is_looked_at_prints_words_and_json(shell: Shell) -> None:
    assert "Pesanan:" in shell.run("today").stdout
    today = shell.json("today")
    assert (today["orders"], today["currency"], today["campaigns"], today["decisions"]) == (0, "IDR", [], [])
    assert [each["product"] for each in shell.json("products", "kopi")] == ["Kopi Gayo"]
    assert isinstance(shell.json("insights"), list)
    assert "langganan today" in shell.run("insights").stdout
    segment = shell.json("segments")[0]
    portrait = shell.json("segments", segment["key"])
    assert (portrait["n"], portrait["key"], portrait["reached"]) == (segment["size"], segment["key"], 0)
    assert len(shell.json("hours")) in (0, 24)


def test_a_chart_is_drawn_into_a_file_of_its_own(shell: Shell) -> None:
    shell.run("segments", "--chart", "segments.png")
    assert (shell.folder / "segments.png").read_bytes().startswith(b"\x89PNG")
    refused = shell.run("segments", "--chart", "nowhere/segments.png", fails=True)
    assert "nowhere/segments.png cannot be written" in refused.stderr


def test_whoever_looks_a_customer_up_stands_in_the_audit(shell: Shell) -> None:
    card = shell.json("customer", "1")
    assert (card["number"], card["orders"], card["segment"], card["categories"]) == (1, 1, None, [])
    assert "Tidak ada" not in shell.run("customer", "1").stdout
    assert "No customer “Nobody”" in shell.run("customer", "Nobody", fails=True).stderr
    with closing(sqlite3.connect(shell.folder / "data" / "langganan.db")) as connection:
        rows = connection.execute("SELECT actor, action, subject FROM audit_entries").fetchall()
    assert rows == [("command line", "looked at a customer", "1")] * 2


def test_a_bundle_that_is_not_there_is_explained(shell: Shell) -> None:
    assert "There is no bundle 99." in shell.run("bundles", "99", fails=True).stderr
