"""Expected rules: arules' own lists for Groceries, mlxtend and scipy on small baskets, and hand-worked shops."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import apriori
from mlxtend.frequent_patterns import association_rules as mlxtend_rules
from scipy.stats import false_discovery_control, fisher_exact

from engine.bundles.buyers import Together
from engine.bundles.itemsets import frequent_itemsets
from engine.bundles.proposals import Bundles, propose
from engine.bundles.rules import association_rules
from engine.bundles.significance import chance_of, false_discovery_rates, fisher_greater
from engine.errors import TooLittleData
from engine.frames import NONE, Interactions, Kind, Products

DATA = Path(__file__).parents[3] / "shared/data"

BASKETS = st.lists(st.frozensets(st.integers(0, 5), min_size=1), min_size=2, max_size=30)
FIGURES = ("support", "confidence", "lift", "leverage", "conviction")


def columns(baskets):
    lines = [(order, product) for order, basket in enumerate(baskets) for product in basket]
    order, product = np.array(lines, dtype=np.int64).reshape(-1, 2).T
    return order, product


def rules_of(baskets, min_support, min_confidence):
    return association_rules(frequent_itemsets(*columns(baskets), min_support), min_confidence)


def catalogue(ids, stock=None):
    ids = np.array(ids, dtype=np.int64)
    unknown = np.full(len(ids), NONE, dtype=np.int64)
    stock = unknown if stock is None else np.array(stock, dtype=np.int64)
    blank = ("",) * len(ids)
    return Products(ids, unknown, stock, unknown, blank, blank, blank, blank)


def purchases(order, product, kind=Kind.PURCHASE):
    one = np.ones(len(order), dtype=np.int64)
    return Interactions(one, one * int(kind), one, product, one, one, one, order, one)


def groceries():
    if not (DATA / "groceries_arules_long.csv.gz").exists():
        pytest.skip(f"Groceries is not in {DATA}")
    lines = pl.read_csv(DATA / "groceries_arules_long.csv.gz")
    names = lines["item"].unique().sort().to_list()
    return lines["tid"].cast(pl.Int64).to_numpy(), lines["item"].rank("dense").cast(pl.Int64).to_numpy() - 1, names


def figures(rules, names=None):
    """Figures by (antecedent, consequent)."""
    named = (lambda i: names[i]) if names else (lambda i: i)
    table = np.column_stack([getattr(rules, figure) for figure in FIGURES] + [rules.count])
    sides = (rules.products_of(row) for row in range(len(rules)))
    keys = [(frozenset(named(i) for i in antecedent), named(consequent)) for antecedent, consequent in sides]
    return dict(zip(keys, table.tolist(), strict=True))


def by_arules(name):
    rows = pl.read_csv(DATA / "reference" / name).to_dicts()
    return {
        (frozenset(row["lhs"].strip("{}").split(",")), row["rhs"].strip("{}")): [row[f] for f in (*FIGURES, "count")]
        for row in rows
    }


def by_mlxtend(baskets, min_support, min_confidence):
    table = pd.DataFrame([[product in basket for product in range(6)] for basket in baskets])
    with np.errstate(all="ignore"):  # it divides by zero for figures nobody asked for
        found = mlxtend_rules(apriori(table, min_support=min_support), min_threshold=min_confidence)
    found = found[found.consequents.map(len) == 1]
    counts = (found.support * len(baskets)).round()
    keys = [(a, next(iter(c))) for a, c in zip(found.antecedents, found.consequents, strict=True)]
    return dict(zip(keys, np.column_stack([found[f] for f in FIGURES] + [counts]).tolist(), strict=True))


def test_one_rule_by_hand():
    rules = rules_of([{1, 2}, {1, 2}, {1}, {3}], 0.5, 0.6)
    # 1 ⇒ 2: 2 of 3; lift (2/3)/(2/4) = 4/3; leverage 1/2 − 3/4·1/2 = 1/8; conviction (1/2)/(1/3) = 3/2.
    # 2 ⇒ 1: 2 of 2; lift 1/(3/4) = 4/3; conviction without end.
    assert figures(rules) == {
        (frozenset({1}), 2): pytest.approx([0.5, 2 / 3, 4 / 3, 0.125, 1.5, 2]),
        (frozenset({2}), 1): pytest.approx([0.5, 1, 4 / 3, 0.125, np.inf, 2]),
    }


@settings(max_examples=40, deadline=None)
@given(BASKETS, st.sampled_from([0.05, 0.1, 0.25, 0.5]), st.sampled_from([0.101, 0.501, 0.749, 1.0]))
def test_every_figure_is_the_one_mlxtend_gives(baskets, min_support, min_confidence):
    # No confidence asked for is a fraction of thirty: mlxtend divides rounded supports and misses exact boundaries.
    ours = figures(rules_of(baskets, min_support, min_confidence))
    assume(ours)
    theirs = by_mlxtend(baskets, min_support, min_confidence)
    assert ours.keys() == theirs.keys()
    for rule, values in ours.items():
        assert values == pytest.approx(theirs[rule], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "support", "confidence", "rules"),
    [
        ("arules_groceries_s0.006_c0.25_min2.csv", 0.006, 0.25, 463),
        ("arules_groceries_s0.01_c0.2_min2.csv", 0.01, 0.2, 231),
        ("arules_groceries_s0.01_c0.5.csv", 0.01, 0.5, 15),
    ],
)
def test_groceries_have_the_rules_and_figures_arules_lists(name, support, confidence, rules):
    order, product, names = groceries()
    ours = figures(association_rules(frequent_itemsets(order, product, support), confidence), names)
    theirs = by_arules(name)
    assert len(ours) == rules
    assert ours.keys() == theirs.keys()
    for rule, values in ours.items():
        assert values == pytest.approx(theirs[rule], abs=1e-6)


def test_groceries_have_as_many_rules_as_arules_publishes_and_the_same_best_one():
    order, product, names = groceries()
    sets = frequent_itemsets(order, product, 0.001)
    rules = association_rules(sets, 0.5)
    assert (len(rules), len(association_rules(sets, 0.8)), len(association_rules(sets, 0.9))) == (5_668, 410, 129)
    best = rules.where(np.array([rules.lift.argmax()]))
    antecedent, consequent = best.products_of(0)
    assert {names[i] for i in antecedent} == {"Instant food products", "soda"}
    assert names[consequent] == "hamburger meat"
    assert (best.support[0], best.confidence[0], best.lift[0]) == pytest.approx(
        (0.001220132, 0.6315789, 18.99565), rel=1e-6
    )


def test_nothing_follows_from_an_empty_basket():
    rules = rules_of([{1}, {1}, {1, 2}], 0.1, 0.0)
    assert all(antecedent for antecedent, _ in (rules.products_of(row) for row in range(len(rules))))
    assert len(rules) == 2


def test_single_products_alone_make_no_rule():
    rules = rules_of([{1}, {2}], 0.1, 0.0)
    assert (len(rules), rules.lift.tolist(), propose(rules, catalogue([1, 2]))) == (0, [], [])


def test_improvement_tells_whether_the_longer_rule_says_more_than_the_shorter_ones():
    # 2 follows 1 in 3 of 4 and 3 adds nothing to it: {1, 3} ⇒ 2 holds in 1 of 2, {3} ⇒ 2 in 1 of 3.
    rules = rules_of([{1, 2}, {1, 2}, {1, 2, 3}, {1, 3}, {3}], 0.2, 0.0)
    improvement = {rules.products_of(row): float(rules.improvement[row]) for row in range(len(rules))}
    assert improvement[(1,), 2] == pytest.approx(3 / 4 - 3 / 5)
    assert improvement[(1, 3), 2] == pytest.approx(1 / 2 - 3 / 4)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 200), st.data())
def test_the_chance_of_meeting_so_often_is_fishers(n, data):
    one, other = data.draw(st.integers(1, n)), data.draw(st.integers(1, n))
    both = data.draw(st.integers(max(0, one + other - n), min(one, other)))
    assume(both * n > one * other)
    expected = fisher_exact([[both, one - both], [other - both, n - one - other + both]], "greater").pvalue
    ours = fisher_greater(*(np.array([x], dtype=np.int64) for x in (both, one, other, n)))
    assert ours[0] == pytest.approx(expected, rel=1e-8)


def test_the_chance_of_a_rule_is_that_of_its_idlest_product():
    baskets = [{1, 2, 3}] * 6 + [{1, 2}] * 5 + [{1}] * 2 + [{3}] * 4 + [{4}] * 9
    rules = rules_of(baskets, 0.01, 0.0)
    chance = {rules.products_of(row): p for row, p in enumerate(chance_of(rules).tolist())}
    assert chance[(1,), 2] == pytest.approx(fisher_exact([[11, 2], [0, 13]], "greater").pvalue)
    # Among the 10 baskets with 3, product 1 decides about 2; among the 13 with 1, product 3 adds little.
    expected = max(fisher_exact(table, "greater").pvalue for table in ([[6, 0], [0, 4]], [[6, 0], [5, 2]]))
    assert chance[(1, 3), 2] == pytest.approx(expected)


@settings(deadline=None)
@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=30), st.integers(0, 20))
def test_false_discoveries_are_controlled_as_scipy_does_with_the_untold_rules_at_one(chances, untold):
    expected = false_discovery_control([*chances, *[1.0] * untold])[: len(chances)]
    assert false_discovery_rates(np.array(chances), len(chances) + untold) == pytest.approx(expected)


def rich_shop():
    """Coffee 1 with filters 2 (always), tea 3 with honey 4 (mostly), bread 5 with everything, by chance."""
    random = np.random.default_rng(3)
    baskets = [{1, 2} for _ in range(40)] + [{3, 4} for _ in range(35)] + [{3} for _ in range(10)]
    baskets += [{int(random.integers(6, 20))} for _ in range(200)]
    return [basket | {5} if random.random() < 0.3 else basket for basket in baskets]


def test_the_planted_bundles_are_proposed_and_chance_company_is_not():
    proposed = propose(rules_of(rich_shop(), 0.01, 0.1), catalogue(range(1, 20)))
    assert [bundle.products for bundle in proposed] == [(1, 2), (3, 4)]
    assert [bundle.count for bundle in proposed] == [40, 35]
    assert proposed[0].lift == pytest.approx(285 / 40)
    assert proposed[1].lift == pytest.approx(285 / 45)
    assert (proposed[1].antecedent, proposed[1].consequent) == ((4,), 3)
    assert all(1 < bundle.least_lift < bundle.lift and bundle.q_value < 0.001 for bundle in proposed)


def test_nothing_out_of_stock_or_out_of_the_catalogue_is_proposed():
    rules = rules_of(rich_shop(), 0.01, 0.1)
    assert [b.products for b in propose(rules, catalogue([1, 2, 3, 4], [0, 5, NONE, 1]))] == [(3, 4)]
    assert propose(rules, catalogue([1, 3])) == []


def test_a_pair_seen_too_seldom_is_no_proposal_however_high_its_lift():
    baskets = [{1, 2}] * 4 + [{number} for number in range(3, 300)]
    rules = rules_of(baskets, 0.001, 0.1)
    assert rules.lift.max() > 50
    assert propose(rules, catalogue(range(300))) == []


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_proposals_share_no_pair_and_hold_two_to_four_products(seed):
    random = np.random.default_rng(seed)
    baskets = [set(random.integers(0, 8, 4).tolist()) for _ in range(60)]
    rules = rules_of(baskets, 0.02, 0.0)
    proposed = propose(rules, catalogue(range(8)), 50, max_false_discovery=1.0, min_count=2)
    sets = [frozenset(bundle.products) for bundle in proposed]
    assert all(2 <= len(products) <= 4 for products in sets)
    assert all(len(a & b) < 2 for a, b in combinations(sets, 2))
    assert [b.least_lift for b in proposed] == pytest.approx(sorted((b.least_lift for b in proposed), reverse=True))


def test_bundles_learn_from_purchases_only_and_return_themselves():
    order, product = columns(rich_shop())
    model = Bundles(min_support=0.01, min_confidence=0.1)
    assert model.fit(purchases(order, product)) is model
    assert [bundle.products for bundle in model.propose(catalogue(range(1, 20)), 1)] == [(1, 2)]
    with pytest.raises(TooLittleData, match="baskets"):
        Bundles().fit(purchases(order, product, Kind.VIEW))


@pytest.mark.parametrize("asked", [-0.1, 1.1])
def test_a_confidence_that_cannot_be_is_refused(asked):
    with pytest.raises(ValueError, match="min_confidence"):
        rules_of([{1, 2}], 0.5, asked)


def test_a_confidence_of_exactly_the_asked_one_is_enough():
    # 1 of 10 buyers of 0 bought 1 too; 0.1 is asked for, and 1/10 is that very number.
    rules = rules_of([{0}] * 9 + [{1}] * 2 + [{0, 1}], 0.05, 0.1)
    assert (frozenset({0}), 1) in figures(rules)


def of_customers(baskets, customers):
    order, product = columns(baskets)
    told = purchases(order, product)
    customer = np.asarray(customers, dtype=np.int64)[order]
    return replace(told, customer=customer)


def proposed_to(told):
    model = Bundles(min_support=0.01, min_confidence=0.1).fit(told)
    return {each.products for each in model.propose(catalogue(range(40)), together=Together(told))}


@pytest.mark.parametrize(("people", "expected"), [(1, set()), (4, set()), (5, {(1, 2)})])
def test_a_bundle_rests_on_five_different_buyers_however_often_one_of_them_orders(people, expected):
    baskets = [{1, 2}] * 60 + [{10 + number % 20} for number in range(300)]
    customers = [number % people for number in range(60)] + [100 + number for number in range(300)]
    assert proposed_to(of_customers(baskets, customers)) == expected


def test_an_order_of_nobody_known_is_a_buyer_of_its_own():
    baskets = [{1, 2}] * 20 + [{10 + number % 20} for number in range(300)]
    assert proposed_to(of_customers(baskets, [NONE] * 320)) == {(1, 2)}


def test_buyers_are_those_of_one_order_and_not_of_two():
    told = of_customers([{1, 2, 3}, {1, 2}, {1}, {2}, {1, 2}], [7, 7, 8, 8, NONE])
    together = Together(told)
    assert [together.buyers(each) for each in ((1, 2), (1, 2, 3), (1,), (9,), (1, 9))] == [2, 1, 3, 0, 0]
    assert together.are_many((1, 2), 2)
    assert not together.are_many((1, 2, 3), 2)


def test_what_stands_in_every_order_belongs_to_no_bundle():
    baskets = [{1, 2, 9}] * 40 + [{10 + number % 20, 9} for number in range(300)]
    rules = rules_of(baskets, 0.01, 0.1)
    assert [each.products for each in propose(rules, catalogue(range(40)), 1)] == [(1, 2)]
