"""What one process at a time may do, on a real PostgreSQL and on SQLite."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, delete, select

from ledger import leases
from ledger.database import Database
from ledger.leases import TERM, LostLease
from ledger.tables import Lease, ShopFact

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def take(database: Database, holder: str, at: datetime) -> int | None:
    with database.transaction() as session:
        return leases.take(session, "scheduler", holder, at)


def test_the_first_to_ask_holds_it_and_holds_it_on_and_nobody_else_does(database: Database) -> None:
    assert take(database, "a", NOW) == 1
    assert take(database, "b", NOW + 5 * SECOND) is None
    assert take(database, "a", NOW + 5 * SECOND) == 1
    assert take(database, "b", NOW + 5 * SECOND + TERM - SECOND) is None


def test_when_it_is_over_somebody_else_has_it_under_another_number(database: Database) -> None:
    take(database, "a", NOW)
    assert take(database, "b", NOW + TERM) == 2
    assert take(database, "a", NOW + TERM) is None


def test_whoever_let_it_run_out_and_takes_it_again_begins_anew(database: Database) -> None:
    take(database, "a", NOW)
    assert take(database, "a", NOW + TERM) == 2


def test_what_is_given_back_is_free_at_once_and_only_its_holder_gives_it_back(database: Database) -> None:
    take(database, "a", NOW)
    for holder, found in (("b", None), ("a", 2)):
        with database.transaction() as session:
            leases.give_back(session, "scheduler", holder, NOW + SECOND)
        assert take(database, "b", NOW + SECOND) == found


def test_one_lease_says_nothing_of_another(database: Database) -> None:
    with database.transaction() as session:
        assert leases.take(session, leases.SCHEDULER, "a", NOW) == 1
        assert leases.take(session, leases.LISTENING, "b", NOW) == 1
        assert leases.holders(session, NOW) == {leases.SCHEDULER: "a", leases.LISTENING: "b"}
        assert leases.holders(session, NOW + TERM) == {}


turns = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 8), st.booleans()), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns)
def test_nobody_ever_holds_what_somebody_else_still_holds(
    sqlite_database: Database, wanted: list[tuple[str, int, bool]]
) -> None:
    with sqlite_database.transaction() as session:
        session.connection().execute(delete(Lease))
    held_by, until, now, numbers = "", NOW, NOW, [0]
    for holder, seconds, gives_back in wanted:
        now += timedelta(seconds=seconds)
        with sqlite_database.transaction() as session:
            if gives_back:
                leases.give_back(session, "scheduler", holder, now)
                until = min(until, now) if holder == held_by else until
                continue
            number = leases.take(session, "scheduler", holder, now)
        assert (number is not None) == (holder == held_by or now >= until)
        if number is not None:
            # The same number for as long as it is held without a gap, and a higher one after each.
            assert number == numbers[-1] + (now >= until)
            numbers.append(number)
            held_by, until = holder, now + TERM


# Fencing


def write(database: Database, value: str) -> None:
    with database.transaction() as session:
        session.merge(ShopFact(key="written by", value=value))


def written(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(ShopFact.value).where(ShopFact.key == "written by")))


def test_what_was_begun_under_a_lease_that_somebody_else_took_meanwhile_is_not_kept(database: Database) -> None:
    take(database, "a", NOW)
    guarded = database.guarded(leases.require("scheduler", 1))
    write(guarded, "a")
    take(database, "b", NOW + TERM)
    with pytest.raises(LostLease):
        write(guarded, "a, paused for a minute")
    assert written(database) == ["a"]


def test_a_lease_that_is_over_and_nobodys_still_lets_its_last_holder_finish(database: Database) -> None:
    take(database, "a", NOW)
    with database.transaction() as session:
        leases.give_back(session, "scheduler", "a", NOW)
    write(database.guarded(leases.require("scheduler", 1)), "a")
    assert written(database) == ["a"]


def test_whoever_takes_a_lease_waits_for_what_is_being_committed_under_it(postgresql_database: Database) -> None:
    database = postgresql_database
    take(database, "a", NOW)
    asked, order = threading.Event(), list[str]()
    guarded = database.guarded(leases.require("scheduler", 1))

    def follow() -> None:
        asked.wait()
        take(database, "b", NOW + TERM)
        order.append(f"b, after {written(database)}")

    follower = threading.Thread(target=follow)
    follower.start()

    def hold(session: Session) -> None:
        leases.require("scheduler", 1)(session)
        asked.set()
        # Until the follower stands at the row.
        while not waiting(database):
            pass

    write(database.guarded(hold), "a")
    follower.join()
    assert order == ["b, after ['a']"]
    with pytest.raises(LostLease):
        write(guarded, "a, too late")


def waiting(database: Database) -> bool:
    with database.reading() as session:
        locks = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(session.connection().exec_driver_sql(locks).scalar())


def test_of_many_who_ask_at_once_one_has_it(postgresql_database: Database) -> None:
    found, ready = list[int | None](), threading.Barrier(6)

    def ask(holder: str) -> None:
        ready.wait()
        found.append(take(postgresql_database, holder, NOW))

    asking = [threading.Thread(target=ask, args=[str(number)]) for number in range(6)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert sorted(found, key=str) == [1, None, None, None, None, None]


def test_the_time_they_share_is_the_servers_and_on_one_computer_its_own(
    postgresql_database: Database, sqlite_database: Database
) -> None:
    with sqlite_database.reading() as session:
        assert leases.shared_time(session, NOW) == NOW
    with postgresql_database.reading() as session:
        server = session.connection().exec_driver_sql("SELECT now()").scalar_one()
        assert timedelta() <= leases.shared_time(session, NOW) - server < timedelta(seconds=30)
