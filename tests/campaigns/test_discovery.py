"""The share of an offer that is kept for what somebody does not usually buy."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.choosing import discovery
from campaigns.choosing.discovery import Discovery
from campaigns.choosing.offers import MOST_ITEMS, SOMETHING_NEW, Item, Taste, choose
from campaigns.choosing.shelf import Shelf
from campaigns.insights import Suggested
from ledger.tables import Product
from tests.campaigns.conftest import TEN, SmallShop

LOTS = [n / 100 for n in range(100)]


def shelf(usual: int, new: int) -> Shelf:
    """Products 1, 2 … of the usual category, 101, 102 … of another."""
    categories = dict.fromkeys(range(1, usual + 1), "kopi") | dict.fromkeys(range(101, 101 + new), "teh")
    products = {n: Product(id=n, sku=str(n), currency="IDR", category=name) for n, name in categories.items()}
    return Shelf(products, list(products), (), (), (), TEN, categories)


def taste(*recommended: int) -> Taste:
    picks = [Suggested(n, each, "popular_now", score=1.0) for n, each in enumerate(recommended)]
    return Taste(picks, bought=[1], orders=1, last_at=TEN - timedelta(days=40))


def shown(recommended: range, on: Shelf, something_new: Discovery) -> tuple[Item, ...]:
    choice = choose("picks", taste(*recommended), on, TEN, something_new)
    assert choice is not None
    return choice[0].items


@settings(deadline=None)
@given(usual=st.integers(1, 9), percent=st.integers(0, 75))
def test_over_all_lots_the_share_of_what_is_new_is_the_share_that_was_set(usual: int, percent: int) -> None:
    offers = [shown(range(1, usual + 1), shelf(usual, 9), Discovery(percent / 100, lot)) for lot in LOTS]
    new = sum(item.reason == SOMETHING_NEW for offer in offers for item in offer)
    assert new / sum(map(len, offers)) == pytest.approx(percent / 100, abs=0.01)
    assert all(1 <= len(offer) <= MOST_ITEMS for offer in offers)


@given(st.sampled_from(LOTS))
def test_a_quarter_is_exactly_one_of_four_and_comes_last(lot: float) -> None:
    items = shown(range(1, 10), shelf(9, 9), Discovery(0.25, lot))
    assert [item.product_id for item in items] == [1, 2, 3, 101]
    assert [item.reason for item in items] == ["popular_now"] * 3 + [SOMETHING_NEW]


@given(st.text(), st.integers(1))
def test_the_same_campaign_draws_the_same_lot_for_the_same_customer(seed: str, customer: int) -> None:
    drawn = discovery.draw(0.25, seed, customer)
    assert drawn == discovery.draw(0.25, seed, customer)
    assert 0 <= drawn.lot < 1


def test_lots_are_spread_evenly() -> None:
    lots = [discovery.draw(0.1, "seed", customer).lot for customer in range(4_000)]
    # A tenth of 4,000 is 400; three standard deviations, 3 * sqrt(4000 * .1 * .9), are 57.
    assert sum(lot < 0.1 for lot in lots) == pytest.approx(400, abs=57)


def test_where_there_is_nothing_to_discover_the_usual_fills_the_offer() -> None:
    assert [item.product_id for item in shown(range(1, 10), shelf(9, 0), Discovery(0.75, 0))] == [1, 2, 3, 4]


def test_the_engines_own_finds_outside_the_usual_come_before_what_is_popular_there() -> None:
    picks = taste(1, 2, 3, 4, 109, 108)
    choice = choose("picks", picks, shelf(9, 9), TEN, Discovery(0.5, 0.5))
    assert choice is not None
    assert [item.product_id for item in choice[0].items] == [1, 2, 109, 108]


def test_without_categories_something_new_is_what_was_never_bought() -> None:
    products = {n: Product(id=n, sku=str(n), currency="IDR") for n in (1, 2)}
    on = Shelf(products, [1, 2], (), (), (), TEN, {1: "", 2: ""})
    choice = choose("picks", taste(1), on, TEN, Discovery(0.5, 0))
    assert choice is not None
    assert choice[0].items == (Item(1, "popular_now"), Item(2, SOMETHING_NEW))


def test_sari_who_buys_coffee_is_shown_one_tea_and_told_that_it_is_something_else(shop: SmallShop) -> None:
    shop.stock("Kopi Flores", category="Kopi ")
    shop.stock("Teh Melati", "Teh Poci", category="teh")
    sari, other = shop.customer("Sari"), shop.customer("Budi", offers=None)
    shop.buy(sari, "S0", days_ago=40)
    shop.buy(other, "Teh Poci", days_ago=4)
    shop.recommend(sari, "S1", "S2", "Kopi Flores")
    number = shop.launch("picks")
    shop.drain()
    assert shop.offered(number, sari) == ["S1", "S2", "Kopi Flores", "Teh Poci"]
    text = shop.channel.given[0].text
    assert "• Teh Poci — Rp50.000\n  lain dari biasanya, siapa tahu suka" in text
    hers = next(each for each in shop.messages() if each.customer_id == sari)
    bought, *_, tea = 1, *hers.facts["products"]
    assert hers.facts == {
        "segment": None,
        "products": hers.facts["products"],
        "reasons": ["because_you_bought"] * 3 + [SOMETHING_NEW],
        "reason_products": [bought, bought, bought, None],
        "discovery": [tea],
        "bundle": False,
    }


def test_new_arrivals_looks_for_something_new_among_the_new(shop: SmallShop) -> None:
    on = shelf(3, 3)
    arrivals = Shelf(on.products, on.popular, [1, 2, 3, 102], (), (), TEN, on.categories)
    choice = choose("new_arrivals", taste(), arrivals, TEN, Discovery(0.25, 0))
    assert choice is not None
    assert [item.product_id for item in choice[0].items][-1] == 102
