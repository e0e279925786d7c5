"""Rules before a cut, judged by the orders after it; and whom a bundle is for. Worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bundles.baskets import Lines, lines_bought
from engine.bundles.buyers import Buyers, buyers
from engine.bundles.itemsets import frequent_itemsets
from engine.bundles.later import Held, held, part
from engine.bundles.meetings import meetings
from engine.bundles.proposals import Bundles, rules_met
from engine.bundles.rules import association_rules
from engine.errors import TooLittleData
from engine.frames import NONE, Interactions, Kind, Products

HOUR = 3_600_000_000


def bought(baskets, customers=None):
    """One basket an hour, in this order."""
    lines = [(n, product) for n, basket in enumerate(baskets) for product in sorted(basket)]
    order, product = np.array(lines, dtype=np.int64).reshape(-1, 2).T
    one = np.ones(len(order), dtype=np.int64)
    customer = one if customers is None else np.array(customers, dtype=np.int64)[order]
    return Interactions(customer, one * int(Kind.PURCHASE), order * HOUR, product, one, one, one, order, one)


def rules_of(baskets, support=0.01, confidence=0.0):
    rows = bought(baskets)
    return association_rules(frequent_itemsets(rows.order, rows.product, support), confidence)


BASKETS = st.lists(st.frozensets(st.integers(0, 5), min_size=1), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None)
@given(BASKETS, BASKETS)
def test_the_sides_of_rules_are_counted_in_other_baskets_as_plain_looking_does(earlier, later):
    rules, rows = rules_of(earlier), bought(later)
    met = meetings(rows.order, rows.product, rules.antecedent, rules.consequent)
    for row in range(len(rules)):
        antecedent, consequent = rules.products_of(row)
        one = [basket for basket in later if set(antecedent) <= basket]
        assert met.one[row] == len(one)
        assert met.both[row] == sum(consequent in basket for basket in one)
        assert met.other[row] == sum(consequent in basket for basket in later)
    assert met.n_baskets == len(later)


def test_a_rule_that_lives_on_and_one_that_dies_are_told_apart():
    earlier = [{1, 2}] * 20 + [{3, 4}] * 20 + [{5}] * 20
    later = [{1, 2}] * 10 + [{3}] * 10 + [{4}] * 10
    rows = bought(later)
    # 1 ⇔ 2 holds (two rules), 3 ⇔ 4 does not (two rules).
    assert held(rules_of(earlier), rows.order, rows.product) == Held(4, 2, 2, 0, 30)


def test_rules_too_rare_to_tell_are_not_judged():
    rows = bought([{1, 2}] * 4 + [{3}] * 10)
    # A tenth of fourteen orders is fewer than five.
    found = held(rules_of([{1, 2}] * 10 + [{3}] * 90), rows.order, rows.product)
    assert (found.n, found.n_unjudged) == (0, 2)
    assert found.interval == (0, 1)


def test_no_later_order_judges_nothing():
    nothing = np.zeros(0, dtype=np.int64)
    assert held(rules_of([{1, 2}, {3}]), nothing, nothing) == Held(0, 0, 0, 2, 0)


def test_an_order_that_goes_on_after_the_cut_is_not_torn():
    rows = bought([{1}] * 20)
    order, product = rows.order.copy(), rows.product.copy()
    order[19], product[19] = 0, 2
    parted = part(Lines(order, product, rows.at))
    assert set(parted.earlier.order.tolist()) & set(parted.later.order.tolist()) == set()
    assert 2 in parted.earlier.product
    # Of nineteen orders the last three: 0.85 of the way from the first to the last is after 15.3 of them.
    assert sorted(set(parted.later.order.tolist())) == [16, 17, 18]


def test_a_model_tells_of_later_orders_without_forgetting_what_it_learned():
    rows = bought([{1, 2}, {3}, {1, 2}, {4}, {5, 6}] * 40)
    model = Bundles(0.01, 0.1).fit(rows)
    learned = model.rules_
    found = model.holds_later(part(lines_bought(rows)))
    assert model.rules_ is learned
    assert (found.n, found.share, found.n_baskets) == (4, 1.0, 30)
    assert 0 < found.share_error < 0.25


def test_orders_all_of_one_moment_have_no_later_ones_to_judge_by():
    rows = bought([{1, 2}] * 3)
    still = replace(rows, at=rows.at * 0)
    assert Bundles(0.1, 0.1).fit(still).holds_later(part(lines_bought(still))).n == 0


def test_without_an_order_there_is_nothing_to_part():
    with pytest.raises(TooLittleData):
        part(lines_bought(bought([{1}]).where(np.array([False]))))


def test_what_never_fails_to_come_along_is_one_bundle_and_not_three():
    ids = np.arange(1, 20)
    unknown, blank = np.full(19, NONE, dtype=np.int64), ("",) * 19
    products = Products(ids, unknown, unknown, unknown, blank, blank, blank, blank)
    rows = bought([{1, 2, 3}] * 30 + [{number} for number in range(4, 20)] * 10)
    model = Bundles(0.01, 0.1).fit(rows)
    proposed = model.propose(products)
    assert [(each.products, each.count) for each in proposed] == [((1, 2, 3), 30)]
    assert rules_met(proposed, lines_bought(rows)).both.tolist() == [30]
    assert rules_met([], lines_bought(rows)).both.tolist() == []


def test_a_bundle_is_for_those_who_bought_a_part_of_it_and_never_the_whole():
    baskets = [{1, 2}, {1}, {2}, {1}, {3}, {1, 2, 3}]
    rows = bought(baskets, customers=[1, 2, 2, 3, 3, NONE])
    # Customer 1 and 2 bought both 1 and 2, customer 3 one of them; the last is nobody who could be asked.
    assert list(buyers([(1, 2), (1, 3)], rows)) == [Buyers(whole=2, part=1), Buyers(whole=1, part=2)]
    assert list(buyers([], rows)) == []
