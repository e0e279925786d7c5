"""What a customer changes on their page holds as if said in the chat, is proven, told in the chat, and taken back."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlmodel import select

from campaigns.sending.gate import Reason
from campaigns.tables import Message, State
from ledger import chain, customers, preferences
from ledger.database import Database
from ledger.tables import ConsentEvent, ConsentWording, Customer, Frequency, PrivacyRequest
from tests.stories.conftest import Story, told
from tests.stories.reader import reader


def last_heard(story: Story, who: str) -> str:
    return story.received_by(who)[-1]


def events(story: Story) -> list[ConsentEvent]:
    with story.app.database.reading() as session:
        assert chain.verify(session).ok
        return list(session.exec(select(ConsentEvent).order_by(ConsentEvent.id)))  # type: ignore[arg-type]


def test_a_stop_on_the_page_holds_everywhere_at_once_and_shows_in_the_chat(story: Story) -> None:
    story.join("sari")
    page = reader(story, "sari")
    shown = page.press(page.open(), "Hentikan semuanya")
    assert "Semua izin dicabut" in shown
    assert story.hear("sari", "halo").standing.offers is False
    told = next(text for text in story.received_by("sari") if "di halaman privasi Kakak" in text)
    assert "Semua izin dicabut" in told
    assert "TUTUP HALAMAN" in told
    last = events(story)[-1]
    assert (last.scope, last.channel, last.verbatim) == ("all", "page", "Hentikan semuanya")


def test_a_yes_on_the_page_is_a_yes_to_the_words_that_stood_there(story: Story) -> None:
    story.say("sari", "halo")
    page = reader(story, "sari")
    shown = page.open()
    with story.app.database.reading() as session:
        assert session.exec(select(ConsentEvent)).all() == []
    assert "Riwayat belanja sekarang boleh" not in shown
    page.press(shown, "Ya, boleh")
    said = events(story)[-1]
    assert (said.purpose, said.granted, said.scope, said.channel) == ("offers", True, "simulator", "page")
    assert said.verbatim == "Ya, boleh"
    with story.app.database.reading() as session:
        asked = session.get_one(ConsentWording, said.wording_hash)
    assert "Boleh Toko Ratna mengirim penawaran ke chat ini?" in asked.text
    assert story.hear("sari", "terima kasih").standing.offers is True


def test_words_that_changed_since_they_were_read_allow_nothing(sqlite_story: Story) -> None:
    sqlite_story.say("sari", "halo")
    page = reader(sqlite_story, "sari")
    page.open()
    shown = page.do(do="allow", purpose="offers", wording="0" * 64)
    assert "pertanyaannya baru saja diperbarui" in shown
    assert events(sqlite_story) == []


def test_history_is_not_asked_about_before_offers_are_allowed(sqlite_story: Story) -> None:
    sqlite_story.say("sari", "halo")
    page = reader(sqlite_story, "sari")
    shown = page.open()
    assert "Ini baru ditanyakan kalau penawaran" in shown
    page.do(do="allow", purpose="profiling", wording="anything")
    assert events(sqlite_story) == []


def test_each_change_can_be_undone_at_once_on_the_page(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    page = reader(sqlite_story, "sari")
    page.open()

    def often() -> Frequency:
        with sqlite_story.app.database.reading() as session:
            return preferences.manners(session, sqlite_story.number_of("sari")).frequency

    shown = page.do(do="often", often="monthly")
    assert often() is Frequency.MONTHLY
    page.press(shown, "Batalkan perubahan ini")
    assert often() is Frequency.ANY


def test_each_change_can_be_undone_in_the_chat_by_the_button_of_its_notice(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    page = reader(sqlite_story, "sari")
    page.open()
    page.do(do="quiet", **{"from": "18:00", "to": "10:00"})
    sent = sqlite_story.simulator.sent[-1]
    assert "Jam tenang: 18:00-10:00" in sent.text
    sqlite_story.say("sari", sent.buttons[0].says)
    with sqlite_story.app.database.reading() as session:
        assert preferences.manners(session, sqlite_story.number_of("sari")).quiet_hours is None


def test_a_withdrawal_is_undone_only_by_a_new_yes_to_the_question(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    page = reader(sqlite_story, "sari")
    shown = page.press(page.open(), "Jangan kirim penawaran lagi")
    assert "Salah pencet? Izinkan penawaran lagi" in shown
    assert "Boleh Toko Ratna mengirim penawaran ke chat ini?" in shown
    page.press(shown, "Ya, boleh")
    assert [each.granted for each in events(sqlite_story) if each.purpose == "offers"] == [True, False, True]


def test_an_offer_that_waits_is_withheld_after_a_stop_on_the_page(story: Story) -> None:
    story.sells("Kopi Gayo", "Kopi")
    story.join("sari")
    owner = story.owner()
    story.say(owner, "/launch picks all hold 0%")
    story.say(owner, "ya kirim")
    page = reader(story, "sari")
    page.press(page.open(), "Hentikan semuanya")
    assert story.dispatch() == 0
    with story.app.database.reading() as session:
        theirs = select(Message).where(Message.customer_id == story.number_of("sari"))
        fate = session.exec(theirs).one()
    assert (fate.state, fate.reason) == (State.WITHHELD, Reason.NO_CONSENT)


def test_a_pause_holds_offers_back_and_allows_what_was_allowed(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    page = reader(sqlite_story, "sari")
    page.press(page.open(), "Jeda dulu")
    with sqlite_story.app.database.reading() as session:
        assert session.exec(select(Customer)).one().held_since is not None
    assert sqlite_story.hear("sari", "lanjut").standing.offers is True
    with sqlite_story.app.database.reading() as session:
        assert session.exec(select(Customer)).one().held_since is None


def test_everything_can_be_taken_along_and_the_chat_says_so(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    page = reader(sqlite_story, "sari", "DATA SAYA")
    page.open()
    given = page.ask("POST", f"{page.path}/file")
    told = json.loads(zipfile.ZipFile(io.BytesIO(given.content)).read("data.json"))
    assert told["customer"]["name"] == "Sari"
    assert "Berkas berisi semua data Kakak diambil" in last_heard(sqlite_story, "sari")
    with sqlite_story.app.database.reading() as session:
        noted = session.exec(select(PrivacyRequest.kind).order_by(PrivacyRequest.id)).all()  # type: ignore[arg-type]
    assert noted == ["summary", "summary", "copy"]


def test_erasing_asks_first_then_shows_the_receipt_and_says_it_in_the_chat(story: Story) -> None:
    story.join("sari")
    page = reader(story, "sari")
    page.open()
    asked = page.ask("GET", f"{page.path}/erase").text
    unsure = page.press(asked, "Hapus sekarang")
    assert "Belum ada yang dihapus" in unsure
    gone = page.press(unsure, "Hapus sekarang", sure="yes")
    assert "Data Kakak sudah dihapus" in gone
    number = gone.split('class="receipt">')[1].split("<")[0]
    assert number in last_heard(story, "sari")
    assert page.get().status_code == 404
    with story.app.database.reading() as session:
        assert chain.verify(session).ok


def test_one_who_was_never_asked_and_says_no_is_not_asked_again(sqlite_story: Story) -> None:
    sqlite_story.say("sari", "halo")
    page = reader(sqlite_story, "sari")
    page.press(page.open(), "Tidak")
    assert events(sqlite_story)[-1].granted is False


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"do": "category", "name": "Kopi", "show": "no"}, "Tidak ditawarkan lagi: Kopi"),
        ({"do": "birthday", "day": "17 Agustus"}, "Ulang tahun disimpan"),
        ({"do": "language", "language": "en"}, "Language: English"),
        ({"do": "pause"}, "Penawaran dijeda"),
    ],
)
def test_whatever_is_changed_shows_in_the_chat(sqlite_story: Story, fields: dict[str, str], words: str) -> None:
    sqlite_story.sells("Kopi Gayo", "Kopi")
    sqlite_story.join("sari")
    page = reader(sqlite_story, "sari")
    page.open()
    assert words in page.do(**fields)
    assert words in last_heard(sqlite_story, "sari")


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "often", "often": "hourly"},
        {"do": "quiet", "from": "25:00", "to": "x"},
        {"do": "category", "name": "Emas", "show": "no"},
        {"do": "birthday", "day": "31 Februari"},
        {"do": "stop", "purpose": "offers", "where": "telegram"},
        {"do": "language", "language": "<script>"},
        {"do": "channel", "channel": "whatsapp"},
        {"do": "launch"},
        {},
    ],
)
def test_what_cannot_be_read_changes_nothing_and_tells_nobody(sqlite_story: Story, fields: dict[str, str]) -> None:
    sqlite_story.join("sari")
    page = reader(sqlite_story, "sari")
    page.open()
    before = len(sqlite_story.simulator.sent)
    assert "Tidak ada yang berubah" in page.do(**fields)
    assert len(sqlite_story.simulator.sent) == before


def test_the_page_speaks_the_customers_language(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    sqlite_story.say("sari", "english")
    shown = reader(sqlite_story, "sari", "PRIVACY").open()
    assert '<html lang="en">' in shown
    assert "May Toko Ratna" in shown


def linked(story: Story) -> None:
    """Sari writes on the simulator and on WhatsApp, allows offers in both, and links them."""
    story.join("sari")
    for text in ("MULAI", "ya", "ya"):
        story.hear(PHONE, text, channel="whatsapp", name="Sari")
    code = story.hear("sari", "SAMBUNGKAN").replies[0].copyable[0]
    story.hear(PHONE, f"SAMBUNGKAN {code}", channel="whatsapp", name="Sari")
    story.hear(PHONE, "ya", channel="whatsapp", name="Sari")


PHONE = "+6281200000001"


def test_of_two_chats_each_is_stopped_by_itself_or_both(story: Story) -> None:
    linked(story)
    page = reader(story, "sari")
    shown = page.open()
    assert "Hentikan di WhatsApp" in shown
    page.do(do="stop", purpose="offers", where="whatsapp")
    assert story.hear(PHONE, "halo", channel="whatsapp", name="Sari").standing.offers is False
    assert story.hear("sari", "halo").standing.offers is True
    page.do(do="stop", purpose="offers", where="all")
    assert story.hear("sari", "halo").standing.offers is False


def test_a_yes_holds_only_in_the_chat_that_the_link_went_to(sqlite_story: Story) -> None:
    linked(sqlite_story)
    page = reader(sqlite_story, "sari")
    page.press(page.open(), "Hentikan semuanya")
    page.press(page.get().text, "Ya, boleh")
    assert sqlite_story.hear("sari", "halo").standing.offers is True
    there = sqlite_story.hear(PHONE, "halo", channel="whatsapp", name="Sari")
    assert there.standing.offers is False


def test_erasing_on_the_page_says_so_in_every_chat(sqlite_story: Story) -> None:
    linked(sqlite_story)
    page = reader(sqlite_story, "sari")
    page.open()
    assert "simulator, WhatsApp" in page.ask("GET", f"{page.path}/erase").text
    page.ask("POST", f"{page.path}/erase", {"sure": "yes"})
    for who in ("sari", PHONE):
        assert "Nomor tanda terima" in last_heard(sqlite_story, who)


def test_a_number_that_an_import_brought_is_asked_in_the_chat_before_anything_is_shown_or_allowed(
    sqlite_story: Story,
) -> None:
    with sqlite_story.app.database.transaction() as session:
        known = Customer(name="Ibu Dewi", source="till", created_at=sqlite_story.clock.now())
        session.add(known)
        session.flush()
        customers.add_address(session, known, "simulator", "dewi", "till", sqlite_story.clock.now())
    sqlite_story.say("dewi", "halo")
    page = reader(sqlite_story, "dewi")
    shown = page.open()
    assert "Ibu Dewi" not in shown
    assert "tulis MULAI di chat" in shown
    page.do(do="allow", purpose="offers", wording="any")
    page.ask("POST", f"{page.path}/erase", {"sure": "yes"})
    assert page.ask("POST", f"{page.path}/file", follow=False).status_code == 303
    assert events(sqlite_story) == []
    assert page.get().status_code == 200


def test_where_age_matters_it_is_asked_before_offers(sqlite_database: Database, tmp_path: Path) -> None:
    with told(sqlite_database, tmp_path, minimum_age=21) as story:
        story.say("sari", "halo")
        page = reader(story, "sari")
        shown = page.open()
        assert "Apakah Kakak sudah berumur 21 tahun?" in shown
        shown = page.press(shown, "Ya, sudah 21 tahun")
        page.press(shown, "Ya, boleh")
        assert events(story)[-1].granted is True


def test_a_stop_on_the_page_survives_a_restored_backup(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    page = reader(sqlite_story, "sari")
    page.press(page.open(), "Hentikan semuanya")
    noted = [file.read_text() for file in sqlite_story.app.settings.data_dir.glob("withdrawals-*.jsonl")]
    assert sum(text.count("\n") for text in noted) == 3
