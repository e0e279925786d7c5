"""Messages on their way side by side: bounded, settled as they come back, and none of them held up by another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import col, func, select

from bot import telling
from bot.talk.replies import Teller
from campaigns.channel import FateUnknown, Outcome, Outgoing, Sent
from campaigns.launching import planning
from campaigns.outcomes.learning import Bandit
from campaigns.sending import due, outbox
from campaigns.sending.dispatching import TENDED_EVERY, Drained
from campaigns.sending.doors import FIRST_REST
from campaigns.shop import Alarm
from campaigns.tables import Message, State, TrackedLink, Voucher
from engine.bandits import Tally
from ledger import customers
from ledger.database import Database
from ledger.tables import Notice, Product, Role, TeamMember
from tests.campaigns.conftest import SmallShop
from tests.fakes import FakeChannel

MOST_STATEMENTS = 26
"""Of one transaction, which settles a batch and claims the next."""


class Held(FakeChannel):
    """Keeps what it is given until it is let go; counts how many it has at once."""

    def __init__(self, holds: Callable[[Outgoing], bool] = lambda _: True) -> None:
        super().__init__()
        self.holds, self.gate, self.now, self.most = holds, asyncio.Event(), 0, 0

    async def send(self, outgoing: Outgoing) -> Outcome:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.holds(outgoing):
            await self.gate.wait()
        self.now -= 1
        return await super().send(outgoing)


@pytest.fixture
def shop(sqlite_database: Database) -> SmallShop:
    shop = SmallShop(sqlite_database)
    shop.buy(shop.customer("Pembeli", offers=None, profiling=None), days_ago=1)
    return shop


def states(shop: SmallShop) -> dict[str, int]:
    with shop.database.reading() as session:
        counted = select(Message.state, func.count()).where(col(Message.state) != State.WITHHELD)
        return dict(session.exec(counted.group_by(col(Message.state))).all())


def test_never_are_more_marked_as_being_sent_than_may_be_in_flight(shop: SmallShop) -> None:
    shop.crowd(50)
    shop.launch()
    shop.in_flight, marked = 7, []
    shop.channel = channel = Held(lambda _: False)
    dispatcher = shop.dispatcher()
    asyncio.run(dispatcher.drain(lambda _: marked.append(states(shop).get(State.SENDING, 0))))
    assert states(shop) == {State.SENT: 50}
    assert max(marked) == 7
    assert channel.most <= 7


@pytest.mark.parametrize("in_flight", [4, 40])
def test_settling_and_claiming_takes_as_many_statements_for_forty_messages_as_for_four(
    shop: SmallShop, in_flight: int
) -> None:
    shop.crowd(80)
    shop.launch(discount=10)
    asked, exchanges = list[str](), list[int]()
    engine = shop.database.engine
    event.listen(engine, "begin", lambda *_: asked.clear())
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    event.listen(engine, "commit", lambda *_: exchanges.append(len(asked)))
    shop.in_flight = in_flight
    assert shop.drain().sent == 80
    assert max(exchanges) <= MOST_STATEMENTS


def test_one_that_takes_its_time_does_not_hold_up_the_others(shop: SmallShop) -> None:
    shop.crowd(30)
    shop.launch()
    shop.in_flight = 4
    shop.channel = channel = Held(lambda outgoing: outgoing.address == "pelanggan0")

    def let_go(done: Drained) -> None:
        if done.sent == 29:
            assert states(shop) == {State.SENT: 29, State.SENDING: 1}
            channel.gate.set()

    asyncio.run(shop.dispatcher().drain(let_go))
    assert states(shop) == {State.SENT: 30}


NO_ALARM = Alarm(failures=1.0)
"""A share of failures that nothing goes beyond: the channel alone decides what is tried."""


class Enough(Exception):
    """Somebody wants it to end."""


def test_who_stops_it_gets_what_was_not_handed_over_back_and_what_was_settled(shop: SmallShop) -> None:
    shop.crowd(12)
    shop.launch(discount=10)
    shop.in_flight = 5

    def stop(done: Drained) -> None:
        if done.looked_at > 5:
            raise Enough

    with pytest.raises(Enough):
        asyncio.run(shop.dispatcher().drain(stop))
    assert len(shop.channel.given) == 5
    assert states(shop) == {State.SENT: 5, State.PLANNED: 7}
    with shop.database.reading() as session:
        assert len(session.exec(select(TrackedLink)).all()) == len(session.exec(select(Voucher)).all()) == 5


def test_what_waits_long_keeps_its_lease_while_its_process_lives(shop: SmallShop) -> None:
    shop.crowd(20)
    shop.launch()
    shop.in_flight = 2
    shop.channel = channel = Held(lambda outgoing: outgoing.address == "pelanggan0")
    begun = shop.clock.now()

    def later(done: Drained) -> None:
        shop.clock.forward(TENDED_EVERY)
        if done.sent == 19:
            assert shop.clock.now() - begun > 3 * outbox.LEASE
            assert states(shop) == {State.SENT: 19, State.SENDING: 1}
            channel.gate.set()

    asyncio.run(shop.dispatcher().drain(later))
    assert states(shop) == {State.SENT: 20}


def test_an_outage_leaves_a_handful_unknown_and_the_team_is_told_once(shop: SmallShop) -> None:
    with shop.database.transaction() as session:
        place = customers.meet(session, "simulator", "pemilik", "Ratna", shop.clock.now())
        session.add(TeamMember(address_id=place.id, role=Role.OWNER, since=shop.clock.now()))
    shop.crowd(100)
    shop.launch()
    shop.in_flight, shop.shop = 6, replace(shop.shop, alarm=NO_ALARM)
    is_down = True
    shop.channel = FakeChannel(answer=lambda _: FateUnknown("TimedOut") if is_down else Sent("x"))
    dispatcher = shop.dispatcher()
    for _ in range(4):
        asyncio.run(dispatcher.drain())
        shop.clock.forward(10 * FIRST_REST)
    unknown = states(shop)[State.UNKNOWN]
    assert unknown <= 4 + 6 + 3, "four, then all that were on their way at the fifth, then one a rest"
    is_down = False
    asyncio.run(dispatcher.drain())
    assert states(shop) == {State.UNKNOWN: unknown, State.SENT: 100 - unknown}
    with shop.database.reading() as session:
        (notice,) = session.exec(select(Notice).where(Notice.template == "channel_rests")).all()
        words = telling.said(notice.template, notice.data, Teller(shop.composer, shop.shop, "en")).text
    assert "/report 1" in words


def test_a_pause_in_between_lets_nothing_further_be_claimed(shop: SmallShop) -> None:
    shop.crowd(9)
    number = shop.launch()
    shop.in_flight = 3
    dispatcher = shop.dispatcher()

    def pause(_done: Drained) -> None:
        with shop.database.transaction() as session:
            campaign = planning.find(session, number)
            if campaign.status == "running":
                planning.pause(session, campaign, by="test", now=shop.clock.now())

    asyncio.run(dispatcher.drain(pause))
    assert states(shop) == {State.SENT: 3, State.PLANNED: 6}


def test_what_the_owner_chose_and_is_sold_out_by_now_is_offered_to_nobody(shop: SmallShop) -> None:
    shop.crowd(3)
    number = shop.launch()
    with shop.database.transaction() as session:
        kopi = session.exec(select(Product).where(Product.sku == "S1")).one()
        planning.find(session, number).product_ids = [kopi.id]
        kopi.stock = 0
    assert shop.drain().sent == 0
    assert shop.report().withheld == {"no_consent": 1, "nothing_fits": 3}


def test_what_sells_out_while_it_is_being_sent_is_offered_to_nobody_further(shop: SmallShop) -> None:
    shop.crowd(9)
    number = shop.launch()
    with shop.database.transaction() as session:
        kopi = session.exec(select(Product).where(Product.sku == "S1")).one()
        planning.find(session, number).product_ids = [kopi.id]
    shop.in_flight = 3

    def sell_out(_done: Drained) -> None:
        with shop.database.transaction() as session:
            session.exec(select(Product).where(Product.sku == "S1")).one().stock = 0

    asyncio.run(shop.dispatcher().drain(sell_out))
    assert states(shop) == {State.SENT: 3}
    assert shop.report().withheld["nothing_fits"] == 6


@pytest.mark.parametrize(("campaigns", "each"), [(1, 4_000), (3, 100)])
def test_a_bandit_and_an_alarm_count_a_campaign_anew_only_now_and_then(campaigns: int, each: int) -> None:
    bandit = Bandit("seed", ["A", "B"], [Tally(0, 0), Tally(0, 0)], [campaigns * each, 0])
    for number in range(2_000):
        assert not bandit.is_old
        bandit.deal(number)
    assert bandit.is_old


def test_claiming_reads_the_queue_by_its_own_index(database: Database) -> None:
    now = SmallShop(database).clock.now()
    with database.reading() as session:
        connection = session.connection()
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            # In a table that is still empty it would not be worth it.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement in due.statements(1, "telegram", now):
            told = statement.compile(connection, compile_kwargs={"literal_binds": True})
            plan = connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN' if is_sqlite else ''} {told}").all()
            assert "ix_messages_due" in str(plan)
            assert "messages_state" not in str(plan)
            assert "hashed" not in str(plan)


class Slow(FakeChannel):
    """A channel whose provider takes ten a second, nine of them offers."""

    per_second = 10.0


def test_by_a_clock_that_stands_still_a_second_s_worth_goes_out_and_the_rest_waits(shop: SmallShop) -> None:
    shop.crowd(30)
    shop.launch()
    shop.channel = Slow()
    assert shop.drain().sent == 10, "the first at once, nine within the second that is given out ahead"
    shop.clock.forward(timedelta(seconds=1))
    assert shop.drain().sent == 9
    assert states(shop) == {State.SENT: 19, State.PLANNED: 11}


@pytest.mark.parametrize("leaves", [True, False])
def test_what_waited_for_its_moment_is_looked_at_once_more_before_it_goes(shop: SmallShop, leaves: bool) -> None:
    crowd = shop.crowd(9)
    number = shop.launch()
    shop.channel = channel = Slow()
    said: list[Drained] = []

    def meanwhile(done: Drained) -> None:
        said.append(done)
        if len(said) == 1 and leaves:
            shop.leave(crowd[8])
        elif len(said) == 1:
            with shop.database.transaction() as session:
                planning.pause(session, planning.find(session, number), by="test", now=shop.clock.now())

    asyncio.run(shop.dispatcher().drain(meanwhile))
    shop.clock.forward(timedelta(minutes=1))
    asyncio.run(shop.dispatcher().drain())
    got = {each.address for each in channel.given}
    assert ("pelanggan8" in got, len(got)) == ((False, 8) if leaves else (False, 1))
    assert states(shop) == ({State.SENT: 8} if leaves else {State.SENT: 1, State.PLANNED: 8})
