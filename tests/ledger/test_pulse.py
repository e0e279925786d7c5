"""Which processes keep the shop open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ledger import pulse
from ledger.database import Database
from ledger.pulse import SILENCE

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)


def test_each_process_is_told_with_its_role_since_when_and_when_it_was_heard_of_last(database: Database) -> None:
    later = NOW + timedelta(seconds=30)
    with database.transaction() as session:
        pulse.begin(session, "a", "web", "kasir:12", NOW)
        pulse.begin(session, "b", "worker", "gudang:7", NOW + timedelta(seconds=1))
        pulse.beat(session, later, "a")
    with database.reading() as session:
        found = [(each.id, each.role, each.place, each.since, each.beat_at) for each in pulse.alive(session, later)]
        assert pulse.last_beat(session) == later
    assert found == [
        ("a", "web", "kasir:12", NOW, later),
        ("b", "worker", "gudang:7", NOW + timedelta(seconds=1), NOW + timedelta(seconds=1)),
    ]


def test_who_closed_or_fell_silent_is_not_alive(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        for shift in ("closed", "silent", "here"):
            pulse.begin(session, shift, "all", "", NOW)
        pulse.end(session, "closed", NOW + timedelta(seconds=5))
        pulse.beat(session, NOW + SILENCE, "here")
        assert [each.id for each in pulse.alive(session, NOW + SILENCE)] == ["here"]
        assert pulse.last_beat(session) == NOW + SILENCE


def test_who_was_thought_gone_and_beats_again_is_there_again(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        pulse.begin(session, "a", "web", "", NOW)
        pulse.end(session, "a", NOW)
        pulse.beat(session, NOW + SILENCE, "a")
        assert [each.since for each in pulse.alive(session, NOW + SILENCE)] == [NOW]


def test_shifts_of_yesterday_are_forgotten_but_the_last(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        pulse.begin(session, "first", "all", "", NOW)
        pulse.begin(session, "second", "all", "", NOW + timedelta(minutes=1))
        pulse.begin(session, "third", "all", "", NOW + timedelta(days=9))
        pulse.end(session, "third", NOW + timedelta(days=9))
        assert pulse.last_beat(session) == NOW + timedelta(days=9)
        found = [each.id for each in pulse.alive(session, NOW + timedelta(minutes=1))]
    assert found == ["second"]
