"""Campaigns start at their time, come round again, and ask where nobody was there to start them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta

import pytest
from sqlmodel import select

from campaigns.launching import drafting, planning, scheduling
from campaigns.launching.drafts import Draft, Trigger, When, by_discount
from campaigns.launching.recurring import Every, Recurrence
from campaigns.launching.scheduling import Fired
from campaigns.tables import Campaign, Membership, Message, MiningRun, Segment, State, Status
from ledger import customers
from ledger.tables import AuditEntry, Interaction, Kind, Notice, Product, Role, TeamMember
from tests.campaigns.conftest import TEN, SmallShop

TOMORROW = TEN + timedelta(days=1)
FRIDAY_TEN = datetime.fromisoformat("2026-11-06T10:00+07:00")
FRIDAYS = Recurrence(Every.WEEK, time(10), weekdays=(4,))
SERVED = ["simulator"]


def schedule(shop: SmallShop, when: When, audience: str = "all", hold: float = 0) -> int:
    with shop.database.transaction() as session:
        wanted = Draft("picks", audience, by_discount(10), holdout_percent=hold, when=when)
        campaign = drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=shop.clock.now())
        planning.approve(session, campaign, SERVED, shop.shop, by="test", now=shop.clock.now())
        return campaign.id


def fire(shop: SmallShop, number: int) -> Fired | None:
    with shop.database.transaction() as session:
        return scheduling.fire(session, number, SERVED, shop.shop, shop.clock.now())


def start_due(shop: SmallShop) -> dict[int, Fired]:
    return scheduling.start_due(shop.database, SERVED, shop.shop, shop.clock.now())


def sweep(shop: SmallShop) -> int:
    return scheduling.sweep(shop.database, SERVED, shop.shop, shop.clock.now())


def until(shop: SmallShop, moment: datetime) -> None:
    shop.clock.forward(moment - shop.clock.now())


def campaign(shop: SmallShop, number: int) -> Campaign:
    with shop.database.reading() as session:
        return session.get_one(Campaign, number)


def rounds(shop: SmallShop, number: int) -> Sequence[Campaign]:
    with shop.database.reading() as session:
        return planning.rounds(session, session.get_one(Campaign, number))


def manager(shop: SmallShop) -> int:
    with shop.database.transaction() as session:
        address = customers.meet(session, "simulator", "ibu-ratna", "Ratna", shop.clock.now())
        session.add(TeamMember(address_id=address.id, role=Role.MANAGER, since=shop.clock.now()))
        return address.id


def notices(shop: SmallShop) -> list[Notice]:
    with shop.database.reading() as session:
        return list(session.exec(select(Notice).order_by(Notice.id)))  # type: ignore[arg-type]


def did(shop: SmallShop, kind: Kind, customer_id: int, *, ago: timedelta, sku: str = "S0") -> None:
    with shop.database.transaction() as session:
        product = session.exec(select(Product).where(Product.sku == sku)).one()
        session.add(
            Interaction(
                customer_id=customer_id, kind=kind, at=shop.clock.now() - ago, platform="web", product_id=product.id
            )
        )


def segment(shop: SmallShop, key: str, *members: int) -> None:
    with shop.database.transaction() as session:
        run = MiningRun(started_at=TEN, ready_at=TEN)
        session.add(run)
        session.flush()
        found = Segment(run_id=run.id, key=key, size=len(members), share=0.5)
        session.add(found)
        session.flush()
        session.add_all(Membership(run_id=run.id, customer_id=each, segment_id=found.id) for each in members)


def test_it_starts_at_its_time_and_not_before(shop: SmallShop) -> None:
    shop.crowd(3)
    number = schedule(shop, When(at=TOMORROW))
    assert (campaign(shop, number).status, shop.messages()) == (Status.SCHEDULED, [])
    until(shop, TOMORROW - timedelta(seconds=1))
    assert (start_due(shop), fire(shop, number)) == ({}, None)
    until(shop, TOMORROW)
    assert start_due(shop) == {number: Fired.STARTED}
    assert [each.state for each in shop.messages()] == [State.PLANNED] * 3


def test_who_came_after_it_was_scheduled_is_reached_too(shop: SmallShop) -> None:
    number = schedule(shop, When(at=TOMORROW))
    late = shop.customer("Budi")
    until(shop, TOMORROW)
    start_due(shop)
    assert [(each.campaign_id, each.customer_id) for each in shop.messages()] == [(number, late)]


def test_it_starts_once_however_often_it_rings(shop: SmallShop) -> None:
    shop.crowd(2)
    number = schedule(shop, When(at=TOMORROW))
    until(shop, TOMORROW)
    assert [fire(shop, number), fire(shop, number), fire(shop, 999)] == [Fired.STARTED, None, None]
    assert len(shop.messages()) == 2


def test_of_several_who_wake_up_together_one_starts_it(shop: SmallShop) -> None:
    shop.crowd(5)
    number = schedule(shop, When(repeats=FRIDAYS))
    until(shop, FRIDAY_TEN)
    with ThreadPoolExecutor(4) as pool:
        fired = list(pool.map(lambda _n: fire(shop, number), range(8)))
    assert sorted(map(str, fired)) == ["None"] * 7 + ["started"]
    assert (len(rounds(shop, number)), len(shop.messages())) == (1, 5)


@pytest.mark.parametrize("change", [planning.pause, planning.cancel])
def test_what_was_held_or_ended_before_its_time_does_not_start(shop: SmallShop, change: object) -> None:
    shop.crowd(2)
    number = schedule(shop, When(at=TOMORROW))
    with shop.database.transaction() as session:
        change(session, session.get_one(Campaign, number), by="test", now=TEN)  # type: ignore[operator]
    until(shop, TOMORROW)
    assert (start_due(shop), fire(shop, number), shop.messages()) == ({}, None, [])


def test_a_little_late_is_in_time_and_too_late_asks(shop: SmallShop) -> None:
    shop.crowd(1)
    manager(shop)
    first, second = schedule(shop, When(at=TOMORROW)), schedule(shop, When(at=TOMORROW - timedelta(seconds=1)))
    until(shop, TOMORROW + shop.shop.start_lateness)
    assert start_due(shop) == {first: Fired.STARTED, second: Fired.MISSED}
    assert [each.campaign_id for each in shop.messages()] == [first]
    (notice,) = notices(shop)
    assert (notice.template, notice.data["number"], notice.data["repeats"]) == ("schedule_missed", second, False)


def test_whoever_is_asked_is_asked_once_and_staff_is_not(shop: SmallShop) -> None:
    chat = manager(shop)
    with shop.database.transaction() as session:
        staff = customers.meet(session, "simulator", "dewi", "Dewi", TEN)
        session.add(TeamMember(address_id=staff.id, role=Role.STAFF, since=TEN))
    number = schedule(shop, When(repeats=FRIDAYS))
    until(shop, FRIDAY_TEN + timedelta(days=30))
    assert [start_due(shop), start_due(shop)] == [{number: Fired.MISSED}, {}]
    assert [each.address_id for each in notices(shop)] == [chat]
    with shop.database.reading() as session:
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.action == "campaign missed")).all()
    assert (entry.actor, entry.detail) == ("schedule", {"minutes_late": 30 * 24 * 60})


def test_what_was_missed_starts_when_somebody_says_so(shop: SmallShop) -> None:
    for each in shop.crowd(2):
        shop.buy(each)
    number = schedule(shop, When(at=TOMORROW))
    until(shop, TOMORROW + timedelta(hours=5))
    start_due(shop)
    with shop.database.transaction() as session:
        found = session.get_one(Campaign, number)
        planning.resume(session, found, SERVED, shop.shop, by="test", now=shop.clock.now())
    assert campaign(shop, number).status == Status.RUNNING
    assert shop.drain().sent == 2


def test_every_friday_means_every_friday(shop: SmallShop) -> None:
    shop.crowd(4)
    number = schedule(shop, When(repeats=FRIDAYS), hold=50)
    for week in range(3):
        until(shop, FRIDAY_TEN + timedelta(weeks=week))
        assert start_due(shop) == {number: Fired.STARTED}
        assert campaign(shop, number).start_at == FRIDAY_TEN + timedelta(weeks=week + 1)
        assert start_due(shop) == {}
    found = rounds(shop, number)
    assert len({number, *(each.id for each in found)}) == 4
    assert {each.seed for each in found} == {campaign(shop, number).seed}
    assert {each.parent_id for each in found} == {number}
    assert [(each.template, each.variants, each.holdout_share, each.repeats) for each in found] == [
        ("picks", campaign(shop, number).variants, 0.5, None)
    ] * 3
    assert campaign(shop, number).status == Status.SCHEDULED
    with shop.database.reading() as session:
        assert session.exec(select(Message).where(Message.campaign_id == number)).all() == []


def test_of_many_missed_fridays_one_is_made_up_for_and_then_it_goes_on_as_usual(shop: SmallShop) -> None:
    shop.crowd(1)
    number = schedule(shop, When(repeats=FRIDAYS))
    until(shop, FRIDAY_TEN + timedelta(weeks=3, hours=3))
    start_due(shop)
    with shop.database.transaction() as session:
        found = session.get_one(Campaign, number)
        planning.resume(session, found, SERVED, shop.shop, by="test", now=shop.clock.now())
    assert len(rounds(shop, number)) == 1
    standing = campaign(shop, number)
    assert (standing.status, standing.start_at) == (Status.SCHEDULED, FRIDAY_TEN + timedelta(weeks=4))


def test_an_audience_that_is_no_more_asks_and_nothing_is_half_written(shop: SmallShop) -> None:
    shop.crowd(2)
    manager(shop)
    number = schedule(shop, When(repeats=FRIDAYS))
    with shop.database.transaction() as session:
        session.get_one(Campaign, number).audience = "champions"
    until(shop, FRIDAY_TEN)
    assert start_due(shop) == {number: Fired.FAILED}
    assert (rounds(shop, number), shop.messages(), campaign(shop, number).status) == ([], [], Status.MISSED)
    (notice,) = notices(shop)
    assert notice.template == "schedule_failed"
    assert notice.data["sentence"]["term"][:2] == ["problems", "unknown_audience"]


def test_what_to_wake_up_for_is_what_waits_for_a_time(shop: SmallShop) -> None:
    once, fridays = schedule(shop, When(at=TOMORROW)), schedule(shop, When(repeats=FRIDAYS))
    schedule(shop, When(trigger=Trigger.CART))
    held = schedule(shop, When(at=TOMORROW))
    with shop.database.transaction() as session:
        planning.pause(session, session.get_one(Campaign, held), by="test", now=TEN)
    with shop.database.reading() as session:
        assert scheduling.wake_ups(session) == {once: TOMORROW, fridays: FRIDAY_TEN}
        assert len(scheduling.triggered(session, TEN)) == 1


def test_a_cart_is_answered_once_with_what_lay_in_it(shop: SmallShop) -> None:
    sari, _budi = shop.crowd(2)
    number = schedule(shop, When(trigger=Trigger.CART))
    assert (sweep(shop), rounds(shop, number)) == (0, [])
    did(shop, Kind.CART, sari, ago=timedelta(hours=3), sku="S1")
    assert [sweep(shop), sweep(shop)] == [1, 0]
    (message,) = shop.messages()
    (round_,) = rounds(shop, number)
    assert (message.customer_id, message.campaign_id, message.state) == (sari, round_.id, State.PLANNED)
    with shop.database.reading() as session:
        assert session.exec(select(Product.sku).where(Product.id == message.facts["about"])).one() == "S1"
    assert shop.drain().sent == 1


def test_a_new_cart_in_the_same_month_is_not_answered_again_and_one_of_the_next_month_is(shop: SmallShop) -> None:
    (sari,) = shop.crowd(1)
    number = schedule(shop, When(trigger=Trigger.CART))
    did(shop, Kind.CART, sari, ago=timedelta(hours=3))
    sweep(shop)
    shop.clock.forward(timedelta(days=10))
    did(shop, Kind.CART, sari, ago=timedelta(hours=3))
    sweep(shop)
    assert len(shop.messages()) == 1
    until(shop, TEN + timedelta(days=30))
    did(shop, Kind.CART, sari, ago=timedelta(hours=3))
    sweep(shop)
    assert [each.campaign_id for each in shop.messages()] == [each.id for each in rounds(shop, number)]
    assert len(rounds(shop, number)) == 2


def test_a_cart_of_the_last_evening_of_a_month_is_not_answered_in_both(shop: SmallShop) -> None:
    (sari,) = shop.crowd(1)
    schedule(shop, When(trigger=Trigger.CART))
    until(shop, datetime.fromisoformat("2026-11-30T23:00+07:00"))
    did(shop, Kind.CART, sari, ago=timedelta(hours=3))
    sweep(shop)
    shop.clock.forward(timedelta(hours=2))
    sweep(shop)
    assert len(shop.messages()) == 1


def test_who_comes_when_the_round_had_nothing_left_to_send_is_sent_to_all_the_same(shop: SmallShop) -> None:
    sari, budi = shop.crowd(2)
    number = schedule(shop, When(trigger=Trigger.CART))
    did(shop, Kind.CART, sari, ago=timedelta(hours=3))
    sweep(shop)
    assert shop.drain().sent == 1
    assert rounds(shop, number)[0].status == Status.DONE
    shop.clock.forward(timedelta(days=5))
    did(shop, Kind.CART, budi, ago=timedelta(hours=3))
    assert (sweep(shop), rounds(shop, number)[0].status) == (1, Status.RUNNING)
    assert shop.drain().sent == 1


def test_who_did_not_allow_the_use_of_their_history_is_left_out(shop: SmallShop) -> None:
    shy = shop.customer("Sari", profiling=False)
    schedule(shop, When(trigger=Trigger.CART))
    did(shop, Kind.CART, shy, ago=timedelta(hours=3))
    sweep(shop)
    (message,) = shop.messages()
    assert (message.state, message.reason) == (State.WITHHELD, "no_profiling")


def test_a_standing_campaign_that_is_held_or_whose_round_is_adds_nobody(shop: SmallShop) -> None:
    sari, budi = shop.crowd(2)
    number = schedule(shop, When(trigger=Trigger.CART))
    did(shop, Kind.CART, sari, ago=timedelta(hours=3))
    sweep(shop)
    did(shop, Kind.CART, budi, ago=timedelta(hours=3))
    with shop.database.transaction() as session:
        planning.pause(session, planning.rounds(session, session.get_one(Campaign, number))[0], by="test", now=TEN)
    assert sweep(shop) == 0
    with shop.database.transaction() as session:
        planning.pause(session, session.get_one(Campaign, number), by="test", now=TEN)
    assert sweep(shop) == 0
    assert [each.customer_id for each in shop.messages()] == [sari]


def test_of_a_segment_only_its_members_are_added(shop: SmallShop) -> None:
    sari, budi = shop.crowd(2)
    segment(shop, "champions", budi)
    schedule(shop, When(trigger=Trigger.CART), "champions")
    for each in (sari, budi):
        did(shop, Kind.CART, each, ago=timedelta(hours=3))
    sweep(shop)
    assert [each.customer_id for each in shop.messages()] == [budi]


def test_two_sweeps_at_once_begin_one_round_with_each_person_once(shop: SmallShop) -> None:
    people = shop.crowd(6)
    number = schedule(shop, When(trigger=Trigger.CART))
    for each in people:
        did(shop, Kind.CART, each, ago=timedelta(hours=3))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _n: sweep(shop), range(3)))
    assert len(rounds(shop, number)) == 1
    assert sorted(each.customer_id for each in shop.messages()) == people
