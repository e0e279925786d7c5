"""Several processes and one provider: answers at once, offers evenly, deadlines known to all. On virtual time."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.lanes import Lane
from bot.sharing import Sharing
from campaigns.channel import Cause, Outcome, Outgoing, Sent, Throttled
from campaigns.sending import paces
from campaigns.sending.dispatching import Dispatcher
from campaigns.words.composing import Composer
from ledger.database import Database
from tests.campaigns.conftest import SmallShop
from tests.virtual_time import run

TEN = datetime(2026, 11, 2, 3, tzinfo=UTC)
PER_SECOND = 30
OFFERS_PER_SECOND = PER_SECOND * paces.OFFERS_SHARE
HAIR = 1e-3


def elapsed() -> float:
    return asyncio.get_running_loop().time() - 1_000


class LoopClock:
    """The wall clock beside the loop's own."""

    def now(self) -> datetime:
        return TEN + timedelta(seconds=elapsed())


@dataclass
class Provider:
    """Takes PER_SECOND messages within any second. Whoever brings one more is told to wait."""

    taken: list[tuple[float, bool]] = field(default_factory=list)
    refusals: int = 0
    latency_seconds: float = 0.05
    _lately: deque[float] = field(default_factory=deque)

    async def take(self, outgoing: Outgoing) -> Outcome:
        now = elapsed()
        while self._lately and self._lately[0] <= now - 1 + HAIR:
            self._lately.popleft()
        if len(self._lately) >= PER_SECOND:
            self.refusals += 1
            return Throttled(TEN + timedelta(seconds=now + 5))
        self._lately.append(now)
        self.taken.append((now, outgoing.is_offer))
        await asyncio.sleep(self.latency_seconds)
        return Sent(f"n{len(self.taken)}")

    def offers(self) -> list[float]:
        return [at for at, is_offer in self.taken if is_offer]


class Messenger:
    """One process's way to the provider."""

    name = "simulator"
    carries_documents = carries_pictures = True
    per_second = float(PER_SECOND)

    def __init__(self, provider: Provider) -> None:
        self.provider, self.lane = provider, Lane(PER_SECOND, LoopClock())

    async def send(self, outgoing: Outgoing) -> Outcome:
        refused = await self.lane.turn(outgoing.address, outgoing.is_offer)
        if refused is not None:
            return refused
        outcome = await self.provider.take(outgoing)
        if isinstance(outcome, Throttled):
            self.lane.not_before(outcome.until)
        return outcome


def dispatcher(shop: SmallShop, messenger: Messenger) -> Dispatcher:
    return Dispatcher(shop.database, {messenger.name: messenger}, Composer(), shop.shop, LoopClock().now)


def most_within(times: list[float], window: float) -> int:
    return max(sum(start <= at <= start + window for at in times) for start in times)


@pytest.fixture
def shop(sqlite_database: Database) -> SmallShop:
    shop = SmallShop(sqlite_database)
    shop.buy(shop.crowd(90)[0], days_ago=1)
    shop.launch()
    return shop


async def ask(messenger: Messenger, every: float, until: float) -> list[float]:
    """Somebody asks again and again; how long each answer took."""
    took = []
    while elapsed() < until:
        asked_at = elapsed()
        assert isinstance(await messenger.send(Outgoing(f"orang-{asked_at}", "ya")), Sent)
        took.append(elapsed() - asked_at)
        await asyncio.sleep(every)
    return took


def test_while_a_campaign_runs_a_question_in_another_process_is_answered_within_a_second(shop: SmallShop) -> None:
    provider = Provider()
    sender, answerer = Messenger(provider), Messenger(provider)

    async def day() -> list[float]:
        sharing = Sharing(shop.database, {"simulator": answerer.lane}, LoopClock().now)
        stopping = asyncio.Event()
        keeping = asyncio.create_task(sharing.keep(stopping))
        took, _ = await asyncio.gather(ask(answerer, 0.8, until=3), dispatcher(shop, sender).drain())
        stopping.set()
        await keeping
        return took

    took = run(day())
    assert len(took) >= 3
    assert max(took) < 0.1
    assert provider.refusals == 0
    assert len(provider.offers()) == 90


