"""Teaching how messages are meant, as an owner types it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests import terminal

SENTENCES = Path(__file__).parents[1] / "engine/words"
LEARNT, CHECKED = str(SENTENCES / "messages.tsv"), str(SENTENCES / "own.tsv")


def given(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    known = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONPATH": terminal.PYTHONPATH, "SHOP_LANGUAGE": "en"}
    return terminal.run(("train-sentiment", *words), folder, known, "")


def test_what_is_learnt_is_told_with_its_n_and_its_intervals_and_can_be_taken_back(tmp_path: Path) -> None:
    told = json.loads(given(tmp_path, LEARNT, "--check", CHECKED, "--anyway", "--json").stdout)
    assert (told["n"] + sum(told["left_out"].values()), told["check"]["n"]) == (310, 179)
    low, high = told["check"]["accuracy_interval"]
    assert low < told["check"]["accuracy"] < high
    assert told["kept"]
    back = given(tmp_path, "--undo")
    assert "In use again: what ships" in back.stdout
    forth = json.loads(given(tmp_path, "--undo", "--json").stdout)
    assert (forth["in_use"], forth["checked"]) == ("trained", 179)


def test_the_tables_say_what_was_taken_for_what_and_what_is_in_use(tmp_path: Path) -> None:
    said = given(tmp_path, LEARNT, "--check", CHECKED, "--anyway").stdout
    assert [
        each for each in ("in use (shipped)", "judged negative", "stay unsure", "get a label") if each not in said
    ] == []
    assert "95 %" in said


def test_what_cannot_be_done_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("text,label\nbagus,positif\n", encoding="utf-8")
    faults = {
        (): "give a file to learn from",
        (LEARNT, "--undo"): "give a file to learn from, or --undo",
        ("--undo",): "nothing was ever trained",
        ("nowhere.csv",): "there is no such file",
        ("few.csv",): "at least 30 of each",
    }
    for words, why in faults.items():
        ended = given(tmp_path, *words)
        assert ended.returncode == 1
        assert why in " ".join(ended.stderr.split())
        assert "Traceback" not in ended.stderr
