"""What a campaign may cost at most: never a message more, on either database, whoever else claims beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlmodel import Session, select

from campaigns.channel import Failed, Outcome, Outgoing, Sent
from campaigns.choosing.shelf import read_shelf
from campaigns.launching import budgets, drafting, planning
from campaigns.launching.drafts import Draft
from campaigns.outcomes import progress
from campaigns.problems import BadDraft, NotNow
from campaigns.sending import outbox
from campaigns.sending.outbox import Claimed
from campaigns.tables import Campaign, Message, State, Status
from ledger import customers
from ledger.database import Database
from ledger.tables import Notice, Role, TeamMember
from tests.campaigns.conftest import SmallShop
from tests.fakes import FakeChannel

PRICE = Decimal(650)


def set_up(shop: SmallShop, prices: Mapping[str, Decimal] = {"simulator": PRICE}) -> SmallShop:
    shop.shop = replace(shop.shop, prices=dict(prices))
    shop.buy(shop.customer("Pembeli", offers=None, profiling=None), days_ago=1)
    return shop


def launch(shop: SmallShop, budget: Decimal | None) -> int:
    with shop.database.transaction() as session:
        wanted = Draft("picks", "all", holdout_percent=0, budget=budget)
        campaign = drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=shop.clock.now())
        planning.approve(session, campaign, ["simulator"], shop.shop, by="test", now=shop.clock.now())
        return campaign.id


def standing(shop: SmallShop, number: int) -> tuple[str, str | None, dict[str, int]]:
    with shop.database.reading() as session:
        campaign = session.get_one(Campaign, number)
        found = progress.progress(session, campaign, shop.clock.now())
        states = {state: n for state, n in found.states.items() if state != State.WITHHELD}
        return campaign.status, campaign.pause_reason, states


def claim_in(session: Session, shop: SmallShop, limit: int) -> list[Claimed]:
    claimed, _ = outbox.claim(
        session,
        limit=limit,
        channels=["simulator"],
        shop=shop.shop,
        composer=shop.composer,
        shelf=read_shelf(session, shop.clock.now()),
        now=shop.clock.now(),
    )
    return claimed


def resume(shop: SmallShop, number: int, budget: Decimal | None = None) -> None:
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        planning.resume(session, campaign, ["simulator"], shop.shop, by="test", now=shop.clock.now(), budget=budget)


def test_what_would_cost_more_than_its_budget_waits_and_the_team_is_told_once(shop: SmallShop) -> None:
    set_up(shop).crowd(10)
    with shop.database.transaction() as session:
        place = customers.meet(session, "simulator", "pemilik", "Ratna", shop.clock.now())
        session.add(TeamMember(address_id=place.id, role=Role.OWNER, since=shop.clock.now()))
    number = launch(shop, 4 * PRICE + 1)
    assert shop.drain().sent == 4
    assert standing(shop, number) == (Status.PAUSED, "budget", {State.SENT: 4, State.PLANNED: 6})
    assert shop.drain().sent == 0
    with shop.database.reading() as session:
        told = session.exec(select(Notice)).all()
        found = progress.progress(session, session.get_one(Campaign, number), shop.clock.now())
    assert [(each.template, each.data["reason"], each.data["waiting"]) for each in told] == [
        ("campaign_alarm", "budget", 6)
    ]
    assert (found.budget, found.spent) == (4 * PRICE + 1, 4 * PRICE)


def test_it_goes_on_with_a_larger_budget_and_not_without(shop: SmallShop) -> None:
    set_up(shop).crowd(5)
    number = launch(shop, 2 * PRICE)
    shop.drain()
    with pytest.raises(NotNow, match="budget_spent"):
        resume(shop, number)
    with pytest.raises(NotNow, match="budget_spent"):
        resume(shop, number, 2 * PRICE + 1)
    resume(shop, number, 4 * PRICE)
    assert shop.drain().sent == 2
    assert standing(shop, number) == (Status.PAUSED, "budget", {State.SENT: 4, State.PLANNED: 1})
    resume(shop, number, 100 * PRICE)
    assert shop.drain().sent == 1
    assert standing(shop, number) == (Status.DONE, None, {State.SENT: 5})


def test_a_budget_that_is_just_enough_ends_the_campaign(shop: SmallShop) -> None:
    set_up(shop).crowd(3)
    number = launch(shop, 3 * PRICE)
    assert shop.drain().sent == 3
    assert standing(shop, number) == (Status.DONE, None, {State.SENT: 3})


def test_what_failed_cost_nothing_and_leaves_its_place_to_others(shop: SmallShop) -> None:
    set_up(shop).crowd(6)
    shop.in_flight = 2

    def answer(outgoing: Outgoing) -> Outcome:
        return Failed("30007") if outgoing.address in ("pelanggan0", "pelanggan1") else Sent(outgoing.address)

    shop.channel = FakeChannel(answer=answer)
    number = launch(shop, 3 * PRICE)
    assert shop.drain().sent == 3
    assert standing(shop, number)[2] == {State.FAILED: 2, State.SENT: 3, State.PLANNED: 1}


def test_a_budget_needs_a_price_on_every_channel(shop: SmallShop) -> None:
    set_up(shop, {}).crowd(1)
    with pytest.raises(BadDraft, match="budget_needs_prices"):
        launch(shop, Decimal(1_000))
    launch(shop, None)
    assert shop.drain().sent == 1


def test_a_budget_of_nothing_is_none(shop: SmallShop) -> None:
    with pytest.raises(BadDraft, match="impossible_budget"):
        launch(set_up(shop), Decimal(0))


def test_who_claims_of_a_budget_has_it_to_themselves(postgresql_database: Database) -> None:
    shop = set_up(SmallShop(postgresql_database))
    shop.crowd(4)
    number = launch(shop, 2 * PRICE)
    with shop.database.transaction() as first:
        assert len(claim_in(first, shop, limit=1)) == 1
        with shop.database.transaction() as second:
            assert claim_in(second, shop, limit=4) == []
    with shop.database.reading() as session:
        assert budgets.spent(session, [session.get_one(Campaign, number)]) == PRICE
        assert len(session.exec(select(Message).where(Message.state == State.SENDING)).all()) == 1
