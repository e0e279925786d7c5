"""The hour at which each is at hand is reckoned by their own clock, and kept for campaigns to go by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from campaigns import insights, mining, wall_clocks
from campaigns.mining import Parameters
from campaigns.shop import QuietHours, Shop
from campaigns.tables import BestHour, MiningRun
from engine.frames import NONE, Interactions, Kind
from ledger.columns import microseconds
from ledger.database import Database
from ledger.tables import Customer, Interaction, Product
from ledger.tables import Kind as LedgerKind

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
JAKARTA, JAYAPURA = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")
NAMES = ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/Berlin", "America/New_York"]


def frame(moments: list[datetime]) -> Interactions:
    """The nth thing was done by the nth customer."""
    n = len(moments)
    none = np.full(n, NONE, dtype=np.int64)
    return Interactions(
        customer=np.arange(n, dtype=np.int64), kind=np.full(n, Kind.CLICK, dtype=np.int64),
        at=np.array([microseconds(each) for each in moments], dtype=np.int64), product=none, quantity=none,
        amount_minor=none, discount_minor=none, order=none, platform=none,
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
            st.sampled_from(NAMES),
        ),
        max_size=20,
    )
)
def test_everybodys_hour_is_what_their_own_clock_showed(told: list[tuple[datetime, str]]) -> None:
    zones = {customer: name for customer, (_, name) in enumerate(told) if name != NAMES[0]}
    hours = wall_clocks.hours(frame([moment for moment, _ in told]), zones, NAMES[0])
    shown = [moment.astimezone(ZoneInfo(name)).hour for moment, name in told]
    midnights = [moment.astimezone(JAKARTA).time() == datetime.min.time() for moment, _ in told]
    assert [None if hour == NONE else hour % 24 for hour in hours.tolist()] == [
        None if is_midnight else hour for hour, is_midnight in zip(shown, midnights, strict=True)
    ]


def test_a_date_without_a_time_says_nothing_of_an_hour() -> None:
    midnight = datetime(2026, 11, 2, tzinfo=JAKARTA)
    hours = wall_clocks.hours(
        frame([midnight, midnight + timedelta(minutes=1)]), {0: "Asia/Jayapura"}, "Asia/Jakarta"
    )
    assert hours.tolist() == [NONE, microseconds(midnight + timedelta(hours=7)) // 3_600_000_000]


def test_a_zone_that_nobody_knows_is_taken_for_the_shops() -> None:
    hours = wall_clocks.hours(frame([NOW, NOW]), {0: "Mars/Olympus", 1: ""}, "Asia/Jakarta")
    assert (hours % 24).tolist() == [10, 10]


@pytest.fixture
def shop(database: Database) -> Database:
    """Thirty who buy at seven in the evening, and one in Jayapura who writes at nine there."""
    with database.transaction() as session:
        session.add_all(Product(id=n, sku=f"P{n}", currency="IDR", price_minor=1000) for n in range(1, 7))
        session.add_all(Customer(id=n, source="till", created_at=NOW) for n in range(1, 32))
        session.add(Customer(id=99, source="till", created_at=NOW, zone="Asia/Jayapura"))
        session.flush()
        for who in (*range(1, 31), 99):
            for visit in range(4):
                evening = datetime(2026, 10, 1 + visit * 7, 19, who % 60, tzinfo=JAKARTA)
                for product in (1 + who % 6, 1 + (who + visit) % 6):
                    session.add(Interaction(
                        customer_id=who, kind=LedgerKind.PURCHASE, at=evening, platform="pos", product_id=product,
                        quantity=1, amount_minor=1000 + who, currency="IDR", order_ref=f"{who}-{visit}",
                    ))  # fmt: skip
        for day in range(1, 21):
            morning = datetime(2026, 10, day, 9, 5, tzinfo=JAYAPURA)
            session.add(Interaction(customer_id=99, kind=LedgerKind.MESSAGE_IN, at=morning, platform="telegram"))
    return database


def test_a_run_keeps_the_hour_of_everybody_who_was_seen_at_one(shop: Database) -> None:
    run = mining.mine(shop, lambda: NOW, Parameters.of(Shop()))
    assert run.quality["hours"] == [0] * 9 + [20] + [0] * 9 + [30 * 4] + [0] + [4] + [0] * 2
    with shop.reading() as session:
        hours = insights.best_hours(session, [1, 31, 99])
    # Number 31 never did anything: the shop's hour, of which n is nobody's own.
    assert hours == {1: (19, 4), 31: (19, 0), 99: (9, 24)}


def test_the_shops_manners_forbid_an_hour_to_be_anybodys_best(shop: Database) -> None:
    early = Shop(quiet_hours=QuietHours.read("17:00-08:00"))
    mining.mine(shop, lambda: NOW, Parameters.of(early))
    with shop.reading() as session:
        assert {hour for hour, _ in insights.best_hours(session, range(1, 32)).values()} <= set(range(8, 17))


def test_before_the_first_run_nobody_has_an_hour_and_old_runs_leave_none(shop: Database) -> None:
    with shop.reading() as session:
        assert insights.best_hours(session, [1]) == {}
    for _ in range(mining.RUNS_KEPT + 1):
        mining.mine(shop, lambda: NOW)
    with shop.reading() as session:
        kept = set(session.exec(select(MiningRun.id)))
        assert set(session.exec(select(BestHour.run_id))) == kept
        assert len(kept) == mining.RUNS_KEPT
