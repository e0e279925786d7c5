"""A tally that hears of baskets one by one says what a count of all of them says."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bundles.tally import PairTally
from engine.errors import TooLittleData

BASKETS = st.lists(st.frozensets(st.integers(0, 6), min_size=1), min_size=1, max_size=12)


def tally(baskets, most=1_000):
    lines = [(order, product) for order, basket in enumerate(baskets) for product in basket]
    order, product = np.array(lines, dtype=np.int64).reshape(-1, 2).T
    return PairTally.of(order, product, most)


def told(found):
    p = len(found.products)
    pairs = {
        (int(found.products[key // p]), int(found.products[key % p])): n
        for key, n in zip(found.keys.tolist(), found.times.tolist(), strict=True)
    }
    return found.n_baskets, dict(zip(found.products.tolist(), found.counts.tolist(), strict=True)), pairs


def counted(baskets, watched):
    singles, pairs = Counter(), Counter()
    for basket in baskets:
        singles.update(basket & watched)
        pairs.update(combinations(sorted(basket & watched), 2))
    return len(baskets), {each: singles[each] for each in watched}, dict(pairs)


@settings(max_examples=60, deadline=None)
@given(BASKETS, BASKETS, st.integers(1, 7))
def test_told_of_new_baskets_it_says_what_a_count_of_all_says(first, later, most):
    grown = tally(first, most)
    watched = frozenset(grown.products.tolist())
    for basket in later:
        grown = grown.grown(basket)
    assert told(grown) == counted([*first, *later], watched)


@settings(max_examples=60, deadline=None)
@given(BASKETS, st.lists(st.frozensets(st.integers(0, 6)), min_size=1, max_size=5))
def test_an_order_whose_lines_come_one_by_one_is_one_basket(baskets, lines):
    grown, so_far = tally(baskets), frozenset()
    for products in lines:
        grown, so_far = grown.grown(products, so_far), so_far | products
    watched = frozenset(grown.products.tolist())
    assert told(grown) == counted([*baskets, so_far] if so_far else baskets, watched)


@settings(max_examples=30, deadline=None)
@given(BASKETS)
def test_what_is_kept_is_read_back(baskets):
    found = tally(baskets)
    assert told(PairTally.read(found.kept())) == told(found)


def test_what_it_says_of_two_products_by_hand():
    met = tally([{1, 2}, {1, 2}, {1}, {3}]).grown({1, 2, 3}).met(2, 1)
    # Of five baskets four hold 1, three hold 2, three both: 3 / (4 · 3 / 5).
    assert (met.both[0], met.one[0], met.other[0], met.n_baskets) == (3, 3, 4, 5)
    assert met.lift[0] == pytest.approx(1.25)


def test_of_a_product_it_does_not_watch_it_says_nothing():
    assert tally([{1, 2}, {1, 2}, {3}], most=2).met(1, 3) is None


def test_two_that_never_met_have_no_lift():
    met = tally([{1}, {2}]).met(1, 2)
    assert (met.both[0], met.lift[0], met.least_lift[0]) == (0, 0, 0)


@pytest.mark.parametrize("kept", [b"", b"nonsense", PairTally.read.__doc__.encode()])
def test_other_bytes_are_refused(kept):
    with pytest.raises(ValueError, match="mine again"):
        PairTally.read(kept)


def test_no_basket_is_too_little_data():
    nothing = np.zeros(0, dtype=np.int64)
    with pytest.raises(TooLittleData, match="baskets"):
        PairTally.of(nothing, nothing)
