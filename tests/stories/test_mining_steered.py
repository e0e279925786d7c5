"""Mining looked at, stopped and overruled by chat and on the command line, through the run's own row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.ending import ending, unheld
from bot.talk.desk import mining
from bot.talk.replies import Teller
from campaigns import runs
from campaigns.tables import MiningRun
from ledger.tables import AuditEntry
from tests.stories.conftest import Story

OWNER = "ibu-ratna"


@pytest.fixture
def shop(story: Story) -> Story:
    story.make_owner(OWNER)
    return story


def note(shop: Story, **run: object) -> int:
    """A run's row, as whoever mines writes it."""
    with shop.app.database.transaction() as session:
        kept = MiningRun(started_at=shop.clock.now(), **run)
        session.add(kept)
        session.flush()
        return kept.id


def run_of(shop: Story, number: int) -> MiningRun:
    with shop.app.database.reading() as session:
        return session.get_one(MiningRun, number)


def written_down(shop: Story) -> list[tuple[str, str]]:
    with shop.app.database.reading() as session:
        mining = select(AuditEntry.action, AuditEntry.subject).where(col(AuditEntry.action).startswith("mining"))
        return [(action, subject) for action, subject in session.exec(mining.order_by(col(AuditEntry.id)))]


def test_how_far_it_is_is_told_in_both_languages_and_no_second_one_begins(shop: Story) -> None:
    note(shop, beat_at=shop.clock.now(), step="bundles", done=0.4)
    said = shop.say(OWNER, "/pelajari")
    assert "sudah 40%, apa yang laku bersama" in said
    assert "/pelajari berhenti" in said
    with shop.app.database.reading() as session:
        found = runs.under_way(session, shop.clock.now())
    assert found is not None
    in_english = mining._how_far(Teller(shop.app.composer, shop.app.shop, "en"), found)
    assert "40% done, what sells together" in in_english.text
    assert "/mine stop" in in_english.text
    assert written_down(shop) == []


@pytest.mark.parametrize("words", ["/mine stop", "/pelajari berhenti", "/mine STOP"])
def test_stop_is_a_wish_that_the_run_finds_in_its_row(shop: Story, words: str) -> None:
    number = note(shop, beat_at=shop.clock.now(), step="bundles", done=0.4)
    assert "Dalam beberapa detik berhenti, dan tidak ada yang disimpan" in shop.say(OWNER, words)
    assert run_of(shop, number).cancel_asked_at == shop.clock.now()
    assert "sedang dihentikan" in shop.say(OWNER, "/pelajari")
    assert written_down(shop) == [("mining stopped", str(number))]


def test_where_nothing_is_under_way_there_is_nothing_to_stop(shop: Story) -> None:
    note(shop, ready_at=shop.clock.now())
    note(shop, beat_at=shop.clock.now() - timedelta(minutes=3), step="bundles")
    assert "tidak ada yang sedang dipelajari" in shop.say(OWNER, "/mine stop")
    assert ending(shop.app)["problem"] == "none"
    assert written_down(shop) == []


def test_what_was_held_back_is_followed_at_a_word(shop: Story) -> None:
    first = note(shop, ready_at=shop.clock.now())
    second = note(shop, held_at=shop.clock.now(), verdict={"because": "worse", "than": first, "figures": []})
    assert "kampanye memakai hasil terbaru" in shop.say(OWNER, "/pelajari pakai")
    kept = run_of(shop, second)
    assert (kept.ready_at, kept.verdict["because"]) == (shop.clock.now(), "asked")
    assert "Tidak ada hasil yang disisihkan" in shop.say(OWNER, "/mine anyway")
    assert unheld(shop.app) is None
    assert written_down(shop) == [("mining used anyway", str(second))]


def test_the_command_line_does_the_same_and_writes_it_down(shop: Story) -> None:
    first = note(shop, ready_at=shop.clock.now())
    second = note(shop, held_at=shop.clock.now(), verdict={"because": "worse", "than": first, "figures": []})
    assert unheld(shop.app) == second
    third = note(shop, beat_at=shop.clock.now(), step="writing", done=0.9)
    told = ending(shop.app)
    assert (told["run"], told["step"]) == (third, "writing")
    assert told["says"] == "The mining ends within seconds (it was writing it down); nothing of it is kept."
    assert written_down(shop) == [("mining used anyway", str(second)), ("mining stopped", str(third))]


@pytest.mark.parametrize("words", ["/mine stop", "/mine anyway", "/mine"])
def test_a_customer_can_neither_stop_nor_overrule_nor_look(shop: Story, words: str) -> None:
    number = note(shop, beat_at=shop.clock.now(), step="bundles", done=0.4)
    held = note(shop, held_at=shop.clock.now(), verdict={"because": "worse", "than": None, "figures": []})
    shop.join("sari")
    assert "%" not in shop.say("sari", words)
    assert run_of(shop, number).cancel_asked_at is None
    assert run_of(shop, held).ready_at is None


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_step_and_every_figure_has_its_words(shop: Story, language: str) -> None:
    from campaigns.held_out import ARTS
    from campaigns.mining.running import STEPS

    teller = Teller(shop.app.composer, shop.app.shop, language)
    assert all(teller.word("mining_steps", each) for each in STEPS)
    assert all(teller.word("mining_figures", each) for each in ARTS)
