"""Segments of one's own and the ways to divide, from the command line as in chat."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.terminal import typed
from tests.bot.test_cli import HISTORY, Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "history.csv").write_text(HISTORY, encoding="utf-8")
    shell = Shell(tmp_path)
    shell.run("import", "history.csv")
    return shell


def test_a_segment_is_made_shown_listed_and_deleted(shell: Shell) -> None:
    made = shell.json("segment", "new", "Coffee Lovers", "bought coffee")
    assert (made["name"], made["said"], made["of"]) == ("Coffee Lovers", "bought coffee", 3)
    assert made["conditions"] == {"is": "did", "doing": "bought", "goods": [["category", "kopi"]], "least": 1}
    assert (made["n"], made["reached"], made["not_reached"]) == (2, 0, {"no_chat": 2})
    assert shell.json("segment", "show", "coffee lovers")["says"] == 'beli kategori "kopi"'
    assert [each["name"] for each in shell.json("segment", "list")] == ["Coffee Lovers"]
    assert shell.json("segment", "delete", "coffee lovers", "--yes") == {
        "deleted": "Coffee Lovers",
        "said": "bought coffee",
    }
    assert shell.json("segment", "list") == []
    assert "no segments of your own" in shell.run("segment", "show", "coffee lovers", fails=True).stderr


def test_what_is_only_tried_is_not_kept_and_what_is_not_understood_is_explained(shell: Shell) -> None:
    assert "Dicoba, belum disimpan" in shell.run("segment", "try", "beli kopi").stdout
    refused = shell.run("segment", "new", "aneh", "beli mobil, umur 40", fails=True).stderr
    assert "“mobil”" in refused
    assert "“umur 40”" in refused
    assert shell.json("segment", "list") == []


def test_the_way_that_is_chosen_stays_until_another_is(shell: Shell) -> None:
    told = shell.json("segments", "--by", "channel")
    assert (told["by"], told["of"]) == ("channel", 3)
    assert shell.run("segments").stdout == shell.run("segments", "--by", "channel").stdout
    assert shell.json("segments", "--by", "value")["groups"] == []
    shell.run("segments", "--by", "behaviour")
    assert shell.json("segments") == []
    assert "Divide by what?" in shell.run("segments", "--by", "taste", fails=True).stderr


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ("/segmen baru ab cd: beli kopi 2 kali", 'langganan segment new "ab cd" "beli kopi 2 kali"'),
        ("/segments try: bought tea", 'langganan segment try "bought tea"'),
        ("/segmen hapus ab cd – semua: x", 'langganan segment delete "ab cd" – semua: x'),
        ("semua: /segmen sendiri", "semua: langganan segment list"),
        ("/segments by loyalty survey or", 'langganan segments --by "loyalty survey" or'),
        ('/segmen "penggemar kopi"', 'langganan segments "penggemar kopi"'),
    ],
)
def test_what_is_said_in_chat_can_be_typed_at_a_terminal(said: str, there: str) -> None:
    assert typed(said) == there
