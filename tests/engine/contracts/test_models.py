"""What every model of the engine promises, on an ordinary shop and on those that make methods stumble."""

from __future__ import annotations

import inspect
import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

from engine.errors import TooLittleData
from engine.features import FREQUENCY
from engine.frames import Kind
from engine.synthetic.adversaries import ADVERSARIES, GIANT, PAIR, UNIVERSAL, Adversary, ordinary
from tests.engine.contracts.models import CASES, Answer, Case, told, turned

SHOPS = {"ordinary": ordinary, **ADVERSARIES}
each_model = pytest.mark.parametrize("name", CASES)
each_shop = pytest.mark.parametrize("kind", SHOPS)
shop_of = cache(lambda kind: SHOPS[kind]())


@cache
def fitted(name: str, kind: str) -> tuple[Any, Answer] | None:
    """The model and its answers; None where it said that there is too little."""
    return fit_anew(CASES[name], shop_of(kind))


def fit_anew(case: Case, shop: Adversary) -> tuple[Any, Answer] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            model = case.make()
            assert case.fit(model, shop) is model, "fit gives the model itself"
            return model, case.answer(model, shop)
        except TooLittleData:
            return None


@each_shop
@each_model
def test_it_answers_without_a_warning_or_says_that_there_is_too_little(name: str, kind: str) -> None:
    found = fitted(name, kind)
    if kind != "three customers":
        assert found is not None
    if found is not None:
        known = {key: value for key, value in found[1].items() if key not in CASES[name].may_be_unknown}
        numbers = [key for key, value in known.items() if value.dtype.kind == "f" and not np.isfinite(value).all()]
        assert numbers == []


@each_model
def test_to_make_it_only_stores_what_it_was_given(name: str) -> None:
    model = CASES[name].make()
    given = set(inspect.signature(type(model).__init__).parameters) - {"self", "args", "kwargs"}
    assert set(vars(model)) == given


@each_model
def test_what_it_learned_ends_in_an_underscore_and_what_it_was_given_stays(name: str) -> None:
    before, found = vars(CASES[name].make()), fitted(name, "ordinary")
    assert found is not None
    after = vars(found[0])
    assert {key: after[key] for key in before} == before
    assert [key for key in after if key not in before and not key.endswith("_")] == []
    assert len(after) > len(before)


@each_model
def test_the_same_data_and_seed_give_the_same_bits(name: str) -> None:
    one, again = fitted(name, "ordinary"), fit_anew(CASES[name], shop_of("ordinary"))
    assert one is not None
    assert again is not None
    assert {key: value.tobytes() for key, value in one[1].items()} == {k: v.tobytes() for k, v in again[1].items()}


@each_model
def test_a_model_can_be_fitted_again_to_something_else(name: str) -> None:
    case, shop = CASES[name], shop_of("ordinary")
    model = case.make()
    for each in (shop_of("equal prices"), shop):
        case.fit(model, each)
    one = fitted(name, "ordinary")
    assert one is not None
    assert {key: value.tobytes() for key, value in case.answer(model, shop).items()} == {
        key: value.tobytes() for key, value in one[1].items()
    }


@each_model
def test_the_order_of_the_rows_does_not_matter(name: str) -> None:
    one, other = fitted(name, "ordinary"), fit_anew(CASES[name], turned(shop_of("ordinary")))
    assert one is not None
    assert other is not None
    for key, value in one[1].items():
        if value.dtype.kind == "f":
            assert other[1][key] == pytest.approx(value, rel=1e-6, abs=1e-9, nan_ok=True), key
        else:
            assert other[1][key].tolist() == value.tolist(), key


def answers(name: str, kind: str) -> Answer:
    found = fitted(name, kind)
    assert found is not None
    return found[1]


def test_one_giant_is_no_segment_of_their_own() -> None:
    labels = answers("segments", "one giant")["labels"]
    assert np.bincount(labels)[labels[told(shop_of("one giant")).customer == GIANT][0]] > 1


