"""Whose turn it is, worked out by hand for customers whose history is told in a line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import Session

from campaigns import insights
from campaigns.launching import triggers
from campaigns.launching.drafts import Trigger
from campaigns.launching.triggers import Due
from campaigns.tables import MiningRun, RunState
from ledger.database import Database
from ledger.tables import Customer, Interaction, Kind, Product

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
"""A Monday, ten in the morning in Jakarta."""
JAKARTA = ZoneInfo("Asia/Jakarta")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SARI, BUDI, WATI = 1, 2, 3
COFFEE, TEA = 1, 2
Told = tuple[int, Kind, int | None, timedelta]
"""Who did what with which product, how long ago."""


def people(session: Session, n: int = 3) -> None:
    session.add_all(Customer(id=number, source="till", created_at=NOW) for number in range(1, n + 1))
    session.add_all(Product(id=number, sku=f"P{number}", currency="IDR") for number in (COFFEE, TEA))
    session.flush()


def tell(session: Session, *told: Told) -> None:
    session.add_all(
        Interaction(customer_id=who, kind=kind, at=NOW - ago, platform="pos", product_id=product, order_ref=f"{ago}")
        for who, kind, product, ago in told
    )
    session.flush()


def bought(who: int, product: int, *days_ago: float) -> list[Told]:
    return [(who, Kind.PURCHASE, product, days * DAY) for days in days_ago]


@pytest.fixture
def whose(database: Database) -> Callable[..., dict[int, Due]]:
    def find(trigger: Trigger, *told: Told, now: datetime = NOW, zone: ZoneInfo = JAKARTA) -> dict[int, Due]:
        with database.transaction() as session:
            people(session)
            tell(session, *told)
            return triggers.due(session, trigger, zone, now)

    return find


Whose = Callable[..., dict[int, Due]]


def test_who_looked_and_did_not_buy_is_due_from_four_hours_to_three_days_after(whose: Whose) -> None:
    found = whose(
        Trigger.VIEWED,
        (SARI, Kind.VIEW, COFFEE, 4 * HOUR),
        (BUDI, Kind.VIEW, COFFEE, 3 * DAY),
        (WATI, Kind.VIEW, COFFEE, 3 * DAY + HOUR),
    )
    assert found == {SARI: Due(NOW - 4 * HOUR, COFFEE), BUDI: Due(NOW - 3 * DAY, COFFEE)}


def test_who_is_still_looking_around_is_left_in_peace(whose: Whose) -> None:
    found = whose(Trigger.VIEWED, (SARI, Kind.VIEW, COFFEE, 5 * HOUR), (SARI, Kind.VIEW, TEA, HOUR))
    assert found == {}


def test_who_bought_it_since_is_not_asked_about_it_but_about_what_they_did_not_buy(whose: Whose) -> None:
    found = whose(
        Trigger.VIEWED,
        (SARI, Kind.VIEW, TEA, 7 * HOUR),
        (SARI, Kind.VIEW, COFFEE, 6 * HOUR),
        (SARI, Kind.PURCHASE, COFFEE, 5 * HOUR),
        (BUDI, Kind.VIEW, COFFEE, 6 * HOUR),
        (BUDI, Kind.PURCHASE, COFFEE, 5 * HOUR),
    )
    assert found == {SARI: Due(NOW - 7 * HOUR, TEA)}


def test_who_bought_it_before_they_looked_is_due(whose: Whose) -> None:
    found = whose(Trigger.VIEWED, (SARI, Kind.PURCHASE, COFFEE, DAY), (SARI, Kind.VIEW, COFFEE, 6 * HOUR))
    assert found == {SARI: Due(NOW - 6 * HOUR, COFFEE)}


def test_a_cart_is_left_from_two_hours_to_two_days_unless_anything_was_bought_since(whose: Whose) -> None:
    found = whose(
        Trigger.CART,
        (SARI, Kind.CART, COFFEE, 5 * HOUR),
        (SARI, Kind.CART, TEA, 2 * HOUR),
        (BUDI, Kind.CART, COFFEE, 5 * HOUR),
        (BUDI, Kind.PURCHASE, TEA, 4 * HOUR),
        (WATI, Kind.CART, COFFEE, HOUR),
    )
    assert found == {SARI: Due(NOW - 2 * HOUR, TEA)}


def test_the_first_purchase_is_thanked_for_from_a_day_to_three_after(whose: Whose) -> None:
    found = whose(
        Trigger.FIRST_PURCHASE,
        *bought(SARI, COFFEE, 2.5, 0.5),
        *bought(BUDI, COFFEE, 2, 40),
        *bought(WATI, COFFEE, 0.9),
    )
    assert found == {SARI: Due(NOW - 2.5 * DAY)}


@pytest.mark.parametrize(("days_since", "is_due"), [(26, False), (28, True), (44, True), (46, False)])
def test_who_buys_every_thirty_days_is_due_about_thirty_days_after(
    whose: Whose, days_since: int, is_due: bool
) -> None:
    # Due from 27 to 45.
    found = whose(Trigger.REPLENISHMENT, *bought(SARI, COFFEE, *(days_since + 30 * n for n in range(4))))
    assert found == ({SARI: Due(NOW - days_since * DAY, COFFEE)} if is_due else {})


def test_twice_is_no_rhythm_and_twice_on_one_day_is_once(whose: Whose) -> None:
    found = whose(Trigger.REPLENISHMENT, *bought(SARI, COFFEE, 30, 60), *bought(BUDI, COFFEE, 30, 30.1, 60))
    assert found == {}


def test_a_weak_habit_leans_on_what_is_usual_for_the_product(database: Database) -> None:
    # Usually coffee lasts 10 days, which is worth two gaps of one's own. Wati's two gaps of 40 become 20, the square
    # root of 40 x 10: after 25 days she is 1.25 of them away, by her own reckoning only 0.6. Budi's eight of 40
    # become 40 ^ .8 x 10 ^ .2 = 30.3: after 25 days it is early.
    with database.transaction() as session:
        people(session)
        run = MiningRun(started_at=NOW, ready_at=NOW)
        session.add(run)
        session.flush()
        session.add(RunState(run_id=run.id, name=insights.RESTOCKING, content=b'{"1":[10.0,2.0,7]}'))
        tell(session, *bought(WATI, COFFEE, 25, 65, 105), *bought(BUDI, COFFEE, *(25 + 40 * n for n in range(9))))
        assert triggers.due(session, Trigger.REPLENISHMENT, JAKARTA, NOW) == {WATI: Due(NOW - 25 * DAY, COFFEE)}


def test_of_several_products_the_one_most_due_is_named(whose: Whose) -> None:
    found = whose(Trigger.REPLENISHMENT, *bought(SARI, COFFEE, 10, 20, 30, 40), *bought(SARI, TEA, 14, 24, 34, 44))
    assert found == {SARI: Due(NOW - 14 * DAY, TEA)}


@pytest.mark.parametrize(("days_since", "is_due"), [(39, False), (41, True), (53, True), (55, False)])
def test_who_comes_every_twenty_days_is_missed_after_forty_for_a_fortnight(
    whose: Whose, days_since: int, is_due: bool
) -> None:
    found = whose(Trigger.QUIET, *bought(SARI, COFFEE, *(days_since + 20 * n for n in range(3))))
    assert found == ({SARI: Due(NOW - days_since * DAY)} if is_due else {})


def test_nobody_is_missed_before_thirty_days(whose: Whose) -> None:
    found = whose(Trigger.QUIET, *bought(SARI, COFFEE, 29, 31, 33), *bought(BUDI, COFFEE, 31, 33, 35))
    assert found == {BUDI: Due(NOW - 31 * DAY)}


@pytest.mark.parametrize("sign", [Kind.MESSAGE_IN, Kind.CLICK, Kind.VIEW])
def test_who_gave_a_sign_of_life_is_not_quiet(whose: Whose, sign: Kind) -> None:
    found = whose(Trigger.QUIET, *bought(SARI, COFFEE, 41, 61, 81), (SARI, sign, None, 5 * DAY))
    assert found == {}


def test_what_we_sent_is_no_sign_of_life(whose: Whose) -> None:
    found = whose(Trigger.QUIET, *bought(SARI, COFFEE, 41, 61, 81), (SARI, Kind.MESSAGE_OUT, None, 5 * DAY))
    assert set(found) == {SARI}


@pytest.mark.parametrize(
    ("now", "born"),
    [
        ("2026-11-03T00:30+07:00", {"11-03"}),
        ("2026-11-02T23:30+07:00", {"11-02"}),
        ("2027-02-28T10:00+07:00", {"02-28", "02-29"}),
        ("2028-02-28T10:00+07:00", {"02-28"}),
        ("2028-02-29T10:00+07:00", {"02-29"}),
        ("2027-03-01T10:00+07:00", {"03-01"}),
    ],
)
def test_a_birthday_is_kept_by_the_shops_calendar_and_a_leap_days_every_year(
    database: Database, now: str, born: set[str]
) -> None:
    days = ["11-02", "11-03", "02-28", "02-29", "03-01", None]
    at = datetime.fromisoformat(now).astimezone(UTC)
    with database.transaction() as session:
        for number, birthday in enumerate(days, 1):
            session.add(Customer(id=number, source="till", created_at=NOW, birthday=birthday))
        session.flush()
        found = triggers.due(session, Trigger.BIRTHDAY, JAKARTA, at)
    assert {days[number - 1] for number in found} == born
    midnight = at.astimezone(JAKARTA).replace(hour=0, minute=0)
    assert {each.since for each in found.values()} == {midnight}


KINDS = [Kind.VIEW, Kind.CART, Kind.PURCHASE]
stories = st.lists(
    st.tuples(
        st.sampled_from([SARI, BUDI]),
        st.sampled_from(KINDS),
        st.sampled_from([COFFEE, TEA]),
        st.integers(0, 24 * 5).map(lambda n: n * HOUR),
    ),
    max_size=12,
    unique_by=lambda told: (told[0], told[3]),
)


def carts_left(told: list[Told]) -> dict[int, Due]:
    """The same by walking through each one's day."""
    found = {}
    for who in {who for who, *_ in told}:
        mine = sorted((-ago, kind, product) for each, kind, product, ago in told if each == who and ago <= 2 * DAY)
        carts = [(ago, product) for ago, kind, product in mine if kind is Kind.CART]
        if not carts or -carts[-1][0] < 2 * HOUR:
            continue
        if not any(kind is Kind.PURCHASE and ago >= carts[-1][0] for ago, kind, _ in mine):
            found[who] = Due(NOW + carts[-1][0], carts[-1][1])
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories)
def test_carts_are_found_as_one_would_by_hand(sqlite_database: Database, told: list[Told]) -> None:
    with sqlite_database.transaction() as session:
        for table in (Interaction, Customer, Product):
            session.connection().execute(delete(table))
        people(session)
        tell(session, *told)
        assert triggers.due(session, Trigger.CART, JAKARTA, NOW) == carts_left(told)
