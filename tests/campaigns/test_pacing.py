"""Quiet hours by the customer's wall clock, and caps."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.sending.pacing import NEVER, best_moment, free_from, open_hours, quiet_until
from campaigns.shop import Caps, QuietHours

NIGHT = QuietHours(time(21), time(8))
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "now", "ends"),
    [
        ("Asia/Jakarta", "2026-11-02 21:00", "2026-11-03 08:00"),
        ("Asia/Jakarta", "2026-11-03 00:30", "2026-11-03 08:00"),
        ("Asia/Makassar", "2026-11-03 07:59", "2026-11-03 08:00"),
        ("Asia/Jayapura", "2026-11-02 23:59", "2026-11-03 08:00"),
        ("Europe/Berlin", "2026-03-28 23:00", "2026-03-29 08:00"),  # the night that loses an hour
        ("Europe/Berlin", "2026-10-24 23:00", "2026-10-25 08:00"),  # the night that gains one
        ("America/New_York", "2026-03-07 22:00", "2026-03-08 08:00"),
        ("America/New_York", "2026-10-31 22:00", "2026-11-01 08:00"),
    ],
)
def test_the_night_ends_at_eight_on_the_wall(zone: str, now: str, ends: str) -> None:
    assert quiet_until(local(now, zone).astimezone(UTC), ZoneInfo(zone), NIGHT) == local(ends, zone).astimezone(UTC)


@pytest.mark.parametrize("now", ["2026-11-03 08:00", "2026-11-03 12:00", "2026-11-03 20:59"])
def test_by_day_nothing_waits(now: str) -> None:
    assert quiet_until(local(now, "Asia/Jakarta"), ZoneInfo("Asia/Jakarta"), NIGHT) is None


def test_a_siesta_within_one_day_ends_the_same_day() -> None:
    siesta = QuietHours(time(13), time(15))
    now = local("2026-11-03 14:00", "Asia/Jakarta")
    assert quiet_until(now, ZoneInfo("Asia/Jakarta"), siesta) == local("2026-11-03 15:00", "Asia/Jakarta")


def test_where_the_end_of_the_quiet_comes_twice_it_is_not_in_the_past() -> None:
    london, until_half_past_one = ZoneInfo("Europe/London"), QuietHours(time(21), time(1, 30))
    second_ten_past_one = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    ends = quiet_until(second_ten_past_one, london, until_half_past_one)
    assert ends == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_same_hour_twice_means_no_quiet_hours() -> None:
    assert quiet_until(NOON, ZoneInfo("UTC"), QuietHours(time(8), time(8))) is None


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)), st.sampled_from(["Asia/Jakarta", "Europe/Berlin"]))  # noqa: DTZ001
def test_when_the_quiet_hours_end_they_are_over(moment: datetime, name: str) -> None:
    now, zone = moment.replace(tzinfo=UTC), ZoneInfo(name)
    ends = quiet_until(now, zone, NIGHT)
    if ends is not None:
        assert now < ends <= now + timedelta(hours=13)
        assert quiet_until(ends, zone, NIGHT) is None


HOURS = st.builds(QuietHours, *[st.times().map(lambda at: at.replace(second=0, microsecond=0))] * 2)
CHANGING = [datetime(2026, month, day, tzinfo=UTC) for month, day in [(3, 7), (3, 28), (10, 24), (10, 31)]]
"""The days before clocks are changed in New York, in Berlin, in Berlin again and in New York again."""


def minutes(quiet: QuietHours) -> set[int]:
    """The minutes of the day in which it is quiet."""
    start, end = (each.hour * 60 + each.minute for each in (quiet.start, quiet.end))
    return {(start + n) % 1440 for n in range((end - start) % 1440)}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(CHANGING),
    st.integers(0, 2880),
    st.sampled_from(["Asia/Jakarta", "Europe/Berlin", "America/New_York"]),
    st.lists(HOURS, max_size=3),
)
def test_of_several_quiet_hours_the_first_minute_outside_all_is_given(
    day: datetime, minute: int, name: str, spans: list[QuietHours]
) -> None:
    now, zone, quiet = day + timedelta(minutes=minute), ZoneInfo(name), set[int]().union(*map(minutes, spans))
    walk = (now + timedelta(minutes=n) for n in range(4 * 1440))
    local = ((each, each.astimezone(zone)) for each in walk)
    first = next((each for each, clock in local if clock.hour * 60 + clock.minute not in quiet), NEVER)
    assert quiet_until(now, zone, *spans) == (None if first == now else first)


NAMES = ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/Berlin", "America/New_York"]


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(NAMES),
    HOURS,
)
def test_over_years_of_changing_clocks_the_end_of_the_quiet_is_its_end_on_the_wall(
    now: datetime, name: str, quiet: QuietHours
) -> None:
    zone = ZoneInfo(name)
    ends = quiet_until(now, zone, quiet)
    offsets = {(now + timedelta(hours=hours)).astimezone(zone).utcoffset() for hours in (-1, 25)}
    if ends is not None and len(offsets) == 1:
        assert ends.astimezone(zone).time().replace(second=0, microsecond=0) == quiet.end
    assert quiet_until(ends or now, zone, quiet) is None


@pytest.mark.parametrize(
    ("now", "hour", "best"),
    [
        ("2026-11-02 10:00", 19, "2026-11-02 19:00"),
        ("2026-11-02 19:40", 19, "2026-11-02 19:40"),  # it is that hour
        ("2026-11-02 20:00", 19, "2026-11-03 19:00"),
        ("2026-11-02 10:00", 23, "2026-11-03 08:00"),  # in the quiet hours: their end
        ("2026-11-02 08:00", 7, "2026-11-03 08:00"),
        ("2026-11-02 22:00", 22, "2026-11-03 08:00"),
    ],
)
def test_the_best_moment_is_the_next_time_of_that_hour_where_they_live(now: str, hour: int, best: str) -> None:
    for name in ("Asia/Jakarta", "Asia/Jayapura", "America/New_York"):
        found = best_moment(hour, local(now, name).astimezone(UTC), ZoneInfo(name), NIGHT)
        assert found == local(best, name).astimezone(UTC)


def test_where_the_best_hour_would_be_more_than_a_day_away_it_is_the_first_that_is_not_quiet() -> None:
    now = local("2026-11-02 11:00", "Asia/Jakarta")
    mornings = QuietHours(time(6), time(12))
    assert best_moment(7, now, ZoneInfo("Asia/Jakarta"), mornings) == local("2026-11-02 12:00", "Asia/Jakarta")


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 23),
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(NAMES),
    st.lists(HOURS, max_size=2),
)
def test_the_best_moment_is_never_quiet_never_past_and_within_a_day_of_when_one_may(
    hour: int, now: datetime, name: str, quiet: list[QuietHours]
) -> None:
    zone = ZoneInfo(name)
    best, first = best_moment(hour, now, zone, *quiet), quiet_until(now, zone, *quiet) or now
    assert first <= best <= max(first, now + timedelta(days=1))
    assert best == NEVER or quiet_until(best, zone, *quiet) is None


def test_an_hour_is_open_where_none_of_its_minutes_is_quiet() -> None:
    assert [hour for hour, is_open in enumerate(open_hours(NIGHT)) if is_open] == list(range(8, 21))
    lunch = QuietHours(time(12, 59), time(14))
    assert [hour for hour, is_open in enumerate(open_hours(NIGHT, lunch)) if is_open] == [
        *range(8, 12),
        *range(14, 21),
    ]


def test_hours_that_leave_no_time_of_day_never_end() -> None:
    day = QuietHours(time(7), time(22))
    assert quiet_until(NOON, ZoneInfo("Asia/Jakarta"), NIGHT, day) == NEVER


def test_where_the_clock_is_put_back_before_the_quiet_hours_began_they_are_over() -> None:
    # Quiet from half past one to half past two; at two it is one again, and not quiet.
    quiet, twenty_to_two = QuietHours(time(1, 30), time(2, 30)), datetime(2026, 11, 1, 5, 40, tzinfo=UTC)
    assert quiet_until(twenty_to_two, ZoneInfo("America/New_York"), quiet) == datetime(2026, 11, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize("text", ["20:00-09:00", " 20.00 – 9.00 ", "20:00 - 09:00"])
def test_quiet_hours_are_read_as_people_write_them(text: str) -> None:
    assert QuietHours.read(text) == QuietHours(time(20), time(9))
    assert str(QuietHours.read(text)) == "20:00-09:00"


@pytest.mark.parametrize("text", ["", "at night", "24:00-09:00", "20:60-09:00", "20:00", "20:00+07:00-09:00"])
def test_what_are_no_hours_is_refused_with_what_they_look_like(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must look like 21:00-08:00$"):
        QuietHours.read(text)


def test_who_wants_one_a_month_waits_thirty_days_and_who_wants_fewer_than_the_shop_waits_as_the_shop_does() -> None:
    last = NOON - timedelta(days=10)
    assert free_from([last], Caps(days_between=3).spaced(30), NOON) == last + timedelta(days=30)
    assert free_from([last], Caps(days_between=14).spaced(7), NOON) == last + timedelta(days=14)


def test_the_next_offer_may_follow_three_days_after_the_last() -> None:
    last = NOON - timedelta(days=1)
    assert free_from([last], Caps(days_between=3), NOON) == last + timedelta(days=3)
    assert free_from([NOON - timedelta(days=3)], Caps(days_between=3), NOON) is None


def test_the_fifth_offer_waits_until_the_first_of_four_is_thirty_days_old() -> None:
    offers = [NOON - timedelta(days=days) for days in (25, 20, 15, 10)]
    assert free_from(offers, Caps(days_between=3, per_30_days=4), NOON) == NOON + timedelta(days=5)


def test_offers_older_than_a_month_no_longer_count() -> None:
    offers = [NOON - timedelta(days=days) for days in (31, 32, 33, 34, 35)]
    assert free_from(offers, Caps(days_between=3, per_30_days=4), NOON) is None
