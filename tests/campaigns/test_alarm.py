"""What goes wrong stops by itself, says why, and starts again only by somebody's word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlmodel import select

from bot import telling
from bot.talk.replies import Teller
from campaigns.channel import Failed, FateUnknown, Outcome, Outgoing
from campaigns.launching import planning
from campaigns.sending.alarm import Tally, count
from campaigns.shop import Alarm
from campaigns.tables import Campaign, Message, State, Status
from ledger import customers
from ledger.tables import AuditEntry, Notice, Role, TeamMember
from tests.campaigns.conftest import SmallShop
from tests.fakes import FakeChannel

IN_FLIGHT = 32
LIMITS = Alarm(failures=0.2, leaves=0.05, least=20)


class Faulty(FakeChannel):
    """Gives ``fault`` instead of every so-manieth message."""

    def __init__(self, fault: Outcome, every: int) -> None:
        super().__init__()
        self.fault, self.every, self.n = fault, every, 0

    async def send(self, outgoing: Outgoing) -> Outcome:
        self.n += 1
        is_faulty = self.n % self.every == 0
        said = await super().send(outgoing)
        if is_faulty:
            self.given.remove(outgoing)
        return self.fault if is_faulty else said


@pytest.fixture
def shop(shop: SmallShop) -> SmallShop:
    shop.shop, shop.in_flight = replace(shop.shop, alarm=LIMITS), IN_FLIGHT
    shop.buy(shop.customer("Pembeli", offers=None, profiling=None), days_ago=1)
    with shop.database.transaction() as session:
        place = customers.meet(session, "simulator", "pemilik", "Ratna", shop.clock.now())
        session.add(TeamMember(address_id=place.id, role=Role.OWNER, since=shop.clock.now()))
    return shop


def campaign(shop: SmallShop, number: int = 1) -> Campaign:
    with shop.database.reading() as session:
        return session.get_one(Campaign, number)


def told(shop: SmallShop) -> Sequence[str]:
    """What the team is told, in English."""
    with shop.database.reading() as session:
        teller = Teller(shop.composer, shop.shop, "en")
        notices = session.exec(select(Notice).where(Notice.template == "campaign_alarm")).all()
        return [telling.said(each.template, each.data, teller).text for each in notices]


def resume(shop: SmallShop) -> None:
    with shop.database.transaction() as session:
        planning.resume(
            session, session.get_one(Campaign, 1), ["simulator"], shop.shop, by="test", now=shop.clock.now()
        )


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        (Tally(sent=16, failed=4), None),
        (Tally(sent=15, failed=5), "failures"),
        (Tally(sent=1, failed=18), None),
        (Tally(sent=19, failed=0, left=19), None),
        (Tally(sent=20, failed=0, left=1), None),
        (Tally(sent=20, failed=0, left=2), "leaves"),
        (Tally(sent=0, failed=20), "failures"),
        (Tally(), None),
    ],
)
def test_more_than_the_limit_of_at_least_so_many_is_a_breach(tally: Tally, said: str | None) -> None:
    assert tally.breach(LIMITS) == said


def test_failures_above_the_limit_stop_it_before_the_next_message_is_claimed(shop: SmallShop) -> None:
    shop.crowd(100)
    shop.channel = Faulty(Failed("63016"), every=4)
    shop.launch()
    shop.drain()
    assert shop.report().states == {"sent": 24, "failed": 8, "planned": 68}
    assert (campaign(shop).status, campaign(shop).pause_reason) == (Status.PAUSED, "failures")
    (words,) = told(shop)
    assert "8 of its 32 messages failed or may not have arrived (most often code 63016)" in words
    assert "68 more are unsent" in words
    assert "/resume 1" in words
    assert "/cancel 1" in words
    assert "/report 1" in words
    with shop.database.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.actor == "alarm")).one()
        assert (entry.action, entry.subject) == ("campaign paused", "1")
        assert entry.detail == {"reason": "failures", "n": 8, "of": 32}


def test_failures_at_the_limit_are_borne(shop: SmallShop) -> None:
    shop.crowd(100)
    shop.channel = Faulty(Failed("63016"), every=5)
    shop.launch()
    shop.drain()
    assert shop.report().states == {"sent": 80, "failed": 20}
    assert told(shop) == []


def test_a_channel_that_answers_nothing_stops_it_too(shop: SmallShop) -> None:
    shop.crowd(50)
    shop.channel = Faulty(FateUnknown("TimeoutError"), every=1)
    shop.launch()
    shop.drain()
    assert shop.report().states == {"unknown": IN_FLIGHT, "planned": 50 - IN_FLIGHT}
    assert campaign(shop).pause_reason == "failures"


def test_a_crash_of_ours_is_not_the_campaigns_fault(shop: SmallShop) -> None:
    people = shop.crowd(50)
    shop.launch()
    with shop.database.transaction() as session:
        for each in session.exec(select(Message).where(Message.state == State.PLANNED)).all()[:25]:
            each.state, each.lease_until = State.SENDING, shop.clock.now()
    shop.clock.forward(timedelta(minutes=10))
    shop.drain()
    assert shop.report().states == {"unknown": 25, "sent": len(people) - 25}
    assert told(shop) == []


def test_when_too_many_leave_nothing_more_goes_out_at_the_next_drain(shop: SmallShop) -> None:
    people = shop.crowd(60)
    shop.launch()
    with shop.database.transaction() as session:
        for each in session.exec(select(Message).order_by(Message.id)).all()[-20:]:  # type: ignore[arg-type]
            each.not_before = shop.clock.now() + timedelta(hours=2)
    shop.drain()
    sent = [each.customer_id for each in shop.messages() if each.state == State.SENT]
    shop.clock.forward(timedelta(hours=1))
    for person in sent[:3]:
        shop.leave(person)
    shop.clock.forward(timedelta(hours=2))
    assert shop.drain().sent == 0
    assert campaign(shop).pause_reason == "leaves"
    assert len(shop.channel.given) == len(sent)
    (words,) = told(shop)
    assert f"3 of the {len(sent)} people who got it stopped their offers within 3 days" in words
    assert len(people) == 60


def test_who_leaves_while_it_is_being_sent_counts_from_the_next_batch_on(shop: SmallShop) -> None:
    people = shop.crowd(200)

    class Annoying(FakeChannel):
        async def send(self, outgoing: Outgoing) -> Outcome:
            outcome = await super().send(outgoing)
            if len(self.given) == 40:
                for each in people[:5]:
                    shop.leave(each)
            return outcome

    shop.channel = Annoying()
    shop.launch()
    shop.drain()
    assert campaign(shop).pause_reason == "leaves"
    assert len(shop.channel.given) < 3 * IN_FLIGHT + 1


def test_who_leaves_after_three_days_or_never_got_it_is_not_counted(shop: SmallShop) -> None:
    people = shop.crowd(60)
    shop.launch(hold=0.5)
    with shop.database.transaction() as session:
        planned = session.exec(select(Message).where(Message.state == State.PLANNED).order_by(Message.id)).all()  # type: ignore[arg-type]
        planned[-1].not_before = shop.clock.now() + timedelta(hours=100)
        held_out = session.exec(select(Message.customer_id).where(Message.state == State.HOLDOUT)).all()
    shop.drain()
    for person in held_out[:10]:
        shop.leave(person)
    shop.clock.forward(timedelta(hours=73))
    for person in [each for each in people if each not in held_out][:10]:
        shop.leave(person)
    shop.clock.forward(timedelta(hours=30))
    shop.drain()
    assert told(shop) == []


def test_once_resumed_it_counts_anew(shop: SmallShop) -> None:
    shop.crowd(120)
    shop.channel = Faulty(Failed("63016"), every=2)
    shop.launch()
    shop.drain()
    assert shop.report().states["planned"] == 120 - IN_FLIGHT
    shop.channel = FakeChannel()
    shop.clock.forward(timedelta(minutes=5))
    resume(shop)
    shop.drain()
    assert campaign(shop).status == Status.DONE
    assert len(told(shop)) == 1


def test_if_it_still_fails_after_that_it_stops_again(shop: SmallShop) -> None:
    shop.crowd(120)
    shop.channel = Faulty(Failed("63016"), every=2)
    shop.launch()
    shop.drain()
    shop.clock.forward(timedelta(minutes=5))
    resume(shop)
    shop.drain()
    assert campaign(shop).status == Status.PAUSED
    assert ["16 of its 32" in each for each in told(shop)] == [True, True]


def test_another_campaign_goes_on(shop: SmallShop) -> None:
    shop.crowd(25)
    shop.channel = Faulty(Failed("x"), every=1)
    shop.launch()
    shop.drain()
    assert campaign(shop).status == Status.PAUSED or shop.report().states == {"failed": 25}
    shop.channel = FakeChannel()
    shop.clock.forward(timedelta(days=4))
    second = shop.launch()
    shop.drain()
    assert shop.report(second).states == {"sent": 25}


def test_what_is_counted_is_what_was_written_since_it_was_last_let_go(shop: SmallShop) -> None:
    chance = Random(3)

    class Moody(FakeChannel):
        async def send(self, outgoing: Outgoing) -> Outcome:
            said = await super().send(outgoing)
            return Failed("x") if chance.random() < 0.1 else said

    people = shop.crowd(150)
    shop.channel = Moody()
    shop.launch()
    shop.drain()
    shop.leave(people[0])
    states = shop.report().states
    with shop.database.reading() as session:
        assert count(session, [1]) == {1: Tally(states["sent"], states["failed"], 1)}
    with shop.database.transaction() as session:
        session.get_one(Campaign, 1).due_from = shop.clock.now() + timedelta(seconds=1)
    with shop.database.reading() as session:
        assert count(session, [1]) == {1: Tally()}
