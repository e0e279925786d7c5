"""How fast all processes together write: the laws of the shared pace."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, delete

from campaigns.channel import Cause
from campaigns.sending import paces
from campaigns.sending.paces import AHEAD, OFFERS_SHARE, Closed, Turns
from campaigns.tables import Pace
from ledger.database import Database

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HAIR = timedelta(milliseconds=1)


def room(
    database: Database, per_second: float, most: int, at: datetime, *, used: int | None = None
) -> list[datetime]:
    """The moments one process takes, ``used`` of which it needs."""
    with database.transaction() as session:
        return take(session, per_second, most, at, used)


def take(session: Session, per_second: float, most: int, at: datetime, used: int | None = None) -> list[datetime]:
    moments = paces.room(session, "telegram", per_second, most, at)[:used]
    paces.take(session, "telegram", per_second, moments)
    return list(moments)


def most_within(moments: Sequence[datetime], window: timedelta) -> int:
    return max((sum(start <= at <= start + window for at in moments) for start in moments), default=0)


asked = st.lists(
    st.tuples(
        st.floats(0, 4).map(lambda wait: timedelta(seconds=round(wait, 3))),
        st.integers(0, 80),
        st.none() | st.integers(0, 80),
        st.sampled_from(["room", "room", "room", "charge", "close"]),
    ),
    max_size=25,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked, st.sampled_from([0.33, 2.0, 7.5, 30.0, 900.0]))
def test_whoever_asks_whenever_no_window_holds_more_than_the_rate_and_none_is_before_a_deadline(
    sqlite_database: Database, wanted: list[tuple[timedelta, int, int | None, str]], per_second: float
) -> None:
    now, closed_until, moments = NOW, NOW, list[datetime]()
    with sqlite_database.transaction() as session:
        session.connection().execute(delete(Pace))
        for wait, most, used, what in wanted:
            now += wait
            match what:
                case "charge":
                    paces.charge(session, "telegram", per_second, most, now)
                case "close":
                    until = now + most * SECOND / 10
                    closed_until = max(closed_until, until)
                    paces.close(session, "telegram", until, Cause.BUSY)
                case _:
                    got = take(session, per_second, most, now, used)
                    assert not got or (now >= closed_until and now <= got[0] and got[-1] <= now + AHEAD)
                    moments += got
    # No two processes have the same moment, whenever they asked.
    assert moments == sorted(moments)
    for seconds in (0.0, 0.2, 1.0, 3.0, 10.0):
        window = timedelta(seconds=seconds)
        assert most_within(moments, window) <= 1 + (window + HAIR).total_seconds() * per_second * OFFERS_SHARE


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(0.05, 0.9), min_size=40, max_size=60), st.sampled_from([2.0, 30.0]))
def test_whoever_keeps_asking_gets_all_of_it(
    sqlite_database: Database, waits: list[float], per_second: float
) -> None:
    now, count = NOW, 0
    with sqlite_database.transaction() as session:
        session.connection().execute(delete(Pace))
        for wait in waits:
            now += timedelta(seconds=wait)
            count += len(take(session, per_second, 80, now))
    assert count >= (now - NOW).total_seconds() * per_second * OFFERS_SHARE


def test_a_pause_is_not_made_up_for(database: Database) -> None:
    room(database, 30, 5, NOW)
    got = room(database, 30, 500, NOW + timedelta(hours=1))
    # 27 a second: the 28th is a second after the first.
    assert len(got) == 28
    assert got[0] == NOW + timedelta(hours=1)
    assert got[27] - got[0] == 27 * timedelta(seconds=1 / 27)


def test_what_is_not_used_is_the_next_ones(database: Database) -> None:
    first = room(database, 10, 8, NOW)
    with database.transaction() as session:
        session.connection().execute(delete(Pace))
    assert room(database, 10, 8, NOW, used=3) == first[:3]
    assert room(database, 10, 5, NOW) == first[3:]


def test_a_claim_is_told_how_many_may_go_where_and_when_each_goes(database: Database) -> None:
    rates = {"telegram": 10.0, "whatsapp": 2.0, "simulator": None, "closed": None}
    with database.transaction() as session:
        paces.close(session, "closed", NOW + SECOND, Cause.BUSY)
        turns = Turns(session, rates, 64, NOW)
        assert turns.most == {"telegram": 10, "whatsapp": 2, "simulator": 64}
        waits = [turns.next(each) for each in ("telegram", "telegram", "simulator", "telegram", "whatsapp")]
        turns.keep()
    ninth = timedelta(seconds=1 / 9)
    assert waits == [timedelta(), ninth, timedelta(), 2 * ninth, timedelta()]
    with database.transaction() as session:
        turns = Turns(session, rates, 64, NOW)
        assert (turns.most, turns.waiting) == ({"telegram": 7, "whatsapp": 1, "simulator": 64}, [])
        assert turns.next("telegram") == 3 * ninth
        for _ in range(6):
            turns.next("telegram")
        turns.keep()
        assert Turns(session, rates, 64, NOW).waiting == ["telegram"]


def test_a_deadline_only_moves_later_and_all_know_it(database: Database) -> None:
    for seconds in (5, 30, 10):
        with database.transaction() as session:
            paces.close(session, "telegram", NOW + seconds * SECOND, Cause.BUSY)
    with database.reading() as session:
        assert list(paces.closed(session, NOW)) == [Closed("telegram", NOW + 30 * SECOND, Cause.BUSY)]
        assert list(paces.closed(session, NOW + 30 * SECOND)) == []
    assert room(database, 30, 10, NOW + 29 * SECOND) == []
    assert len(room(database, 30, 10, NOW + 30 * SECOND)) == 10


def test_answers_go_and_offers_make_room_for_them_but_not_without_end(database: Database) -> None:
    with database.transaction() as session:
        paces.charge(session, "telegram", 10, 18, NOW)
    # Two seconds' worth of offers, which may be claimed from a second before on.
    owed_at = NOW + 18 * timedelta(seconds=1 / 9)
    assert room(database, 10, 9, NOW + SECOND - HAIR) == []
    assert room(database, 10, 1, NOW + SECOND) == [owed_at]
    with database.transaction() as session:
        paces.charge(session, "telegram", 10, 10_000, NOW + 3 * SECOND)
    longest = NOW + 3 * SECOND + paces.MOST_DEBT
    assert room(database, 10, 1, longest) == [longest]


def test_a_clock_that_was_set_back_stops_nobody(database: Database) -> None:
    room(database, 30, 10, NOW + timedelta(hours=2))
    assert len(room(database, 30, 10, NOW)) == 10


def test_of_many_processes_that_ask_at_once_each_has_moments_of_its_own(postgresql_database: Database) -> None:
    got, ready = list[datetime](), threading.Barrier(6)

    def ask() -> None:
        ready.wait()
        for _ in range(4):
            got.extend(room(postgresql_database, 50, 3, NOW))

    asking = [threading.Thread(target=ask) for _ in range(6)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    interval = timedelta(seconds=1 / (50 * OFFERS_SHARE))
    assert sorted(got) == [NOW + place * interval for place in range(46)]
