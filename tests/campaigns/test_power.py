"""What an audience can tell, before anything is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.launching import drafting, power, starting
from campaigns.launching.drafts import Draft
from campaigns.launching.power import base_rate, foreseen, outlook
from engine import experiments
from tests.campaigns.conftest import SmallShop

WEEK = timedelta(days=7)


def test_the_base_rate_is_the_share_that_bought_in_one_of_the_last_four_weeks(shop: SmallShop) -> None:
    people = shop.crowd(10)
    for days in (1, 2, 8):
        shop.buy(people[0], days_ago=days)
    shop.buy(people[1], days_ago=20)
    shop.buy(people[2], days_ago=29)
    # One customer in the last week (twice), one in the week before, one in the week before that: 3 of 4 times 10.
    with shop.database.reading() as session:
        assert base_rate(session, people, WEEK, shop.clock.now()) == pytest.approx(3 / 40)
        assert base_rate(session, people[5:], WEEK, shop.clock.now()) == 0
        assert base_rate(session, [], WEEK, shop.clock.now()) == 0


def test_the_outlook_is_of_the_campaigns_own_window_and_arms(shop: SmallShop) -> None:
    people = shop.crowd(80)
    for each in people[:16]:
        shop.buy(each, days_ago=1)
    shop.customer("Menolak", offers=False)
    with shop.database.transaction() as session:
        draft = Draft("picks", "all", holdout_percent=50)
        campaign = drafting.draft(session, shop.composer, draft, shop=shop.shop, by="test", now=shop.clock.now())
        planned = starting.plan(session, campaign, ["simulator"], shop.shop, shop.clock.now())
        found = outlook(session, planned, campaign, shop.clock.now())
    assert (found.base_rate, found.n_treated, found.n_control) == (0.05, 40, 40)
    assert found.detectable == experiments.detectable(0.05, 40, 40)
    assert found.suggested_share is None


def test_with_twenty_held_out_nothing_can_be_told_and_with_more_it_can() -> None:
    few = foreseen(0.1, 180, 20)
    assert few.detectable is None
    many = foreseen(0.1, 9_000, 1_000)
    assert many.detectable is not None
    assert many.detectable <= power.WORTH_KNOWING
    assert many.suggested_share is None


def test_a_share_is_suggested_that_would_do() -> None:
    found = foreseen(0.1, 1_900, 100)
    assert found.suggested_share is not None
    held_out = round(2_000 * found.suggested_share)
    again = foreseen(0.1, 2_000 - held_out, held_out)
    assert again.detectable is not None
    assert again.detectable <= power.WORTH_KNOWING


def test_where_so_small_a_rise_will_not_show_the_least_is_suggested_with_which_anything_would() -> None:
    few = foreseen(0.1, 62, 7)
    # Of 69 people 45 % are 31, which leaves 38; 40 % would be 28, fewer than the thirty of which anything is said.
    assert (few.detectable, few.suggested_share) == (None, 0.45)
    enough = foreseen(0.1, 38, 31)
    assert enough.detectable is not None
    assert enough.detectable > power.WORTH_KNOWING
    assert enough.suggested_share is None


@pytest.mark.parametrize("n", [0, 1, 20, 59])
def test_a_handful_is_promised_nothing(n: int) -> None:
    found = foreseen(0.1, n - n // 10, n // 10)
    assert (found.detectable, found.suggested_share) == (None, None)
