"""What customers write is listened to where they allow it: complaints reach the owner at once and pause offers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from campaigns.choosing import rollcall
from campaigns.listening import catching_up
from campaigns.listening.judging import Judge
from campaigns.privacy import forgetting
from campaigns.sending import gate
from campaigns.sending.gate import Reason, Refused
from campaigns.tables import Voice
from ledger import customers
from ledger.tables import Customer
from tests.stories.conftest import Story

SARI = "+6281200000001"
BROKEN = "Toplesnya pecah semua pas dibuka, tolong gmn ini kak"


@pytest.fixture
def shop(story: Story) -> Story:
    story.make_owner("ibu-ratna")
    story.hear(SARI, "halo", channel="whatsapp", name="Sari Wulandari")
    story.hear(SARI, "ya", channel="whatsapp")
    return story


def allows_history(story: Story, *, says: str = "ya") -> None:
    story.hear(SARI, says, channel="whatsapp")


def writes(story: Story, text: str) -> str:
    return "\n".join(reply.text for reply in story.hear(SARI, text, channel="whatsapp").replies)


def owner(story: Story, text: str) -> str:
    return "\n".join(reply.text for reply in story.hear("ibu-ratna", text).replies)


def voices(story: Story) -> list[Voice]:
    with story.app.database.reading() as session:
        return list(session.exec(select(Voice).order_by(Voice.interaction_id)))  # type: ignore[arg-type]


def sari(story: Story) -> Customer:
    with story.app.database.reading() as session:
        chat = customers.address_of(session, "whatsapp", SARI)
        assert chat is not None
        return session.get_one(Customer, chat.customer_id)


def says_the_gate(story: Story) -> gate.Verdict:
    """Of an offer to Sari at noon."""
    now = story.clock.now()
    with story.app.database.reading() as session:
        row = session.connection().execute(
            select(*rollcall.PERSON).where(Customer.id == sari(story).id)  # type: ignore[call-overload]
        )
        calling = rollcall.RollCall(session, ["whatsapp"], story.app.shop, now)
        (known,) = calling.known(row.all())
    return gate.ask(known.kind.facts, story.app.shop.quiet_hours, story.app.shop.caps, now)


def test_a_complaint_reaches_the_owner_at_once_and_offers_rest_until_it_is_settled(shop: Story) -> None:
    allows_history(shop)
    assert not isinstance(says_the_gate(shop), Refused)
    assert "Maaf atas kejadian ini" in writes(shop, BROKEN)
    told = shop.received_by("ibu-ratna")[-1]
    assert told.startswith(f"❗ Sari mengeluh:\n> {BROKEN}")
    assert "/suara selesai 1" in told
    assert says_the_gate(shop) == Refused(Reason.COMPLAINT)
    assert "Sari" in owner(shop, "/suara keluhan")
    assert "boleh dapat penawaran lagi" in owner(shop, "/suara selesai 1")
    assert not isinstance(says_the_gate(shop), Refused)
    assert "Tidak ada keluhan" in owner(shop, "/suara keluhan")


def test_the_pause_ends_by_itself(shop: Story) -> None:
    allows_history(shop)
    writes(shop, BROKEN)
    shop.clock.forward(timedelta(days=7, minutes=1))
    assert says_the_gate(shop) != Refused(Reason.COMPLAINT)
    assert "Sari" in owner(shop, "/suara keluhan")


def test_who_refuses_profiling_is_heard_by_people_and_never_judged(shop: Story) -> None:
    allows_history(shop, says="tidak")
    assert "Sudah saya teruskan" in writes(shop, BROKEN)
    assert shop.received_by("ibu-ratna")[-1].startswith("Sari bertanya:")
    now = shop.clock.now()
    assert catching_up.catch_up(shop.app.database, Judge.shipped(), shop.app.shop, now) == 0
    assert voices(shop) == []


def test_who_never_answered_about_profiling_is_not_judged(shop: Story) -> None:
    writes(shop, BROKEN + "?")
    assert voices(shop) == []


def test_a_no_to_profiling_takes_what_was_judged_with_it(shop: Story) -> None:
    allows_history(shop)
    writes(shop, BROKEN)
    assert [each.label for each in voices(shop)] == ["negative"]
    writes(shop, "STOP RIWAYAT")
    assert voices(shop) == []


def test_an_erasure_takes_what_was_judged_with_it(shop: Story) -> None:
    allows_history(shop)
    writes(shop, BROKEN)
    with shop.app.database.transaction() as session:
        person = session.get_one(Customer, sari(shop).id)
        forgetting.forget(session, person, zone=shop.app.shop.zone, by="test", at=shop.clock.now())
    assert voices(shop) == []


def test_commands_and_answers_to_our_questions_are_not_judged(shop: Story) -> None:
    allows_history(shop)
    for text in ("PRIVASI", "makasih", "ok", "BANTUAN", "kenapa"):
        writes(shop, text)
    assert voices(shop) == []


def test_what_was_written_before_anybody_listened_is_judged_by_night_and_only_once(shop: Story) -> None:
    allows_history(shop)
    writes(shop, "Kopinya enak bgt, tp ongkirnya mahal")
    now, judge = shop.clock.now(), Judge.shipped()
    with shop.app.database.transaction() as session:
        for voice in session.exec(select(Voice)):
            session.delete(voice)
    assert catching_up.catch_up(shop.app.database, judge, shop.app.shop, now) == 1
    assert catching_up.catch_up(shop.app.database, judge, shop.app.shop, now) == 0
    (voice,) = voices(shop)
    assert {"price", "delivery", "taste"} <= set(voice.themes)


def test_a_complaint_that_is_not_there_is_not_settled(shop: Story) -> None:
    assert "Tidak ada keluhan nomor 99" in owner(shop, "/suara selesai 99")
    assert "Keluhan yang mana" in owner(shop, "/suara selesai")
    assert "Tema “cuaca” tidak ada" in owner(shop, "/suara cuaca")
