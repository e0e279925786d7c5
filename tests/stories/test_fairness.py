"""What a customer may tell for the shop's audits, and what the owner is told of them."""

from __future__ import annotations

import pytest
from sqlmodel import select

from bot.talk.intents import Means, understand
from ledger import auditable
from ledger.auditable import Gender
from ledger.tables import AuditEntry, AuditFact, Customer
from tests.stories.conftest import Story


def kept(story: Story) -> list[str]:
    with story.app.database.reading() as session:
        return [each.value for each in session.exec(select(AuditFact))]


def test_nobody_is_asked_for_their_gender_and_who_wishes_tells_it_and_takes_it_back(story: Story) -> None:
    story.join("sari")
    assert "KEADILAN" in story.say("sari", "PRIVASI")
    asked = story.say("sari", "KEADILAN")
    assert "Tidak wajib" in asked
    assert kept(story) == []
    assert "Sudah dicatat: perempuan" in story.say("sari", "keadilan perempuan")
    assert kept(story) == ["female"]
    assert "Hanya untuk memeriksa keadilan: perempuan" in story.say("sari", "PRIVASI")
    assert "perempuan" in story.say("sari", "DATA SAYA")
    assert "dihapus" in story.say("sari", "HAPUS KEADILAN")
    assert kept(story) == []


def test_it_is_told_in_english_too_and_a_later_word_stands(story: Story) -> None:
    story.join("sari")
    story.say("sari", "english")
    assert "Noted: man" in story.say("sari", "fairness man")
    assert "Noted: other" in story.say("sari", "FAIRNESS: other")
    assert kept(story) == ["other"]


@pytest.mark.parametrize("said", ["keadilan sosial bagi seluruh rakyat", "fairness cream ada?", "perempuan"])
def test_what_is_no_answer_is_none(said: str) -> None:
    assert understand(said).means not in (Means.FAIRNESS, Means.NO_FAIRNESS)


def test_what_was_told_goes_with_the_customer_when_everything_is_erased(story: Story) -> None:
    story.join("sari")
    story.say("sari", "keadilan perempuan")
    for said in ("HAPUS DATA", "ya hapus"):
        story.say("sari", said)
    assert kept(story) == []


def test_of_two_chats_that_are_one_persons_their_own_word_stands(story: Story) -> None:
    with story.app.database.transaction() as session:
        now = story.clock.now()
        one, other, third = (Customer(name=name, source="chat", created_at=now) for name in ("A", "B", "C"))
        session.add_all([one, other, third])
        session.flush()
        auditable.tell(session, one.id, Gender.FEMALE, now)
        auditable.tell(session, other.id, Gender.OTHER, now)
        auditable.unite(session, other.id, one.id)
        auditable.unite(session, one.id, third.id)
        assert (auditable.kept(session, third.id), auditable.kept(session, one.id)) == (Gender.FEMALE, None)
    assert kept(story) == ["female"]


def test_the_owner_sets_the_limit_and_it_stands_in_the_book(story: Story) -> None:
    owner = story.owner()
    assert "70%" in story.say(owner, "/adil batas 70%")
    assert "paling sedikit 70%" in story.say(owner, "/adil")
    assert "di atas 0" in story.say(owner, "/adil batas 0%")
    with story.app.database.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "fairness limit set")).one()
    assert entry.detail == {"before": 0.8, "limit": 0.7}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/adil kota", "Kota, 12 minggu terakhir"),
        ("/adil city 4 minggu", "Kota, 4 minggu terakhir"),
        ("/adil jenis kelamin", "Jenis kelamin"),
        ("/adil 3 minggu", "3 minggu terakhir"),
        ("/adil warna", "Tidak ada pembagian “warna”"),
        ("/adil 77", "77"),
    ],
)
def test_the_owner_asks_by_a_grouping_over_some_weeks_or_for_a_campaign(story: Story, said: str, told: str) -> None:
    assert told in story.say(story.owner(), said)
