"""Visits, rhythms, discounts and the judge, on shops whose answers are known."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import TooLittleData
from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind
from engine.lifetime.bargains import Bargains
from engine.lifetime.customers import Learned, Lifetimes
from engine.lifetime.judging import auc, judged, timed
from engine.lifetime.plain import RecencyRule, visits_between
from engine.lifetime.restocking import STRONGEST, WEAKEST, rhythms_of
from engine.lifetime.rhythm import due, pauses_of, rhythm_of
from engine.lifetime.visits import closures_of, histories, visits_of


@pytest.fixture(autouse=True)
def _no_warning() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        yield


def bought(
    customer: object,
    day: object,
    *,
    amount: object = NONE,
    discount: object = NONE,
    product: object = NONE,
    kind: Kind = Kind.PURCHASE,
) -> Interactions:
    who = np.asarray(customer, dtype=np.int64)

    def column(value: object) -> IntColumn:
        return np.broadcast_to(np.asarray(value, dtype=np.int64), who.shape).copy()

    at = (np.broadcast_to(np.asarray(day, dtype=np.float64), who.shape) * MICROSECONDS_PER_DAY).astype(np.int64)
    return Interactions(
        customer=who, kind=column(kind), at=at, product=column(product), quantity=column(1),
        amount_minor=column(amount), discount_minor=column(discount), order=column(NONE), platform=column(NONE),
    )  # fmt: skip


def shop(n: int = 400, days: int = 360, seed: int = 5) -> Interactions:
    """Customers with a rhythm of their own, who stay away for good one day."""
    rng = np.random.default_rng(seed)
    who, when = [], []
    for customer in range(n):
        pause, at = rng.gamma(3, 7), float(rng.integers(0, days // 2))
        while at < days:
            who.append(customer)
            when.append(at)
            if rng.random() < 0.15:
                break
            at += rng.gamma(3, pause / 3) + 1
    return bought(who, when, amount=1000)


# -- visits --------------------------------------------------------------------------------------------------------


def test_a_day_is_one_visit_however_many_lines_or_imports_it_has() -> None:
    lines = bought([7, 7, 7, 8], [10.1, 10.9, 12.0, 11.0], amount=[100, 50, NONE, 30])
    found = visits_of(lines)
    assert (found.customer.tolist(), found.day.tolist()) == ([7, 7, 8], [10, 12, 11])
    assert found.spent_minor[[0, 2]].tolist() == [150, 30]
    assert np.isnan(found.spent_minor[1])


def test_a_history_is_counted_as_of_its_day() -> None:
    found = histories(visits_of(bought([7, 7, 7, 8, 9], [10, 14, 30, 12, 25])), 20)
    assert found.customer.tolist() == [7, 8]
    assert [found.frequency.tolist(), found.recency.tolist(), found.age.tolist()] == [[1, 0], [4, 0], [10, 8]]
    assert found.last.tolist() == [14, 12]


def test_what_is_no_purchase_or_nobodys_is_no_visit() -> None:
    assert len(visits_of(bought([1, 2], [3, 4], kind=Kind.VIEW))) == 0
    assert len(visits_of(bought([NONE], [3]))) == 0
    assert len(histories(visits_of(bought([], [])), 10)) == 0


def test_the_months_in_which_the_shop_was_closed_do_not_count_as_staying_away() -> None:
    days = np.r_[np.arange(0, 100), np.arange(200, 300)]
    open_days = visits_of(bought(np.zeros(200), days))
    assert open_days.closures.tolist() == [[100, 100]]
    assert open_days.day.tolist() == list(range(200))
    assert open_days.shop_day(np.array([99, 250])).tolist() == [99, 150]
    assert open_days.calendar_day(open_days.day).tolist() == days.tolist()


def test_a_shop_that_sells_once_a_month_is_not_called_closed_in_between() -> None:
    assert closures_of(np.arange(0, 720, 30)).tolist() == []
    assert closures_of(np.array([5])).tolist() == []


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 200)), max_size=60))
@settings(max_examples=100, deadline=None)
def test_every_history_could_be(rows: list[tuple[int, int]]) -> None:
    visits = visits_of(bought([who for who, _ in rows], [day for _, day in rows]))
    found = histories(visits, 200)
    assert (found.age >= found.recency).all()
    assert (found.recency >= found.frequency).all()
    assert len(visits) == len(set(rows)) == int(found.frequency.sum()) + len(found)


# -- rhythm --------------------------------------------------------------------------------------------------------


def test_who_comes_every_week_is_due_in_a_week_and_who_comes_every_month_in_a_month() -> None:
    who = np.repeat(np.arange(40), 9)
    pause = np.where(np.arange(40) % 2, 7, 30)
    visits = visits_of(bought(who, np.tile(np.arange(9), 40) * pause[who]))
    pauses = pauses_of(visits)
    early, middle, late = due(rhythm_of(pauses), pauses)
    assert middle == pytest.approx(pause.astype(float), rel=0.02)
    assert ((early <= middle) & (middle <= late)).all()


def test_half_of_the_visits_fall_within_the_half_that_was_foreseen() -> None:
    rng = np.random.default_rng(2)
    who = np.repeat(np.arange(2_000), 6)
    pause = np.ceil(rng.gamma(3, rng.gamma(4, 15, 2_000)[who] / 3))
    days = np.concatenate([each.cumsum() for each in pause.reshape(2_000, 6)])
    found = timed(visits_of(bought(who, days)))
    assert found.n == 1_000
    assert found.within == pytest.approx(0.5, abs=0.05)
    assert found.miss < min(found.miss_own, found.miss_usual)


def drifting(n: int) -> Interactions:
    """Whose rhythm changes before the last visit, as no model of a lasting rhythm foresees."""
    rng = np.random.default_rng(3)
    who = np.repeat(np.arange(n), 6)
    pause = rng.gamma(3, rng.gamma(4, 15, n)[who] / 3).reshape(n, 6)
    pause[:, -1] *= np.exp(rng.normal(0, 1, n))
    return bought(who, np.concatenate([each.cumsum() for each in np.ceil(pause)]))


def test_where_the_model_is_too_sure_the_half_is_widened_and_judged_by_other_customers() -> None:
    found = timed(visits_of(drifting(3_000)))
    assert found.n == 1_500
    assert found.share > 0.6
    assert found.within == pytest.approx(0.5, abs=0.05)


def test_of_few_customers_no_widening_is_learned() -> None:
    assert timed(visits_of(drifting(60))).share == 0.5


def test_the_widened_half_is_kept_with_what_was_learned() -> None:
    lifetimes = Lifetimes().fit(drifting(600), 900 * MICROSECONDS_PER_DAY)
    assert lifetimes.timed_ is not None
    kept = Learned.read(lifetimes.learned_.plain())
    assert kept.half == lifetimes.timed_.share > 0.5


def test_nobody_has_a_rhythm_where_everybody_came_once() -> None:
    pauses = pauses_of(visits_of(bought(np.arange(50), np.arange(50))))
    assert len(pauses) == 0
    with pytest.raises(TooLittleData):
        rhythm_of(pauses)


# -- what a product lasts ------------------------------------------------------------------------------------------


def test_a_products_usual_pause_is_that_of_its_buyers() -> None:
    who = np.repeat(np.arange(20), 4)
    coffee = bought(who, np.tile(np.arange(4) * 14, 20), product=1)
    found, _ = rhythms_of(coffee)
    assert (found.product.tolist(), found.n.tolist()) == ([1], [20])
    assert found.pause_days == pytest.approx([14])


def test_four_customers_are_too_few_to_speak_of_a_products_rhythm() -> None:
    who = np.repeat(np.arange(4), 4)
    assert len(rhythms_of(bought(who, np.tile(np.arange(4) * 14, 4), product=1))[0].product) == 0


@pytest.mark.parametrize(("apart", "noise", "weight"), [(0.0, 0.5, STRONGEST), (1.0, 0.0, WEAKEST)])
def test_the_usual_weighs_much_where_customers_are_alike_and_little_where_each_is_their_own(
    apart: float, noise: float, weight: float
) -> None:
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(300), 6)
    pause = np.rint(np.exp(3.5 + apart * rng.normal(size=300)[who] + noise * rng.normal(size=len(who)))).clip(1)
    days = np.concatenate([each.cumsum() for each in pause.reshape(300, 6)])
    assert rhythms_of(bought(who, days, product=1))[0].weight[0] == pytest.approx(weight, rel=0.35)


def test_the_weight_is_the_ratio_of_the_variances_by_hand() -> None:
    # Between customers a standard deviation of .4, within of .6: 2.25 pauses of one's own are worth the usual.
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(3_000), 5)
    pause = np.rint(np.exp(4 + 0.4 * rng.normal(size=3_000)[who] + 0.6 * rng.normal(size=len(who)))).clip(1)
    days = np.concatenate([each.cumsum() for each in pause.reshape(3_000, 5)])
    assert rhythms_of(bought(who, days, product=1))[0].weight[0] == pytest.approx(2.25, rel=0.15)


def test_the_last_pause_is_foreseen_better_by_both_than_by_either() -> None:
    # Customers differ by .4 and their pauses by .6, and three pauses before say little.
    rng = np.random.default_rng(4)
    who = np.repeat(np.arange(1_500), 5)
    pause = np.rint(np.exp(4 + 0.4 * rng.normal(size=1_500)[who] + 0.6 * rng.normal(size=len(who)))).clip(1)
    _, found = rhythms_of(bought(who, np.concatenate([each.cumsum() for each in pause.reshape(1_500, 5)]), product=1))
    assert found is not None
    assert found.n == 1_500
    assert found.miss < min(found.miss_own, found.miss_usual)
    assert rhythms_of(bought(np.arange(30), np.arange(30), product=1))[1] is None
    assert rhythms_of(bought([], []))[1] is None


def test_numbers_too_great_to_be_one_are_sorted_one_by_one() -> None:
    who = np.repeat(np.arange(20), 4)
    days = np.tile(np.arange(4) * 14, 20)
    small, large = (rhythms_of(bought(who * times, days, product=times))[0] for times in (1, 2**40))
    assert (large.product.tolist(), small.product.tolist()) == ([2**40], [1])
    assert (large.pause_days, large.n) == (small.pause_days, small.n)


def test_of_nothing_bought_again_there_is_no_rhythm() -> None:
    assert len(rhythms_of(bought(np.arange(30), np.arange(30), product=1))[0].product) == 0
    assert len(rhythms_of(bought([], []))[0].product) == 0


# -- discounts -----------------------------------------------------------------------------------------------------


def weeks_of_discounts(seed: int = 1) -> Interactions:
    """Every fourth week is one of discounts, half of what is bought then. Ten in a hundred buy mostly then."""
    rng = np.random.default_rng(seed)
    who, day, discount = [], [], []
    for customer in range(200):
        for _ in range(12):
            week = int(rng.integers(0, 40))
            if customer < 20 and rng.random() < 0.7:
                week -= week % 4
            is_cheap = week % 4 == 0 and rng.random() < (0.95 if customer < 20 else 0.5)
            who.append(customer)
            day.append(week * 7 + int(rng.integers(0, 7)))
            discount.append(500 if is_cheap else 0)
    return bought(who, day, discount=discount)


def test_who_seeks_discounts_stands_out_from_who_happened_on_them() -> None:
    found = Bargains().fit(weeks_of_discounts())
    seekers, others = found.excess_[:20], found.excess_[20:]
    assert auc(found.excess_, found.customer_ < 20) == pytest.approx(0.98, abs=0.02)
    # .3 oftener than others then; by twelve visits a third of that is believed.
    assert 0.08 < seekers.mean() < 0.2
    assert abs(others.mean()) < 0.02


def test_who_came_only_in_a_week_of_discounts_for_everybody_is_no_seeker() -> None:
    everybody = bought(np.arange(100), np.arange(100) % 50, discount=np.where(np.arange(100) % 50 < 7, 100, 0))
    sale = bought([500] * 3, [0, 1, 2], discount=100)
    both = Interactions(
        **{
            name: np.r_[getattr(everybody, name), getattr(sale, name)]
            for name in vars(everybody)
            if name != "platforms"
        }
    )
    found = Bargains().fit(both)
    late = found.customer_ == 500
    assert found.seen_[late][0] == 1
    assert found.usual_[late][0] > 0.6
    assert found.excess_[late][0] < 0.1


@pytest.mark.parametrize("discount", [0, 100])
def test_where_all_or_nothing_is_discounted_nobody_is_a_seeker(discount: int) -> None:
    found = Bargains().fit(bought(np.arange(300) % 60, np.arange(300), discount=discount))
    assert np.abs(found.excess_).max() < 1e-9


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans()), min_size=1, max_size=200))
@settings(max_examples=60, deadline=None)
def test_the_excess_is_shrunk_towards_nothing_and_never_turned(rows: list[tuple[int, int, bool]]) -> None:
    everybody = [(who, 0, False) for who in range(61)]
    who, day, is_cheap = zip(*rows, *everybody, strict=True)
    found = Bargains().fit(bought(who, day, discount=np.where(is_cheap, 5, 0)))
    apart = found.seen_ - found.usual_
    assert (np.abs(found.excess_) <= np.abs(apart) + 1e-12).all()
    assert (found.excess_ * apart >= 0).all()


def test_where_no_discount_is_known_nobody_is_judged_by_it() -> None:
    with pytest.raises(TooLittleData):
        Bargains().fit(bought(np.arange(100), np.arange(100)))


# -- the judge -----------------------------------------------------------------------------------------------------


def test_held_out_days_are_foreseen_where_customers_are_as_the_model_takes_them() -> None:
    visits = visits_of(shop())
    found = judged(visits, visits.last_day + 1)
    assert found.n > 300
    assert found.keeps_model
    assert found.foreseen == pytest.approx(found.came, rel=0.25)
    assert found.auc is not None
    assert found.auc > 0.7


def test_the_plain_rule_repeats_what_those_who_were_away_as_long_did() -> None:
    # Of twenty away for one day, ten come; of twenty away for sixty, none.
    lately, long_ago = np.arange(20), np.arange(20, 40)
    rows = [(each, 59) for each in lately] + [(each, 0) for each in long_ago] + [(each, 70) for each in lately[:10]]
    visits = visits_of(bought(*zip(*rows, strict=True)))
    rule = RecencyRule().fit(visits, 90, 30)
    assert (rule.visits_.tolist(), rule.share_.tolist()) == ([0.5, 0.0], [0.5, 0.0])
    assert visits_between(visits, np.array([3, 15, 99]), 60, 90).tolist() == [1, 0, 0]


def test_nothing_is_judged_by_a_fortnight() -> None:
    visits = visits_of(shop(days=14))
    with pytest.raises(TooLittleData, match="days of history: 28 needed"):
        judged(visits, visits.last_day + 1)


def test_the_auc_by_hand() -> None:
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    # Of four pairs three are in order and one is a tie.
    assert auc(scores, np.array([True, True, False, False])) == 0.875
    assert auc(scores, np.ones(4, dtype=bool)) is None
