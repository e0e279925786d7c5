"""Customers' questions from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.test_cli import Shell


@pytest.fixture
def asked(tmp_path: Path) -> Shell:
    """A shop with an owner's chat, and Sari who asked twice."""
    (tmp_path / "data").mkdir()
    shell = Shell(tmp_path)
    shell.run("say", "--as", "ibu-ratna", shell.json("owner-code", DATABASE_URL=url(shell))["code"], **where(shell))
    for text in ("kopi gayo ada?", "yang 250 gram"):
        shell.run("say", "--as", "sari", "--name", "Sari Dewi", text, **where(shell))
    return shell


def url(shell: Shell) -> str:
    return f"sqlite:///{shell.folder}/data/langganan.db"


def where(shell: Shell) -> dict[str, str]:
    return {"DATABASE_URL": url(shell)}


def test_what_waits_is_listed_and_answered(asked: Shell) -> None:
    (waiting,) = asked.json("questions", **where(asked))
    assert (waiting["number"], waiting["name"]) == (1, "Sari")
    assert [line["text"] for line in waiting["lines"]] == ["kopi gayo ada?", "yang 250 gram"]
    assert "1. Sari, " in asked.run("questions", **where(asked)).stdout
    whole = asked.run("questions", "1", **where(asked)).stdout
    assert "yang 250 gram" in whole
    assert "Jawab: langganan answer 1" in whole
    assert asked.json("questions", "1", **where(asked)) == waiting
    assert asked.json("answer", "1", "Ada kak", **where(asked)) == {"number": 1, "is_second": False, "is_kept": False}
    assert asked.json("questions", **where(asked)) == []
    assert "once more" in asked.run("answer", "1", "Tinggal dua", **where(asked)).stdout


@pytest.mark.parametrize(
    ("number", "text", "sentence"),
    [("7", "Ada", "no question number 7. What still waits: langganan questions"), ("1", " ", "Only words")],
)
def test_what_cannot_be_answered_is_one_sentence(asked: Shell, number: str, text: str, sentence: str) -> None:
    assert sentence in asked.run("answer", number, text, fails=True, **where(asked)).stderr
