"""While somebody at the terminal thinks about a yes, customers are heard; and what changed meanwhile is seen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bot.test_cli import Shell
from tests.terminal import PYTHONPATH, Dialogue, talking

QUESTION = ("YA/TIDAK:", "YES/NO:")
LAUNCH = ("launch", "picks", "--hold", "0")


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("opened")
    (folder / "history.csv").write_text(
        "tanggal,pelanggan,no pesanan,produk,nama produk,kategori,jumlah,harga\n"
        "2026-10-01 10:00,C1,A1,K1,Kopi Gayo,kopi,1,50.000\n",
        encoding="utf-8",
    )
    shell = Shell(folder)
    shell.run("import", "history.csv")
    for text in ("halo", "ya", "tidak"):
        shell.run("say", "--as", "sari", text)
    shell.run("say", "--as", "budi", "halo")
    return folder


@pytest.fixture
def shop(opened: Path, tmp_path: Path) -> Shell:
    """Kopi Gayo is for sale, Sari allows offers, Budi only said hello."""
    shutil.copytree(opened, tmp_path, dirs_exist_ok=True)
    return Shell(tmp_path)


@contextmanager
def asking(shell: Shell, *words: str) -> Iterator[Dialogue]:
    """The command up to its question."""
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONPATH": PYTHONPATH, "QUIET_HOURS": "00:00-00:00"}
    with talking(words, shell.folder, environment) as command:
        said = ""
        while not said.endswith(QUESTION) and (sign := command.err.read(1)):
            said += sign
        assert said.endswith(QUESTION), said
        yield command


def statuses(shell: Shell) -> list[str]:
    return [each["status"] for each in shell.json("campaigns")]


def test_a_stop_is_heard_while_the_owner_thinks_about_an_erasure(shop: Shell) -> None:
    with asking(shop, "forget", "budi") as command:
        assert shop.json("say", "--as", "sari", "STOP")["standing"]["offers"] is False
        code, told, _ = command.answer("ya\n")
    assert code == 0
    assert told.startswith("Erased. Receipt ")
    assert "no customer 'budi' here" in shop.run("export", "budi", fails=True).stderr


def test_who_was_erased_while_the_owner_thought_is_not_erased_again(shop: Shell) -> None:
    with asking(shop, "forget", "budi") as command:
        shop.run("forget", "budi", "--yes")
        code, told, error = command.answer("ya\n")
    assert (code, told) == (1, "")
    assert "no customer 'budi' here" in error


def test_who_is_another_by_now_is_not_erased(shop: Shell) -> None:
    with asking(shop, "forget", "budi") as command:
        shop.run("forget", "budi", "--yes")
        shop.run("say", "--as", "budi", "halo lagi")
        code, _, error = command.answer("ya\n")
    assert code == 1
    assert "by now; nothing was erased" in error
    shop.run("export", "budi")


def test_who_leaves_while_the_owner_thinks_about_a_preview_is_spared(shop: Shell) -> None:
    with asking(shop, *LAUNCH) as command:
        assert shop.json("say", "--as", "sari", "STOP")["standing"]["offers"] is False
        code, told, _ = command.answer("ya\n")
    assert code == 0
    assert "Kopi Gayo" in told
    (report,) = shop.json("campaigns")
    assert (report["states"], report["withheld"]) == ({}, {"no_consent": 3})


def test_a_draft_that_was_cancelled_meanwhile_does_not_run(shop: Shell) -> None:
    with asking(shop, *LAUNCH) as command:
        shop.run("cancel", "1", "--yes")
        code, _, error = command.answer("ya\n")
    assert code == 1
    assert "1" in error
    assert "Traceback" not in error
    assert statuses(shop) == ["cancelled"]


@pytest.mark.parametrize(("said", "code"), [("tidak\n", 0), ("", 1)])
def test_without_a_yes_the_draft_comes_to_nothing(shop: Shell, said: str, code: int) -> None:
    with asking(shop, *LAUNCH) as command:
        assert command.answer(said)[0] == code
    assert statuses(shop) == ["cancelled"]
