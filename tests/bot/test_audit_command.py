"""What /audit tells in chat the command line tells too, in words and as JSON."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.bot.test_cli import HISTORY, Shell


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("audited")
    (place / "history.csv").write_text(HISTORY, encoding="utf-8")
    Shell(place).run("import", "history.csv")
    return place


def test_the_audit_is_printed_in_words_and_as_json_and_the_limit_is_kept(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    shell = Shell(tmp_path)
    told = shell.json("audit", "--by", "region")
    assert [each["grouping"] for each in told["groupings"]] == ["region"]
    assert (told["groupings"][0]["weeks"], told["groupings"][0]["limit"]) == (12, 0.8)
    assert shell.json("audit", "--limit", "0.7") == {"limit": 0.7}
    whole = shell.json("audit", "--weeks", "4")
    assert {each["grouping"] for each in whole["groupings"]} == {
        "region", "zone", "language", "channel", "platform", "gender",
    }  # fmt: skip
    assert {(each["weeks"], each["limit"]) for each in whole["groupings"]} == {(4, 0.7)}
    assert whole["bubbles"]["people"] == 0
    assert "paling sedikit 70%" in shell.run("audit").stdout
    assert "at most 100%" in shell.run("audit", "--limit", "1.4", fails=True).stderr