def test_one_giant_does_not_change_how_others_are_put_in_order() -> None:
    one, other = answers("uplift", "ordinary"), answers("uplift", "one giant")
    assert one["customer"].tolist() == other["customer"].tolist()
    others = one["customer"] != GIANT
    assert np.corrcoef(one["predict"][others], other["predict"][others])[0, 1] > 0.8


def test_one_giants_hour_is_not_the_shops() -> None:
    one, other = answers("hours", "ordinary"), answers("hours", "one giant")
    assert other["shop_hour_"] == one["shop_hour_"]


def test_one_giants_future_is_theirs_alone() -> None:
    one, other = answers("lifetimes", "ordinary"), answers("lifetimes", "one giant")
    others = one["customer"] != GIANT
    assert np.nanmedian(np.abs(one["expected"] - other["expected"])[others]) < 0.5
    assert other["expected"][~others][0] <= 91


@pytest.mark.parametrize("kind", [each for each in SHOPS if each not in ("one giant", "three customers")])
def test_what_goes_together_is_found_and_what_goes_with_everything_makes_no_bundle(kind: str) -> None:
    found = answers("bundles", kind)["products"].tolist()
    assert set(PAIR) <= set(found[0])
    assert all(UNIVERSAL not in each or set(PAIR) <= set(each) for each in found)
    assert kind == "bought by everyone" or UNIVERSAL not in found[0]


def test_what_everybody_has_bought_is_discovered_by_nobody() -> None:
    found = answers("picks", "bought by everyone")
    shop = shop_of("bought by everyone").interactions
    has = np.unique(shop.customer[(shop.product == UNIVERSAL) & (shop.kind == Kind.PURCHASE)])
    assert not np.isin(found["customer"][found["product"] == UNIVERSAL], has).any()


def test_at_equal_prices_nobody_is_said_to_choose_by_price() -> None:
    assert answers("bargains", "equal prices")["excess_"] == pytest.approx(0, abs=1e-9)
    assert not any("premium" in key or "bargain" in key for key in answers("segments", "equal prices")["keys"])


def test_of_three_customers_each_is_in_a_group_and_no_more_is_claimed() -> None:
    found = fitted("segments", "three customers")
    assert found is not None
    assert (found[0].method_, len(found[1]["labels"])) == ("rfm_rules", 3)
    assert [fitted(name, "three customers") for name in ("uplift", "targeting")] == [None, None]


@pytest.mark.parametrize("name", ["bundles", "hours", "rules of thumb"])
def test_what_came_in_twice_counts_once(name: str) -> None:
    once, twice = answers(name, "ordinary"), answers(name, "imported twice")
    for key, value in once.items():
        assert twice[key] == pytest.approx(value), key


def test_who_came_in_twice_came_as_often_as_before() -> None:
    once, twice = answers("lifetimes", "ordinary"), answers("lifetimes", "imported twice")
    assert twice["visits"].tolist() == once["visits"].tolist()
    assert twice["expected"] == pytest.approx(once["expected"], rel=1e-6, nan_ok=True)
    orders = [told(shop_of(kind)).column(FREQUENCY).tolist() for kind in ("ordinary", "imported twice")]
    assert orders[0] == orders[1]


def test_a_shop_that_was_closed_has_not_lost_its_customers() -> None:
    found, open_all_the_time = answers("lifetimes", "closed for months"), answers("lifetimes", "ordinary")
    alive = [np.nanmean(each["alive"]) for each in (found, open_all_the_time)]
    if np.isfinite(alive).all():
        assert alive[0] > alive[1] - 0.25
    assert (found["expected"][np.isfinite(found["expected"])] >= 0).all()


@pytest.mark.parametrize("kind", SHOPS)
def test_a_probability_is_one(kind: str) -> None:
    for name, key in (("picks", "score"), ("response", "predict"), ("lifetimes", "alive")):
        found = fitted(name, kind)
        if found is not None:
            values = found[1][key][np.isfinite(found[1][key])]
            assert ((values >= 0) & (values <= 1)).all(), name
