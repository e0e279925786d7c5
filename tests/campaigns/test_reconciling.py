"""What stayed open is asked about once a day; what was lost is found by address, time and words, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from campaigns.channel import Fate, FateUnknown, OutsideWindow, Report, Sent
from campaigns.sending import outbox, reconciling
from campaigns.sending.claiming import LEASE
from campaigns.sending.reconciling import CannotAsk, Found, Reconciled
from campaigns.tables import State
from ledger.database import Database
from tests.campaigns.windowed import DAY, WhatsAppShop
from tests.fakes import FakeChannel

HOURS = timedelta(hours=1)


class Telling(FakeChannel):
    """A provider that can be asked later."""

    def __init__(self) -> None:
        super().__init__("whatsapp")
        self.reports: dict[str, Report] = {}
        self.has: dict[str, list[Found]] = {}
        self.asked: list[str] = []
        self.is_down = False

    async def ask(self, provider_message_id: str) -> Report | None:
        self.asked.append(provider_message_id)
        if self.is_down:
            raise CannotAsk
        return self.reports.get(provider_message_id)

    async def find(self, address: str, since: datetime, until: datetime) -> Sequence[Found]:
        self.asked.append(address)
        return [each for each in self.has.get(address, []) if since <= each.at <= until]


@pytest.fixture
def provider() -> Telling:
    return Telling()


@pytest.fixture
def shop(sqlite_database: Database, provider: Telling) -> WhatsAppShop:
    shop = WhatsAppShop(sqlite_database)
    shop.channel = provider
    return shop


def reconcile(shop: WhatsAppShop, may_go_on: Callable[[], bool] = lambda: True) -> Reconciled:
    believe = shop.dispatcher().believe
    return asyncio.run(
        reconciling.reconcile(shop.database, {"whatsapp": shop.channel}, believe, shop.clock.now(), may_go_on)
    )


def lost(shop: WhatsAppShop) -> int:
    """Sari's offer, of which nobody knows whether it went out; some hours ago."""
    sari = shop.customer("Sari")
    shop.channel.answer = lambda _outgoing: FateUnknown("timeout")
    shop.launch()
    shop.drain()
    return sari


def had(shop: WhatsAppShop, customer_id: int, number: str, later: timedelta, fate: Fate | None = None) -> Found:
    """The provider has that message of hers."""
    report = Report("whatsapp", number, fate) if fate else None
    body = (shop.message(customer_id).body or "").replace("\n\n", "\n")
    return Found(number, body, shop.clock.now() + later, report)


def test_what_stayed_open_is_asked_about_and_believed(shop: WhatsAppShop, provider: Telling) -> None:
    people = shop.crowd(3)
    shop.launch()
    shop.drain()
    numbers = [str(shop.message(each).provider_message_id) for each in people]
    provider.reports = {
        numbers[0]: Report("whatsapp", numbers[0], Fate.READ),
        numbers[1]: Report("whatsapp", numbers[1], Fate.FAILED, OutsideWindow("63016")),
        numbers[2]: Report("whatsapp", numbers[2], Fate.SENT),
    }
    shop.clock.forward(3 * HOURS)
    assert reconcile(shop) == Reconciled(open=3, learned=2)
    assert [shop.message(each).state for each in people] == [State.READ, State.PLANNED, State.SENT]
    assert shop.adds_up()


def test_what_was_just_sent_and_what_is_too_old_is_not_asked_about(shop: WhatsAppShop, provider: Telling) -> None:
    shop.crowd(2)
    shop.launch()
    shop.drain()
    assert reconcile(shop) == Reconciled()
    shop.clock.forward(8 * DAY)
    assert reconcile(shop) == Reconciled()
    assert provider.asked == []


def test_one_that_was_lost_is_found_by_its_words_and_its_time(shop: WhatsAppShop, provider: Telling) -> None:
    sari, at = lost(shop), shop.clock.now()
    provider.has = {
        shop.address(sari).address: [
            had(shop, sari, "SM-then", timedelta(seconds=20), Fate.DELIVERED),
            had(shop, sari, "SM-yesterday", -DAY),
            Found("SM-answer", "Halo, ada yang bisa dibantu?", at, None),
        ]
    }
    shop.clock.forward(HOURS)
    assert reconcile(shop) == Reconciled(unknown=1, found=1)
    message = shop.message(sari)
    assert (message.state, message.provider_message_id) == (State.DELIVERED, "SM-then")
    assert (message.sent_at, message.unknown_at, message.reason) == (at + timedelta(seconds=20), None, None)
    assert shop.report().states == {"delivered": 1}


