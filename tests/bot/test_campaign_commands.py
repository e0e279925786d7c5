"""The team and the campaigns that run, on the command line: the same questions as in chat, and JSON for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.test_cli import Shell
from tests.bot.test_prompts import asking, opened, shop  # noqa: F401 - fixtures

NO_QUIET = {"QUIET_HOURS": "00:00-00:00"}


@pytest.fixture
def running(shop: Shell) -> Shell:  # noqa: F811
    shop.run("launch", "picks", "--hold", "0", "--yes", **NO_QUIET)
    return shop


def test_a_campaign_is_held_followed_and_goes_on_after_a_yes(running: Shell) -> None:
    assert running.json("pause", "1")["status"] == "paused"
    far = running.json("progress", "1")
    assert (far["states"], far["sent"], far["total"], far["due"]) == ({"planned": 1, "withheld": 2}, 0, 1, 1)
    assert far["per_minute"] == {"last_minute": 0.0, "overall": None}
    with asking(running, "resume", "1") as command:
        # Whoever thinks about it holds up nobody.
        running.run("say", "--as", "budi", "halo")
        code, told, _ = command.answer("ya\n")
    assert (code, "sekarang berjalan" in told) == (0, True)
    assert running.json("dispatch", "--until-idle", **NO_QUIET)["sent"] == 1
    watched = running.json("progress", "1", "--watch")
    assert (watched["status"], watched["sent"], watched["remaining_seconds"]) == ("done", 1, None)
    done = running.run("progress", "1").stdout
    assert "1 dari 1 terkirim (100%)" in done
    assert "Hasil: langganan report 1" in done


def test_without_a_number_it_is_as_in_chat(running: Shell) -> None:
    assert "Teruskan: langganan resume 1" in running.run("pause").stdout
    assert running.json("resume", "--yes")["status"] == "running"
    assert running.json("progress")["campaign"] == 1
    assert "Laporan kampanye 1" in running.run("report").stdout
    running.run("launch", "picks", "--hold", "0", "--yes")
    refused = running.run("pause", fails=True).stderr
    assert "langganan pause 2" in refused
    assert "langganan pause 1" in refused
    for number in ("1", "2"):
        running.run("cancel", number, "--yes")
    assert "All of them: langganan campaigns" in running.run("progress", fails=True).stderr


def test_without_a_yes_nothing_is_ended_and_what_is_over_is_not_asked_about(running: Shell) -> None:
    with asking(running, "cancel", "1") as command:
        code, told, error = command.answer("tidak\n")
    assert (code, told) == (0, "")
    assert "Dibiarkan seperti semula" in error
    assert running.json("cancel", "1", "--yes")["states"] == {"withheld": 3}
    refused = running.run("cancel", "1", fails=True)
    assert "YA/TIDAK" not in refused.stderr
    assert "cancelled" in refused.stderr


def test_the_team_is_listed_changed_and_sent_off_with_a_yes(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    for who, role in (("ratna-dewi", "owner"), ("budi-santoso", "manager")):
        code = shell.json("owner-code", "--role", role)["code"]
        shell.run("say", "--as", who, "--name", who.split("-")[0].title(), code)
    told = shell.json("team")
    assert [(each["number"], each["name"], each["role"], each["address"]) for each in told] == [
        (1, "Ratna", "owner", "r•••dewi"),
        (2, "Budi", "manager", "b•••toso"),
    ]
    changed = shell.json("team", "--role", "2=staff", "--yes")
    assert [each["role"] for each in changed] == ["owner", "staff"]
    for words in (("--remove", "1", "--yes"), ("--role", "1=staff", "--yes"), ("--remove", "7", "--yes")):
        assert "Traceback" not in shell.run("team", *words, fails=True).stderr
    with asking(shell, "team", "--remove", "2") as command:
        assert command.answer("tidak\n")[0] == 0
    assert len(shell.json("team")) == 2
    assert len(shell.json("team", "--remove", "2", "--yes")) == 1


def test_a_budget_is_given_kept_and_raised(shop: Shell) -> None:  # noqa: F811
    prices = {**NO_QUIET, "MESSAGE_PRICES": "simulator=650"}
    shown = shop.run("launch", "picks", "--hold", "0", "--budget", "600", "--yes", **prices).stdout
    assert "Anggaran: paling banyak Rp600" in shown
    assert shop.json("dispatch", "--until-idle", **prices)["sent"] == 0
    found = shop.json("progress", "1")
    assert (found["status"], found["budget"], found["spent"]) == ("paused", "600", "0")
    assert "Rp600" in shop.run("resume", "1", "--yes", fails=True, **prices).stderr
    shop.run("resume", "1", "--budget", "1rb", "--yes", **prices)
    assert shop.json("dispatch", "--until-idle", **prices)["sent"] == 1
    assert shop.json("progress", "1")["status"] == "done"
