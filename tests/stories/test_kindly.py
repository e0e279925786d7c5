"""What customers are answered when they say little: what is told is true, and leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.inbound import Attachment, Contact
from bot.talk.intents import Means, understand
from tests.stories.conftest import Story

SARI = "sari"


@pytest.fixture
def shop(sqlite_story: Story) -> Story:
    sqlite_story.sells("Kopi Gayo", "Kopi")
    return sqlite_story


@pytest.fixture
def staffed(shop: Story) -> Story:
    shop.make_owner()
    return shop


def answered(shop: Story, words: str) -> None:
    """Sari asked something, and the shop has answered."""
    shop.join(SARI)
    shop.say(SARI, "kopi gayo ada?")
    shop.say("ibu-ratna", f"/jawab 1 {words}")


def waiting(shop: Story) -> bool:
    return "Sari" in shop.say("ibu-ratna", "/pertanyaan")


def test_who_leaves_the_second_question_open_is_told_that_offers_are_allowed(shop: Story) -> None:
    for words in ("MULAI", "ya", "entahlah"):
        shop.say(SARI, words)
    heard = shop.hear(SARI, "entahlah ya")
    assert "Penawaran tetap boleh datang; riwayat belanja Kakak tidak dipakai" in heard.replies[0].text
    assert "belum ada yang dicatat" not in heard.replies[0].text
    assert heard.standing.offers is True


def test_in_english_too(shop: Story) -> None:
    for words in ("English", "START", "yes", "hmm"):
        shop.say(SARI, words)
    assert "Offers may still come; your history is not used" in shop.say(SARI, "hmm")


def test_what_was_allowed_before_stays_so_where_it_is_asked_again(shop: Story) -> None:
    shop.join(SARI)
    for words in ("RIWAYAT", "entahlah"):
        shop.say(SARI, words)
    assert "tetap dipakai untuk memilihnya" in shop.say(SARI, "entahlah")


def test_an_old_yes_after_leaving_is_told_that_offers_stay_off(shop: Story) -> None:
    shop.join(SARI)
    shop.say(SARI, "STOP")
    heard = shop.hear(SARI, "ya penawaran", is_press=True)
    assert "Penawaran tetap berhenti" in heard.replies[0].text
    assert "MULAI" in heard.replies[0].text
    assert not heard.standing.offers


def test_another_old_button_changes_nothing_and_says_so(shop: Story) -> None:
    shop.join(SARI, profiling="tidak")
    heard = shop.hear(SARI, "ya riwayat", is_press=True)
    assert "tidak ada yang berubah" in heard.replies[0].text


def test_nobody_is_invited_to_write_where_nobody_reads_it(shop: Story) -> None:
    shop.join(SARI)
    assert "Tulis saja di sini" not in shop.say(SARI, "ya")


def test_where_the_team_reads_it_they_are(staffed: Story) -> None:
    staffed.join(SARI)
    assert "Tulis saja di sini" in staffed.say(SARI, "ya")


@pytest.mark.parametrize(
    "said", ["👍", "ok", "oke kak", "sip", "makasih", "makasih infonya kak", "🙏", "siap makasih kak"]
)
def test_thanks_and_thumbs_for_an_answer_bother_nobody(staffed: Story, said: str) -> None:
    answered(staffed, "Ada kak, silakan datang.")
    assert "teruskan" not in staffed.say(SARI, said)
    assert not waiting(staffed)


def test_nor_does_a_sticker(staffed: Story) -> None:
    answered(staffed, "Ada kak, silakan datang.")
    staffed.hear(SARI, "", attachment=Attachment("sticker"))
    assert not waiting(staffed)


@pytest.mark.parametrize("said", ["👍", "ok", "ya"])
def test_what_the_shop_asked_is_answered_to_the_shop(staffed: Story, said: str) -> None:
    answered(staffed, "Ada kak. Mau kami antar?")
    staffed.say(SARI, said)
    assert waiting(staffed)


@pytest.mark.parametrize("said", ["ya", "Kak", "👎", "tidak", "ok?", "???", "oke, 2 bungkus"])
def test_whatever_may_mean_more_is_passed_on(staffed: Story, said: str) -> None:
    answered(staffed, "Ada kak, tinggal dua.")
    staffed.say(SARI, said)
    assert waiting(staffed)


@pytest.mark.parametrize(
    ("kind", "named"), [("location", "Lokasinya"), ("audio", "Rekaman suaranya"), ("image", "Gambarnya")]
)
def test_what_came_is_named(staffed: Story, kind: str, named: str) -> None:
    staffed.join(SARI)
    told = staffed.hear(SARI, "", attachment=Attachment(kind)).replies[0].text
    assert f"{named} sendiri tidak ikut terkirim" in told


def test_what_nobody_can_read_is_named_too(shop: Story) -> None:
    shop.join(SARI)
    assert "Lokasinya tidak bisa saya baca" in shop.hear(SARI, "", attachment=Attachment("location")).replies[0].text


@pytest.mark.parametrize("said", ["🙏", "🙏🏽", "😊🙏", "makasih infonya ya kak", "thanks for the info!"])
def test_thanks_are_heard_as_thanks(said: str) -> None:
    assert understand(said).means is Means.THANKS


@pytest.mark.parametrize("said", ["🛑🙏", "🙏 stop", "🙏?"])
def test_a_folded_hand_takes_nothing_from_what_else_is_said(said: str) -> None:
    assert understand(said).means is not Means.THANKS


def test_whoever_may_want_to_leave_can_press_that_they_do_not(shop: Story) -> None:
    shop.join(SARI)
    asked = shop.hear(SARI, "promo terus nih").replies[0]
    assert [each.label for each in asked.buttons] == ["Ya, berhenti", "Lanjut"]
    assert shop.hear(SARI, asked.buttons[1].says).standing.offers is True


def test_a_category_is_switched_by_a_button_that_says_so_and_can_be_switched_back(shop: Story) -> None:
    shop.join(SARI)
    shown = shop.hear(SARI, "kategori").replies[0]
    assert [each.label for each in shown.buttons] == ["Jangan Kopi lagi"]
    changed = shop.hear(SARI, shown.buttons[0].says).replies[0]
    assert "Sudah dicatat" in changed.text
    assert "✗ Kopi" in changed.text
    assert [each.label for each in changed.buttons] == ["Boleh Kopi lagi"]
    assert "✓ Kopi" in shop.say(SARI, "boleh kopi lagi")


@pytest.mark.parametrize(
    "said", ["no discount", "No discount please", "no promo code", "there is no discount", "no coupon"]
)
def test_who_wants_no_discount_does_not_leave(shop: Story, said: str) -> None:
    shop.join(SARI)
    assert shop.hear(SARI, said).standing.offers is True


@pytest.mark.parametrize(
    "said", ["no promos", "no ads", "no more discounts", "no discounts for me", "stop discounts"]
)
def test_who_wants_no_offers_does(shop: Story, said: str) -> None:
    shop.join(SARI)
    assert not shop.hear(SARI, said).standing.offers


@pytest.mark.parametrize("said", ["jeda", "Jeda dulu ya", "pause", "tahan 1", "jeda 1"])
def test_the_word_the_team_is_taught_needs_no_slash(shop: Story, said: str) -> None:
    shop.join(SARI)
    owner = shop.owner()
    for words in ("/luncurkan picks ke semua", "ya kirim"):
        shop.say(owner, words)
    assert "Yang mana" not in shop.say(owner, said)
    assert "dihentikan sementara" in shop.say(owner, "/kemajuan 1")


def test_a_stop_of_the_team_is_still_asked_about(shop: Story) -> None:
    shop.join(SARI)
    owner = shop.owner()
    for words in ("/luncurkan picks ke semua", "ya kirim"):
        shop.say(owner, words)
    assert "Yang mana" in shop.say(owner, "berhenti")


def test_who_writes_from_one_chat_is_not_sent_where_nothing_is(shop: Story) -> None:
    shop.join(SARI)
    told = shop.say(SARI, "PRIVASI")
    assert "SALURAN" not in told
    assert "STOP DI SINI" not in told
    assert "SAMBUNGKAN" in told
    assert "SAMBUNGKAN" in shop.say(SARI, "BANTUAN")


def linked(shop: Story) -> None:
    """Sari's WhatsApp is linked to her other chat, and was asked nothing."""
    shop.join(SARI)
    code = shop.hear(SARI, "SAMBUNGKAN").replies[0].copyable[0]
    for words in (f"SAMBUNG {code}", "ya"):
        shop.hear("+6281200000001", words, channel="whatsapp", name="Sari")


def test_offers_are_not_sent_for_to_a_chat_that_refuses_them(shop: Story) -> None:
    linked(shop)
    told = shop.say(SARI, "SALURAN whatsapp")
    assert "belum mengizinkan penawaran" in told
    assert "MULAI" in told


def test_with_two_chats_both_ways_are_shown(shop: Story) -> None:
    linked(shop)
    told = shop.say(SARI, "PRIVASI")
    assert "SALURAN" in told
    assert "STOP DI SINI" in told
    assert "aplikasi lain" not in told


def test_a_contact_card_where_there_is_no_button_names_none(shop: Story) -> None:
    card = Contact("+6281299990000", is_own=False)
    told = shop.hear("+6281200000001", "", channel="whatsapp", contact=card).replies[0].text
    assert "tombol" not in told
    assert "SAMBUNGKAN" in told


def test_the_words_alone_mean_the_same_as_the_customers_commands() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "commands.md").read_text(encoding="utf-8")
    table = page.split("## Customers")[1].split("\n## ")[0]
    named = set(re.findall(r"`/(\w+)`", table)) - {"jam", "hapus", "link"}
    assert {"export", "quiet", "datasaya"} <= named
    assert [word for word in sorted(named) if understand(word).means is not understand(f"/{word}").means] == []
