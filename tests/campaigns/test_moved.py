"""Stock that a clearing campaign moved, beside whom the lot held out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from campaigns.outcomes.moved import compared
from campaigns.tables import State
from ledger.tables import Product
from tests.campaigns.conftest import SmallShop


def test_what_moved_is_the_difference_of_the_arms_for_all_who_were_chosen() -> None:
    """By hand: 40 people with 1 each on average, 40 held out with 0.25: 40 x 0.75 = 30 pieces more. Variances of the
    samples are 40/39 x 1 = 1.0256 and 40/39 x 0.1875 = 0.1923; the difference's standard error is
    sqrt((1.0256 + 0.1923) / 40) = 0.17449; 1.95996 of those, times 40 people, are 13.680."""
    found = compared(3, [0, 2] * 20, [0, 0, 0, 1] * 10)
    assert (found.products, found.pieces, found.n, found.pieces_control, found.n_control) == (3, 40, 40, 10, 40)
    assert (found.more, found.low, found.high) == pytest.approx((30.0, 30 - 13.680, 30 + 13.680), abs=0.005)


@pytest.mark.parametrize(("treated", "control"), [([1] * 50, []), ([0] * 50, [0] * 50), ([0, 1, 1], [0, 0, 1])])
def test_of_too_few_nothing_is_said(treated: list[int], control: list[int]) -> None:
    assert compared(1, treated, control).more is None


def test_selling_more_to_everybody_alike_moves_nothing() -> None:
    found = compared(1, [0, 1, 2] * 20, [0, 1, 2] * 20)
    assert found.more == pytest.approx(0.0)


def test_pieces_of_what_was_offered_count_in_both_arms_within_the_days_and_of_nothing_else(shop: SmallShop) -> None:
    people = shop.crowd(80)
    with shop.database.transaction() as session:
        session.exec(select(Product).where(Product.sku == "S1")).one().stock = 500
    for number in range(10):
        shop.buy(people[number], "S1", days_ago=20 + number)
    shop.launch("clear_stock", hold=0.5)
    shop.drain()
    assert "S1" in {sku for each in people for sku in shop.offered(1, each)}
    shop.stock("Teh Melati", category="teh")
    mine, others = "S1", "Teh Melati"
    treated = [each.customer_id for each in shop.messages() if each.state != State.HOLDOUT]
    held_out = [each.customer_id for each in shop.messages() if each.state == State.HOLDOUT]
    shop.clock.forward(timedelta(days=1))
    for person in [*treated[:12], *held_out[:3]]:
        shop.buy(person, mine)
    for person in treated:
        shop.buy(person, others)
    shop.clock.forward(timedelta(days=7))
    shop.buy(treated[20], mine)
    told = shop.report().moved
    assert told is not None
    assert (told.pieces, told.n, told.pieces_control, told.n_control) == (12, 40, 3, 40)
    assert told.more == pytest.approx(9.0)


def test_a_campaign_that_clears_nothing_says_nothing_of_it(shop: SmallShop) -> None:
    shop.crowd(4)
    shop.launch("picks")
    shop.drain()
    assert shop.report().moved is None


def test_what_the_owner_says_of_a_product_is_shown_as_given_and_only_there(shop: SmallShop) -> None:
    (person,) = shop.crowd(1)
    shop.buy(person, days_ago=30)
    shop.recommend(person, "S1", "S2")
    with shop.database.transaction() as session:
        session.exec(select(Product).where(Product.sku == "S1")).one().traits = "lokal, {{ organik }}"
    shop.launch("picks")
    shop.drain()
    (sent,) = shop.channel.given
    lines = sent.text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("• Kopi Toraja"))
    assert lines[at + 1] == "  lokal, {{ organik }}"
    assert sent.text.count("lokal") == 1
