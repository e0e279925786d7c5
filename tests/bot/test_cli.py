"""The commands as a shop owner or a program runs them, on a folder of their own."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from tests import terminal

HISTORY = """tanggal,pelanggan,no pesanan,produk,nama produk,kategori,jumlah,harga
2026-10-01 10:00,C1,A1,K1,Kopi Gayo,kopi,1,50.000
2026-10-01 10:00,C1,A1,G1,Gula Aren,bahan,1,20.000
2026-10-05 10:00,C2,A2,K1,Kopi Gayo,kopi,2,50.000
2026-10-05 10:00,C2,A2,G1,Gula Aren,bahan,1,20.000
2026-10-09 10:00,C3,A3,T1,Teh Melati,teh,1,15.000
"""


class Shell:
    """A folder in which commands are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self, *words: str, fails: bool = False, said: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        known = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONPATH": terminal.PYTHONPATH, **environment}
        done = terminal.run(words, self.folder, known, said)
        assert (done.returncode != 0) is fails, done.stderr
        return done

    def json(self, *words: str, **environment: str) -> Any:
        return json.loads(self.run(*words, "--json", **environment).stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "history.csv").write_text(HISTORY, encoding="utf-8")
    return Shell(tmp_path)


def test_help_names_the_stable_commands(shell: Shell) -> None:
    told = shell.run("--help").stdout
    stable = (
        "demo serve import mine say dispatch campaigns report segments bundles recommend export forget verify-ledger "
        "owner-code doctor replay-erasures"
    )
    assert [name for name in stable.split() if f" {name} " not in told] == []


def test_a_history_comes_in_once_and_a_campaign_goes_out_to_whoever_said_yes(shell: Shell) -> None:
    first = shell.json("import", "history.csv")
    assert (first["lines"], first["purchases"], first["customers"], first["orders"]) == (5, 5, 3, 3)
    assert set(shell.json("import", "history.csv")["added"].values()) == {0}

    mined = shell.json("mine")
    assert mined["baskets"] == 3
    assert [set(each) >= {"name", "size", "share", "why"} for each in shell.json("segments")]
    rule = shell.json("bundles", "--min-support", "0.5")[0]
    assert (rule["count"], rule["support"], rule["confidence"], rule["lift"]) == (2, 2 / 3, 1.0, 1.5)
    assert rule["conviction"] is None
    assert {"antecedents", "consequents", "leverage"} <= rule.keys()
    # Three orders are too few for a bundle: none is proposed, and the list is a list.
    assert shell.json("bundles", "--proposed") == []

    said = [shell.json("say", "--as", "sari", text) for text in ("halo", "ya", "tidak")]
    assert said[0]["buttons"] == [["ya penawaran", "tidak penawaran"]]
    assert said[1]["standing"]["offers"] is True
    assert said[2]["standing"] == {"offers": True, "profiling": False, "research": False}

    launched = shell.json("launch", "picks", "--yes", "--hold", "0", QUIET_HOURS="00:00-00:00")
    assert (launched["audience"], launched["states"], launched["withheld"]) == (4, {"planned": 1}, {"no_consent": 3})
    left = shell.json("say", "--as", "sari", "STOP")
    assert left["standing"] == {"offers": False, "profiling": False, "research": False}
    assert shell.json("dispatch", "--until-idle", QUIET_HOURS="00:00-00:00")["sent"] == 0
    report = shell.json("report", "1")
    assert report["withheld"] == {"no_consent": 4}
    assert report["audience"] == report["holdout"] + sum(report["states"].values()) + sum(report["withheld"].values())
    assert report["lift"].keys() == {"value", "low", "high", "n"}
    assert shell.json("campaigns")[0] == report
    assert shell.json("verify-ledger") == {"events": 5, "chains": 1, "ok": True, "first_broken": None}


def test_a_draft_is_kept_without_a_question_and_approved_in_the_words_of_the_command_line(shell: Shell) -> None:
    shell.run("import", "history.csv")
    for said in ("halo", "ya", "ya"):
        shell.run("say", "--as", "sari", said)
    kept = shell.run("launch", "picks", "--draft", QUIET_HOURS="00:00-00:00").stdout
    assert "Disimpan sebagai rancangan 1. Tidak ada yang dikirim. Setujui: langganan approve 1" in kept
    assert "YA" not in kept
    assert "/uji" not in kept
    english = shell.run("approve", "1", "--yes", SHOP_LANGUAGE="en", QUIET_HOURS="00:00-00:00").stdout
    assert "Hold it: langganan pause 1. Results: langganan report 1" in english
    again = shell.run("approve", "1", fails=True)
    assert "Not possible: campaign 1 is" in again.stderr
    assert again.stdout == ""