def test_two_processes_together_send_no_faster_than_one_and_evenly(shop: SmallShop) -> None:
    provider = Provider()

    async def day() -> float:
        both = [dispatcher(shop, Messenger(provider)) for _ in range(2)]
        await asyncio.gather(*(each.drain() for each in both))
        return max(provider.offers())

    # 89 intervals of 1/27 s.
    assert run(day()) == pytest.approx(89 / OFFERS_PER_SECOND, abs=0.4)
    assert provider.refusals == 0
    for window in (0.1, 0.5, 1.0, 2.0):
        assert most_within(provider.offers(), window) <= 1 + (window + HAIR) * OFFERS_PER_SECOND


def test_what_the_provider_told_one_process_to_wait_for_the_other_waits_for_too(shop: SmallShop) -> None:
    provider = Provider()
    first, second = Messenger(provider), Messenger(provider)

    async def day() -> None:
        here, there = (Sharing(shop.database, {"simulator": each.lane}, LoopClock().now) for each in (first, second))
        first.lane.not_before(TEN + timedelta(seconds=20), Cause.BUSY)
        await here.look()
        await there.look()
        refused = await second.send(Outgoing("orang-1", "promo", is_offer=True))
        assert isinstance(refused, Throttled)
        assert refused.until == TEN + timedelta(seconds=20)
        # Another process's dispatcher claims nothing meanwhile, and asks nobody.
        assert (await dispatcher(shop, Messenger(provider)).drain()).looked_at == 0
        await asyncio.sleep(20)
        assert (await dispatcher(shop, Messenger(provider)).drain()).sent == 90

    run(day())
    assert min(provider.offers()) >= 20


def test_what_a_campaign_was_told_to_wait_for_every_lane_learns(shop: SmallShop) -> None:
    provider = Provider()
    crowd = [0.0] * PER_SECOND
    provider._lately.extend(crowd)
    sender, answerer = Messenger(provider), Messenger(provider)

    async def day() -> None:
        await dispatcher(shop, sender).drain()
        await Sharing(shop.database, {"simulator": answerer.lane}, LoopClock().now).look()
        wait = answerer.lane.closed()
        assert wait is not None
        assert wait[0] == pytest.approx(timedelta(seconds=5), abs=timedelta(seconds=1))

    run(day())
    assert provider.refusals >= 1


def test_deadlines_told_to_and_fro_do_not_creep(shop: SmallShop) -> None:
    messengers = [Messenger(Provider()) for _ in range(2)]

    async def day() -> list[timedelta]:
        messengers[0].lane.not_before(TEN + timedelta(seconds=50))
        for _ in range(40):
            for each in messengers:
                await Sharing(shop.database, {"simulator": each.lane}, LoopClock().now).look()
            await asyncio.sleep(1)
        return [told[0] for each in messengers if (told := each.lane.closed()) is not None]

    assert run(day()) == [pytest.approx(timedelta(seconds=10), abs=timedelta(milliseconds=1))] * 2


def test_offers_make_room_for_what_was_answered(shop: SmallShop) -> None:
    provider = Provider()
    answerer = Messenger(provider)

    async def day() -> None:
        sharing = Sharing(shop.database, {"simulator": answerer.lane}, LoopClock().now)
        for number in range(20):
            await answerer.send(Outgoing(f"orang-{number}", "ya"))
        await sharing.look()
        await dispatcher(shop, Messenger(provider)).drain()

    run(day())
    # Twenty answers took 1.65 s, and twenty offers' time is charged for them from then on.
    asked_until = max(at for at, is_offer in provider.taken if not is_offer) + provider.latency_seconds
    assert min(provider.offers()) == pytest.approx(asked_until + 20 / OFFERS_PER_SECOND, abs=0.01)
