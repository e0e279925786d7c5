"""What tells a group is named, and what does not is not, however much is looked at."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats.contingency import association

from engine.errors import TooLittleData
from engine.fairness.proxies import binning, cramers_v, stand_ins


def test_cramers_v_corrected_by_hand() -> None:
    """χ² is 4 of 100 people: φ² .04 less 1/99, over 1 less 1/99: the root of .0302041."""
    table = np.array([[30.0, 20.0], [20.0, 30.0]])
    assert cramers_v(table) == pytest.approx(0.1737934, abs=1e-6)
    assert association(table.astype(int), method="cramer") == pytest.approx(0.2), "without the correction"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ([[50, 0], [0, 50]], 1.0),
        ([[25, 25], [25, 25]], 0.0),
        ([[10, 0, 0], [0, 10, 0], [0, 0, 10]], 1.0),
        ([[30, 30]], 0.0),
        ([[5, 5], [0, 0]], 0.0),
    ],
)
def test_cramers_v_is_one_where_all_is_told_and_nothing_where_nothing_is(table: list[list[int]], told: float) -> None:
    assert cramers_v(np.array(table, dtype=np.float64)) == pytest.approx(told)


def test_floats_fall_into_fifths_and_what_is_unknown_into_a_bin_of_its_own() -> None:
    values = np.array([*range(1, 11), np.nan, np.nan], dtype=np.float64)
    assert binning(values).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert binning(np.full(4, np.nan)).tolist() == [0, 0, 0, 0]
    assert binning(np.array([7, 7, 3, -1])).tolist() == [2, 2, 1, 0]


def people(n: int, seed: int = 5) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Two cities: who lives in the second buys more of the dear things; forty other features tell nothing."""
    lots = np.random.default_rng(seed)
    city = lots.integers(0, 2, n)
    features = {f"noise{place}": lots.normal(size=n) for place in range(40)}
    features["dear"] = city * 1.5 + lots.normal(size=n)
    features["place"] = np.where(lots.random(n) < 0.9, city, 1 - city)
    return city, features


@pytest.mark.parametrize("n", [80, 400, 12_000])
def test_the_features_that_give_a_city_away_are_found_and_no_other(n: int) -> None:
    city, features = people(n)
    found = stand_ins(city, features)
    assert [each.feature for each in found if each.is_strong] == ["place", "dear"]
    assert found[0].n == min(n, 5_000)


def test_among_many_features_chance_seldom_seems_to_tell_something() -> None:
    """Of thirty shops whose features tell nothing one or two may have one that seems to."""
    told = 0
    for seed in range(30):
        _, features = people(80, seed)
        dealt = np.random.default_rng(1_000 + seed).integers(0, 3, 80)
        told += any(each.strength > each.chance for each in stand_ins(dealt, features, seed=seed, rounds=100))
    assert told <= 4


def test_what_groups_are_called_changes_nothing() -> None:
    city, features = people(200)
    assert stand_ins(city, features) == stand_ins(city * 7 + 3, features)


def test_too_few_people_and_groups_too_small_are_said_so() -> None:
    city, features = people(25)
    with pytest.raises(TooLittleData):
        stand_ins(city, features)
    lonely = np.r_[np.zeros(60, dtype=np.int64), np.ones(5, dtype=np.int64)]
    with pytest.raises(TooLittleData):
        stand_ins(lonely, {"x": np.arange(65.0)})
