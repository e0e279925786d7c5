"""When a line's words of time come to, by the shop's wall clock."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.talk.desk.lines import fillers, moments, rounds, times
from bot.talk.desk.lines.cover import cover
from bot.talk.desk.lines.dates import WEEKDAYS
from bot.talk.desk.lines.moments import Settled
from campaigns.launching.drafts import When
from campaigns.launching.recurring import Every, Recurrence

PHRASES = Path(__file__).parent / "phrases" / "launches_times.txt"
RULES = (*times.RULES, *rounds.RULES, *fillers.RULES)
JAKARTA, MAKASSAR, JAYAPURA = (ZoneInfo(f"Asia/{city}") for city in ("Jakarta", "Makassar", "Jayapura"))
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = (JAKARTA, MAKASSAR, JAYAPURA, BERLIN, NEW_YORK)
NOW = datetime(2026, 12, 2, 10, 20, tzinfo=JAKARTA)


def settled(said: str, now: datetime = NOW, onto: When | None = None) -> Settled:
    """What the words come to where ``now`` is; all of them must be known."""
    found = cover(said, RULES)
    assert all(each.pieces for each in found), said
    zone = now.tzinfo
    assert isinstance(zone, ZoneInfo)
    return moments.settle([piece for each in found for piece in each.pieces], now, zone, onto)


def moment(said: str, now: datetime) -> datetime:
    when, faults = settled(said, now).when, settled(said, now).faults
    assert when is not None
    assert when.at is not None
    assert not faults
    return when.at


def phrasings() -> list[tuple[str, str]]:
    lines = PHRASES.read_text(encoding="utf-8").splitlines()
    told = [line.split(" -> ") for line in lines if line and not line.startswith("#")]
    return [(said, meant) for said, meant in told]


@pytest.mark.parametrize(("said", "meant"), [each for each in phrasings() if each[1][0].isdigit()])
def test_times_as_people_write_them(said: str, meant: str) -> None:
    assert moment(said, NOW) == datetime.fromisoformat(meant).replace(tzinfo=JAKARTA)


@pytest.mark.parametrize(("said", "fault"), [each for each in phrasings() if not each[1][0].isdigit()])
def test_what_must_not_be_guessed_is_a_fault(said: str, fault: str) -> None:
    assert settled(said).faults == (fault,)


def test_the_table_of_times_is_long_enough() -> None:
    assert len(phrasings()) >= 60


# The same words mean the shop's wall clock wherever it stands. Offsets from Greenwich by hand.
@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        (JAKARTA, datetime(2027, 7, 16, 2, tzinfo=UTC)),
        (MAKASSAR, datetime(2027, 7, 16, 1, tzinfo=UTC)),
        (JAYAPURA, datetime(2027, 7, 16, 0, tzinfo=UTC)),
        (BERLIN, datetime(2027, 7, 16, 7, tzinfo=UTC)),
        (NEW_YORK, datetime(2027, 7, 16, 13, tzinfo=UTC)),
    ],
)
def test_nine_tomorrow_is_the_shops_nine(zone: ZoneInfo, meant: datetime) -> None:
    assert moment("besok jam 9", datetime(2027, 7, 15, 12, tzinfo=zone)) == meant


@pytest.mark.parametrize(
    ("said", "now", "meant"),
    [
        # In Berlin the clock goes from 02:00 to 03:00 on 28 March 2027 and from 03:00 back to 02:00 on 31 October.
        ("tomorrow 09:00", datetime(2027, 3, 27, 12, tzinfo=BERLIN), datetime(2027, 3, 28, 7, tzinfo=UTC)),
        ("tomorrow 02:30", datetime(2027, 3, 27, 12, tzinfo=BERLIN), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("in 2 hours", datetime(2027, 3, 28, 1, tzinfo=BERLIN), datetime(2027, 3, 28, 2, tzinfo=UTC)),
        ("in 3 days at 9am", datetime(2027, 3, 26, 9, tzinfo=BERLIN), datetime(2027, 3, 29, 7, tzinfo=UTC)),
        ("tomorrow 02:30", datetime(2027, 10, 30, 12, tzinfo=BERLIN), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("sunday 9am", datetime(2027, 10, 30, 12, tzinfo=BERLIN), datetime(2027, 10, 31, 8, tzinfo=UTC)),
        # In New York they do so on 14 March and 7 November.
        ("besok jam 02.30", datetime(2027, 3, 13, 12, tzinfo=NEW_YORK), datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        ("besok jam 9", datetime(2027, 3, 13, 12, tzinfo=NEW_YORK), datetime(2027, 3, 14, 13, tzinfo=UTC)),
        ("besok jam 01.30", datetime(2027, 11, 6, 12, tzinfo=NEW_YORK), datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
        ("2 jam lagi", datetime(2027, 11, 7, 1, tzinfo=NEW_YORK), datetime(2027, 11, 7, 7, tzinfo=UTC)),
    ],
)
def test_days_on_which_the_clock_is_changed(said: str, now: datetime, meant: datetime) -> None:
    assert moment(said, now) == meant


@pytest.mark.parametrize(
    ("zone", "said", "faults"),
    [
        (JAKARTA, "besok jam 9 WIB", ()),
        (MAKASSAR, "besok jam 9 WITA", ()),
        (JAYAPURA, "besok jam 9 WIT", ()),
        (MAKASSAR, "besok jam 9 WIB", ("other_zone",)),
    ],
)
def test_a_named_zone_must_be_the_shops(zone: ZoneInfo, said: str, faults: tuple[str, ...]) -> None:
    assert settled(said, datetime(2026, 12, 2, 10, tzinfo=zone)).faults == faults


@pytest.mark.parametrize(
    ("said", "today", "meant"),
    [
        # Monday 7, Friday 4 and Sunday 6 December 2026; the week begins on Monday.
        ("jumat depan jam 9", 7, date(2026, 12, 18)),
        ("jumat depan jam 9", 4, date(2026, 12, 11)),
        ("senin depan jam 9", 6, date(2026, 12, 7)),
        ("next Monday 9am", 7, date(2026, 12, 14)),
        ("hari minggu depan jam 9", 2, date(2026, 12, 13)),
        ("jumat jam 9", 4, date(2026, 12, 11)),
        ("jumat jam 3", 4, date(2026, 12, 4)),
    ],
)
def test_next_is_next_weeks_and_the_bare_day_is_the_coming_one(said: str, today: int, meant: date) -> None:
    now = datetime(2026, 12, today, 10, 20, tzinfo=JAKARTA)
    assert moment(said, now).astimezone(JAKARTA).date() == meant


@pytest.mark.parametrize(
    ("said", "now", "meant"),
    [
        ("5 Jan jam 9", datetime(2026, 12, 28, 10, tzinfo=JAKARTA), datetime(2027, 1, 5, 9, tzinfo=JAKARTA)),
        ("tgl 29 jam 9", datetime(2027, 1, 30, 10, tzinfo=JAKARTA), None),  # February 2027 has no 29th
        ("tgl 28 jam 9", datetime(2027, 1, 30, 10, tzinfo=JAKARTA), datetime(2027, 2, 28, 9, tzinfo=JAKARTA)),
        ("29 Feb jam 9", datetime(2027, 12, 1, 10, tzinfo=JAKARTA), datetime(2028, 2, 29, 9, tzinfo=JAKARTA)),
        ("akhir bulan jam 9", datetime(2028, 2, 3, 10, tzinfo=JAKARTA), datetime(2028, 2, 29, 9, tzinfo=JAKARTA)),
        ("tgl 15 bulan depan jam 9", datetime(2027, 12, 3, tzinfo=JAKARTA), datetime(2028, 1, 15, 9, tzinfo=JAKARTA)),
    ],
)
def test_a_date_without_its_year_or_month_is_the_next_there_is(
    said: str, now: datetime, meant: datetime | None
) -> None:
    if meant is None:
        assert settled(said, now).faults == ("no_such_date",)
    else:
        assert moment(said, now) == meant


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        *[("jam 1", 13), ("jam 5", 17), ("jam 6", 18), ("jam 7", 7), ("jam 8", 8), ("jam 11", 11), ("jam 12", 12)],
        *[("jam 05", 5), ("jam 0", 0), ("jam 20", 20), ("jam 3 pagi", 3), ("jam 3 dini hari", 3), ("jam 4 subuh", 4)],
        *[("jam 11 siang", 11), ("jam 2 siang", 14), ("jam 6 sore", 18), ("jam 6 petang", 18), ("jam 11 malam", 23)],
        *[("12am", 0), ("12pm", 12), ("7am", 7), ("7 in the evening", 19), ("10 at night", 22), ("jam 19 malam", 19)],
    ],
)
def test_a_bare_hour_lies_between_seven_and_twenty(said: str, hour: int) -> None:
    assert moment(f"besok {said}", NOW).astimezone(JAKARTA).hour == hour


@pytest.mark.parametrize(
    "said", ["jam 5 malam", "jam 9 siang", "jam 9 sore", "jam 13 pagi", "14 am", "jam 9 pm pagi", "malam jam 9 pagi"]
)
def test_an_hour_and_a_part_of_the_day_that_do_not_meet_are_a_fault(said: str) -> None:
    assert settled(f"besok {said}").faults == ("odd_time",)


FRIDAY = Recurrence(Every.WEEK, time(10), (4,))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("tiap jumat jam 10", When(repeats=FRIDAY)),
        ("on fridays at 10", When(repeats=FRIDAY)),
        ("jam 10 tiap jumat", When(repeats=FRIDAY)),
        ("tiap jumat", When(repeats=Recurrence(Every.WEEK, time(9), (4,)))),
        ("tiap jumat sore", When(repeats=Recurrence(Every.WEEK, time(16), (4,)))),
        ("tiap jumat jam 12 malam", When(repeats=Recurrence(Every.WEEK, time(0), (5,)))),
        ("every sat to mon 9am", When(repeats=Recurrence(Every.WEEK, time(9), (0, 5, 6)))),
        ("setiap tanggal 31 jam 7 malam", When(repeats=Recurrence(Every.MONTH, time(19), day=31))),
        ("harian jam 08.15", When(repeats=Recurrence(Every.DAY, time(8, 15)))),
    ],
)
def test_what_comes_round_again(said: str, meant: When) -> None:
    assert settled(said) == Settled(meant)


@given(st.sampled_from(sorted(WEEKDAYS)), st.integers(0, 23), st.sampled_from(ZONES), st.datetimes(
    datetime(2026, 1, 1), datetime(2028, 12, 31)))  # fmt: skip  # noqa: DTZ001
def test_a_weekday_is_that_weekday_ahead_and_within_a_week(
    name: str, hour: int, zone: ZoneInfo, at: datetime
) -> None:
    now = at.replace(tzinfo=zone)
    meant = moment(f"{name} {hour:02}:00", now)
    assert meant.astimezone(zone).weekday() == WEEKDAYS[name]
    assert timedelta() < meant - now <= timedelta(days=7, hours=1)


@given(st.times(), st.sampled_from(ZONES), st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)))  # noqa: DTZ001
def test_a_clock_alone_is_ahead_and_within_a_day(clock: time, zone: ZoneInfo, at: datetime) -> None:
    now = at.replace(tzinfo=zone)
    meant = moment(f"{clock:%H:%M}", now)
    assert timedelta() < meant - now <= timedelta(days=1, hours=1)
