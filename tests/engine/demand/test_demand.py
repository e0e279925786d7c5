"""What is expected to sell: known answers by hand, laws, and Online Retail's held-out weeks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from engine.demand import methods, stock
from engine.demand.expecting import expect
from engine.demand.methods import METHODS, PERIOD, smoothed
from engine.demand.spread import LEVELS, spread
from engine.demand.stock import Between, Expected, Ratios
from engine.demand.trying import Tried, choose, margin, origins
from engine.demand.weeks import Weekly, weekly
from engine.errors import TooLittleData
from engine.frames import MICROSECONDS_PER_DAY as DAY
from engine.frames import NONE, Interactions, Kind, Products

END = 20_000 * DAY
"""A midnight in UTC."""


def products(n: int, stock: Sequence[int] = ()) -> Products:
    unknown = np.full(n, NONE, dtype=np.int64)
    held = np.array(stock, dtype=np.int64) if stock else unknown
    return Products(np.arange(n, dtype=np.int64), unknown, held, unknown, *[[""] * n] * 4)


def sales(*lines: tuple[int, int, int], kind: Kind = Kind.PURCHASE, order: int = NONE) -> Interactions:
    """Of each line: product, how many days ago (0 is the last whole day), pieces."""
    product, ago, pieces = (np.array(each, dtype=np.int64) for each in zip(*lines, strict=True))
    unknown = np.full(len(lines), NONE, dtype=np.int64)
    return Interactions(
        customer=unknown,
        kind=np.full(len(lines), kind, dtype=np.int64),
        at=END - ago * DAY - DAY // 2,
        product=product,
        quantity=pieces,
        amount_minor=unknown,
        discount_minor=unknown,
        order=np.full(len(lines), order, dtype=np.int64),
        platform=unknown,
    )


def both(one: Interactions, other: Interactions) -> Interactions:
    columns = {
        name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in vars(one) if name != "platforms"
    }
    return Interactions(**columns)


def daily(weeks: int, pieces: int = 1, closed: Sequence[int] = ()) -> list[tuple[int, int, int]]:
    """Product 0 every day of so many weeks, without the days that lie so far back."""
    return [(0, ago, pieces) for ago in range(7 * weeks) if ago not in closed]


def of(units: np.ndarray) -> Weekly:
    """These weeks as they are."""
    told = np.array(units, dtype=np.float64)
    return Weekly(np.arange(len(told)), told, told.copy(), np.ones(told.shape[1]), END)


def test_weeks_are_whole_and_end_with_the_last_whole_day() -> None:
    found = weekly(sales(*daily(9), (0, -1, 99)), products(1), END + DAY // 3)
    assert found.weeks == 9
    assert found.units.tolist() == [[7.0] * 9]


def test_a_shop_ahead_of_utc_counts_days_by_its_own_clock() -> None:
    # In UTC+8 the day that began at 16:00 UTC is whole at 16:00 UTC: a third of a day before midnight in UTC.
    found = weekly(sales(*daily(9)), products(1), END, offset=DAY // 3)
    assert found.end == END - DAY // 3


def test_fewer_than_eight_whole_weeks_foretell_nothing() -> None:
    with pytest.raises(TooLittleData, match="8 needed, 7 seen"):
        weekly(sales(*daily(7)), products(1), END)


def test_what_came_back_of_the_same_order_was_not_sold() -> None:
    bought = both(sales(*daily(9)), sales((0, 3, 10), order=5))
    back = sales((0, 1, 4), kind=Kind.RETURN, order=5)
    assert weekly(both(bought, back), products(1), END).units[0, -1] == 7 + 10 - 4


def test_a_week_open_for_half_its_days_counts_for_what_a_whole_one_would_have_brought() -> None:
    # Four days of weight 1; the three that are missing weigh 19/20 each, being open in 19 weeks of 20: 6.85 in all.
    usual = weekly(sales(*daily(20, closed=(0, 1, 2))), products(1), END)
    assert usual.units[0, -1] == 4
    assert usual.pace[0, -1] == pytest.approx(6.85)


def test_a_week_in_which_the_whole_shop_was_silent_is_no_week_without_sales() -> None:
    found = weekly(sales(*daily(20, closed=range(7))), products(1), END)
    assert np.isnan(found.pace[0, -1])
    assert found.pace[0, -2] == 7


def test_a_product_is_not_missed_before_it_was_there() -> None:
    found = weekly(sales(*daily(20), (1, 10, 3)), products(2), END)
    assert np.isnan(found.pace[1]).tolist() == [True] * 18 + [False, False]
    told = weekly(sales(*daily(20), (1, 10, 3)), products(2), END, launched={1: END - 22 * DAY})
    assert np.isnan(told.pace[1]).tolist() == [True] * 16 + [False] * 4


def test_what_is_sold_out_did_not_fail_to_sell_since_its_last_sale() -> None:
    lines = [*daily(20), *((1, ago, 2) for ago in range(22, 140, 7))]
    out, there = (weekly(sales(*lines), products(2, stock=[5, left]), END) for left in (0, 9))
    assert np.isnan(out.pace[1, -3:]).all()
    assert there.pace[1, -3:].tolist() == [0, 0, 0]


def test_smoothing_weighs_the_weeks_by_hand() -> None:
    # 0.5 of the latest, 0.25 of the one before, 0.125 of the first; together 0.875.
    assert smoothed(np.array([[8.0, 4.0, 2.0]]), 0.5) == pytest.approx((2 * 0.5 + 4 * 0.25 + 8 * 0.125) / 0.875)
    assert smoothed(np.array([[8.0, np.nan, 2.0]]), 0.5) == pytest.approx((2 * 0.5 + 8 * 0.125) / 0.625)


def test_the_same_as_last_period_is_the_mean_of_its_weeks() -> None:
    assert METHODS["last"](np.array([[9.0, 1, 2, 3, 6]])).tolist() == [3.0]


def test_one_bulk_order_counts_as_five_usual_weeks() -> None:
    calm = np.array([[2.0, 2, 2, 2, 1000]])
    assert methods.tempered(calm, 0.3) == pytest.approx(smoothed(np.array([[2.0, 2, 2, 2, 10]]), 0.3))


def test_a_product_that_sells_now_and_then_is_expected_by_how_often_times_how_much() -> None:
    weeks = np.array([[0.0, 4, 0, 4]])
    often = (1 * 0.3 + 1 * 0.3 * 0.49) / (0.3 * (1 + 0.7 + 0.49 + 0.343))
    assert methods.now_and_then(weeks, 0.3, 0.1) == pytest.approx(4 * often)


@pytest.mark.parametrize("name", METHODS)
def test_twice_the_sales_are_twice_the_expectation_and_never_less_than_nothing(name: str) -> None:
    pace = np.random.default_rng(5).poisson(3, (40, 60)).astype(float)
    pace[:5, :50] = np.nan
    once = METHODS[name](pace)
    assert (once >= 0).all()
    assert METHODS[name](2 * pace) == pytest.approx(2 * once)


@pytest.mark.parametrize("name", [each for each in METHODS if each != "last_year"])
def test_what_falls_silent_goes_toward_nothing(name: str) -> None:
    pace = np.full((1, 20), 6.0)
    silent = [float(METHODS[name](np.c_[pace, np.zeros((1, weeks))])[0]) for weeks in (0, 4, 8, 26)]
    assert silent == sorted(silent, reverse=True)
    assert silent[0] == pytest.approx(6)
    assert silent[-1] < 1


def test_what_measures_never_chose() -> None:
    choosing, held = origins(of(np.ones((3, 52))))
    assert (choosing, held) == ([12, 16, 20, 24, 28, 32], [36, 40, 44, 48])


def test_the_margin_over_the_same_as_last_period_by_hand() -> None:
    # Steady at 10 with one week of 50 before the last four: "the last four" says 20 a week, the mean of 13 says less.
    units = np.tile([10.0] * 12 + [50.0] + [10.0] * 4, (6, 1))
    found = margin(of(units), "mean_13", [13])
    mean = (12 * 10 + 50) / 13
    assert found.error_last == pytest.approx((20 - 10) / 10)
    assert found.error == pytest.approx((mean - 10) / 10)
    assert found.margin == pytest.approx(1 - (mean - 10) / 10)
    assert (found.better, found.worse, found.n) == (6, 0, 6)
    assert found.beats


def test_of_too_few_products_it_is_not_said_which_way_is_better() -> None:
    found = choose(of(np.random.default_rng(1).poisson(5, (3, 52)))).margin
    assert found is not None
    assert (found.margin, found.low, found.beats) == (None, None, False)


def test_pure_noise_about_one_level_is_better_met_by_a_longer_mean_and_the_shop_is_told_so() -> None:
    found = choose(of(np.random.default_rng(2).poisson(4, (60, 60))))
    assert found.method != "last"
    assert found.margin is not None
    assert found.margin.beats


def test_a_walk_that_goes_anywhere_is_not_said_to_be_foretold_better() -> None:
    steps = np.random.default_rng(3).normal(0, 12, (40, 60)).cumsum(axis=1)
    found = margin(of(np.maximum(steps + 200, 0)), "mean_13", [40, 44, 48, 52])
    assert not found.beats


def test_intervals_lie_within_each_other_and_hold_as_often_as_they_say() -> None:
    demand = expect(of(np.random.default_rng(4).poisson(300, (200, 60))))
    assert demand.many is not None
    ends = [demand.many.interval(demand.rate * PERIOD, place) for place in range(len(LEVELS))]
    for (low, high), (wider_low, wider_high) in pairwise(ends):
        assert (wider_low <= low).all()
        assert (high <= wider_high).all()
    # Of 800 results a share errs by two in a hundred; rounded outward to whole pieces they hold a little oftener.
    assert all(level - 0.05 <= held <= level + 0.07 for level, held in zip(LEVELS, demand.covered, strict=True))


def test_of_twenty_results_there_is_an_interval_and_of_nineteen_none() -> None:
    assert spread(np.ones(19), np.ones(19)) is None
    found = spread(np.full(20, 2.0), np.arange(20, dtype=float))
    assert found is not None
    assert found.low[1, 0] == pytest.approx(1.9 / 2)
    assert found.high[1, 0] == pytest.approx(17.1 / 2)


def test_a_launch_borrows_from_the_launches_of_its_kind() -> None:
    units = np.full((6, 30), np.nan)
    for row, pieces in enumerate((3.0, 5.0, 40.0)):
        units[row, 8:] = pieces
    units[3, 8:] = 500.0
    units[4, 28:] = 1.0
    told = Weekly(np.arange(6), np.nan_to_num(units), units, np.ones(30), END)
    found = expect(told, {0: "kopi", 1: "kopi", 2: "kopi", 3: "kain", 4: "kopi", 5: "kopi"})
    # Two weeks of its own at 1, two borrowed at the middle launch's 5.
    assert found.rate[4] == pytest.approx((2 * 1 + 2 * 5) / 4)
    assert (found.borrowed[4], found.borrowed[0]) == (3, 0)
    assert np.isnan(found.rate[5])


HALF_AGAIN = Ratios((), (0.5,), (1.5,), 0.0)


def test_a_stock_lasts_as_long_as_the_pace_says_and_no_surer() -> None:
    expected = Expected(7.0, HALF_AGAIN, HALF_AGAIN)
    assert expected.cover_days(30) == Between(30.0, 20.0, 60.0)
    assert expected.cover_days(-3) == Between(0.0, 0.0, 0.0)
    assert Expected(0.0).cover_days(30) is None
    assert Expected(7.0).cover_days(30) == Between(30.0, None, None)


def test_what_is_left_over_at_its_expiry_is_never_less_than_nothing() -> None:
    expected = Expected(7.0, HALF_AGAIN, HALF_AGAIN)
    assert expected.left_over(30, 4) == Between(2.0, 0.0, 16.0)
    assert expected.left_over(30, 0) == Between(30.0, 30.0, 30.0)
    assert expected.left_over(5, 4) == Between(0.0, 0.0, 0.0)


def test_both_sides_mean_the_same_period() -> None:
    assert stock.PERIOD == PERIOD


def test_online_retails_held_out_weeks_are_better_met_than_by_the_same_as_last_period() -> None:
    from tests.engine.test_features import online_retail

    history = online_retail()
    ids = np.unique(history.product)
    unknown = np.full(len(ids), NONE, dtype=np.int64)
    shelf = Products(ids, unknown, unknown, unknown, *[[""] * len(ids)] * 4)
    found = expect(weekly(history, shelf, int(history.at.max()) + DAY))
    assert (len(ids), found.weekly.weeks) == (3_665, 53)
    margin = found.choice.margin
    assert margin is not None
    assert margin.origins == 4
    assert margin.margin is not None
    assert margin.margin > 0.06
    assert margin.low is not None
    assert margin.low > 0.03
    assert margin.error_scaled < margin.error_scaled_last
    assert 0.75 <= found.covered[LEVELS.index(0.8)] <= 0.9


def test_what_was_tried_is_as_far_off_as_came_less_than_expected() -> None:
    one = np.array([1.0])
    tried = Tried(np.array([0]), np.array([8]), one * 2, one * 4, one * 6, one)
    assert (tried.expected[0], tried.off[0], tried.error) == (8, 2, pytest.approx(1 / 3))
