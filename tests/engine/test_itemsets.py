"""Expected counts: arules and three independent miners on public data, mlxtend and enumeration on small ones."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import apriori

from engine.bundles import eclat, pairs
from engine.bundles.baskets import Baskets
from engine.bundles.itemsets import TooManyItemsets, frequent_itemsets, least_count
from engine.errors import TooLittleData

DATA = Path(__file__).parents[3] / "shared/data"

BASKETS = st.lists(st.frozensets(st.integers(0, 7), min_size=1), min_size=1, max_size=40)


def columns(baskets):
    lines = [(order, product) for order, basket in enumerate(baskets) for product in basket]
    order, product = np.array(lines, dtype=np.int64).reshape(-1, 2).T
    return order, product


def online_retail():
    if not (DATA / "online_retail.csv.gz").exists():
        pytest.skip(f"Online Retail is not in {DATA}")
    names = ("InvoiceNo", "StockCode", "CustomerID")
    lines = pl.read_csv(DATA / "online_retail.csv.gz", schema_overrides=dict.fromkeys(names, pl.String))
    is_sale = (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & ~pl.col("InvoiceNo").str.starts_with("C")
    lines = lines.filter(is_sale & pl.col("CustomerID").is_not_null())
    return tuple(lines[name].rank("dense").cast(pl.Int64).to_numpy() for name in ("InvoiceNo", "StockCode"))


def groceries():
    if not (DATA / "groceries_arules_long.csv.gz").exists():
        pytest.skip(f"Groceries is not in {DATA}")
    lines = pl.read_csv(DATA / "groceries_arules_long.csv.gz")
    return tuple(lines[name].rank("dense").cast(pl.Int64).to_numpy() for name in ("tid", "item"))


def enumerated(baskets, min_support):
    sets = {s for basket in baskets for k in range(1, 9) for s in combinations(sorted(basket), k)}
    counts = {s: sum(set(s) <= basket for basket in baskets) for s in sets}
    return {s: count for s, count in counts.items() if count / len(baskets) >= min_support}


def by_mlxtend(baskets, min_support):
    table = pd.DataFrame([[product in basket for product in range(8)] for basket in baskets])
    found = apriori(table, min_support=min_support)
    return {tuple(sorted(s)): round(x * len(baskets)) for s, x in zip(found.itemsets, found.support, strict=True)}


def test_four_small_baskets_by_hand():
    order, product = columns([{1, 2, 3}, {1, 2}, {1, 3}, {2}])
    found = frequent_itemsets(order, product, 0.5)
    assert found.as_dict() == {(1,): 3, (2,): 3, (3,): 2, (1, 2): 2, (1, 3): 2}
    assert (found.n_baskets, found.min_count, len(found)) == (4, 2, 5)


@settings(deadline=None)
@given(BASKETS, st.floats(0.01, 1))
def test_exactly_the_sets_that_plain_enumeration_finds(baskets, min_support):
    assert frequent_itemsets(*columns(baskets), min_support).as_dict() == enumerated(baskets, min_support)


@settings(max_examples=30, deadline=None)
@given(BASKETS, st.integers(1, 20), st.integers(20, 40))
def test_exactly_the_sets_that_mlxtend_finds_also_at_the_boundary(baskets, count, of):
    assert frequent_itemsets(*columns(baskets), count / of).as_dict() == by_mlxtend(baskets, count / of)


@settings(max_examples=30, deadline=None)
@given(BASKETS, st.floats(0.01, 1))
def test_a_search_in_many_parts_finds_the_same_sets(baskets, min_support):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eclat, "WORDS_HELD", 1)
        patch.setattr(eclat, "WORDS_AT_ONCE", 1)
        assert frequent_itemsets(*columns(baskets), min_support).as_dict() == enumerated(baskets, min_support)


@settings(max_examples=30, deadline=None)
@given(BASKETS, st.integers(1, 3), st.sampled_from([1, 3, 1_000]), st.sampled_from([3, 1 << 22]))
def test_pairs_are_counted_alike_however_long_a_basket_is_called_long(baskets, least, long, at_once):
    order, product = columns(baskets)
    held = Baskets.of(order, product, 8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "LONG", long)
        patch.setattr(pairs, "PAIRS_AT_ONCE", at_once)
        quick = [np.concatenate(column).tolist() for column in zip(*pairs.pairs_in(held, least), strict=True)]
    plain = [np.concatenate(column).tolist() for column in zip(*pairs.in_stripes(held, least), strict=True)]
    assert quick == plain


@settings(max_examples=30, deadline=None)
@given(BASKETS, st.integers(1, 3))
def test_pairs_in_stripes_are_those_of_enumeration(baskets, least):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "PRODUCTS_AT_ONCE", 3)
        parts = list(pairs.in_stripes(Baskets.of(*columns(baskets), 8), least))
    counted = {(a, b): n for part in parts for a, b, n in zip(*(column.tolist() for column in part), strict=True)}
    assert counted == {s: n for s, n in enumerated(baskets, least / len(baskets)).items() if len(s) == 2}


@settings(deadline=None)
@given(BASKETS, st.floats(0.05, 1), st.integers(1, 4))
def test_a_greatest_length_only_leaves_longer_sets_out(baskets, min_support, max_length):
    whole = frequent_itemsets(*columns(baskets), min_support).as_dict()
    short = frequent_itemsets(*columns(baskets), min_support, max_length=max_length).as_dict()
    assert short == {s: count for s, count in whole.items() if len(s) <= max_length}


@settings(deadline=None)
@given(st.integers(1, 5000), st.data())
def test_the_least_count_is_the_first_whose_support_is_not_below_the_asked_one(n_baskets, data):
    asked = data.draw(st.one_of(st.floats(1e-6, 1), st.integers(1, n_baskets).map(lambda c: c / n_baskets)))
    least = least_count(asked, n_baskets)
    assert least / n_baskets >= asked
    assert least == 1 or (least - 1) / n_baskets < asked


def test_seven_of_a_hundred_baskets_are_seven_percent_however_the_product_rounds():
    assert 0.07 * 100 > 7
    assert least_count(0.07, 100) == 7


def test_a_product_counts_once_a_basket_and_unknown_ones_not_at_all():
    order = np.array([1, 1, 1, 2, 2, -1, 3], dtype=np.int64)
    product = np.array([5, 5, 6, 5, -1, 5, -1], dtype=np.int64)
    found = frequent_itemsets(order, product, 0.5)
    assert found.as_dict() == {(5,): 2, (6,): 1, (5, 6): 1}
    assert found.n_baskets == 2


def test_the_order_of_the_lines_does_not_matter():
    order, product = columns([{1, 2, 3}, {1, 2}, {1, 3}, {2}, {4, 1, 2}])
    shuffled = np.random.default_rng(1).permutation(len(order))
    assert (
        frequent_itemsets(order[shuffled], product[shuffled], 0.2).as_dict()
        == frequent_itemsets(order, product, 0.2).as_dict()
    )


def test_one_basket_of_a_thousand_products_costs_no_more_than_the_sets_that_are_frequent():
    random = np.random.default_rng(7)
    order = np.repeat(np.arange(2_000), 3)
    product = random.integers(0, 1_000, len(order))
    with_giant = np.append(order, np.full(1_000, 2_000)), np.append(product, np.arange(1_000))
    found = frequent_itemsets(*with_giant, 3 / 2_001)
    assert found.n_baskets == 2_001
    assert len(found.counts[0]) > 900
    assert len(found) < 2_000


def test_too_low_a_support_is_refused_with_one_that_would_do():
    order, product = columns([set(range(40)), set(range(40)), {1, 2}, {1, 2}, {1}])
    with pytest.raises(TooManyItemsets, match=r"ask for a support of 0\.6 or more") as refused:
        frequent_itemsets(order, product, 0.2, limit=1_000)
    assert len(frequent_itemsets(order, product, refused.value.try_support, limit=1_000)) == 3


def test_a_thousand_products_always_bought_together_are_refused_before_they_fill_the_memory():
    order, product = columns([set(range(1_000))])
    with pytest.raises(TooManyItemsets, match="ask for a smaller max_length") as refused:
        frequent_itemsets(order, product, 1.0, limit=10_000)
    assert refused.value.try_support is None


def test_where_nothing_is_frequent_there_are_no_sets():
    assert len(frequent_itemsets(*columns([{1}, {2}, {3}]), 0.5)) == 0


def test_ids_far_apart_are_found_as_those_close_together():
    order, product = columns([{1, 2, 3}, {1, 2}, {1, 3}, {2}])
    far = frequent_itemsets(order * 10**12, product * 10**12, 0.5).as_dict()
    assert far == {
        tuple(each * 10**12 for each in s): n for s, n in frequent_itemsets(order, product, 0.5).as_dict().items()
    }


def test_no_basket_is_too_little_data():
    nothing = np.zeros(0, dtype=np.int64)
    with pytest.raises(TooLittleData, match="baskets: 1 needed, 0 seen"):
        frequent_itemsets(nothing, nothing, 0.1)


@pytest.mark.parametrize("asked", [0, -0.1, 1.1])
def test_a_support_that_cannot_be_is_refused(asked):
    with pytest.raises(ValueError, match="min_support"):
        frequent_itemsets(*columns([{1}]), asked)


def test_a_length_below_one_is_refused():
    with pytest.raises(ValueError, match="max_length"):
        frequent_itemsets(*columns([{1}]), 0.5, max_length=0)


@pytest.mark.parametrize(("support", "sets"), [(0.01, 333), (0.005, 1_001), (0.001, 13_492)])
def test_groceries_hold_the_itemsets_arules_finds(support, sets):
    assert len(frequent_itemsets(*groceries(), support)) == sets


def test_online_retail_holds_the_itemsets_three_miners_agree_on():
    order, product = online_retail()
    found = {support: frequent_itemsets(order, product, support) for support in (0.005, 0.01, 0.02)}
    assert {support: len(sets) for support, sets in found.items()} == {0.005: 4_455, 0.01: 1_031, 0.02: 251}
    assert found[0.005].n_baskets == 18_532
    assert len(frequent_itemsets(order, product, 0.005, max_length=2)) == 3_104


def test_groceries_are_as_dense_as_arules_publishes():
    order, product = groceries()
    baskets = Baskets.of(order - 1, product - 1, 169)
    assert len(baskets.product) / (len(baskets) * baskets.n_products) == pytest.approx(0.02609146, rel=1e-6)


def test_a_basket_of_a_thousand_products_is_counted_whole_among_small_ones():
    # Each product of the giant stands beside a neighbour in one small basket too: in two, and so is that pair.
    small = [{number, number + 1} for number in range(0, 1_000, 2)]
    order, product = columns([set(range(1_000)), *small])
    found = frequent_itemsets(order, product, 2 / 501)
    assert {length: len(level) for length, level in enumerate(found.counts, 1)} == {1: 1_000, 2: 500}


def test_a_thousand_products_in_one_basket_are_refused_at_once_where_one_basket_is_enough():
    order, product = columns([set(range(1_000)), *({number} for number in range(1_000))])
    with pytest.raises(TooManyItemsets, match="ask for a support of") as refused:
        frequent_itemsets(order, product, 1 / 1_001, limit=200_000)
    assert len(frequent_itemsets(order, product, refused.value.try_support)) == 1_000
