"""The gate: what forbids, what delays, and that what is unclear is never sent."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.sending.gate import Allowed, Deferred, Facts, Reason, Refused, Unknown, Words, ask
from campaigns.shop import Caps, QuietHours

JAKARTA = ZoneInfo("Asia/Jakarta")
TEN = datetime(2026, 11, 2, 3, tzinfo=UTC)
"""Ten in the morning in Jakarta."""
ELEVEN_AT_NIGHT = TEN + timedelta(hours=13)
QUIET, CAPS = QuietHours(time(21), time(8)), Caps(days_between=3, per_30_days=4)
WELCOME = Facts(allows_offers=True, channel="telegram", zone=JAKARTA)


def test_a_willing_reachable_customer_by_day_is_let_through() -> None:
    assert ask(WELCOME, QUIET, CAPS, TEN) == Allowed()


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ({"is_erased": True}, Reason.ERASED),
        ({"allows_offers": False}, Reason.NO_CONSENT),
        ({"allows_offers": None}, Reason.NO_CONSENT),
        ({"is_held": True}, Reason.HELD),
        ({"needs_age": True}, Reason.UNDER_AGE),
        ({"needs_age": True, "is_of_age": False}, Reason.UNDER_AGE),
        ({"needs_profiling": True, "allows_profiling": False}, Reason.NO_PROFILING),
        ({"needs_profiling": True, "allows_profiling": None}, Reason.NO_PROFILING),
        ({"channel": None}, Reason.NO_ADDRESS),
        ({"channel_is_served": False}, Reason.CHANNEL_OFF),
        ({"is_reachable": False}, Reason.UNREACHABLE),
        ({"is_cancelled": True}, Reason.CANCELLED),
        ({"send_before": TEN - timedelta(seconds=1)}, Reason.TOO_LATE),
        ({"recent_offers": (TEN - timedelta(days=2),)}, Reason.CAPPED),
        ({"recent_offers": (TEN - timedelta(days=6),), "days_between": 7}, Reason.CAPPED),
        ({"recent_offers": (TEN - timedelta(days=29),), "promised": 1}, Reason.CAPPED),
        ({"quiet_hours": (QuietHours(time(8), time(21)),)}, Reason.ALWAYS_QUIET),
    ],
)
def test_each_fact_that_forbids_is_named(fact: dict[str, object], reason: Reason) -> None:
    assert ask(replace(WELCOME, **fact), QUIET, CAPS, TEN) == Refused(reason)  # type: ignore[arg-type]


def test_a_promise_of_more_than_the_shop_does_today_loosens_nothing() -> None:
    month = tuple(TEN - timedelta(days=days) for days in (5, 10, 15, 20))
    assert ask(replace(WELCOME, recent_offers=month, promised=9), QUIET, CAPS, TEN) == Refused(Reason.CAPPED)


def test_whoever_said_no_is_told_no_consent_even_at_night_and_capped() -> None:
    facts = replace(WELCOME, allows_offers=False, recent_offers=(TEN,))
    assert ask(facts, QUIET, CAPS, ELEVEN_AT_NIGHT) == Refused(Reason.NO_CONSENT)


def test_what_they_want_and_what_protects_them_is_named_before_what_does_not_work() -> None:
    facts = replace(WELCOME, is_held=True, needs_age=True, is_reachable=False, recent_offers=(TEN,))
    assert ask(facts, QUIET, CAPS, TEN) == Refused(Reason.HELD)
    assert ask(replace(facts, is_held=False), QUIET, CAPS, TEN) == Refused(Reason.UNDER_AGE)
    assert ask(replace(facts, allows_offers=None), QUIET, CAPS, TEN) == Refused(Reason.NO_CONSENT)


def test_who_said_that_they_are_of_age_may_be_offered_what_is_not_for_everybody() -> None:
    assert ask(replace(WELCOME, needs_age=True, is_of_age=True), QUIET, CAPS, TEN) == Allowed()


def test_the_customers_own_quiet_hours_come_on_top_of_the_shops() -> None:
    siesta = replace(WELCOME, quiet_hours=(QuietHours(time(9), time(12)),))
    noon_in_jakarta = datetime(2026, 11, 2, 5, tzinfo=UTC)
    assert ask(siesta, QUIET, CAPS, TEN) == Deferred(noon_in_jakarta, Reason.QUIET_HOURS)
    short_night = replace(WELCOME, quiet_hours=(QuietHours(time(23, 30), time(5)),))
    eight_in_jakarta = datetime(2026, 11, 3, 1, tzinfo=UTC)
    assert ask(short_night, QUIET, CAPS, ELEVEN_AT_NIGHT) == Deferred(eight_in_jakarta, Reason.QUIET_HOURS)


def test_quiet_hours_nobody_can_read_are_not_taken_for_none() -> None:
    assert ask(replace(WELCOME, quiet_hours=None), QUIET, CAPS, TEN) == Unknown(Reason.UNREADABLE)


def test_at_night_it_waits_for_eight_in_the_morning_where_the_customer_lives() -> None:
    eight_in_jakarta = datetime(2026, 11, 3, 1, tzinfo=UTC)
    assert ask(WELCOME, QUIET, CAPS, ELEVEN_AT_NIGHT) == Deferred(eight_in_jakarta, Reason.QUIET_HOURS)


def test_what_would_be_too_late_by_morning_is_not_kept_for_the_morning() -> None:
    facts = replace(WELCOME, send_before=ELEVEN_AT_NIGHT + timedelta(hours=1))
    assert ask(facts, QUIET, CAPS, ELEVEN_AT_NIGHT) == Refused(Reason.TOO_LATE)


def test_a_time_zone_nobody_can_read_is_unknown_and_so_not_sent() -> None:
    assert ask(replace(WELCOME, zone=None), QUIET, CAPS, TEN) == Unknown(Reason.UNREADABLE)


@given(
    consents=st.sampled_from([True, False, None]),
    reachable=st.booleans(),
    offers=st.lists(st.integers(0, 60), max_size=6),
    hour=st.integers(0, 23),
    wanted=st.sampled_from([0, 7, 30]),
)
def test_nobody_without_a_yes_is_ever_let_through(
    consents: bool | None, reachable: bool, offers: list[int], hour: int, wanted: int
) -> None:
    now = TEN + timedelta(hours=hour)
    facts = replace(
        WELCOME,
        allows_offers=consents,
        is_reachable=reachable,
        days_between=wanted,
        recent_offers=tuple(now - timedelta(days=days) for days in offers),
    )
    if isinstance(ask(facts, QUIET, CAPS, now), Allowed | Deferred):
        assert consents is True
        assert reachable
        assert all(days >= max(CAPS.days_between, wanted) for days in offers)
        assert sum(days < 30 for days in offers) < CAPS.per_30_days


@given(
    since=st.integers(-30, 30),
    words=st.sampled_from([*Words, None]),
    room=st.sampled_from([None, -1, 1]),
    hour=st.integers(0, 23),
)
def test_outside_the_window_nobody_is_let_through_without_approved_words_and_room(
    since: int, words: Words | None, room: int | None, hour: int
) -> None:
    now = TEN + timedelta(hours=hour)
    room_from = now + timedelta(hours=room) if room is not None else None
    facts = replace(WELCOME, free_until=now + timedelta(hours=since), words=words, room_from=room_from)
    if isinstance(ask(facts, QUIET, CAPS, now), Allowed):
        assert since > 0 or words not in (Words.NONE, Words.AWAITED)
        assert room != 1


def test_words_that_are_missing_count_only_where_free_ones_do_not_reach() -> None:
    facts = replace(WELCOME, words=Words.NONE, free_until=TEN + timedelta(minutes=1))
    assert ask(facts, QUIET, CAPS, TEN) == Allowed()
    assert ask(facts, QUIET, CAPS, TEN + timedelta(minutes=1)) == Refused(Reason.NO_CONTENT)


def test_words_under_review_are_looked_at_again_in_an_hour_until_it_is_too_late() -> None:
    facts = replace(WELCOME, words=Words.AWAITED, free_until=TEN, send_before=TEN + timedelta(minutes=90))
    later = TEN + timedelta(hours=1)
    assert ask(facts, QUIET, CAPS, TEN) == Deferred(later, Reason.CONTENT_AWAITED)
    assert ask(facts, QUIET, CAPS, later) == Refused(Reason.TOO_LATE)


def test_a_full_channel_is_waited_for_however_late_it_gets() -> None:
    room_from = TEN + timedelta(days=2)
    facts = replace(WELCOME, room_from=room_from, send_before=TEN + timedelta(hours=1))
    assert ask(facts, QUIET, CAPS, TEN) == Deferred(room_from, Reason.DAILY_LIMIT)
    assert ask(facts, QUIET, CAPS, ELEVEN_AT_NIGHT) == Refused(Reason.TOO_LATE)
