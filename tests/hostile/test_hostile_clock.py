"""A clock that goes back an hour or ahead a year: nobody waits for it, nothing is lost to it, a later no is a no."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.channels.lanes import Lane
from bot.clock import ClockLeapt, ManualClock, SystemClock
from bot.steady import Steady
from campaigns.channel import Outcome, Outgoing, Sent, Throttled
from campaigns.sending.dispatching import Dispatcher
from campaigns.sending.doors import Doors
from campaigns.sending.pacing import free_from, quiet_until
from campaigns.shop import Caps, QuietHours
from campaigns.tables import State
from ledger import consent
from ledger.database import Database
from ledger.tables import Purpose
from tests.campaigns.conftest import WORDING, SmallShop
from tests.fakes import FakeChannel
from tests.stories.conftest import Story, told
from tests.virtual_time import run

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


class Watch:
    """A computer's clock, that can be set, and its seconds, that cannot."""

    def __init__(self) -> None:
        self.wall, self.seconds = NOW, 1_000.0
        self.clock = SystemClock(lambda: self.wall, lambda: self.seconds)

    def passes(self, time: timedelta) -> None:
        self.wall, self.seconds = self.wall + time, self.seconds + time.total_seconds()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def shop(sqlite_database: Database) -> SmallShop:
    shop = SmallShop(sqlite_database)
    shop.buy(shop.customer("Pembeli", offers=None, profiling=None), days_ago=1)
    return shop


