"""Whether somebody can be reached, whatever order the messenger's news of it comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from ledger import consent, customers
from ledger.database import Database

NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
NEWS = ((NOON, False), (NOON + HOUR, True), (NOON + 2 * HOUR, False), (NOON + 3 * HOUR, True))


def told(database: Database, *news: tuple[datetime, bool]) -> datetime | None:
    """Since when they cannot be reached after all of ``news``."""
    with database.transaction() as session:
        address = customers.meet(session, "telegram", "700100", "Sari", NOON - HOUR)
        for at, is_open in news:
            mark = customers.mark_reachable if is_open else customers.mark_unreachable
            mark(session, address, at)
        session.flush()
        session.refresh(address)
        return address.unreachable_since


@pytest.mark.parametrize("news", list(permutations(NEWS, 4)))
def test_the_latest_news_counts_in_whatever_order_it_comes(
    sqlite_database: Database, news: tuple[tuple[datetime, bool], ...]
) -> None:
    assert told(sqlite_database, *news) is None


@pytest.mark.parametrize("news", list(permutations(NEWS[:3], 3)))
def test_a_block_after_all_else_stands(sqlite_database: Database, news: tuple[tuple[datetime, bool], ...]) -> None:
    assert told(sqlite_database, *news) is not None


def test_both_databases_remember_when_it_was_told(database: Database) -> None:
    assert told(database, NEWS[0]) == NOON
    assert told(database, NEWS[1]) is None


def test_of_two_in_one_second_the_one_told_last_counts(sqlite_database: Database) -> None:
    assert told(sqlite_database, (NOON, False), (NOON, True)) is None


def after_both(database: Database, gone: datetime, back: datetime, *, is_told_first: bool) -> datetime | None:
    """Since when they cannot be reached, after a message of ours found nobody and they came back."""
    with database.transaction() as session:
        address = customers.meet(session, "telegram", "700100", "Sari", NOON - HOUR)
        customers.mark_unreachable(session, address, NOON - HOUR / 2, by_messenger=True)
        if is_told_first:
            customers.mark_reachable(session, address, back)
        customers.mark_unreachable(session, address, gone)
        if not is_told_first:
            customers.mark_reachable(session, address, back)
        session.flush()
        session.refresh(address)
        return address.unreachable_since


@pytest.mark.parametrize("is_told_first", [False, True])
@pytest.mark.parametrize("apart", [timedelta(microseconds=999_999), timedelta(seconds=4.9)])
def test_whoever_comes_back_about_when_we_found_them_gone_is_back(
    sqlite_database: Database, apart: timedelta, is_told_first: bool
) -> None:
    assert after_both(sqlite_database, NOON + apart, NOON, is_told_first=is_told_first) is None


@pytest.mark.parametrize("is_told_first", [False, True])
def test_whoever_is_found_gone_well_after_they_came_back_is_gone(
    sqlite_database: Database, is_told_first: bool
) -> None:
    gone = NOON + timedelta(seconds=10)
    assert after_both(sqlite_database, gone, NOON, is_told_first=is_told_first) is not None


def test_coming_back_is_no_consent(sqlite_database: Database) -> None:
    told(sqlite_database, *NEWS)
    with sqlite_database.reading() as session:
        address = customers.address_of(session, "telegram", "700100")
        assert address is not None
        assert consent.standing(session, address.customer_id, "telegram").offers is None
