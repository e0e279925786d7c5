"""A large campaign is written down in many short transactions: it can be held, ended and go on after a crash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, timedelta

import pytest
from sqlmodel import select

from campaigns.launching import planning, preparing, starting
from campaigns.outcomes import progress
from campaigns.privacy import forgetting
from campaigns.tables import Campaign, MiningRun, Segment, State, Status
from ledger import customers
from ledger.tables import Address, Customer, Notice, Role, TeamMember
from tests.campaigns.conftest import SmallShop
from tests.campaigns.test_audiences import segmented

CROWD = 20


@pytest.fixture
def large(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> SmallShop:
    """Twenty people are many here, and five rows a transaction."""
    monkeypatch.setattr(starting, "AT_ONE_GO", 10)
    monkeypatch.setattr(preparing, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr(preparing, "BREATH_SECONDS", 0)
    shop.buy(shop.crowd(CROWD)[0], days_ago=1)
    return shop


def prepared(shop: SmallShop, may_go_on: Callable[[], bool] = lambda: True) -> int:
    return preparing.prepare(shop.database, ["simulator"], shop.shop, shop.clock.now, may_go_on)


def so_often(times: int) -> Callable[[], bool]:
    """Yes so many times; the first is asked before anything is read."""
    left = [True] * (times + 1)
    return lambda: bool(left) and left.pop()


def status(shop: SmallShop, number: int = 1) -> str:
    with shop.database.reading() as session:
        return planning.find(session, number).status


def test_the_yes_is_answered_before_anybody_has_a_row_and_nothing_is_sent_until_all_have(large: SmallShop) -> None:
    number = large.launch()
    assert (status(large), large.messages()) == (Status.PREPARING, [])
    assert prepared(large, so_often(2)) == 10
    assert large.drain().sent == 0
    assert prepared(large) == CROWD - 10
    assert status(large, number) == Status.RUNNING
    assert large.drain().sent == CROWD


def test_what_a_crash_left_is_gone_on_with_and_the_lots_fall_as_they_would_have(large: SmallShop) -> None:
    large.launch(hold=0.25)
    prepared(large)
    large.launch(hold=0.25)
    with large.database.transaction() as session:
        session.get_one(Campaign, 2).seed = session.get_one(Campaign, 1).seed
    prepared(large, so_often(3))
    prepared(large)
    rows = {1: dict[int, str](), 2: dict[int, str]()}
    for each in large.messages():
        rows[each.campaign_id][each.customer_id] = each.state
    assert rows[1] == rows[2]
    assert Counter(rows[2].values()) == {State.PLANNED: 15, State.HOLDOUT: 5}


def test_of_two_who_prepare_the_same_one_leaves_it_to_the_other(large: SmallShop) -> None:
    large.launch()
    others: list[int] = []

    def meanwhile() -> bool:
        if not others:
            others.append(0)
        elif len(others) == 1:
            others.append(0)
            others[1] = prepared(large)
        return True

    assert prepared(large, meanwhile) == 0
    assert others[1] == CROWD
    assert [each.customer_id for each in large.messages()] == sorted({each.customer_id for each in large.messages()})
    assert status(large) == Status.RUNNING


def test_it_can_be_held_and_goes_on_where_it_was(large: SmallShop) -> None:
    number = large.launch()
    prepared(large, so_often(2))
    with large.database.transaction() as session:
        planning.pause(session, planning.find(session, number), by="test", now=large.clock.now())
    assert prepared(large) == 0
    with large.database.transaction() as session:
        campaign = planning.find(session, number)
        planning.resume(session, campaign, ["simulator"], large.shop, by="test", now=large.clock.now())
    assert status(large) == Status.PREPARING
    assert prepared(large) == CROWD - 10
    assert large.drain().sent == CROWD


def test_it_can_be_ended_and_what_is_written_is_accounted_for(large: SmallShop) -> None:
    number = large.launch()
    prepared(large, so_often(2))
    with large.database.transaction() as session:
        assert planning.cancel(session, planning.find(session, number), by="test", now=large.clock.now()) == 10
    assert prepared(large) == 0
    assert large.report(number).withheld == {"cancelled": 10}


def test_who_leaves_while_it_is_prepared_is_spared(large: SmallShop) -> None:
    large.launch()
    prepared(large, so_often(2))
    for person in (1, CROWD):
        large.leave(person)
    prepared(large)
    assert large.drain().sent == CROWD - 2
    assert large.report().withheld == {"no_consent": 2}


def test_how_far_it_is_can_be_told(large: SmallShop) -> None:
    number = large.launch()
    prepared(large, so_often(2))
    with large.database.reading() as session:
        found = progress.progress(session, planning.find(session, number), large.clock.now())
    assert (found.prepared, found.remaining) == (0.5, None)


def test_with_an_audience_that_is_gone_meanwhile_its_owner_is_asked(large: SmallShop) -> None:
    segmented(large, {"loyal": range(1, CROWD + 1)})
    number = large.launch(audience="loyal")
    assert status(large) == Status.PREPARING
    with large.database.transaction() as session:
        run = MiningRun(started_at=large.clock.now(), ready_at=large.clock.now())
        session.add(run)
        session.flush()
        session.add(Segment(run_id=run.id, key="other", size=1, share=1))
    assert prepared(large) == 0
    assert status(large, number) == Status.MISSED


def test_with_nobody_to_write_to_it_ends_as_any_other(large: SmallShop) -> None:
    for person in range(1, CROWD + 1):
        large.leave(person)
    number = large.launch()
    prepared(large)
    large.drain()
    assert status(large, number) == Status.DONE
    assert large.report(number).withheld == {"no_consent": CROWD}


def test_who_is_erased_while_it_is_prepared_leaves_a_fate_and_nothing_that_leads_to_them(large: SmallShop) -> None:
    number = large.launch()
    asked: list[int] = []

    def meanwhile() -> bool:
        asked.append(1)
        if len(asked) == 3:
            with large.database.transaction() as session:
                for person in (1, CROWD):
                    gone = session.get_one(Customer, person)
                    forgetting.forget(session, gone, zone=UTC, by="test", at=large.clock.now())
        return True

    prepared(large, meanwhile)
    prepared(large)
    assert status(large, number) == Status.RUNNING
    assert large.drain().sent == CROWD - 2
    theirs = {each.customer_id: each for each in large.messages()}
    assert CROWD not in theirs
    assert (theirs[1].state, theirs[1].address_id, theirs[1].segment) == (State.WITHHELD, None, None)


def test_after_a_long_outage_its_team_is_asked_whether_it_is_still_wanted(large: SmallShop) -> None:
    with large.database.transaction() as session:
        place = customers.meet(session, "simulator", "pemilik", "Ratna", large.clock.now())
        session.add(TeamMember(address_id=place.id, role=Role.OWNER, since=large.clock.now()))
    number = large.launch()
    prepared(large, so_often(2))
    large.clock.forward(large.shop.start_lateness + timedelta(minutes=1))
    assert prepared(large) == 0
    assert status(large, number) == Status.MISSED
    with large.database.reading() as session:
        assert [each.template for each in session.exec(select(Notice))] == ["schedule_missed"]
    with large.database.transaction() as session:
        campaign = planning.find(session, number)
        planning.resume(session, campaign, ["simulator"], large.shop, by="test", now=large.clock.now())
    assert prepared(large) == CROWD - 10
    assert large.drain().sent == CROWD


def test_who_joins_the_team_while_it_is_prepared_is_no_customer_to_write_to(large: SmallShop) -> None:
    large.launch()
    prepared(large, so_often(2))
    with large.database.transaction() as session:
        for person in (1, CROWD):
            place = session.exec(select(Address).where(Address.customer_id == person)).one()
            session.add(TeamMember(address_id=place.id, role=Role.STAFF, since=large.clock.now()))
    prepared(large)
    assert large.drain().sent == CROWD - 2
