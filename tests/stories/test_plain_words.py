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
