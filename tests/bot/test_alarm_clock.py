"""Wake-ups are kept in the shop's database, ring in time, and keep nobody waiting."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlmodel import select

from bot import alarm_clock
from bot.alarm_clock import AlarmClock
from campaigns.tables import WakeUp
from ledger.database import Database
from ledger.tables import ShopFact

PAST, FUTURE = datetime(2020, 1, 2, tzinfo=UTC), datetime(2120, 1, 2, tzinfo=UTC)
WAIT_SECONDS = 10


def until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def running(database: Database) -> Iterator[tuple[AlarmClock, list[int]]]:
    rung: list[int] = []
    clock = AlarmClock(database, rung.append)
    clock.start()
    yield clock, rung
    clock.stop()


def kept(database: Database) -> dict[str, float | None]:
    with database.reading() as session:
        return {each.id: each.next_run_time for each in session.exec(select(WakeUp))}


def test_there_is_a_wake_up_for_what_is_wanted_and_for_nothing_else(database: Database) -> None:
    with running(database) as (clock, rung):
        clock.align({1: FUTURE, 2: FUTURE})
        assert kept(database) == {"1": FUTURE.timestamp(), "2": FUTURE.timestamp()}
        clock.align({2: FUTURE + timedelta(hours=1), 3: FUTURE})
        assert kept(database) == {"2": FUTURE.timestamp() + 3600, "3": FUTURE.timestamp()}
    assert rung == []


def test_it_rings_once_when_the_time_has_come_and_then_forgets(database: Database) -> None:
    with running(database) as (clock, rung):
        clock.align({7: PAST, 8: FUTURE})
        until(lambda: rung)
        until(lambda: set(kept(database)) == {"8"})
    assert rung == [7]


def test_what_was_set_before_it_was_stopped_rings_after_it_is_started_again(database: Database) -> None:
    soon = datetime.fromtimestamp(time.time() + 0.8, UTC)
    with running(database) as (clock, rung):
        clock.align({5: soon})
    assert (rung, set(kept(database))) == ([], {"5"})
    with running(database) as (_clock, rung):
        until(lambda: rung == [5])


def test_of_two_processes_each_goes_on_though_the_other_was_first(postgresql_database: Database) -> None:
    with running(postgresql_database) as (one, heard_by_one), running(postgresql_database) as (two, heard_by_two):
        for number in range(1, 6):
            for clock in (one, two):
                clock.align({number: PAST})
            until(lambda: number in heard_by_one or number in heard_by_two)  # noqa: B023 - asked at once
            until(lambda: not kept(postgresql_database))
        # Both still ring for what only the other has set.
        one.align({9: PAST})
        two.align({9: PAST})
        until(lambda: 9 in {*heard_by_one, *heard_by_two})


def test_while_somebody_writes_for_long_nobody_else_waits_for_a_wake_up(sqlite_database: Database) -> None:
    with running(sqlite_database) as (clock, rung):
        with sqlite_database.transaction() as session:
            session.add(ShopFact(key="long", value="import"))
            session.flush()
            setting = threading.Thread(target=clock.align, args=[{1: PAST}])
            setting.start()
            time.sleep(0.3)
            assert setting.is_alive()  # it waits for the writer's place, in its own thread
            began = time.monotonic()
            assert kept(sqlite_database) == {}
            assert time.monotonic() - began < 0.2
        setting.join(WAIT_SECONDS)
        until(lambda: rung == [1])


def test_many_wake_ups_and_many_writers_are_in_nobodys_way(sqlite_database: Database) -> None:
    """The longest that a chat had to wait for the one writer's place while the clock sets, rings and forgets."""
    waits = []
    with running(sqlite_database) as (clock, rung):
        setting = threading.Thread(target=clock.align, args=[dict.fromkeys(range(1, 41), PAST)])
        setting.start()
        for number in range(60):
            began = time.monotonic()
            with sqlite_database.transaction() as session:
                session.add(ShopFact(key=f"chat-{number}", value=""))
            waits.append(time.monotonic() - began)
            time.sleep(0.005)
        setting.join(WAIT_SECONDS)
        until(lambda: set(rung) == set(range(1, 41)))
    assert max(waits) < 2


def test_when_the_database_fails_it_is_looked_at_again(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alarm_clock, "AGAIN_AFTER_SECONDS", 0.1)

    def change(statement: str) -> None:
        with sqlite_database.transaction() as session:
            session.connection().execute(text(statement))

    change("CREATE TRIGGER fails BEFORE DELETE ON apscheduler_jobs BEGIN SELECT RAISE(ABORT, 'sari'); END")
    with running(sqlite_database) as (clock, rung):
        clock.align({1: PAST})
        until(lambda: len(rung) > 1 and "looked at again in a while: IntegrityError" in caplog.text)
        change("DROP TRIGGER fails")
        until(lambda: not kept(sqlite_database))
        clock.align({2: PAST})
        until(lambda: rung[-1] == 2)
    assert "sari" not in caplog.text


class Harm:
    """What somebody could have put into a backup."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.file,)


def test_what_was_tampered_with_runs_nothing_and_is_taken_away(database: Database, tmp_path: Path) -> None:
    harmed = tmp_path / "harmed"
    foreign = {"version": 1, "id": "6", "func": "os:getcwd", "args": (), "kwargs": {}, "name": "", "trigger": None,
               "executor": "default", "misfire_grace_time": None, "coalesce": True, "max_instances": 1,
               "next_run_time": PAST}  # fmt: skip
    with database.transaction() as session:
        for number, state in (("5", pickle.dumps(Harm(harmed))), ("6", pickle.dumps(foreign)), ("7", b"nonsense")):
            row = {"id": number, "next_run_time": PAST.timestamp(), "job_state": state}
            session.connection().execute(insert(WakeUp), row)
    with running(database) as (clock, rung):
        until(lambda: not kept(database))
        clock.align({8: PAST})
        until(lambda: rung == [8])
    assert not harmed.exists()


@pytest.mark.parametrize("times", [1, 2])
def test_a_shop_made_anew_has_room_for_wake_ups(database: Database, times: int) -> None:
    for _ in range(times):
        with running(database) as (clock, _rung):
            clock.align({1: FUTURE})
        database.rebuild()
        assert kept(database) == {}
