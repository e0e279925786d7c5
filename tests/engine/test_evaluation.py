"""Expected figures: worked by hand, and scikit-learn's ndcg_score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from engine.evaluation import Pairs, cut_at, interval, ndcg, next_orders, recall, reliability, standard_error
from engine.frames import NONE, Interactions, Kind

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)))


def ints(*numbers):
    return np.array(numbers, dtype=np.int64)


def shop(*rows):
    """Rows of customer, product, time and order."""
    customer, product, at, order = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    one = np.ones(len(rows), dtype=np.int64)
    return Interactions(customer, one * Kind.PURCHASE, at, product, one, one, one, order, one)


def test_ndcg_of_a_list_worked_by_hand():
    wanted = Pairs.of(ints(1, 1, 2), ints(10, 12, 11))
    # Hits of customer 1 in places 1 and 3: 1 + 1/log2(4) = 1.5 of 1 + 1/log2(3); customer 2 got no list.
    found = ndcg(ints(1, 1, 1), ints(10, 11, 12), wanted)
    assert found == pytest.approx([1.5 / (1 + 1 / np.log2(3)), 0.0])


def test_who_wanted_more_than_the_list_is_long_can_still_be_served_perfectly():
    assert ndcg(ints(1), ints(10), Pairs.of(ints(1, 1, 1), ints(10, 11, 12)), n=1).tolist() == [1.0]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_ndcg_is_scikit_learns(seed, n):
    lots = np.random.default_rng(seed)
    true = lots.random((6, 12)) < 0.3
    true[:, 0] = True
    ranks = np.argsort(lots.random((6, 12)), axis=1)
    who, what = np.nonzero(true)
    found = ndcg(np.repeat(np.arange(6), 12), ranks.ravel(), Pairs.of(who, what), n)
    scores = np.empty((6, 12))
    np.put_along_axis(scores, ranks, np.arange(12.0)[::-1] + np.zeros((6, 1)), axis=1)
    assert found.mean() == pytest.approx(ndcg_score(true, scores, k=n))


def test_recall_is_the_share_of_what_was_wanted():
    wanted = Pairs.of(ints(1, 1, 2, 2), ints(10, 11, 10, 11))
    assert recall(ints(1, 1, 2), ints(10, 11, 11), wanted, n=1).tolist() == [0.5, 0.5]


def test_the_next_order_is_the_first_after_the_cut_of_who_had_bought_before():
    rows = shop((1, 10, 5, 1), (1, 11, 15, 2), (1, 12, 16, 2), (1, 13, 20, 3), (2, 10, 15, 4), (3, 10, 9, 5))
    found = next_orders(rows, 10)
    assert list(zip(found.customer.tolist(), found.product.tolist(), strict=True)) == [(1, 11), (1, 12)]
    assert len(next_orders(rows, 10, until=14)) == 0


def test_lines_without_an_order_belong_to_their_moment():
    rows = shop((1, 10, 5, NONE), (1, 11, 15, NONE), (1, 12, 15, NONE), (1, 13, 20, NONE))
    assert next_orders(rows, 10).product.tolist() == [11, 12]


def test_the_cut_leaves_the_share_of_lines_before_it():
    assert cut_at(shop(*((1, 10, at, at) for at in range(101))), 0.85) == 85


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4))),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4))),
)
def test_pairs_hold_what_a_set_holds(ours, asked):
    pairs = Pairs.of(*(ints(*(each[n] for each in ours)) for n in (0, 1)))
    who, what = (ints(*(each[n] for each in asked)) for n in (0, 1))
    assert pairs.holds(who, what).tolist() == [each in set(ours) for each in asked]
    assert len(pairs) == len(set(ours))


def test_said_and_seen_of_an_honest_model_lie_close_and_of_a_boaster_apart():
    lots = np.random.default_rng(0)
    said = lots.random(20_000)
    came = lots.random(20_000) < said
    assert reliability(said, came).error < 0.02
    # Of sqrt(p) the mean is 2/3, of p 1/2.
    assert reliability(np.sqrt(said), came).error == pytest.approx(1 / 6, abs=0.01)


def test_reliability_bins_are_of_equal_size_and_worked_by_hand():
    found = reliability(np.array([0.9, 0.1, 0.2, 0.8]), np.array([True, False, True, True]), bins=2)
    assert (found.said.round(9).tolist(), found.seen.tolist(), found.count.tolist()) == (
        [0.15, 0.85],
        [0.5, 1.0],
        [2, 2],
    )
    assert found.error == pytest.approx((0.35 + 0.15) / 2)


def test_of_nothing_nothing_is_said():
    assert reliability(np.zeros(0), np.zeros(0, dtype=bool)).error == 0
    assert interval(np.zeros(0)) == (0.0, 0.0)
    assert standard_error(np.ones(1)) == 0


def test_the_interval_covers_the_mean_by_two_standard_errors_either_way():
    values = np.random.default_rng(1).random(2_000)
    low, high = interval(values)
    assert low < values.mean() < high
    assert high - low == pytest.approx(4 * standard_error(values), rel=0.15)
