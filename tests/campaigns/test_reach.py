"""How a daily limit spreads messages over days, and what sending costs."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.launching import reach

DAY = timedelta(days=1)


def test_what_fits_today_goes_today_and_the_rest_on_the_days_after() -> None:
    assert reach.waits(7, 3) == [0 * DAY] * 3 + [DAY] * 3 + [2 * DAY]


def test_places_already_taken_are_not_given_again() -> None:
    assert reach.waits(4, 3, used=2) == [0 * DAY, DAY, DAY, DAY]
    assert reach.waits(2, 3, used=7) == [2 * DAY, 2 * DAY]


def test_without_a_limit_nobody_waits() -> None:
    assert reach.waits(1_000, None, used=10) == [timedelta()] * 1_000


def test_a_limit_of_nobody_is_no_limit() -> None:
    with pytest.raises(ValueError, match="reaches nobody"):
        reach.waits(1, 0)


@given(st.integers(0, 400), st.integers(1, 60), st.integers(0, 200))
def test_no_day_takes_more_than_its_places_and_no_place_is_wasted(n: int, limit: int, used: int) -> None:
    days = Counter(wait // DAY for wait in reach.waits(n, limit, used))
    others = Counter(wait // DAY for wait in reach.waits(used, limit))
    assert sum(days.values()) == n
    taken = days + others
    assert all(count <= limit for count in taken.values())
    # Every day before the last is full.
    assert all(taken[day] == limit for day in range(max(taken, default=0)))


def test_the_cost_is_the_sum_over_channels_at_their_prices() -> None:
    found = reach.outlook(
        {"whatsapp": Counter({0: 2, 1: 1}), "telegram": Counter({0: 4})},
        {"whatsapp": Decimal("650.5"), "telegram": Decimal()},
    )
    assert (found.days, found.cost, found.unpriced) == ((6, 1), Decimal("1951.5"), ())


def test_a_channel_without_a_price_makes_the_cost_unknown_and_is_named() -> None:
    found = reach.outlook({"whatsapp": Counter({0: 1}), "telegram": Counter()}, {})
    assert (found.cost, found.unpriced) == (None, ("whatsapp",))


def test_nobody_to_write_to_costs_nothing_and_takes_no_day() -> None:
    assert reach.outlook({}, {}) == reach.Reach((), Decimal(), ())
