"""A standing campaign's rounds: one lot for all of them, each customer and each order counted once."""

from __future__ import annotations

import threading
import time as stopwatch
from dataclasses import replace
from datetime import time, timedelta
from math import sqrt
from random import Random

import pytest
from sqlalchemy import update
from sqlmodel import select

from campaigns.channel import Failed
from campaigns.choosing import audiences
from campaigns.launching import holdout, scheduling
from campaigns.launching.drafts import Trigger, When
from campaigns.launching.recurring import Every, Recurrence
from campaigns.outcomes import comparing, families
from campaigns.outcomes.comparing import Arm
from campaigns.outcomes.figures import Deeds, Row
from campaigns.sending import outbox
from campaigns.shop import Alarm, Caps
from campaigns.tables import Campaign, Message, State, Status
from engine.experiments import Verdict
from ledger.database import Database
from ledger.tables import Address, Customer, Kind
from tests.campaigns.conftest import TEN, SmallShop
from tests.campaigns.test_scheduling import SERVED, did, manager, notices, schedule, start_due, sweep
from tests.fakes import FakeChannel

DAILY = When(repeats=Recurrence(Every.DAY, time(10)))
DAY = timedelta(days=1)
FAMILIES = 400


def days(shop: SmallShop, n: int) -> None:
    """A round a day, each sent."""
    for _ in range(n):
        shop.clock.forward(DAY)
        start_due(shop)
        shop.drain()


def test_who_is_held_out_of_one_round_is_held_out_of_all(shop: SmallShop) -> None:
    people = shop.crowd(16)
    shop.buy(people[0], days_ago=3)
    shop.shop = replace(shop.shop, caps=Caps(0, 30))
    number = schedule(shop, DAILY, hold=50)
    days(shop, 3)
    held_out = {each.customer_id for each in shop.messages() if each.state == State.HOLDOUT}
    sent = {each.customer_id for each in shop.messages() if each.state == State.SENT}
    assert (held_out | sent, held_out & sent) == (set(people), set())
    assert held_out
    assert sent
    told = shop.report(number)
    assert (told.rounds, told.audience, told.within) == (3, 48, 1.0)
    assert (told.treated.n, told.control.n) == (len(sent), len(held_out))
    assert told.sent > len(sent)
    assert sum(each.n for each in told.segments) == len(sent)


def test_an_order_in_the_windows_of_two_rounds_is_one_order_of_one_buyer(shop: SmallShop) -> None:
    people = shop.crowd(3)
    shop.buy(people[0], days_ago=3)
    shop.shop = replace(shop.shop, caps=Caps(0, 30))
    number = schedule(shop, DAILY)
    days(shop, 2)
    shop.buy(people[1])
    told = shop.report(number)
    assert (told.sent, told.purchases, told.revenue_minor, told.treated) == (6, 1, 50_000, Arm(3, 1))
    # By itself each round tells what came in its window.
    assert [shop.report(number + n).purchases for n in (1, 2)] == [1, 1]


def row(number: int, customer: int, state: State, was_eligible: bool = True) -> Row:
    return Row(
        id=number, campaign_id=number, customer_id=customer, state=state, reason=None, channel=None, segment=None,
        variant=None, was_eligible=was_eligible, counts_from=TEN, sent_at=None, remains=None, family=1,
        is_erased=False,
    )  # fmt: skip


def test_who_is_left_out_because_of_what_they_were_sent_is_watched_as_long_as_the_others() -> None:
    rows = [
        row(1, 7, State.SENT), row(2, 8, State.HOLDOUT), row(3, 9, State.WITHHELD, was_eligible=False),
        row(4, 7, State.WITHHELD, was_eligible=False), row(5, 8, State.HOLDOUT), row(6, 9, State.SENT),
    ]  # fmt: skip
    bought = Deeds(has_bought=True)
    people, deeds = families.once(rows, {3: bought, 4: bought, 5: bought})
    # 9 bought before they were let through, which counts for nobody.
    assert [(each.id, each.customer_id) for each in people] == [(1, 7), (2, 8), (6, 9)]
    assert deeds == {1: bought, 2: bought}


def play(chance: Random, seed: str, rounds: list[tuple[int, float]], come_again: float, share: float) -> list[Arm]:
    """Rounds of (newcomers, their rate) without any effect, and a cap that passes over who was sent to last time."""
    rates: dict[int, float] = {}
    rows, did, last_sent = [], {}, set[int]()
    for newcomers, rate in rounds:
        again = [each for each in rates if chance.random() < come_again]
        new = range(len(rates), len(rates) + newcomers)
        rates |= dict.fromkeys(new, rate)
        sent = set()
        for customer in [*again, *new]:
            is_held = holdout.falls_to(customer, share, seed)
            is_capped = customer in last_sent
            state = State.WITHHELD if is_capped else State.HOLDOUT if is_held else State.SENT
            rows.append(row(len(rows), customer, state, not is_capped))
            if state == State.SENT:
                sent.add(customer)
            if chance.random() < rates[customer]:
                did[len(rows) - 1] = Deeds(has_bought=True)
        last_sent = sent
    people, deeds = families.once(rows, did)
    arms = ([each for each in people if not each.is_held_out], [each for each in people if each.is_held_out])
    return [Arm(len(arm), sum(each.id in deeds for each in arm)) for arm in arms]


