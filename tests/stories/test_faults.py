"""What people meet with when something of ours is broken: one apology, nothing half done, and a STOP that counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from ledger import faults
from ledger.tables import Fault
from tests.stories.conftest import Story


@contextmanager
def broken(story: Story, table: str) -> Iterator[None]:
    """As long as it lasts, whatever needs that table fails."""
    rename(story, table, "gone")
    try:
        yield
    finally:
        rename(story, "gone", table)


def rename(story: Story, old: str, new: str) -> None:
    with story.app.database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")


def noted(story: Story) -> list[Fault]:
    with story.app.database.reading() as session:
        return list(faults.since(session, story.clock.now() - timedelta(days=1)))


def test_the_same_message_delivered_again_does_not_fail_again(story: Story) -> None:
    with broken(story, "interactions"):
        first = story.hear("sari", "halo", number="in-1")
        again = [story.hear("sari", "halo", number="in-1").replies for _ in range(3)]
    assert ["ada gangguan di pihak kami" in reply.text for reply in first.replies] == [True]
    assert again == [[], [], []]
    assert len(noted(story)) == 1


def test_a_new_message_is_acted_on_once_it_is_mended(story: Story) -> None:
    with broken(story, "interactions"):
        story.hear("sari", "mulai", number="the first")
    assert "Boleh" in story.say("sari", "mulai")


def test_a_fault_tells_where_and_nothing_of_what_was_said(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    with broken(story, "interactions"):
        story.hear("+6281200000001", "rahasia sekali", channel="whatsapp", name="Sari")
    (fault,) = noted(story)
    assert fault.channel == "whatsapp"
    assert fault.at == story.clock.now()
    kind, _, line = fault.place.partition(" in ")
    assert kind in ("OperationalError", "ProgrammingError")
    function, _, place = line.partition(", ")
    assert function.isidentifier()
    assert place.split(":")[0].endswith(".py")
    told = (fault.place + caplog.text).casefold()
    assert not [word for word in ("rahasia", "sari", "6281200000001") if word in told]


def test_faults_are_told_the_newest_first_and_none_from_before(story: Story) -> None:
    with story.app.database.transaction() as session:
        for days in (3, 1, 2):
            faults.note(session, f"{days} days ago", "KeyError in answer", story.clock.now() - timedelta(days=days))
    with story.app.database.reading() as session:
        found = faults.since(session, story.clock.now() - timedelta(days=2))
    assert [each.channel for each in found] == ["1 days ago", "2 days ago"]


@pytest.mark.parametrize("table", ["interactions", "team_members", "questions"])
def test_a_stop_counts_whatever_else_is_broken(story: Story, table: str) -> None:
    story.join("sari")
    with broken(story, table):
        answered = story.say("sari", "stop promo ya kak")
    assert answered.startswith(("Sudah berhenti", "Sekarang"))
    assert story.hear("sari", "privasi").standing.offers is False


def test_a_bare_stop_of_the_team_may_mean_a_campaign_and_ends_nothing_by_itself(story: Story) -> None:
    owner = story.owner()
    with broken(story, "campaigns"):
        assert "ada gangguan di pihak kami" in story.say(owner, "stop")
    assert story.hear(owner, "privasi").standing.offers is None
    with broken(story, "campaigns"):
        assert "Sudah berhenti" in story.say(owner, "stop semua penawaran untuk saya")


def test_a_stop_that_cannot_be_kept_gets_no_thanks(story: Story) -> None:
    story.join("sari")
    with broken(story, "consent_events"):
        assert "ada gangguan di pihak kami" in story.say("sari", "stop")
    assert story.hear("sari", "privasi").standing.offers is True


def test_nobody_is_half_made_by_a_message_that_fails(story: Story) -> None:
    with broken(story, "interactions"):
        story.say("wati", "mulai")
    with pytest.raises(LookupError):
        story.number_of("wati")


def edited(story: Story, who: str, text: str) -> list[str]:
    return [reply.text for reply in story.hear(who, text, is_edit=True).replies]


@pytest.mark.parametrize("text", ["STOP", "berhenti kirim promo dong", "stop promo"])
def test_whoever_changes_a_message_into_a_stop_leaves(sqlite_story: Story, text: str) -> None:
    sqlite_story.join("sari")
    assert "Sudah berhenti" in edited(sqlite_story, "sari", text)[0]
    assert sqlite_story.hear("sari", "privasi").standing.offers is False


def test_a_change_that_may_mean_leaving_is_asked_about(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    assert "?" in edited(sqlite_story, "sari", "capek ah sama promonya")[0]


@pytest.mark.parametrize("yes", ["ya", "ya penawaran", "👍", "boleh"])
def test_a_change_is_no_yes(sqlite_story: Story, yes: str) -> None:
    sqlite_story.say("sari", "mulai")
    (told,) = edited(sqlite_story, "sari", yes)
    assert "perubahan pesan tidak terbaca" in told
    assert sqlite_story.hear("sari", "privasi").standing.offers is None


def test_the_question_stays_open_after_a_change(sqlite_story: Story) -> None:
    sqlite_story.say("sari", "mulai")
    edited(sqlite_story, "sari", "ya")
    assert sqlite_story.hear("sari", "ya").standing.offers is True


def test_that_changes_are_not_read_is_said_once_a_day(sqlite_story: Story) -> None:
    sqlite_story.say("sari", "mulai")
    assert [len(edited(sqlite_story, "sari", f"ya {n}")) for n in range(3)] == [1, 0, 0]
    sqlite_story.clock.forward(timedelta(days=1))
    sqlite_story.say("sari", "mulai")
    assert len(edited(sqlite_story, "sari", "ya")) == 1


def test_where_nobody_waits_a_change_is_met_with_silence(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    assert edited(sqlite_story, "sari", "halo kak") == []


def test_a_change_is_no_step_of_a_draft(sqlite_story: Story) -> None:
    owner = sqlite_story.owner()
    before = sqlite_story.say(owner, "/kampanye")
    assert "perubahan pesan" in edited(sqlite_story, owner, "1")[0]
    sqlite_story.say(owner, "batal")
    assert sqlite_story.say(owner, "/kampanye") == before


def test_what_the_team_is_to_read_is_not_changed_unsaid(sqlite_story: Story) -> None:
    sqlite_story.owner()
    sqlite_story.join("sari")
    sqlite_story.say("sari", "ada kopi gaya?")
    assert "tulis pesan baru" in edited(sqlite_story, "sari", "ada kopi gayo?")[0]


def test_a_press_that_answers_the_open_question_settles_it(sqlite_story: Story) -> None:
    sqlite_story.say("sari", "mulai")
    heard = sqlite_story.hear("sari", "ya penawaran", is_press=True, in_reply_to="7")
    assert heard.settles is True


@pytest.mark.parametrize(
    ("text", "is_press"),
    [("ya penawaran", False), ("ya survei", True), ("hmm", True)],
)
def test_what_leaves_the_question_open_or_is_no_press_settles_nothing(
    sqlite_story: Story, text: str, is_press: bool
) -> None:
    sqlite_story.say("sari", "mulai")
    assert sqlite_story.hear("sari", text, is_press=is_press, in_reply_to="7").settles is False


def test_a_press_where_nothing_is_asked_settles_nothing(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    assert sqlite_story.hear("sari", "privasi", is_press=True, in_reply_to="7").settles is False


def test_a_press_that_erases_everything_settles_its_question(sqlite_story: Story) -> None:
    sqlite_story.join("sari")
    sqlite_story.say("sari", "hapus data")
    assert sqlite_story.hear("sari", "ya hapus", is_press=True, in_reply_to="7").settles is True
