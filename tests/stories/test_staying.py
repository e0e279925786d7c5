"""Somebody of whom nothing was heard for two years is asked once, and stays or is forgotten."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.talk.intents import Means, understand
from campaigns.privacy import retention
from campaigns.privacy.retention import Tidied
from campaigns.shop import LANGUAGES
from campaigns.words.composing import Composer
from ledger import chain
from ledger.imports import ShopDefaults, import_file
from ledger.tables import Customer, Erasure, Interaction, Kind, RetentionRun
from tests.stories.conftest import Story

TWO_YEARS = timedelta(days=730)


@pytest.fixture(autouse=True)
def no_breath(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BREATH_SECONDS", 0)


def night(story: Story) -> Tidied:
    app = story.app
    where = app.database, app.settings.periods(), app.channels.keys(), app.shop, story.clock.now()
    return retention.tidy(*where)


def day(story: Story) -> int:
    """How many are asked."""
    return asyncio.run(story.app.ask_to_stay())


def silent_for_two_years(story: Story, who: str = "sari") -> None:
    story.join(who)
    story.say(who, "alamat saya Jalan Rahasia 7")
    story.clock.forward(TWO_YEARS)
    night(story)
    assert day(story) == 1


def sari(story: Story) -> Customer:
    with story.app.database.reading() as session:
        return session.get_one(Customer, 1)


def test_sari_is_asked_once_with_what_happens_otherwise(story: Story) -> None:
    story.join("sari")
    story.clock.forward(TWO_YEARS - timedelta(days=1))
    assert day(story) == 0
    story.clock.forward(timedelta(days=1))
    before = len(story.received_by("sari"))
    assert [day(story), day(story)] == [1, 0]
    (question,) = story.received_by("sari")[before:]
    assert question.startswith("Halo Kak Sari! Ini asisten chat Toko Ratna.")
    assert "dalam 30 hari tidak ada kabar" in question
    assert [each.says for each in story.simulator.sent[-1].buttons] == ["ya simpan", "ya hapus semua"]
    with story.app.database.reading() as session:
        assert sum(run.asked for run in session.exec(select(RetentionRun))) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_buttons_answer_this_question_and_no_other(language: str) -> None:
    buttons = Composer().reply("ask_to_stay", language, shop="S", name="", days=30).buttons
    meant = [understand(button.says) for button in buttons]
    assert [(each.means, each.question) for each in meant] == [(Means.YES, "stay"), (Means.NO, "stay")]


def test_at_night_nobody_is_asked(story: Story) -> None:
    story.join("sari")
    story.clock.forward(TWO_YEARS + timedelta(hours=17))
    assert day(story) == 0
    assert sari(story).asked_to_stay_at is None


@pytest.mark.parametrize("said", ["ya simpan", "ya", "boleh kak"])
def test_she_says_yes_and_stays(story: Story, said: str) -> None:
    silent_for_two_years(story)
    assert "tetap kami simpan" in story.say("sari", said)
    assert sari(story).asked_to_stay_at is None
    story.clock.forward(timedelta(days=31))
    assert night(story).anonymised == 0
    assert sari(story).name == "Sari"
    assert day(story) == 0


def test_she_says_nothing_and_is_forgotten_with_a_receipt(story: Story) -> None:
    silent_for_two_years(story)
    story.clock.forward(timedelta(days=29))
    assert night(story).anonymised == 0
    story.clock.forward(timedelta(days=1))
    assert night(story).anonymised == 1
    with story.app.database.reading() as session:
        assert session.exec(select(Erasure)).one().erased["addresses"] == 1
        assert chain.verify(session).ok
    assert (sari(story).name, sari(story).erased_at) == ("", story.clock.now())


def test_whatever_she_writes_in_the_grace_keeps_her(story: Story) -> None:
    silent_for_two_years(story)
    story.clock.forward(timedelta(days=20))
    story.say("sari", "masih jual kopi gayo?")
    story.clock.forward(timedelta(days=20))
    tidied = night(story)
    assert (tidied.returned, tidied.anonymised) == (1, 0)
    assert (sari(story).name, sari(story).asked_to_stay_at) == ("Sari", None)


def test_the_button_that_erases_does_so_at_once_also_days_later(story: Story) -> None:
    silent_for_two_years(story)
    story.clock.forward(timedelta(days=3))
    assert "sudah dihapus" in story.say("sari", "ya hapus semua")
    assert sari(story).erased_at == story.clock.now()


def test_an_old_button_erases_nothing_it_asks(story: Story) -> None:
    silent_for_two_years(story)
    story.say("sari", "ya simpan")
    story.clock.forward(timedelta(days=90))
    assert "Hapus semua data Kakak" in story.say("sari", "ya hapus semua")
    assert sari(story).erased_at is None
    assert "sudah dihapus" in story.say("sari", "ya")


def test_a_bare_no_is_asked_about_once_more(story: Story) -> None:
    silent_for_two_years(story)
    assert "Hapus semua data Kakak" in story.say("sari", "tidak")
    assert sari(story).erased_at is None


def test_who_said_no_to_offers_is_not_written_to_again(story: Story) -> None:
    story.say("sari", "halo")
    story.say("sari", "tidak")
    story.clock.forward(TWO_YEARS)
    assert day(story) == 0
    assert night(story).cannot_be_asked == 1


def test_budi_who_only_ever_said_hello_is_asked_too_and_his_yes_is_no_consent(story: Story) -> None:
    story.say("budi", "apa kabar")
    story.clock.forward(TWO_YEARS)
    assert day(story) == 1
    heard = story.hear("budi", "ya")
    assert "tetap kami simpan" in heard.replies[0].text
    assert heard.standing.offers is None


def test_the_team_is_never_asked(story: Story) -> None:
    story.make_owner()
    story.clock.forward(TWO_YEARS * 2)
    assert day(story) == 0
    assert night(story).cannot_be_asked == 0


def test_ten_years_of_history_are_imported_and_everybody_stays(story: Story, tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_text(
        "tanggal,nama,no hp,sku,produk,jumlah,total\n2016-11-01,Budi,0812-0000-0001,K1,Kopi Gayo,1,50000\n",
        encoding="utf-8",
    )
    import_file(story.app.database, file, shop=ShopDefaults("IDR", "Asia/Jakarta", "ID"), now=story.clock.now())
    tidied = night(story)
    assert (tidied.cannot_be_asked, tidied.anonymised, day(story)) == (0, 0, 0)
    story.clock.forward(TWO_YEARS - timedelta(days=1))
    assert night(story).cannot_be_asked == 0
    with story.app.database.reading() as session:
        assert session.exec(select(Customer)).one().name == "Budi"
        assert session.exec(select(Interaction.kind)).all() == [Kind.PURCHASE]


def test_of_a_conversation_nothing_is_left_after_a_year(story: Story) -> None:
    story.join("sari")
    story.say("sari", "alamat saya Jalan Rahasia 7")
    story.clock.forward(timedelta(days=365))
    assert night(story).removed["conversations"] == 8
    with story.app.database.reading() as session:
        assert session.exec(select(Interaction)).all() == []
        assert chain.verify(session).ok
    assert story.hear("sari", "privasi").standing.offers is True
