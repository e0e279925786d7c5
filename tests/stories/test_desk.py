"""What a customer decides at their desk holds at once, and nothing more is held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from campaigns.tables import Message, State
from ledger import preferences
from ledger.database import Database
from ledger.tables import ConsentEvent, ConsentWording, Customer, Frequency
from tests.stories.conftest import Story, told


@pytest.fixture
def bottle_shop(sqlite_database: Database, tmp_path: Path) -> Iterator[Story]:
    with told(sqlite_database, tmp_path, minimum_age=21) as telling:
        yield telling


def offered(story: Story, expected: int) -> None:
    owner = story.owner()
    story.say(owner, "/launch picks all hold 0%")
    story.say(owner, "ya kirim")
    assert story.dispatch() == expected


def test_where_age_matters_it_is_asked_first_and_only_the_answer_is_kept(bottle_shop: Story) -> None:
    asked = bottle_shop.hear("sari", "MULAI")
    assert "sudah berumur 21 tahun?" in asked.replies[0].text
    assert "Boleh Toko Ratna mengirim penawaran" in bottle_shop.say("sari", "ya")
    assert bottle_shop.hear("sari", "ya").standing.offers is True
    with bottle_shop.app.database.reading() as session:
        assert session.exec(select(Customer)).one().of_age == 21


def test_whoever_is_too_young_gets_no_offers_and_can_mend_a_wrong_press(bottle_shop: Story) -> None:
    bottle_shop.say("sari", "MULAI")
    assert "hanya untuk yang sudah berumur 21 tahun" in bottle_shop.say("sari", "belum")
    assert "hanya untuk yang sudah berumur 21 tahun" in bottle_shop.say("sari", "MULAI")
    assert "Sebelum mulai" in bottle_shop.say("sari", "umur")
    assert "Boleh Toko Ratna" in bottle_shop.say("sari", "ya cukup umur")


def test_who_joined_before_age_was_asked_is_sent_nothing_until_they_answer(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with told(sqlite_database, tmp_path) as story:
        story.sells("Anggur", "Minuman")
        story.join("sari")
    with told(sqlite_database, tmp_path, minimum_age=21) as story:
        offered(story, 0)
        assert "sudah berumur 21 tahun?" in story.say("sari", "MULAI")


def test_a_reply_to_an_older_offer_asks_about_that_one(story: Story) -> None:
    coffee = story.sells("Kopi Gayo", "Kopi")
    story.join("sari", "tidak")
    offered(story, 1)
    with story.app.database.transaction() as session:
        first = session.exec(select(Message).where(Message.state == State.SENT)).one()
        assert first.provider_message_id is not None
        assert first.facts["products"] == [coffee]
    assert "JANGAN KATEGORI KOPI" in story.say("sari", "kenapa")
    answer = story.hear("sari", "kenapa", in_reply_to=first.provider_message_id)
    assert [button.says for button in answer.replies[0].buttons] == ["kurangi seperti ini", "jangan kategori Kopi"]


def test_somebody_elses_offer_is_not_explained_to_them(story: Story) -> None:
    story.sells("Kopi Gayo", "Kopi")
    story.join("sari")
    offered(story, 1)
    with story.app.database.reading() as session:
        sent = select(Message.provider_message_id).where(Message.state == State.SENT)
        number = session.exec(sent).one()
    story.join("budi")
    heard = story.hear("budi", "kenapa", in_reply_to=number)
    assert "Belum ada penawaran" in heard.replies[0].text


def test_a_shop_without_categories_rests_the_very_products(story: Story) -> None:
    tea = story.sells("Teh Tanpa Golongan", "")
    story.join("sari")
    offered(story, 1)
    story.say("sari", "kurangi seperti ini")
    with story.app.database.reading() as session:
        assert preferences.wishes(session, story.number_of("sari")).never_products == {tea}


def test_what_was_asked_can_be_shown_for_every_yes_whoever_gave_it(story: Story) -> None:
    for who in ("sari", "budi"):
        story.join(who)
    with story.app.database.reading() as session:
        yes = session.exec(select(ConsentEvent)).all()
        texts = {row.hash: row.text for row in session.exec(select(ConsentWording))}
    assert len({event.wording_hash for event in yes}) == 2
    assert all("Sari" not in texts[event.wording_hash] for event in yes)
    assert any("Boleh Toko Ratna mengirim penawaran" in texts[event.wording_hash] for event in yes)


def test_a_doubt_from_somebody_who_gets_no_offers_is_no_question_of_leaving(story: Story) -> None:
    assert "Mau berhenti" not in story.say("sari", "promo terus nih")
    story.join("sari")
    assert "Mau berhenti" in story.say("sari", "promo terus nih")
    assert story.hear("sari", "tidak").standing.offers is True
    assert "Sedang ditahan" not in story.say("sari", "privasi")


def test_a_doubt_is_answered_by_its_two_buttons(story: Story) -> None:
    story.join("sari")
    asked = story.hear("sari", "kebanyakan promo")
    said = [(button.label, button.says) for button in asked.replies[0].buttons]
    assert said == [("Ya, berhenti", "stop"), ("Lanjut", "lanjut")]
    assert story.hear("sari", "ya").standing.offers is False


def test_an_ok_to_something_else_is_no_answer_to_a_doubt(story: Story) -> None:
    story.join("sari")
    story.say("sari", "promo terus nih")
    assert "tidak sampai ke orang toko" in story.say("sari", "kopi gayo ada?")
    assert story.hear("sari", "ok").standing.offers is True
    assert "Penawaran sedang ditahan" in story.say("sari", "privasi")
    assert "sedang ditahan" not in story.say("sari", "lanjut")


def test_a_bare_no_to_an_offer_is_a_doubt_and_to_nothing_is_none(story: Story) -> None:
    story.sells("Kopi Gayo", "Kopi")
    story.join("sari")
    assert "Mau berhenti" not in story.say("sari", "gak usah")
    offered(story, 1)
    assert "Mau berhenti" in story.say("sari", "gak usah")


def test_choices_survive_a_stop_and_a_new_beginning(story: Story) -> None:
    story.join("sari")
    story.say("sari", "sebulan sekali")
    story.say("sari", "stop")
    story.join("sari")
    with story.app.database.reading() as session:
        assert preferences.manners(session, story.number_of("sari")).frequency is Frequency.MONTHLY
