"""The counter on the command line: the same as in chat, through the same functions."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bot.test_cli import HISTORY, Shell

CODE = re.compile(r"\w{3}-\w{3}-\w{3}")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "history.csv").write_text(HISTORY, encoding="utf-8")
    shell = Shell(tmp_path)
    shell.run("import", "history.csv")
    return shell


def test_a_sale_is_noted_and_taken_back_once(shell: Shell) -> None:
    noted = shell.json("sold", "guest", "Kopi Gayo x2 90rb, Teh Melati")
    assert [(each["quantity"], each["amount_minor"]) for each in noted["lines"]] == [(2, 90_000), (1, 15_000)]
    assert shell.json("unsold", noted["ref"]) == {"ref": noted["ref"], "taken_back": True}
    assert "taken back already" in shell.run("unsold", noted["ref"], fails=True).stderr


def test_what_was_guessed_is_noted_only_with_a_yes(shell: Shell) -> None:
    assert "nothing was noted" in shell.run("sold", "guest", "gayo", "--json", fails=True).stderr
    assert shell.json("sold", "guest", "gayo", "--yes")["lines"][0]["amount_minor"] == 50_000


def test_a_code_is_redeemed_with_what_was_bought_and_stays_good_until_that_is_understood(shell: Shell) -> None:
    for said in ("MULAI", "ya", "ya"):
        shell.run("say", "--as", "sari", "--name", "Sari", said)
    at_any_hour = {"QUIET_HOURS": "00:00-00:00"}
    shell.run("launch", "picks", "--discount", "10", "--hold", "0", "--yes", **at_any_hour)
    shell.run("dispatch", "--until-idle", **at_any_hour)
    with closing(sqlite3.connect(next(shell.folder.rglob("*.db")))) as database:
        (body,) = database.execute("SELECT body FROM messages WHERE body IS NOT NULL").fetchone()
    code = CODE.search(body.partition("kode ")[2])
    assert code is not None
    assert "the code is still good" in shell.run("redeem", code[0], "gayo", fails=True).stderr
    told = shell.json("redeem", code[0], "Kopi Gayo x2")
    assert (told["redeemed"], told["discount_percent"], told["name"]) == (True, 10, "Sari")
    assert told["sale"]["lines"][0]["amount_minor"] == 90_000
    again = shell.run("redeem", code[0], "--json", fails=True)
    assert '"trouble": "used"' in again.stdout
    assert told["sale"]["ref"] in shell.run("redeem", code[0], "--give-back", fails=True).stderr
    assert "bisa dipakai lagi" in shell.run("unsold", told["sale"]["ref"]).stdout
    assert shell.json("redeem", code[0])["redeemed"] is True
    assert shell.json("redeem", code[0], "--give-back") == {"given_back": True}
    assert shell.json("redeem", code[0])["redeemed"] is True
