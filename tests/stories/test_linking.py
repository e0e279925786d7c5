"""One customer in two chats, told as whole conversations in both languages on both databases."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.inbound import Contact
from bot.talk.router import Heard
from campaigns.privacy import forgetting, linking
from ledger import chain, customers
from ledger.consent import Evidence
from ledger.database import Database
from ledger.tables import Address, Customer, Interaction
from tests.fakes import FakeChannel
from tests.stories.conftest import Story, told
from tests.stories.playing import HERE, Play
from tests.stories.test_restoring import House

TRANSCRIPTS = sorted((HERE / "linking").glob("*.txt"))
SHOPS_NUMBER = "whatsapp:+6281100000000"


class Linking(Play):
    """A play in which codes go from chat to chat and numbers are shared.

    sari  > SAMBUNG {code}              the code that was shown last, wherever that was
          ! sari shares +6281200000001  her own number, by the messenger's button
          ! sari passes on +628120…     somebody else's contact
          ! nisa hears: Chat ini baru   what her chat was told because of what was said in the other
    """

    code = ""

    def __init__(self, story: Story, folder: Path, telegram: FakeChannel) -> None:
        super().__init__(story, folder)
        self.telegram = telegram

    def _speak(self, who: str, text: str) -> None:
        super()._speak(who, text.replace("{code}", self.code))
        self._see_code()

    def _see_code(self) -> None:
        assert self.heard is not None
        shown = [each for reply in self.heard.replies for each in reply.copyable]
        self.code = shown[-1] if shown else self.code

    def _happens(self, what: str) -> None:
        shares = re.fullmatch(r"(\w+) (shares|passes on) (\S+)", what)
        hears = re.fullmatch(r"(\w+) hears: (.*)", what)
        if shares is not None:
            channel, address = self.cast[shares[1]]
            contact = Contact(shares[3], is_own=shares[2] == "shares")
            self.heard = self.story.hear(address, "", channel=channel, name=shares[1].capitalize(), contact=contact)
            self.read_to = 0
            self._see_code()
        elif hears is not None:
            asyncio.run(self.story.app.tell_waiting())
            assert hears[2] in self._given(hears[1])[-1]
        else:
            super()._happens(what)

    def receives(self, who: str, words: str) -> None:
        assert words in self._given(who)[-1]

    def _given(self, who: str) -> list[str]:
        channel, address = self.cast[who]
        sent = self.telegram.given if channel == "telegram" else self.story.whatsapp.given
        return [each.text for each in sent if each.address == address]


@pytest.fixture
def telegram() -> FakeChannel:
    return FakeChannel("telegram")


@pytest.fixture
def shop(database: Database, tmp_path: Path, telegram: FakeChannel) -> Iterator[Story]:
    with told(database, tmp_path, also=[telegram], twilio_whatsapp_from=SHOPS_NUMBER) as story:
        yield story


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda file: file.stem)
def test_the_conversation_goes_as_written(
    shop: Story, telegram: FakeChannel, transcript: Path, tmp_path: Path
) -> None:
    play = Linking(shop, tmp_path, telegram)
    for number, line in enumerate(transcript.read_text(encoding="utf-8").splitlines(), 1):
        try:
            play.line(line)
        except AssertionError as fault:
            raise AssertionError(f"{transcript.name}, line {number}: {line.strip()}\n{fault}") from fault


def test_every_conversation_is_told_in_both_languages() -> None:
    names = {
        language: {file.stem.split(".")[0] for file in TRANSCRIPTS if f".{language}" in file.stem}
        for language in ("id", "en")
    }
    assert names["id"] == names["en"] != set()


SARI, NISA = ("telegram", "71009"), ("whatsapp", "+6281200000039")


def say(shop: Story, place: tuple[str, str], text: str) -> Heard:
    return shop.hear(place[1], text, channel=place[0], name="Sari")


def link(shop: Story) -> str:
    """Sari's two chats become one; the code she sent."""
    (code,) = say(shop, SARI, "sambungkan").replies[0].copyable
    say(shop, NISA, f"SAMBUNG {code}")
    say(shop, NISA, "ya")
    return code


def test_the_copy_taken_in_one_chat_has_what_was_said_and_allowed_in_both(shop: Story) -> None:
    for place in (SARI, NISA):
        for text in ("MULAI", "ya", "ya", f"halo dari {place[0]}"):
            say(shop, place, text)
    link(shop)
    (document,) = [each.document for each in say(shop, NISA, "kirim berkas").replies if each.document]
    told = json.loads(zipfile.ZipFile(io.BytesIO(document.data)).read("data.json"))
    assert {each["channel"] for each in told["addresses"]} == {"telegram", "whatsapp"}
    assert {(each["channel"], each["granted"]) for each in told["consent"]} == {
        ("telegram", True),
        ("whatsapp", True),
    }
    assert {"halo dari telegram", "halo dari whatsapp"} <= {each["text"] for each in told["interactions"]}