def test_a_no_at_the_question_keeps_what_was_a_draft_and_drops_what_was_not(shell: Shell) -> None:
    shell.run("import", "history.csv")
    for said in ("halo", "ya", "ya"):
        shell.run("say", "--as", "sari", said)
    asked = shell.run("launch", "picks", SHOP_LANGUAGE="en", QUIET_HOURS="00:00-00:00", said="no")
    assert "Send to 1 customer? YES/NO" in asked.stderr
    assert "the draft was dropped" in asked.stderr
    shell.run("launch", "picks", "--draft", QUIET_HOURS="00:00-00:00")
    assert "Draft 2 is kept: langganan approve 2" in shell.run("approve", "2", SHOP_LANGUAGE="en", said="no").stderr
    assert [each["status"] for each in shell.json("campaigns")] == ["draft", "cancelled"]


def test_a_group_that_is_not_there_never_becomes_everybody(shell: Shell) -> None:
    for words in (("winback", "to", "at risk"), ("winback", "--to", "Mulai menjauh")):
        told = shell.run("launch", *words, fails=True).stderr
        assert "Kelompok “Mulai menjauh” sedang tidak ada di toko ini. Yang ada: semua pelanggan" in told
        assert "langganan launch" not in told


def test_a_customers_data_can_be_taken_along_and_erased(shell: Shell) -> None:
    shell.run("say", "--as", "sari", "halo")
    taken = json.loads(shell.run("export", "sari").stdout)
    assert taken["addresses"][0]["address"] == "sari"
    assert taken["interactions"][0]["text"] == "halo"
    receipt = shell.json("forget", "sari", "--yes")
    assert receipt["erased"]["addresses"] == 1
    assert "no customer 'sari' here" in shell.run("export", "sari", fails=True).stderr


def test_nobodys_number_is_no_customers(shell: Shell) -> None:
    shell.run("import", "history.csv")
    shell.run("forget", "1", "--yes")
    with closing(sqlite3.connect(shell.folder / "data" / "langganan.db")) as connection:
        ((nobody,),) = connection.execute("SELECT value FROM shop_facts WHERE key = 'nobody'")
    for words in (("export", nobody), ("forget", nobody, "--yes"), ("recommend", nobody)):
        assert f"no customer '{nobody}' here" in shell.run(*words, fails=True).stderr


def test_an_export_becomes_a_private_file_that_nothing_overwrites_and_is_on_record(shell: Shell) -> None:
    shell.run("say", "--as", "sari", "halo")
    for name in ("sari.json", "sari.zip"):
        shell.run("export", "sari", "--to", name)
        assert stat.S_IMODE((shell.folder / name).stat().st_mode) == 0o600
        before = (shell.folder / name).read_bytes()
        assert "is there already" in shell.run("export", "sari", "--to", name, fails=True).stderr
        assert (shell.folder / name).read_bytes() == before
    shell.run("export", "sari", "--to", "sari.json", "--force")
    taken = json.loads((shell.folder / "sari.json").read_text(encoding="utf-8"))
    assert [(each["kind"], each["made_by"]) for each in taken["privacy_requests"]] == [("copy", "command line")] * 2
    with zipfile.ZipFile(shell.folder / "sari.zip") as archive:
        assert {"data.json", "README.txt", "addresses.csv", "interactions.csv"} <= set(archive.namelist())
    assert sorted(path.name for path in shell.folder.iterdir() if path.name.startswith(".")) == []


def test_erasures_are_repeated_when_a_backup_is_restored(shell: Shell) -> None:
    shell.run("say", "--as", "sari", "halo")
    data = shell.folder / "data"
    copy = (data / "langganan.db").read_bytes()
    assert shell.json("replay-erasures") == {"repeated": 0}
    shell.run("forget", "sari", "--yes")
    for left in data.glob("langganan.db-*"):
        left.unlink()
    (data / "langganan.db").write_bytes(copy)
    assert shell.json("replay-erasures") == {"repeated": 1}
    assert "no customer 'sari' here" in shell.run("export", "sari", fails=True).stderr