WORLDS = {
    "1,000 and then fifty times three who buy more": ([(1000, 0.05)] + [(3, 0.6)] * 50, 0.0, 0.1),
    "400 and twenty times twelve": ([(400, 0.05)] + [(12, 0.3)] * 20, 0.0, 0.1),
    "300 and fifty times four": ([(300, 0.05)] + [(4, 0.2)] * 50, 0.0, 0.1),
    "200 and four times fifteen": ([(200, 0.05)] + [(15, 0.3)] * 4, 0.0, 0.1),
    "200 who come again, every second time passed over": ([(200, 0.05)] + [(10, 0.1)] * 5, 0.9, 0.2),
}


@pytest.mark.parametrize(("rounds", "come_again", "share"), WORLDS.values(), ids=WORLDS.keys())
def test_of_families_without_an_effect_the_interval_holds_nothing_and_hardly_one_is_claimed(
    rounds: list[tuple[int, float]], come_again: float, share: float
) -> None:
    chance = Random(11)
    found = [play(chance, f"family {n}", rounds, come_again, share) for n in range(FAMILIES)]
    held = [comparing.lift(*arms) for arms in found]
    assert 0.93 <= sum((each.low or 0) <= 0 <= (each.high or 0) for each in held) / FAMILIES <= 0.97
    said = [comparing.verdict(*arms) for arms in found]
    # At most 5 % of many; of so few families two standard errors more are chance.
    chance = 2 * sqrt(0.05 * 0.95 / FAMILIES)
    assert sum(each in (Verdict.HIGHER, Verdict.LOWER) for each in said) / FAMILIES <= 0.05 + chance


def test_whoever_is_being_added_to_a_round_is_sent_to_though_it_ends_at_that_moment(
    postgresql_database: Database,
) -> None:
    shop = SmallShop(postgresql_database)
    people = shop.crowd(3)
    shop.buy(people[0], days_ago=3)
    number = schedule(shop, When(trigger=Trigger.VIEWED))
    did(shop, Kind.VIEW, people[0], ago=timedelta(hours=5))
    sweep(shop)
    with shop.database.transaction() as session:
        session.connection().execute(update(Message).values(state=State.SENT, sent_at=shop.clock.now()))
    for each in people[1:]:
        did(shop, Kind.VIEW, each, ago=timedelta(hours=5))
    with shop.database.reading() as session:
        about = scheduling.whose_turn(session, number, shop.shop, shop.clock.now())

    def finish() -> None:
        with shop.database.transaction() as session:
            outbox.finish(session, shop.clock.now())

    ending = threading.Thread(target=finish)
    with shop.database.transaction() as session:
        scheduling.enrol(session, number, about, SERVED, shop.shop, shop.clock.now())
        session.flush()
        ending.start()
        stopwatch.sleep(0.5)
    ending.join(20)
    assert shop.drain().sent == 2


def test_the_alarm_hears_of_failures_that_come_one_by_one_and_holds_what_they_are_rounds_of(shop: SmallShop) -> None:
    class Refusing(FakeChannel):
        async def send(self, outgoing: object) -> Failed:
            return Failed("63016")

    shop.channel = Refusing()
    shop.shop = replace(shop.shop, alarm=Alarm(failures=0.2, leaves=0.05, least=5))
    people = shop.crowd(7)
    shop.buy(people[0], days_ago=3)
    number = schedule(shop, When(trigger=Trigger.VIEWED))
    for each in people:
        did(shop, Kind.VIEW, each, ago=timedelta(hours=5))
        sweep(shop)
        shop.drain()
        shop.clock.forward(timedelta(minutes=5))
    with shop.database.reading() as session:
        statuses = dict(session.exec(select(Campaign.id, Campaign.status)).all())
    assert statuses == {number: Status.PAUSED, number + 1: Status.PAUSED}
    assert len(shop.messages()) == 5


def test_the_erased_and_who_may_be_somebody_else_are_nobodys_turn(shop: SmallShop) -> None:
    erased, provisional, sari = shop.crowd(3)
    schedule(shop, When(trigger=Trigger.VIEWED))
    for each in (erased, provisional, sari):
        did(shop, Kind.VIEW, each, ago=timedelta(hours=5))
    with shop.database.transaction() as session:
        session.get_one(Customer, erased).erased_at = shop.clock.now()
        of_theirs = update(Address).where(Address.customer_id == provisional)  # type: ignore[arg-type]
        session.connection().execute(of_theirs.values(origin="import", confirmed_at=None))
    assert sweep(shop) == 1
    assert [each.customer_id for each in shop.messages()] == [sari]


def test_more_are_added_than_a_statement_may_name(shop: SmallShop) -> None:
    with shop.database.transaction() as session:
        session.add_all(Customer(id=n, source="till", created_at=TEN) for n in range(1000, 1004))
        session.flush()
        asked = range(1, 70_001)
        assert audiences.countable(session, asked) == {1000, 1001, 1002, 1003}
        found = audiences.among(session, asked, SERVED, shop.shop, TEN)
    assert [each.customer_id for each in found] == [1000, 1001, 1002, 1003]


def test_what_starts_by_itself_and_finds_nobody_says_so(shop: SmallShop) -> None:
    manager(shop)
    number = schedule(shop, When(at=TEN + DAY))
    shop.clock.forward(DAY)
    start_due(shop)
    shop.drain()
    with shop.database.reading() as session:
        assert session.get_one(Campaign, number).status == Status.DONE
    assert [(each.template, each.data["sent"], each.data["total"]) for each in notices(shop)] == [
        ("campaign_done", 0, 0)
    ]
