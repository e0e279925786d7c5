"""The laws of a channel's lane, on a clock that runs by itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.lanes import PATIENCE_SECONDS, SLACK_SECONDS, Lane
from campaigns.channel import Cause, Throttled
from tests.virtual_time import run

NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
HAIR = 1e-5


class LoopClock:
    """The wall clock beside the loop's own."""

    def now(self) -> datetime:
        return NOON + timedelta(seconds=asyncio.get_running_loop().time() - 1_000)


@dataclass
class Wish:
    """Somebody wants to write: when, to whom, and whether they lose interest after so many seconds."""

    at: float
    chat: str
    is_offer: bool
    gives_up_after: float | None = None


@dataclass
class Log:
    """Who went when."""

    went: list[tuple[float, Wish]] = field(default_factory=list)
    refused: list[tuple[float, Wish, Throttled]] = field(default_factory=list)
    cancelled: list[Wish] = field(default_factory=list)

    def times(self, chat: str | None = None) -> list[float]:
        return [at for at, wish in self.went if chat in (None, wish.chat)]


def elapsed() -> float:
    return asyncio.get_running_loop().time() - 1_000


async def _wants(lane: Lane, wish: Wish, log: Log) -> None:
    await asyncio.sleep(wish.at)
    turn = asyncio.create_task(lane.turn(wish.chat, wish.is_offer))
    if wish.gives_up_after is not None:
        asyncio.get_running_loop().call_later(wish.gives_up_after, turn.cancel)
    try:
        refused = await turn
    except asyncio.CancelledError:
        log.cancelled.append(wish)
        return
    if refused is None:
        log.went.append((elapsed(), wish))
    else:
        log.refused.append((elapsed(), wish, refused))


async def _play(lane: Lane, wishes: list[Wish], deadlines: list[tuple[float, float]]) -> Log:
    log, loop = Log(), asyncio.get_running_loop()
    for at, until in deadlines:
        loop.call_later(at, lane.not_before, NOON + timedelta(seconds=until))
    await asyncio.gather(*(_wants(lane, wish, log) for wish in wishes))
    return log


def play(lane: Lane, *wishes: Wish, deadlines: list[tuple[float, float]] | None = None) -> Log:
    return run(_play(lane, list(wishes), deadlines or []))


def most(times: list[float], window: float) -> int:
    """The most that went within any window of so many seconds."""
    return max((sum(start <= at <= start + window for at in times) for start in times), default=0)


moments = st.floats(0, 12).map(lambda at: round(at, 2))
wishes = st.lists(
    st.builds(Wish, moments, st.sampled_from("abc"), st.booleans(), st.none() | st.sampled_from([0.0, 0.3, 4.0])),
    max_size=40,
)
deadlines = st.lists(st.tuples(moments, st.floats(0, 25).map(lambda at: round(at, 1))), max_size=4)


@settings(max_examples=60, deadline=None)
@given(wishes, deadlines, st.sampled_from([2.0, 7.5, 30.0]), st.sampled_from([0.0, 1.0, 2.5]), st.integers(1, 4))
def test_no_window_holds_more_than_its_rate_whatever_happens(
    wanted: list[Wish],
    until: list[tuple[float, float]],
    rate: float,
    every: float,
    burst: int,
) -> None:
    lane = Lane(rate, LoopClock(), per_chat_seconds=every, chat_burst=burst)
    log = play(lane, *wanted, deadlines=until)
    for window in (0.0, 0.5, 1.0, 3.0, 10.0):
        assert most(log.times(), window) <= 1 + (window + SLACK_SECONDS + HAIR) * rate
        for chat in "abc":
            assert not every or most(log.times(chat), window) <= burst + (window + HAIR) / every


@settings(max_examples=60, deadline=None)
@given(wishes, deadlines)
def test_whoever_waits_goes_is_refused_or_gave_up_and_nobody_is_forgotten_in_between(
    wanted: list[Wish], until: list[tuple[float, float]]
) -> None:
    lane = Lane(5, LoopClock(), per_chat_seconds=1, chat_burst=2)
    log = play(lane, *wanted, deadlines=until)
    ends = [*(wish for _, wish in log.went), *(wish for _, wish, _ in log.refused), *log.cancelled]
    assert Counter(map(id, ends)) == Counter(map(id, wanted))
    assert all(wish.is_offer for _, wish, _ in log.refused)
    assert all(wish.gives_up_after is not None for wish in log.cancelled)


@settings(max_examples=60, deadline=None)
@given(wishes, deadlines)
def test_nothing_goes_before_the_latest_deadline_told_so_far(
    wanted: list[Wish], until: list[tuple[float, float]]
) -> None:
    log = play(Lane(30, LoopClock()), *wanted, deadlines=until)
    for at, _ in log.went:
        assert all(at >= end - HAIR for told, end in until if told < at - HAIR)
    for at, _, refused in log.refused:
        latest = max(end for told, end in until if told <= at + HAIR)
        assert abs(refused.until - NOON - timedelta(seconds=latest)) < timedelta(milliseconds=1)