def test_a_code_is_kept_in_no_conversation(shop: Story) -> None:
    code = link(shop)
    with shop.app.database.reading() as session:
        said = [each or "" for each in session.exec(select(Interaction.text))]
    assert "SAMBUNG ••••" in said
    assert not any(code in text for text in said)


def test_a_chat_of_the_team_shows_no_code_and_takes_none(shop: Story) -> None:
    owner = shop.owner()
    assert shop.hear(owner, "SAMBUNGKAN").replies[0].copyable == ()
    (code,) = say(shop, SARI, "sambungkan").replies[0].copyable
    assert "bukan chat pelanggan" in shop.say(owner, f"SAMBUNG {code}")
    say(shop, NISA, f"SAMBUNG {code}")
    assert "Sudah tersambung" in say(shop, NISA, "ya").replies[0].text


def test_who_sent_too_many_wrong_codes_reads_so_and_when_to_come_again(shop: Story) -> None:
    (code,) = say(shop, SARI, "sambungkan").replies[0].copyable
    for _ in range(5):
        assert "Kode itu tidak berlaku" in say(shop, NISA, "SAMBUNG 2222-2222").replies[0].text
    for each in ("SAMBUNG 2222-2222", f"SAMBUNG {code}", code):
        assert "Coba lagi satu jam lagi" in say(shop, NISA, each).replies[0].text


def test_an_owner_sees_that_both_chats_are_one_customers_and_since_when(shop: Story) -> None:
    link(shop)
    told = shop.say(shop.owner(), "/pelanggan 1")
    assert "Telegram 7•••09" in told
    assert "WhatsApp +62•••0039" in told
    assert "Disambungkan oleh pelanggan sendiri: 2 November 2026" in told


def test_a_question_of_hers_that_was_passed_on_is_still_answered_in_its_chat(shop: Story) -> None:
    owner = shop.owner()
    say(shop, NISA, "ada teh poci?")
    link(shop)
    shop.say(owner, "/jawab 1 Ada kak")
    assert [each.text for each in shop.whatsapp.given if "Ada kak" in each.text] != []


@pytest.mark.parametrize("is_linked_in_backup", [True, False])
def test_a_backup_brings_neither_chat_back_of_whom_was_erased_in_one(
    tmp_path: Path, is_linked_in_backup: bool
) -> None:
    house = House(tmp_path)
    house.say("sari", "MULAI", "ya", "ya")
    house.say("nisa", "MULAI", "ya", "ya", channel="telegram")
    backup = house.back_up()
    with house.app.database.transaction() as session:
        place = customers.address_of(session, "simulator", "sari")
        assert place is not None
        code = linking.make_code(session, place, house.clock.now())
    house.say("nisa", f"SAMBUNG {code}", "ya", channel="telegram")
    backup = house.back_up() if is_linked_in_backup else backup
    house.erase("nisa", channel="telegram")
    with house.restore(backup).database.reading() as session:
        assert session.exec(select(Customer).where(col(Customer.erased_at).is_(None))).all() == []
        assert session.exec(select(Address)).all() == []
        assert chain.verify(session).ok
    house.app.close()


def test_a_backup_takes_nothing_from_whom_the_erased_had_been_linked_with_but_the_erased_chat(tmp_path: Path) -> None:
    house = House(tmp_path)
    with house.app.database.transaction() as session:
        andi, budi = (
            customers.meet(session, channel, who, who, house.clock.now())
            for channel, who in (("simulator", "andi"), ("telegram", "budi"))
        )
        code = linking.make_code(session, andi, house.clock.now())
        told = linking.look_up(session, budi, code, house.clock.now())
        assert told is not None
        linking.join(session, budi, told.mark, house.clock.now(), said=Evidence("telegram", "ya"))
        one = andi.customer_id
    backup = house.back_up()
    house.clock.forward(timedelta(hours=1))
    with house.app.database.transaction() as session:
        place = customers.address_of(session, "telegram", "budi")
        assert place is not None
        linking.leave(session, place, house.clock.now())
        alone = customers.of(session, place)
        forgetting.forget(session, alone, zone=house.app.shop.zone, by="test", at=house.clock.now())
    with house.restore(backup).database.reading() as session:
        assert [(each.address, each.customer_id) for each in session.exec(select(Address))] == [("andi", one)]
        assert session.get_one(Customer, one).erased_at is None
        assert customers.address_of(session, "telegram", "budi") is None
    house.app.close()
