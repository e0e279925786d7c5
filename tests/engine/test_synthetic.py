"""The invented shop keeps what it says of itself, counted here without the engine's help."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from engine.frames import MICROSECONDS_PER_DAY, NONE, Interactions, Kind
from engine.synthetic.shop import (
    BASELINE,
    GROUPS,
    IRRELEVANT_OFFER,
    RELEVANT_OFFER,
    RESPONSE_DAYS,
    STUDY_VOLUMES,
    SyntheticShop,
    Volume,
    scaled,
    synthetic_shop,
)

NOW = 1_795_305_600_000_000
HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def shop() -> SyntheticShop:
    return synthetic_shop(80, seed=7, now=NOW)


@pytest.fixture(scope="module")
def bought(shop: SyntheticShop) -> Interactions:
    return shop.interactions.of_kind(Kind.PURCHASE)


def best(shop: SyntheticShop, customer: int, count: int = 3) -> list[int]:
    """What this customer bought most often: a plain recommendation from the history alone."""
    mine = shop.interactions.of_kind(Kind.PURCHASE)
    often = Counter(mine.product[mine.customer == customer].tolist())
    return [product for product, _ in often.most_common(count)]


@pytest.mark.parametrize(
    ("platform", "purchases", "clicks", "other"),
    [
        ("whatsapp", 1_200, 2_500, 3_500),
        ("instagram", 900, 1_800, 2_800),
        ("tiktok", 750, 1_600, 2_200),
        ("shopee", 1_600, 0, 4_000),
    ],
)
def test_each_platform_has_exactly_the_studys_volumes(
    shop: SyntheticShop, platform: str, purchases: int, clicks: int, other: int
) -> None:
    rows = shop.interactions.platform == shop.interactions.platforms.index(platform)
    kinds = Counter(shop.interactions.kind[rows].tolist())
    counted = kinds.pop(Kind.PURCHASE), kinds.pop(Kind.CLICK, 0), sum(kinds.values())
    assert counted == (purchases, clicks, other)


def test_the_groups_have_their_planned_sizes(shop: SyntheticShop) -> None:
    assert Counter(shop.groups) == dict(zip(GROUPS, (20, 24, 16, 20), strict=True))


def test_every_customer_bought_and_has_a_name_of_their_own(shop: SyntheticShop, bought: Interactions) -> None:
    assert set(bought.customer.tolist()) == set(range(1, 81))
    assert len(set(shop.customer_names)) == 80


def test_everything_happened_within_the_year_before_now(shop: SyntheticShop) -> None:
    at = shop.interactions.at
    assert NOW - 366 * MICROSECONDS_PER_DAY < at.min() <= at.max() < NOW


def test_orders_are_made_in_shop_hours_in_jakarta(bought: Interactions) -> None:
    hour = (bought.at + 7 * HOUR) % MICROSECONDS_PER_DAY // HOUR
    assert (hour.min(), hour.max()) == (9, 20)


def test_an_order_is_one_customers_on_one_platform_at_one_time_without_repeats(bought: Interactions) -> None:
    for column in (bought.customer, bought.platform, bought.at):
        assert len(set(zip(bought.order.tolist(), column.tolist(), strict=True))) == len(set(bought.order.tolist()))
    assert len(set(zip(bought.order.tolist(), bought.product.tolist(), strict=True))) == len(bought)
    assert set(bought.order.tolist()) == set(range(1, bought.order.max() + 1))


def test_lines_cost_the_list_price_less_the_discount(shop: SyntheticShop, bought: Interactions) -> None:
    listed = shop.products.price_minor[bought.product - 1] * bought.quantity
    assert (bought.amount_minor + bought.discount_minor == listed).all()
    assert (bought.amount_minor > 0).all()


def test_returns_and_reviews_are_of_lines_bought_before(shop: SyntheticShop, bought: Interactions) -> None:
    after = shop.interactions.of_kind(Kind.RETURN, Kind.REVIEW)
    line = {(o, p): at for o, p, at in zip(bought.order.tolist(), bought.product.tolist(), bought.at, strict=True)}
    assert len(after)
    for order, product, at in zip(after.order.tolist(), after.product.tolist(), after.at, strict=True):
        assert line[order, product] < at


def test_nothing_is_bought_before_it_was_launched(shop: SyntheticShop, bought: Interactions) -> None:
    assert (bought.at >= shop.launched_at[bought.product - 1]).all()
    assert (shop.launched_at > NOW - 90 * MICROSECONDS_PER_DAY).sum() >= 3


def test_the_shelf_is_a_small_shops(shop: SyntheticShop) -> None:
    shelf = shop.products
    assert len(shelf) == 60
    assert len(set(shelf.name)) == 60
    assert all(text for column in (shelf.category, shelf.brand, shelf.description) for text in column)
    assert (shop.cost_minor < shelf.price_minor).all()
    assert 2 <= (shelf.stock == 0).sum() <= 6
    assert 3 <= (shelf.stock >= 240).sum() <= 6


@pytest.mark.parametrize("seed", range(10))
def test_planted_bundles_are_bought_together_far_more_than_chance_would(seed: int) -> None:
    shop = synthetic_shop(80, seed=seed, now=NOW)
    lines = shop.interactions.of_kind(Kind.PURCHASE)
    orders = len(set(lines.order.tolist()))
    for bundle in shop.bundles:
        holding = [set(lines.order[lines.product == product].tolist()) for product in bundle]
        support = len(set.intersection(*holding)) / orders
        by_chance = float(np.prod([len(held) / orders for held in holding]))
        assert support >= 0.005
        assert support / by_chance > 2


def test_browsing_carries_no_money(shop: SyntheticShop) -> None:
    looks = shop.interactions.of_kind(Kind.VIEW, Kind.CLICK, Kind.CART, Kind.MESSAGE_IN)
    assert (looks.amount_minor == NONE).all()
    assert (looks.order == NONE).all()


def test_the_same_seed_invents_the_same_shop_and_another_seed_another(shop: SyntheticShop) -> None:
    again, other = synthetic_shop(80, seed=7, now=NOW), synthetic_shop(80, seed=8, now=NOW)
    assert (again.interactions.at == shop.interactions.at).all()
    assert (again.customer_names, again.groups) == (shop.customer_names, shop.groups)
    assert other.customer_names != shop.customer_names


def test_a_thousand_customers_can_have_volumes_to_match() -> None:
    shop = synthetic_shop(1_000, seed=1, now=NOW, volumes=scaled(STUDY_VOLUMES, 12))
    assert len(shop.interactions) == 12 * sum(v.purchases + v.clicks + v.other for v in STUDY_VOLUMES)
    assert len(set(shop.customer_names)) == 1_000


def test_names_stay_different_when_there_are_more_customers_than_names() -> None:
    shop = synthetic_shop(6_000, seed=1, now=NOW)
    assert len(set(shop.customer_names)) == 6_000


def test_a_platform_may_be_silent() -> None:
    shop = synthetic_shop(3, seed=1, now=NOW, volumes=(Volume("telegram", 0, 5, 8),))
    assert Counter((shop.interactions.kind == Kind.CLICK).tolist()) == {True: 5, False: 8}


def test_without_an_offer_about_one_in_eight_buys_in_a_week(shop: SyntheticShop) -> None:
    asked = [bool(shop.without_offer(c, seed).purchases) for c in shop.customers for seed in range(50)]
    assert np.mean(asked) == pytest.approx(BASELINE, abs=0.02)
    assert np.mean(asked) == pytest.approx(np.mean([shop.baseline_rate(c) for c in shop.customers]), abs=0.02)


def test_a_longer_window_sees_more_purchases(shop: SyntheticShop) -> None:
    rates = [shop.baseline_rate(1, days) for days in (1, 7, 14, 30)]
    assert all(shorter < longer for shorter, longer in pairwise(rates))


def test_an_offer_from_the_history_beats_one_beside_the_point_beats_none(shop: SyntheticShop) -> None:
    relevant = np.mean([shop.purchase_probability(c, best(shop, c), personal=False) for c in shop.customers])
    disliked = [(shop.people.taste[c - 1].argsort()[:3] + 1).tolist() for c in shop.customers]
    beside = np.mean([shop.purchase_probability(c, disliked[c - 1], personal=False) for c in shop.customers])
    assert beside == pytest.approx(IRRELEVANT_OFFER, abs=0.03)
    assert relevant == pytest.approx(RELEVANT_OFFER, abs=0.05)


def test_a_holdout_shows_the_lift_of_a_good_campaign(shop: SyntheticShop) -> None:
    asked, held = shop.customers[:60], shop.customers[60:]
    bought = np.mean([bool(shop.response(c, best(shop, c), True, s).purchases) for c in asked for s in range(20)])
    anyway = np.mean([bool(shop.without_offer(c, s).purchases) for c in held for s in range(20)])
    assert 0.25 < bought - anyway < 0.55


def test_people_do_what_their_probability_says(shop: SyntheticShop) -> None:
    offer = best(shop, 5)
    did = [bool(shop.response(5, offer, False, seed).purchases) for seed in range(2_000)]
    assert np.mean(did) == pytest.approx(shop.purchase_probability(5, offer, personal=False), abs=0.035)


def test_speaking_to_the_person_helps_a_little(shop: SyntheticShop) -> None:
    plain, personal = (shop.purchase_probability(5, [1], personal=how) for how in (False, True))
    assert personal == pytest.approx(plain + 0.04)


def test_who_answers_an_offer_buys_what_was_offered_and_in_time(shop: SyntheticShop) -> None:
    offer = [1, 6, 29]
    answers = [shop.response(c, offer, True, 1) for c in shop.customers]
    baskets = [line for answer in answers for line in answer.purchases]
    assert baskets
    for product, quantity, amount_minor in baskets:
        assert product in offer
        assert amount_minor == quantity * shop.products.price_minor[product - 1]
    for answer in answers:
        assert (answer.after > 0) == (answer.clicks or bool(answer.purchases))
        assert answer.after < RESPONSE_DAYS * MICROSECONDS_PER_DAY


def test_what_is_out_of_stock_is_never_bought(shop: SyntheticShop) -> None:
    gone = (np.flatnonzero(shop.products.stock == 0) + 1).tolist()
    lines = [line for c in shop.customers for line in shop.response(c, gone, True, 3).purchases]
    assert lines
    assert not {product for product, _, _ in lines} & set(gone)


def test_the_same_occasion_has_the_same_answer(shop: SyntheticShop) -> None:
    assert shop.response(9, [1, 2], True, 4) == shop.response(9, [1, 2], True, 4)


def test_a_stranger_has_no_answer(shop: SyntheticShop) -> None:
    with pytest.raises(IndexError):
        shop.response(81, [1], True, 1)
