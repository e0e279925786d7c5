"""Names, products and sentences that want to be more than words: nothing is executed, nothing changes the layout."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import unicodedata
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.table import Table
from sqlmodel import select

from bot import printing
from bot.channels.telegram.wording import words
from bot.checkups import house
from bot.checkups.finding import Patient
from bot.doctor import patient_of
from bot.drawing import picture
from bot.showing import Board, Screen, harmless, in_json, on_screens
from campaigns.outcomes.charts import Bar, Chart, Look
from campaigns.words.composing import TEMPLATES, BrokenTemplate, Composer, clean
from campaigns.words.filling import first_name
from ledger.database import Database
from ledger.tables import Customer
from tests import terminal
from tests.stories.conftest import Story, told

CODE = "{{ 7*7 }}{% for x in y %}{{ self.__init__.__globals__ }}"
MARKUP = "<b>tebal</b> *tebal* _miring_ ~coret~ ```kode``` [tautan](https://example.com) [/bold]"
CONTROL = "a\x1b[2Jb\x9b31mc\x07d\x00e\u202ef\u2066g\u200fh"
"""Clears the screen, colours it, rings, ends a string, and turns the direction three times."""
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
LONG = "panjang sekali " * 7_000
NASTY = [CODE, MARKUP, CONTROL, LONG, FAMILY, "=HYPERLINK(1)", "example.com", "\u200b\u200d\u2060", "\ud800"]


@pytest.fixture
def story(sqlite_database: Database, tmp_path: Path) -> Iterator[Story]:
    with told(sqlite_database, tmp_path) as telling:
        yield telling


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_what_somebody_is_called_and_says_is_words_in_every_answer(story: Story, nasty: str) -> None:
    story.owner()
    story.hear("sari", "MULAI", name=nasty)
    for said in ("ya", "ya", nasty, "ada orang?", "DATA SAYA", "PRIVASI"):
        heard = story.hear("sari", said, name=nasty)
        assert heard.replies
        for reply in heard.replies:
            assert "49" not in reply.text.replace(nasty, "")
            assert not any(sign in reply.text for sign in "\x1b\x9b\x07\x00\u202e\u2066")
            assert len(reply.text) < 5_000
    for told_owner in story.received_by("ibu-ratna"):
        assert not any(sign in told_owner for sign in "\x1b\x9b\x07\x00\u202e\u2066")


@pytest.mark.parametrize("nasty", [CODE, MARKUP, CONTROL, LONG, FAMILY])
def test_what_a_product_is_called_is_words_in_every_offer(story: Story, nasty: str) -> None:
    story.sells(nasty, "kopi")
    story.join("sari")
    owner = story.owner()
    for said in ("/campaign", "/products", "/today", "/segments", f"/product {nasty[:60]}"):
        answer = story.say(owner, said)
        assert not any(sign in answer for sign in "\x1b\x9b\x07\u202e\u2066")
        assert "```" not in answer


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_a_value_is_one_printable_line_of_limited_length(text: str) -> None:
    said = clean(text)
    assert "\n" not in said
    assert len(said) <= 120
    assert all(sign.isprintable() or sign == "\u200d" for sign in said)


def test_a_family_stays_one_and_a_joiner_of_nothing_goes() -> None:
    assert clean(FAMILY) == FAMILY
    assert clean("Sa\u200dri") == "Sa ri"


@pytest.mark.parametrize(
    "name", ["example.com", "t.me/x", "@toko", "https://x.example", "/hapus", "0812-0000", "*x*"]
)
def test_nobody_is_called_by_what_a_messenger_would_make_a_link_of(name: str) -> None:
    assert first_name(name) == ""


@given(st.text(alphabet="<>&\"'a/b*_~`[]()\n", max_size=80))
@settings(max_examples=100, deadline=None)
def test_telegram_is_given_every_sign_as_itself(text: str) -> None:
    told_telegram = words(text).html
    assert "<" not in told_telegram
    back = told_telegram.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert back == text


@given(st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_a_terminal_is_shown_nothing_that_it_would_obey(text: str) -> None:
    shown = harmless(text)
    assert not any(unicodedata.category(sign) == "Cc" for sign in shown.replace("\n", "").replace("\t", ""))
    assert not any(unicodedata.bidirectional(sign) in TURNS for sign in shown)


@given(st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_json_says_the_same_with_such_signs_escaped(text: str) -> None:
    document = in_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(document) == text
    assert harmless(document) == document


def test_a_table_of_ours_keeps_its_colours_and_takes_none_of_theirs() -> None:
    board = Board(file=StringIO(), force_terminal=True, width=60, color_system="standard")
    table = Table()
    table.add_column("nama", style="red")
    table.add_row(CONTROL)
    board.print(table)
    assert isinstance(board.file, StringIO)
    shown = board.file.getvalue()
    assert "\x1b[31m" in shown
    assert "\x1b[2J" not in shown
    assert "\x9b" not in shown


def test_a_rule_about_products_with_markup_is_printed_as_it_is() -> None:
    board = Board(file=StringIO(), width=120)
    rule = {"antecedents": ["[/bold] Kopi"], "consequents": [CONTROL], "count": 3, "confidence": 0.5, "lift": 2.0}
    board.print(printing.rules_table([rule]))
    assert isinstance(board.file, StringIO)
    assert "[/bold] Kopi" in board.file.getvalue()


def test_what_is_printed_meanwhile_is_harmless_and_afterwards_all_is_as_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = sys.stdout
    with on_screens():
        sys.stdout.write(f"{CONTROL}\n")
        assert isinstance(sys.stdout, Screen)
    assert sys.stdout is before
    assert capsys.readouterr().out == "a␛[2Jb�31mc␇d␀efgh\n"


def test_a_name_that_clears_the_screen_does_not_at_the_command_line(tmp_path: Path) -> None:
    known = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONPATH": terminal.PYTHONPATH,
             "SECRET_KEY": "a key for tests only, 32 bytes..",
             "DATABASE_URL": f"sqlite:///{tmp_path / 'shop.db'}"}  # fmt: skip
    header = "tanggal,pelanggan,nama,produk,jumlah,harga\n"
    line = '2026-07-21 10:15,C1,"Sari \x1b[2J","[/bold]\x1b[31mKopi \x9b2J",2,82500\n'
    (tmp_path / "sales.csv").write_text(header + line, encoding="utf-8")
    told_all = [
        terminal.run(said, tmp_path, known, "")
        for said in (
            ["import", "sales.csv"],
            ["products"],
            ["products", "--json"],
            ["say", "--as", "x\x1b[2J", "\x1b[2J"],
        )
    ]
    for done in told_all:
        assert "Traceback" not in done.stderr
        assert "\x1b" not in done.stdout + done.stderr
        assert "\x9b" not in done.stdout + done.stderr
    assert told_all[0].returncode == 0


def test_a_chart_of_names_that_are_no_names_is_drawn() -> None:
    bars = tuple(Bar(each.encode("utf-8", "replace").decode()[:2_000], 1.0, "1") for each in NASTY)
    assert picture(Chart(Look.BARS, CONTROL, bars)).data.startswith(b"\x89PNG")


def test_no_words_of_anybodys_are_in_the_log(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for nasty in NASTY:
            story.hear("sari", nasty, name=nasty)
    assert not any(nasty[:20] in caplog.text for nasty in (CODE, MARKUP, LONG))


def test_templates_that_vanish_while_the_shop_is_open_are_spoken_as_they_were(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES, folder)
    composer = Composer(folder)
    composer.check()
    before = composer.reply("apology", "id", shop="Toko"), composer.placeholders("messages/id/picks.j2")
    shutil.rmtree(folder)
    after = composer.reply("apology", "id", shop="Toko"), composer.placeholders("messages/id/picks.j2")
    assert after == before
    assert composer.word("id", "states", "sent")
    assert composer.missing("picks", "id", {}, is_personal=True)
    with pytest.raises(BrokenTemplate):
        Composer(folder).check()


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (None, "is not there"),
        (b"{% if %}", "line 1"),
        (b"\xff\xfe", "utf-8"),
        (b"{% include 'nowhere.j2' %}", "nowhere"),
    ],
    ids=["gone", "no template", "no text", "leads nowhere"],
)
def test_the_doctor_says_which_file_it_is_and_when_it_is_mended(
    story: Story, tmp_path: Path, left: bytes | None, said: str
) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES, folder)
    broken = folder / "messages" / "id" / "picks.j2"
    whole, before = broken.read_bytes(), patient_of(story.app)
    patient = Patient(**{**vars(before), "composer": Composer(folder)})
    broken.unlink() if left is None else broken.write_bytes(left)
    with story.app.database.reading() as session:
        (found,) = house.templates(session, patient)
        assert (found.found, found.is_well) == ("template_broken", False)
        assert "picks.j2" in str(found.values["sentence"]) or "nowhere.j2" in str(found.values["sentence"])
        assert said in str(found.values["sentence"])
        broken.write_bytes(whole)
        (found,) = house.templates(session, patient)
        assert found.is_well


def test_half_a_sign_and_no_sign_are_kept_as_something_that_can_be_read(story: Story) -> None:
    story.hear("sari", "MULAI \ud800\x00", name="Sa\x00ri\ud800")
    with story.app.database.reading() as session:
        assert session.exec(select(Customer.name)).one() == "Sari?"