def test_two_that_could_be_it_are_none(shop: WhatsAppShop, provider: Telling) -> None:
    sari = lost(shop)
    both = [had(shop, sari, number, timedelta(seconds=20)) for number in ("SM-1", "SM-2")]
    provider.has = {shop.address(sari).address: both}
    shop.clock.forward(HOURS)
    assert reconcile(shop) == Reconciled(unknown=1, found=0)
    assert shop.message(sari).state == State.UNKNOWN


def test_what_the_provider_does_not_have_stays_unknown_and_is_not_sent(shop: WhatsAppShop, provider: Telling) -> None:
    sari = lost(shop)
    shop.clock.forward(HOURS)
    assert reconcile(shop) == Reconciled(unknown=1, found=0)
    assert shop.drain().sent == 0
    assert (shop.message(sari).state, len(provider.given)) == (State.UNKNOWN, 1)


def test_one_whose_sender_vanished_is_found_as_well(shop: WhatsAppShop, provider: Telling) -> None:
    sari = shop.customer("Sari")
    provider.answer = lambda _outgoing: (_ for _ in ()).throw(KeyboardInterrupt)  # killed in the middle of it
    shop.launch()
    with pytest.raises(KeyboardInterrupt):
        shop.drain()
    assert shop.message(sari).state == State.SENDING
    at = had(shop, sari, "SM1", timedelta())
    shop.clock.forward(LEASE)
    with shop.database.transaction() as session:
        outbox.expire(session, shop.clock.now())
    provider.has = {shop.address(sari).address: [at]}
    shop.clock.forward(HOURS)
    assert reconcile(shop).found == 1
    assert shop.message(sari).state == State.SENT


def test_a_line_that_is_down_leaves_everything_as_it_was(shop: WhatsAppShop, provider: Telling) -> None:
    shop.crowd(2)
    shop.launch()
    shop.drain()
    shop.clock.forward(3 * HOURS)
    provider.is_down = True
    found = reconcile(shop)
    assert found == Reconciled(open=2, unanswered=2)
    assert found.is_in_vain
    assert shop.report().states == {"sent": 2}


def test_closing_the_shop_ends_the_asking(shop: WhatsAppShop, provider: Telling) -> None:
    shop.crowd(3)
    shop.launch()
    shop.drain()
    shop.clock.forward(3 * HOURS)
    assert reconcile(shop, may_go_on=lambda: len(provider.asked) < 1).unanswered == 2


def test_however_many_are_open_everybodys_turn_comes(
    shop: WhatsAppShop, provider: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "MOST", 2)
    shop.crowd(3)
    shop.launch()
    shop.drain()
    shop.clock.forward(3 * HOURS)
    for _ in range(3):
        reconcile(shop)
    numbers = sorted({str(each.provider_message_id) for each in shop.messages() if each.state == State.SENT})
    assert sorted(provider.asked) == sorted(2 * numbers)


def test_a_channel_that_cannot_tell_is_not_asked(sqlite_database: Database) -> None:
    shop = WhatsAppShop(sqlite_database)
    sari = lost(shop)
    shop.clock.forward(HOURS)
    assert reconcile(shop) == Reconciled()
    assert shop.message(sari).state == State.UNKNOWN


def test_once_a_day_whoever_asks_first(database: Database) -> None:
    shop = WhatsAppShop(database)

    def is_due() -> bool:
        with database.transaction() as session:
            return reconciling.is_due(session, shop.clock.now())

    assert [is_due(), is_due()] == [True, False]
    shop.clock.forward(DAY - HOURS)
    assert not is_due()
    shop.clock.forward(HOURS)
    assert [is_due(), is_due()] == [True, False]


def test_a_day_on_which_nobody_answered_is_tried_again_within_the_hour(sqlite_database: Database) -> None:
    now = WhatsAppShop(sqlite_database).clock.now()
    with sqlite_database.transaction() as session:
        assert reconciling.is_due(session, now)
        reconciling.try_again(session, now)
        assert not reconciling.is_due(session, now + timedelta(minutes=49))
        assert reconciling.is_due(session, now + HOURS)


def test_a_number_is_one_message_s(shop: WhatsAppShop, provider: Telling) -> None:
    sari = lost(shop)
    body = shop.message(sari).body or ""
    provider.answer = lambda _outgoing: Sent("SM1")
    budi = shop.customer("Budi")
    shop.launch()
    shop.drain()
    assert {each.provider_message_id for each in shop.messages() if each.customer_id == budi} == {"SM1"}
    provider.has = {shop.address(sari).address: [Found("SM1", body, shop.clock.now(), None)]}
    shop.clock.forward(HOURS)
    assert reconcile(shop).found == 0