@settings(max_examples=60, deadline=None)
@given(wishes)
def test_no_offer_goes_while_an_answer_could(wanted: list[Wish]) -> None:
    log = play(Lane(4, LoopClock()), *wanted)
    answers = [(wish.at, at) for at, wish in log.went if not wish.is_offer]
    for at, wish in log.went:
        if wish.is_offer:
            assert not any(asked < at - HAIR and went > at + HAIR for asked, went in answers)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30))
def test_what_is_said_in_one_chat_keeps_its_order(wanted: list[tuple[str, bool]]) -> None:
    log = play(
        Lane(20, LoopClock(), per_chat_seconds=1, chat_burst=2),
        *(Wish(n / 100, chat, is_offer) for n, (chat, is_offer) in enumerate(wanted)),
    )
    for key in {(chat, is_offer) for chat, is_offer in wanted}:
        went = [wish.at for _, wish in log.went if (wish.chat, wish.is_offer) == key]
        assert went == sorted(went)


def test_a_pause_is_not_made_up_for_by_a_burst() -> None:
    log = play(Lane(10, LoopClock()), *(Wish(60, f"chat {n}", True) for n in range(11)))
    assert log.times() == pytest.approx([60 + n / 10 for n in range(11)], abs=SLACK_SECONDS + HAIR)


def test_a_chat_has_its_burst_and_then_its_pace_and_holds_up_nobody_else() -> None:
    lane = Lane(100, LoopClock(), per_chat_seconds=6, chat_burst=3)
    log = play(lane, *(Wish(0, "sari", True) for _ in range(5)), Wish(0.1, "budi", True))
    assert log.times("sari") == pytest.approx([0, 0, 0.01, 6, 12], abs=0.02)
    assert log.times("budi") == pytest.approx([0.1], abs=HAIR)


def test_a_thousand_a_second_are_a_thousand_a_second() -> None:
    log = play(Lane(1000, LoopClock()), *(Wish(0, f"chat {n}", True) for n in range(3_000)))
    assert log.times()[-1] == pytest.approx(3, abs=0.05)


def test_an_answer_waits_for_a_near_deadline_and_is_told_of_a_far_one() -> None:
    answer, later = Wish(1, "sari", False), Wish(11, "budi", False)
    lane = Lane(30, LoopClock())
    log = play(lane, answer, later, deadlines=[(0, 5), (10, 10 + PATIENCE_SECONDS + 100)])
    assert log.times() == pytest.approx([5], abs=HAIR)
    assert [wish for _, wish, _ in log.refused] == [later]


def test_an_offer_that_waits_is_refused_when_a_deadline_is_told() -> None:
    log = play(Lane(1, LoopClock()), *(Wish(0, f"chat {n}", True) for n in range(5)), deadlines=[(1.5, 40)])
    assert log.times() == pytest.approx([0, 1], abs=SLACK_SECONDS + HAIR)
    assert [at for at, _, _ in log.refused] == pytest.approx([1.5] * 3, abs=HAIR)


def test_why_nothing_may_go_is_passed_on() -> None:
    async def told() -> Throttled | None:
        lane = Lane(1, LoopClock())
        lane.not_before(NOON + timedelta(minutes=15), Cause.NOT_ADMITTED)
        lane.not_before(NOON + timedelta(minutes=1), Cause.BUSY)
        return await lane.turn("sari", is_offer=True)

    assert run(told()) == Throttled(NOON + timedelta(minutes=15), Cause.NOT_ADMITTED)


def test_chats_at_rest_are_forgotten() -> None:
    async def remembered() -> int:
        lane, log = Lane(100, LoopClock(), per_chat_seconds=1, chat_burst=3), Log()
        wishes = [Wish(n / 50, f"chat {n}", n % 2 == 0, 0.0 if n % 3 == 0 else None) for n in range(1_000)]
        await asyncio.gather(*(_wants(lane, wish, log) for wish in wishes))
        return lane.chats

    # Those of the last second, fifty, and whoever came after the last look round.
    assert run(remembered()) <= 60


def test_an_answer_passes_a_campaign_that_fills_the_lane() -> None:
    offers = [Wish(0, f"chat {n}", True) for n in range(600)]
    log = play(Lane(30, LoopClock(), per_chat_seconds=1, chat_burst=3), *offers, Wish(7.01, "sari", False))
    (at,) = [at for at, wish in log.went if not wish.is_offer]
    assert at - 7.01 < 0.1
