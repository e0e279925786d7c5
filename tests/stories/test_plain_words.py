"""What the team writes without knowing how commands are written."""

from __future__ import annotations

import pytest

from bot.talk.desk.commands import NAMES
from bot.talk.desk.speaking import written_apart
from ledger.tables import Role
from ledger.team import make_code
from tests.stories.conftest import Story

OWNER = "ibu-ratna"


@pytest.fixture
def shop(story: Story) -> Story:
    story.make_owner(OWNER)
    return story


@pytest.mark.parametrize("said", ["/hari ini", "/hariini", "/Hari ini", "hari ini", "hariini", "Hari_ini"])
def test_a_commands_name_may_be_written_apart(shop: Story, said: str) -> None:
    assert "Pesanan: 0" in shop.say(OWNER, said)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("/semua kampanye", ("semua_kampanye", "")),
        ("/Jam Ramai 30", ("jam_ramai", "30")),
        ("/batal jual J-12", ("bataljual", "J-12")),
        ("/hari", None),
        ("hari ini sepi", ("hari_ini", "sepi")),
        ("", None),
    ],
)
def test_which_command_that_is(said: str, meant: tuple[str, str] | None) -> None:
    assert written_apart(said, NAMES) == meant


def test_plain_words_that_go_on_are_no_command(shop: Story) -> None:
    assert "Pesanan" not in shop.say(OWNER, "hari ini sepi sekali")


def test_in_a_draft_they_are_an_answer_to_it(shop: Story) -> None:
    shop.say(OWNER, "/kampanye")
    assert "Pesanan" not in shop.say(OWNER, "hari ini")


@pytest.mark.parametrize("said", ["promo", "mau kirim promo ke pelanggan", "bikin diskon dong", "Broadcast!"])
def test_who_speaks_of_offers_is_shown_the_way(shop: Story, said: str) -> None:
    heard = shop.hear(OWNER, said).replies[0]
    assert "Mau buat penawaran? /kampanye" in heard.text
    assert [button.says for button in heard.buttons] == ["/kampanye"]


def test_what_may_be_both_is_asked_both_ways(shop: Story) -> None:
    shop.hear("lestari", "promo kopi masih ada?")
    heard = shop.hear(OWNER, "promo masih kak").replies[0]
    assert [button.says for button in heard.buttons] == ["/jawab 1 promo masih kak", "/kampanye"]


def test_staff_get_the_same(shop: Story) -> None:
    with shop.app.database.transaction() as session:
        code = make_code(session, Role.STAFF, shop.clock.now())
    shop.say("budi", code)
    assert "Pesanan: 0" in shop.say("budi", "/hari ini")


def test_other_words_are_answered_with_the_way_to_the_commands(shop: Story) -> None:
    assert "hanya mengerti perintah" in shop.say(OWNER, "qwerty")
    assert "Maksudnya /jeda?" in shop.say(OWNER, "jedaa")


def test_what_one_says_in_a_chat_may_be_the_answer_to_a_customer(shop: Story) -> None:
    shop.hear("ani", "kopi gayo masih ada?")
    for said in ("iya siap", "ada, mau berapa?", "ok"):
        heard = shop.hear(OWNER, said).replies[0]
        assert heard.text.startswith("Mau menjawab "), said
        assert [button.says for button in heard.buttons] == [f"/jawab 1 {said}"]


def test_also_while_a_draft_is_shown(shop: Story) -> None:
    shop.hear("ani", "kopi gayo masih ada?")
    shop.say(OWNER, "/luncurkan pesan sendiri ke semua: Hari Minggu buka")
    heard = shop.hear(OWNER, "ada, mau berapa?").replies[0]
    assert heard.text.startswith("Mau menjawab ")
    assert [button.says for button in heard.buttons] == ["/jawab 1 ada, mau berapa?"]


@pytest.mark.parametrize("is_drafting", [False, True])
def test_a_few_commands_need_no_slash(shop: Story, is_drafting: bool) -> None:
    shop.hear("ani", "kopi gayo masih ada?")
    if is_drafting:
        shop.say(OWNER, "/luncurkan pesan sendiri ke semua: Hari Minggu buka")
    assert "Belum ada kampanye" in shop.say(OWNER, "laporan")
    assert "sedang dikirim" in shop.say(OWNER, "jawab 1 ada kak")
