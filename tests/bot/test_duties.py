"""`langganan compliance`: figures for people and programs, and papers that only their owner can read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import SQLModel

import campaigns.tables  # noqa: F401 - all tables there are
from bot.talk.desk.papers import page
from campaigns.shop import LANGUAGES
from campaigns.words.composing import Composer
from ledger.declarations import Until, What, Why
from ledger.sealing import new_key
from ledger.tables import Purpose, RequestKind
from tests.bot.test_cli import Shell

COMPOSER = Composer()
CHANNELS = ("simulator", "telegram", "whatsapp")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def shop(shell: Shell) -> Shell:
    """A shop with one customer, who allows offers."""
    for text in ("halo", "ya", "tidak"):
        shell.run("say", "--as", "sari-dewi", "--name", "Sari Dewi", text)
    return shell


def test_programs_get_every_figure(shop: Shell) -> None:
    told = shop.json("compliance")
    assert told["customers"] == told["yeses"] == 1
    everybody = {"granted": 1, "withdrawn": 0, "never": 0, "n": 1}
    assert told["purposes"]["offers"] == {**everybody, "channels": {"simulator": everybody}}
    assert told["wordings"] == [
        {"purpose": "offers", "version": "offers-1", "language": "id", "yeses": 1, "is_current": True}
    ]
    assert (told["older"], told["changed_without_version"], told["yeses_without_text"]) == ([], [], 0)
    none = {"n": 0, "answered": 0, "open": 0, "late": 0}
    times = dict.fromkeys(("median_seconds", "longest_seconds", "left_seconds"))
    assert told["requests"] == {kind: {**none, **times} for kind in ("summary", "copy", "erasure")}
    upkeep = told["upkeep"]
    assert upkeep["chain"] == {"events": 2, "chains": 1, "ok": True, "first_broken": None}
    assert (upkeep["last_tidying"], upkeep["erasures"], upkeep["suppressed"]) == (None, 0, 0)


def test_people_get_the_same_as_in_chat_and_no_name(shop: Shell) -> None:
    told = shop.run("compliance").stdout
    assert "• penawaran: 1 ya, 0 tidak, 0 belum menjawab" in told
    assert "ari" not in told.replace("dari", "")


def test_whose_yes_rests_on_older_words_is_listed_by_number_and_first_name(shop: Shell) -> None:
    assert shop.run("compliance", "--list").stdout == "Tidak ada dari 1 ya yang menjawab kata-kata lama.\n"
    assert "None of 1 yeses" in shop.run("compliance", "--list", SHOP_LANGUAGE="en").stdout
    with closing(sqlite3.connect(shop.folder / "data" / "langganan.db")) as connection:
        connection.execute("UPDATE consent_events SET wording = 'offers-0' WHERE purpose = 'offers'")
        connection.commit()
    (only,) = shop.json("compliance")["older"]
    assert only.pop("since")
    assert only == {
        "customer": 1,
        "name": "Sari",
        "purpose": "offers",
        "channel": "simulator",
        "version": "offers-0",
        "language": "id",
    }
    listed = shop.run("compliance", "--list").stdout
    assert "1 ya untuk kata-kata lama" in listed
    assert "Sari" in listed
    assert "Dewi" not in listed
    assert "sari-dewi" not in listed
    looked_at = {each["what"]: each for each in json.loads(shop.run("doctor", "--json", fails=True).stdout)}
    told = "1 dari 1 ya menjawab kata-kata yang tidak ditanyakan lagi"
    assert looked_at["consent_wording"]["found"].startswith(told)
    assert looked_at["consent_wording"]["is_well"]


def test_papers_are_their_owners_alone_and_nothing_is_written_over(shell: Shell) -> None:
    done = shell.run("compliance", "--record", "record.md", "--breach", "breach.html")
    assert done.stdout == ""
    assert done.stderr == "tersimpan di record.md\ntersimpan di breach.html\n"
    record, breach = shell.folder / "record.md", shell.folder / "breach.html"
    assert record.read_text().startswith("# Catatan pemrosesan data pribadi\n")
    assert breach.read_text().startswith("<!doctype html>")
    assert [path.stat().st_mode & 0o777 for path in (record, breach)] == [0o600, 0o600]
    record.write_text("filled in")
    refused = shell.run("compliance", "--record", "record.md", fails=True)
    assert refused.stderr.strip() == "record.md is there already; give --force to write over it"
    assert record.read_text() == "filled in"
    shell.run("compliance", "--record", "record.md", "--force")
    assert record.read_text().startswith("# Catatan")
    assert sorted(path.name for path in shell.folder.iterdir()) == ["breach.html", "data", "record.md"]


def test_a_folder_that_is_not_there_is_one_sentence(shell: Shell) -> None:
    told = shell.run("compliance", "--record", "nowhere/record.md", fails=True).stderr
    assert told.strip() == "nowhere/record.md cannot be written: No such file or directory"


def test_the_record_tells_what_the_settings_say_and_what_guards_the_file(shell: Shell) -> None:
    shell.run("compliance", "--record", "first.md", KEEP_MESSAGES_DAYS="100", INACTIVE_DAYS="0", SHOP_LANGUAGE="en")
    told = (shell.folder / "first.md").read_text()
    assert "\n- 100 days (texts of conversations and messages)\n" in told
    assert "\n- until the customer has it erased\n" in told
    guarded, _, lacking = told.partition("Not in force here:")
    assert "can be read by its owner on this computer alone" in guarded
    assert "are not encrypted" in lacking
    (shell.folder / "data" / "langganan.db").chmod(0o644)
    shell.run("compliance", "--record", "second.md", SHOP_LANGUAGE="en")
    assert "can be read by other users" in (shell.folder / "second.md").read_text().partition("Not in force")[2]


def test_addresses_count_as_encrypted_when_all_of_them_are(shop: Shell) -> None:
    key = new_key()

    def is_said(name: str) -> bool:
        shop.run("compliance", "--record", name, "--breach", f"b{name}", ENCRYPTION_KEY=key, SHOP_LANGUAGE="en")
        told = (shop.folder / name).read_text().partition("Not in force here:")[0]
        is_in_notice = ": encrypted (AES-256-GCM)" in (shop.folder / f"b{name}").read_text()
        assert is_in_notice is ("are encrypted (AES-256-GCM)" in told)
        return is_in_notice

    assert not is_said("before.md")
    shop.run("rotate-key", ENCRYPTION_KEY=key)
    assert is_said("after.md")


def test_recipients_are_the_channels_that_are_set_up(shell: Shell) -> None:
    def told(name: str, **environment: str) -> str:
        shell.run("compliance", "--record", name, SHOP_LANGUAGE="en", **environment)
        return (shell.folder / name).read_text()

    assert "Telegram" not in told("none.md").partition("## Each kind of record")[0]
    telegram = told("telegram.md", TELEGRAM_BOT_TOKEN="123456789:" + "A" * 35)
    assert "- Telegram: the address and text of each message" in telegram
    assert "Twilio" not in telegram


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("shelf", "terms"),
    [
        ("record_what", What),
        ("record_why", Why),
        ("record_grounds", Why),
        ("record_until", Until),
        ("record_kept", Until),
        ("record_tables", SQLModel.metadata.tables),
        ("record_purposes", Purpose),
        ("record_requests", RequestKind),
        ("record_list", COMPOSER.shelf("id", "record_list")),
        ("record_recipients", CHANNELS),
        ("record_transfers", CHANNELS),
        ("record_channels", CHANNELS),
        ("record_measures", COMPOSER.shelf("id", "record_measures")),
    ],
)
def test_both_languages_have_a_word_for_everything_the_record_speaks_of(
    language: str, shelf: str, terms: Iterable[str]
) -> None:
    assert set(COMPOSER.shelf(language, shelf)) == {str(term) for term in terms}


@pytest.mark.parametrize("name", ["record", "breach_notice"])
def test_a_paper_asks_the_same_of_us_in_both_languages(name: str) -> None:
    asked = [COMPOSER.placeholders(f"documents/{language}/{name}.md.j2") for language in LANGUAGES]
    assert asked[0] == asked[1]


def test_a_page_lets_no_html_through_and_keeps_lists_in_lists() -> None:
    told = page("# A <b>title</b>\n\n- one\n  - `two`\n", "en")
    assert "<title>A &lt;b&gt;title&lt;/b&gt;</title>" in told
    assert "<h1>A &lt;b&gt;title&lt;/b&gt;</h1>" in told
    assert "<ul>\n<li>one\n<ul>\n<li><code>two</code></li>" in told
