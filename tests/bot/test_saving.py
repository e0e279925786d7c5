"""Documents in a terminal, in the simulator's JSON, and on disk."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot import printing
from bot.channels.simulator import Simulator
from bot.commands import people
from bot.saving import safe_name, save, size
from bot.talk.router import Heard
from bot.web.simulator import json_door as simulator
from campaigns.channel import Button, Document, Outgoing
from campaigns.words.composing import Reply
from ledger.consent import Standing

DATA = Document("data-sari.zip", b"PK\x05\x06", "application/zip")
HEARD = Heard([Reply("Sebentar ya.", (Button("Batal", "batal"),)), Reply("Ini data Kakak.", (), DATA)], Standing())


def test_a_document_is_a_line_with_its_name_and_size(capsys: pytest.CaptureFixture[str]) -> None:
    for reply in HEARD.replies:
        printing.said(reply)
    told = capsys.readouterr().out.splitlines()
    assert told == ["Sebentar ya.", "[Batal]", "Ini data Kakak.", "[data-sari.zip, 4 bytes]"]


def test_programs_are_told_of_each_answers_document_or_that_there_is_none() -> None:
    told = json.loads(json.dumps(people.told(HEARD)))
    assert told["documents"] == [None, {"name": "data-sari.zip", "bytes": 4, "media_type": "application/zip"}]
    assert len(told["documents"]) == len(told["replies"]) == len(told["buttons"])


def test_over_http_a_document_comes_with_what_is_in_it() -> None:
    first, second = json.loads(json.dumps(simulator.told(HEARD)))["replies"]
    assert first == {"text": "Sebentar ya.", "buttons": [{"label": "Batal", "says": "batal"}]}
    assert second["document"] == {"name": "data-sari.zip", "media_type": "application/zip", "base64": "UEsFBg=="}


def test_the_simulator_keeps_what_was_handed_over() -> None:
    outgoing, channel = Outgoing("sari", "Ini data Kakak.", document=DATA), Simulator()
    asyncio.run(channel.send(outgoing))
    assert list(channel.sent) == [outgoing]


@pytest.mark.parametrize(
    ("length", "told"), [(0, "0 bytes"), (999, "999 bytes"), (12_345, "12 kB"), (3_400_000, "3.4 MB")]
)
def test_a_size_is_said_as_people_say_it(length: int, told: str) -> None:
    assert size(bytes(length)) == told


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_saved_document_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = save(DATA, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "data-sari.zip"
    assert path.read_bytes() == DATA.data
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_there_already_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data-sari.zip").write_text("mine")
    assert [save(DATA, tmp_path).name for _ in range(2)] == ["data-sari-2.zip", "data-sari-3.zip"]
    assert (tmp_path / "data-sari.zip").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("data-2026-11-02.zip", "data-2026-11-02.zip"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\data.zip", "data.zip"),
        ("/", "document"),
        ("..", "document"),
        (".bashrc", "bashrc"),
        ("data\x00\n:*.zip", "data____.zip"),
        ("d" * 300 + ".zip", "d" * 56 + ".zip"),
    ],
)
def test_a_name_leads_nowhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(some.text(max_size=300))
def test_whatever_the_name_the_file_lies_in_the_folder(name: str) -> None:
    safe = safe_name(name)
    assert Path("folder", safe).parent == Path("folder")
    assert safe not in {"", ".", ".."}
    assert 0 < len(safe.encode()) <= 240
