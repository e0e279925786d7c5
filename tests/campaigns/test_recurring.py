"""What comes round again comes round by the shop's wall clock, also where clocks are changed."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.launching.recurring import Every, Recurrence

JAKARTA, BERLIN, NEW_YORK = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NAMES = ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/Berlin", "America/New_York"]
FRIDAYS_AT_TEN = Recurrence(Every.WEEK, time(10), weekdays=(4,))
zones = st.sampled_from(NAMES).map(ZoneInfo)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
daily = st.builds(lambda at: Recurrence(Every.DAY, at), clocks)
weekly = st.builds(
    lambda at, days: Recurrence(Every.WEEK, at, weekdays=tuple(sorted(days))),
    clocks,
    st.sets(st.integers(0, 6), min_size=1),
)
monthly = st.builds(lambda at, day: Recurrence(Every.MONTH, at, day=day), clocks, st.integers(1, 31))
recurrences = daily | weekly | monthly


def local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def times(recurrence: Recurrence, after: datetime, zone: ZoneInfo, n: int) -> list[datetime]:
    found: list[datetime] = []
    for _ in range(n):
        found.append(recurrence.next_after(found[-1] if found else after, zone))
    return found


def walls(recurrence: Recurrence, after: str, zone: ZoneInfo, n: int) -> list[str]:
    """The next ``n`` times as the clocks there show them."""
    return [f"{at.astimezone(zone):%m-%d %H:%M}" for at in times(recurrence, local(after, zone), zone, n)]


@pytest.mark.parametrize("name", NAMES)
def test_every_friday_at_ten_is_ten_on_the_wall_in_summer_and_in_winter(name: str) -> None:
    shown = walls(FRIDAYS_AT_TEN, "2026-10-20 12:00", ZoneInfo(name), 4)
    assert shown == ["10-23 10:00", "10-30 10:00", "11-06 10:00", "11-13 10:00"]


def test_the_hour_itself_is_not_after_itself() -> None:
    friday = local("2026-11-06 10:00", JAKARTA)
    assert FRIDAYS_AT_TEN.next_after(friday, JAKARTA) == friday + timedelta(days=7)
    assert FRIDAYS_AT_TEN.next_after(friday - timedelta(microseconds=1), JAKARTA) == friday


def test_what_comes_out_is_in_utc() -> None:
    found = FRIDAYS_AT_TEN.next_after(local("2026-11-04 00:00", JAKARTA), JAKARTA)
    assert (found, found.tzinfo) == (datetime(2026, 11, 6, 3, tzinfo=UTC), UTC)


def test_a_time_that_the_clocks_skip_is_as_much_later_as_they_skip() -> None:
    half_past_two = Recurrence(Every.DAY, time(2, 30))
    assert walls(half_past_two, "2026-03-28 00:00", BERLIN, 3) == ["03-28 02:30", "03-29 03:30", "03-30 02:30"]
    assert walls(half_past_two, "2026-03-07 00:00", NEW_YORK, 3) == ["03-07 02:30", "03-08 03:30", "03-09 02:30"]


def test_of_a_time_that_comes_twice_the_first_counts_once() -> None:
    half_past_two = Recurrence(Every.DAY, time(2, 30))
    found = times(half_past_two, local("2026-10-24 12:00", BERLIN), BERLIN, 2)
    assert found == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]
    between = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert half_past_two.next_after(between, BERLIN) == found[1]


def test_a_month_without_that_day_has_its_last_one_instead() -> None:
    payday = Recurrence(Every.MONTH, time(9), day=31)
    shown = walls(payday, "2027-12-31 09:00", JAKARTA, 5)
    assert shown == ["01-31 09:00", "02-29 09:00", "03-31 09:00", "04-30 09:00", "05-31 09:00"]


@pytest.mark.parametrize(
    ("every", "weekdays", "day"),
    [(Every.WEEK, (), None), (Every.MONTH, (), None), (Every.DAY, (1,), None), (Every.DAY, (), 3)],
)
def test_what_would_never_come_round_cannot_be_said(every: Every, weekdays: tuple[int, ...], day: int | None) -> None:
    with pytest.raises(ValueError, match="every"):
        Recurrence(every, time(9), weekdays=weekdays, day=day)


@given(recurrences)
def test_it_is_kept_as_it_was_said(recurrence: Recurrence) -> None:
    assert Recurrence.read(str(recurrence)) == recurrence


@settings(max_examples=200, deadline=None)
@given(recurrences, moments, zones)
def test_it_comes_later_and_within_its_period(recurrence: Recurrence, moment: datetime, zone: ZoneInfo) -> None:
    longest = {Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7), Every.MONTH: timedelta(days=31)}
    found = recurrence.next_after(moment, zone)
    assert moment < found <= moment + longest[recurrence.every] + timedelta(hours=1)
    # Nothing lies between: asked from anywhere before, the same time is found.
    assert recurrence.next_after(moment + (found - moment) / 2, zone) == found


def cron(recurrence: Recurrence, zone: ZoneInfo) -> CronTrigger:
    """The same said to APScheduler, where it can be said."""
    at = {"hour": recurrence.at.hour, "minute": recurrence.at.minute, "timezone": zone}
    if recurrence.every is Every.WEEK:
        return CronTrigger(day_of_week=",".join(map(str, recurrence.weekdays)), **at)
    if recurrence.every is Every.MONTH:
        # It knows the last day, but not "the 30th or else the last".
        return CronTrigger(day="last" if recurrence.day == 31 else recurrence.day, **at)
    return CronTrigger(**at)


def theirs_after(oracle: CronTrigger, moment: datetime, zone: ZoneInfo) -> datetime:
    """What APScheduler finds, less the second coming of a time that comes twice: there it would ring twice."""
    found = oracle.get_next_fire_time(None, (moment + timedelta(microseconds=1)).astimezone(zone))
    assert found is not None
    return theirs_after(oracle, found.astimezone(UTC), zone) if found.fold else found.astimezone(UTC)


def is_short(recurrence: Recurrence, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the month has no such day: it gets its last day from us, and nothing from APScheduler."""
    there = at.astimezone(zone)
    return recurrence.every is Every.MONTH and monthrange(there.year, there.month)[1] < (recurrence.day or 0) < 31


