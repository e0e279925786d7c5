"""What holds, lets go on and ends a campaign: counted from then on, and one at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft, by_discount
from campaigns.problems import NotNow
from ledger.database import Database
from tests.campaigns.conftest import TEN, SmallShop


def held_and_let_go(shop: SmallShop, number: int, days: int) -> None:
    with shop.database.transaction() as session:
        planning.pause(session, planning.find(session, number), by="test", now=shop.clock.now())
    shop.clock.forward(timedelta(days=days))
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        planning.resume(session, campaign, ["simulator"], shop.shop, by="test", now=shop.clock.now())


def test_what_is_sent_after_a_long_pause_counts_from_then_in_both_arms(shop: SmallShop) -> None:
    people = shop.crowd(40)
    shop.buy(people[0], days_ago=1)
    number = shop.launch(hold=0.5)
    held_and_let_go(shop, number, days=30)
    shop.drain()
    shop.clock.forward(timedelta(days=1))
    for each in people[:10]:
        shop.buy(each)
    told = shop.report(number)
    assert told.treated.buyers + told.control.buyers == 10
    assert {each.counts_from for each in shop.messages()} == {TEN + timedelta(days=30)}


def test_after_a_pause_a_day_still_takes_no_more_than_its_places(shop: SmallShop) -> None:
    shop.shop = replace(shop.shop, daily_limits={"simulator": 2})
    shop.buy(shop.crowd(6)[0], days_ago=1)
    number = shop.launch()
    held_and_let_go(shop, number, days=3)
    assert shop.drain().sent == 2
    shop.clock.forward(timedelta(days=1))
    assert shop.drain().sent == 2


def test_of_a_cancel_and_a_start_at_once_one_comes_after_the_other(postgresql_database: Database) -> None:
    shop = SmallShop(postgresql_database)
    shop.buy(shop.crowd(4)[0], days_ago=1)
    with shop.database.transaction() as session:
        wanted = Draft("picks", "all", holdout_percent=0)
        number = drafting.draft(session, shop.composer, wanted, shop=shop.shop, by="test", now=TEN).id
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        planning.approve(session, campaign, ["simulator"], shop.shop, by="one", now=TEN)
        other = Thread(target=lambda: said.append(cancelled(shop, number)))
        said: list[int] = []
        other.start()
        other.join(timeout=0.5)
        assert other.is_alive()
    other.join()
    assert said == [4]
    assert shop.drain().sent == 0


def cancelled(shop: SmallShop, number: int) -> int:
    with shop.database.transaction() as session:
        return planning.cancel(session, planning.find(session, number), by="another", now=TEN)


def test_a_yes_to_what_was_shown_is_none_to_what_it_was_changed_to(shop: SmallShop) -> None:
    shop.buy(shop.crowd(4)[0], days_ago=1)
    with shop.database.transaction() as session:
        campaign = drafting.draft(
            session, shop.composer, Draft("picks", "all", by_discount(10)), shop=shop.shop, by="owner", now=TEN
        )
        seen = drafting.draft_of(campaign)
        changed = replace(seen, variants=by_discount(50))
        drafting.redraft(session, shop.composer, campaign, changed, shop=shop.shop, now=TEN)
        with pytest.raises(NotNow, match="draft_changed"):
            planning.approve(session, campaign, ["simulator"], shop.shop, by="owner", now=TEN, seen=seen)
    assert shop.messages() == []