def test_a_code_makes_a_chat_the_owners(shell: Shell) -> None:
    code = shell.json("owner-code")["code"]
    assert "Chat ini sekarang bisa mengelola" in shell.json("say", "--as", "ibu-ratna", code)["replies"][0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("report", "7"), "There is no campaign 7."),
        (("recommend", "nobody"), "no customer 'nobody' here"),
        (("recommend", "+62 812-0000-0001"), "no customer '+62•••0001' here"),
        (("export", "sari@example.com"), "no customer 's•••.com' here"),
        (("launch", "freebies"), "Saya tidak mengerti: 'freebies'. Yang terdekat: langganan launch pilihan"),
        (("launch", "picks", "--to", "rich"), "There is no audience “rich”. There are: all"),
        (("import", "missing.csv"), "missing.csv"),
        (("import", "history.csv", "--map", "nonsense"), "--map wants column=field"),
        (("mine",), "not enough to go by yet"),
        (("say", "--as", "not a number", "--channel", "whatsapp", "halo"), "is not a phone number"),
        (("demo", "--language", "jv"), "--language is id or en"),
    ],
)
def test_a_fault_is_one_sentence(shell: Shell, words: tuple[str, ...], sentence: str) -> None:
    done = shell.run(*words, fails=True)
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_dry_run_begins_no_shop(shell: Shell) -> None:
    assert shell.json("import", "history.csv", "--dry-run")["purchases"] == 5
    assert not (shell.folder / "data" / "langganan.db").exists()


def test_a_wrong_setting_is_one_sentence_too(shell: Shell) -> None:
    told = shell.run("segments", fails=True, SHOP_TIMEZONE="Jakarta").stderr
    assert told.strip() == "SHOP_TIMEZONE harus zona waktu seperti Asia/Jakarta"


def test_a_database_of_another_version_is_one_sentence_too(shell: Shell) -> None:
    shell.run("say", "--as", "sari", "halo")
    with closing(sqlite3.connect(shell.folder / "data" / "langganan.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from_tomorrow'")
        connection.commit()
    (told,) = shell.run("segments", fails=True).stderr.splitlines()
    assert told.startswith("this database was made by another, probably newer, version of Langganan; update")


def test_the_doctor_says_what_to_do_next(shell: Shell) -> None:
    findings = json.loads(shell.run("doctor", "--json", fails=True).stdout)
    mend = {each["what"]: each["mend"] for each in findings}
    assert "langganan import FILE" in mend["history"]
    assert "TELEGRAM_BOT_TOKEN" in mend["channels"]
    assert "owner-code" in mend["team"]
    assert "SHOP_CONTACT" in mend["contact"]


def test_the_doctor_is_content_with_a_way_to_reach_the_shop(shell: Shell) -> None:
    findings = json.loads(shell.run("doctor", "--json", fails=True, SHOP_CONTACT="0812-0000-0009").stdout)
    (contact,) = (each for each in findings if each["what"] == "contact")
    assert (contact["found"], contact["is_well"]) == ("0812-0000-0009", True)


def test_before_the_first_import_one_sees_the_demos_shop_and_is_told(shell: Shell, tmp_path: Path) -> None:
    shell.run("say", "--demo", "--as", "sari", "halo")
    done = shell.run("campaigns")
    assert "ini toko contoh" in done.stderr
    shell.run("import", "history.csv")
    assert "toko contoh" not in shell.run("campaigns").stderr
    assert Settings(_env_file=None, data_dir=tmp_path / "data").has_demo()  # type: ignore[call-arg]


def test_tidying_is_shown_before_it_is_done_and_tells_what_went(shell: Shell) -> None:
    shell.run("say", "--as", "sari", "halo")
    foreseen = shell.json("tidy", "--dry-run")
    assert (foreseen["dry_run"], foreseen["asked"], set(foreseen["removed"].values())) == (True, 0, {0})
    assert foreseen["away"] == {"to_ask": 0, "cannot_be_asked": 0, "in_grace": 0, "to_forget": 0}
    findings = {each["what"]: each for each in json.loads(shell.run("doctor", "--json", fails=True).stdout)}
    assert "tidy --dry-run" in findings["tidying"]["mend"]
    assert shell.json("tidy")["removed"] == foreseen["removed"]
    told = shell.run("tidy").stdout
    assert "Yang sudah cukup lama disimpan" in told
    assert "pesan percakapan dihapus" in told
    findings = {each["what"]: each for each in json.loads(shell.run("doctor", "--json", fails=True).stdout)}
    assert findings["tidying"]["found"].startswith("0 baris")
    assert findings["customers_away"]["is_well"]