@settings(max_examples=300, deadline=None)
@given(recurrences, moments, zones)
def test_apschedulers_own_reckoning_finds_the_same_times(
    recurrence: Recurrence, moment: datetime, zone: ZoneInfo
) -> None:
    oracle, after = cron(recurrence, zone), moment
    for _ in range(24):
        ours = recurrence.next_after(after, zone)
        # In the first hour it loses the day after a change of clocks, as the last test here shows.
        if not is_short(recurrence, ours, zone) and recurrence.at >= time(1):
            assert theirs_after(oracle, after, zone) == ours
        after = ours


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("at", [time(1), time(1, 30), time(2, 30), time(3), time(9), time(23, 30)])
def test_over_ten_years_of_days_it_agrees_with_apscheduler(name: str, at: time) -> None:
    zone, every_day = ZoneInfo(name), Recurrence(Every.DAY, at)
    oracle, after, days = cron(every_day, zone), local("2024-12-31 23:59", zone).astimezone(UTC), 0
    while after.astimezone(zone).year < 2035:
        ours = every_day.next_after(after, zone)
        assert theirs_after(oracle, after, zone) == ours
        after, days = ours, days + 1
    assert days == 3653  # ten years with the leap days of 2028 and 2032, and the first day of 2035


def test_in_the_first_hour_of_a_day_apscheduler_loses_a_day_when_clocks_are_changed_and_we_do_not() -> None:
    midnight, changing = Recurrence(Every.DAY, time(0)), local("2025-03-09 00:00", NEW_YORK)
    lost = cron(midnight, NEW_YORK).get_next_fire_time(changing, changing + timedelta(seconds=1))
    assert lost == local("2025-03-11 00:00", NEW_YORK)
    assert midnight.next_after(changing, NEW_YORK) == local("2025-03-10 00:00", NEW_YORK)
