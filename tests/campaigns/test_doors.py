"""When a channel may be tried again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns.channel import Cause, Failed, FateUnknown, Sent, Throttled
from campaigns.sending.doors import FIRST_REST, FIRST_WAIT, Doors

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FULL = Throttled(NOW, Cause.PORTFOLIO)


def test_what_concerns_one_person_closes_nothing() -> None:
    doors = Doors()
    doors.heed("whatsapp", [Throttled(NOW + MINUTE, Cause.PERSONAL), Failed("63005"), Sent("1")], NOW)
    assert doors.of("whatsapp").is_open(NOW)


def test_one_channel_says_nothing_of_another() -> None:
    doors = Doors()
    doors.heed("whatsapp", [Throttled(NOW + MINUTE)], NOW)
    assert doors.of("telegram").is_open(NOW)
    assert not doors.of("whatsapp").is_open(NOW)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(-100, 100)), min_size=1))
def test_a_deadline_only_moves_later(refusals: list[tuple[int, int]]) -> None:
    doors, last = Doors(), NOW
    for at, wait in sorted(refusals):
        now = NOW + at * MINUTE
        doors.heed("telegram", [Throttled(now + wait * MINUTE)], now)
        until = doors.of("telegram").closed_until
        assert until is not None
        assert until >= last
        assert until > now
        last = until


def test_the_third_time_in_a_row_is_too_often_and_then_it_begins_anew() -> None:
    doors, now, said = Doors(), NOW, []
    for wait in (FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT, FIRST_WAIT):
        said.append(doors.heed("whatsapp", [FULL, FULL], now))
        assert doors.of("whatsapp").closed_until == now + wait
        now += wait
    assert said == [False, False, True, False]


def test_what_was_sent_together_and_is_refused_one_by_one_is_refused_once() -> None:
    doors = Doors()
    said = [doors.heed("whatsapp", [FULL], NOW + n * timedelta(seconds=1), is_later=True) for n in range(32)]
    assert said == [False] * 32
    assert doors.of("whatsapp").refusals == 1


def test_where_refusals_are_told_later_that_it_was_taken_proves_nothing_and_that_it_arrived_does() -> None:
    doors = Doors()
    doors.heed("whatsapp", [FULL], NOW, is_later=True)
    doors.heed("whatsapp", [Sent("2")], NOW + FIRST_WAIT)
    assert doors.of("whatsapp").refusals == 1
    doors.arrived("whatsapp")
    assert doors.of("whatsapp").refusals == 0


def test_a_refusal_of_two_days_ago_is_another_story() -> None:
    doors = Doors()
    doors.heed("whatsapp", [FULL], NOW)
    doors.heed("whatsapp", [FULL], NOW + timedelta(days=2))
    assert doors.of("whatsapp").refusals == 1


LOST = FateUnknown("TimedOut")


def test_a_line_that_breaks_five_times_out_of_ten_rests_and_says_so_once() -> None:
    doors = Doors()
    assert [doors.feel("telegram", [LOST, Sent("1")], NOW) for _ in range(6)] == [False] * 4 + [True, False]
    assert doors.of("telegram").closed_until == NOW + FIRST_REST


def test_a_line_that_loses_one_in_ten_goes_on() -> None:
    doors = Doors()
    assert not any(doors.feel("telegram", [LOST, *[Sent("1")] * 9], NOW) for _ in range(20))
    assert doors.most("telegram", 64, 0) == 64


def test_what_a_provider_refuses_is_an_answer_and_what_is_put_off_says_nothing() -> None:
    doors = Doors()
    said = [Failed("x"), Throttled(NOW)]
    assert not any(doors.feel("telegram", said, NOW) for _ in range(20))


def test_after_each_rest_one_message_is_tried_and_the_rest_grows_to_a_quarter_of_an_hour() -> None:
    doors, now, rests = Doors(), NOW, []
    doors.feel("telegram", [LOST] * 5, now)
    for _ in range(7):
        until = doors.of("telegram").closed_until
        assert until is not None
        rests.append((until - now).total_seconds())
        now = until
        assert doors.most("telegram", 64, 0) == 1
        assert not doors.feel("telegram", [LOST], now), "it was told when it began"
    assert rests == [30, 60, 120, 240, 480, 900, 900]


def test_after_a_rest_it_goes_on_one_by_one_more_with_each_answer() -> None:
    doors = Doors()
    doors.feel("telegram", [LOST] * 5, NOW)
    allowed = []
    for _ in range(4):
        n = doors.most("telegram", 64, 0)
        allowed.append(n)
        doors.feel("telegram", [Sent("1")] * n, NOW + FIRST_REST)
    assert allowed == [1, 2, 4, 8]
    assert doors.most("telegram", 64, 14) == 2


def test_what_was_on_its_way_when_it_began_to_rest_does_not_lengthen_the_rest() -> None:
    doors = Doors()
    doors.feel("telegram", [LOST] * 5, NOW)
    doors.feel("telegram", [LOST] * 59, NOW)
    assert doors.of("telegram").closed_until == NOW + FIRST_REST