@pytest.fixture
def story(sqlite_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with told(sqlite_database, tmp_path_factory.mktemp("shop")) as telling:
        yield telling


def test_a_clock_that_goes_is_believed_however_long_it_went(watch: Watch) -> None:
    watch.passes(YEAR)
    assert watch.clock.sure() == NOW + YEAR


def test_a_clock_that_leapt_a_year_is_not_believed_at_once(watch: Watch) -> None:
    watch.wall += YEAR
    with pytest.raises(ClockLeapt, match="ahead by 365 days"):
        watch.clock.sure()
    assert watch.clock.now() == NOW + YEAR  # whoever writes is heard all the same


def test_it_is_believed_as_soon_as_it_is_put_right(watch: Watch) -> None:
    watch.wall += YEAR
    with pytest.raises(ClockLeapt):
        watch.clock.sure()
    watch.wall -= YEAR
    assert watch.clock.sure() == NOW


def test_it_is_believed_when_it_has_stood_by_its_word_for_an_hour(watch: Watch) -> None:
    watch.wall += YEAR
    with pytest.raises(ClockLeapt):
        watch.clock.sure()
    watch.passes(HOUR)
    assert watch.clock.sure() == NOW + YEAR + HOUR
    assert watch.clock.sure() == NOW + YEAR + HOUR


def test_a_clock_that_is_set_back_is_believed_at_once(watch: Watch) -> None:
    watch.wall -= YEAR
    assert watch.clock.sure() == NOW - YEAR


def test_a_campaign_waits_while_the_clock_is_a_year_ahead_and_goes_on_when_it_is_right(
    shop: SmallShop, watch: Watch
) -> None:
    shop.crowd(3)
    shop.launch()
    dispatcher = Dispatcher(
        shop.database, {shop.channel.name: shop.channel}, shop.composer, shop.shop, watch.clock.now,
        sure=watch.clock.sure,
    )  # fmt: skip
    watch.wall += YEAR
    with pytest.raises(ClockLeapt):
        asyncio.run(dispatcher.drain())
    assert [message.state for message in shop.messages()].count(State.PLANNED) == 3
    watch.wall -= YEAR
    assert asyncio.run(dispatcher.drain()).sent == 3


def test_what_is_on_its_way_when_the_clock_leaps_is_written_down_all_the_same(shop: SmallShop, watch: Watch) -> None:
    shop.crowd(3)
    shop.launch()

    def leap(outgoing: Outgoing) -> Outcome:
        watch.wall = NOW + YEAR
        return Sent(f"n-{outgoing.address}")

    channel = FakeChannel(answer=leap)
    dispatcher = Dispatcher(
        shop.database, {channel.name: channel}, shop.composer, shop.shop, watch.clock.now, in_flight=1,
        sure=watch.clock.sure,
    )  # fmt: skip
    with pytest.raises(ClockLeapt):
        asyncio.run(dispatcher.drain())
    assert dispatcher.unsettled == {}
    states = [message.state for message in shop.messages()]
    assert (states.count(State.SENT), states.count(State.PLANNED), len(channel.given)) == (1, 2, 1)


def test_what_comes_round_every_few_seconds_goes_on_when_the_clock_is_set_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rang: list[float] = []

    async def ring() -> None:
        rang.append(asyncio.get_running_loop().time())

    async def tell() -> list[float]:
        steady = Steady(timezone=UTC)
        job = steady.add_job(ring, "interval", seconds=5, misfire_grace_time=None)
        steady.start()
        # As an hour ago it was an hour later.
        then = datetime.now(UTC) + HOUR
        steady.looked_at = then
        job.modify(next_run_time=then)
        for _ in range(20):
            await asyncio.sleep(0)
        steady.shutdown(wait=False)
        return rang

    with caplog.at_level(logging.WARNING):
        assert len(run(tell())) == 1
    assert "the clock was set back" in caplog.text


def test_a_channel_that_was_closed_for_half_a_minute_is_not_closed_for_an_hour(shop: SmallShop) -> None:
    doors = Doors()
    doors.heed("telegram", [Throttled(NOW + timedelta(seconds=30))], NOW)
    assert not doors.of("telegram").is_open(NOW + timedelta(seconds=10))
    assert doors.of("telegram").is_open(NOW - HOUR)
    doors.heed("telegram", [Throttled(NOW - HOUR + timedelta(seconds=30))], NOW - HOUR)
    assert not doors.of("telegram").is_open(NOW - HOUR)
    assert doors.of("telegram").is_open(NOW - HOUR + timedelta(seconds=31))


def test_a_lane_goes_by_seconds_that_nobody_sets() -> None:
    clock = ManualClock(NOW)

    async def story() -> float:
        lane = Lane(10.0, clock)
        lane.not_before(NOW + timedelta(seconds=30))
        clock.set(NOW - HOUR)
        await lane.turn("sari")
        return asyncio.get_running_loop().time() - 1_000

    assert run(story()) == pytest.approx(30, abs=0.1)


def test_an_offer_of_next_year_keeps_nobody_from_one_today() -> None:
    caps = Caps(days_between=3, per_30_days=1)
    assert free_from([NOW + YEAR], caps, NOW) is None
    assert free_from([NOW + HOUR], caps, NOW) == NOW + HOUR + timedelta(days=30)


def test_a_claim_of_a_crash_runs_out_though_the_clock_went_back(shop: SmallShop) -> None:
    shop.customer("Sari")
    shop.launch()

    def crash(_outgoing: Outgoing) -> Outcome:
        raise KeyboardInterrupt  # the process is ended while the provider has it

    shop.channel = FakeChannel(answer=crash)
    with pytest.raises(KeyboardInterrupt):
        shop.drain()
    shop.channel = FakeChannel()
    shop.clock.set(shop.clock.now() - HOUR)
    assert shop.drain().sent == 0
    shop.clock.forward(HOUR + timedelta(minutes=6))
    shop.drain()
    assert shop.messages()[-1].state == State.UNKNOWN


def test_leases_that_run_out_while_a_message_is_on_its_way_lose_nothing(shop: SmallShop) -> None:
    shop.customer("Sari")
    shop.launch()

    def a_year_later(_outgoing: Outgoing) -> Outcome:
        shop.clock.forward(YEAR)
        return Sent("n-1")

    shop.channel = FakeChannel(answer=a_year_later)
    shop.drain()
    last = shop.messages()[-1]
    assert (last.state, last.provider_message_id) == (State.SENT, "n-1")


def test_a_later_no_is_a_no_though_the_clock_went_back(story: Story) -> None:
    story.join("sari")
    story.clock.set(NOW - HOUR)
    story.say("sari", "STOP")
    number = story.number_of("sari")
    with story.app.database.reading() as session:
        assert consent.standing(session, number, "simulator").offers is False
        assert consent.standings(session, "simulator")[number].offers is False
    assert story.dispatch() == 0


def test_a_later_yes_is_a_yes_though_the_no_was_dated_next_year(shop: SmallShop) -> None:
    shop.clock.forward(YEAR)
    sari = shop.customer("Sari", offers=False)
    shop.clock.set(NOW)
    with shop.database.transaction() as session:
        said = consent.Evidence("simulator", "ya")
        consent.grant(session, sari, Purpose.OFFERS, scope="simulator", wording=WORDING, evidence=said, at=NOW)
        assert consent.standing(session, sari, "simulator").offers is True


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_where_the_clocks_are_changed_the_night_ends_at_its_hour(day: datetime) -> None:
    berlin, quiet = ZoneInfo("Europe/Berlin"), QuietHours()
    for minutes in range(0, 6 * 60, 7):
        until = quiet_until(day + timedelta(minutes=minutes), berlin, quiet)
        assert until is not None
        assert until.astimezone(berlin).time() == quiet.end


def test_a_message_dated_next_year_is_answered_today(story: Story) -> None:
    story.clock.forward(YEAR)
    story.say("sari", "MULAI")
    story.clock.set(NOW)
    story.say("sari", "ya")
    number = story.number_of("sari")
    with story.app.database.reading() as session:
        assert consent.standing(session, number, "simulator").offers is True
