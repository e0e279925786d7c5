"""What sells together, and which of it is worth offering as a bundle.

orders → frequent itemsets → rules (support, confidence, lift, …) → bundles in stock, surest first
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from engine.bundles.baskets import Lines, lines_bought
from engine.bundles.buyers import Together
from engine.bundles.itemsets import frequent_itemsets
from engine.bundles.later import Held, Parted, held
from engine.bundles.meetings import FloatColumn, Meetings, meetings
from engine.bundles.rules import Rules, association_rules
from engine.bundles.significance import chance_of, false_discovery_rates
from engine.frames import NONE, Interactions, Products


@dataclass(frozen=True, slots=True)
class Bundle:
    """Products worth offering together, with the evidence of the surest rule among them.

    ``products`` ascend; ``count`` orders held them all, of ``antecedent_count`` that held ``antecedent``; buyers of
    ``antecedent`` bought ``consequent`` ``lift`` times as often as everyone did (``least_lift`` at the least, with
    95 % confidence); ``q_value`` is the false discovery rate at which the rule would still stand.
    """

    products: tuple[int, ...]
    antecedent: tuple[int, ...]
    consequent: int
    count: int
    antecedent_count: int
    confidence: float
    lift: float
    least_lift: float
    q_value: float


class Bundles:
    """Association rules of a shop's orders.

    Assumes that an order is one decision: products of one order were chosen together. Counts say nothing about why.
    Least data: one order with a known product (TooLittleData); useful from a few hundred orders on.
    Source: Agrawal, Imieliński, Swami (1993), Mining association rules between sets of items, SIGMOD.

    ``min_support`` and ``min_confidence`` are shares, ``max_length`` the products in a rule (both sides),
    ``limit`` the itemsets at which the search gives up with TooManyItemsets.
    Learned: ``itemsets_`` (Itemsets), ``rules_`` (Rules).
    """

    def __init__(
        self,
        min_support: float = 0.005,
        min_confidence: float = 0.2,
        max_length: int | None = 4,
        limit: int = 500_000,
    ) -> None:
        self.min_support = min_support
        self.min_confidence = min_confidence
        self.max_length = max_length
        self.limit = limit

    def fit(self, interactions: Interactions) -> Self:
        """Learn from the purchases that name an order and a product."""
        return self.learn(lines_bought(interactions))

    def learn(self, bought: Lines) -> Self:
        """The same from lines of orders that are all purchases. Raises as ``fit`` does."""
        self.itemsets_ = frequent_itemsets(
            bought.order, bought.product, self.min_support, max_length=self.max_length, limit=self.limit
        )
        self.rules_ = association_rules(self.itemsets_, self.min_confidence)
        return self

    def holds_later(self, parted: Parted) -> Held:
        """Whether rules that this model finds in the earlier orders, and that have earned it, hold in the later ones.

        Learns from the earlier orders alone, and leaves what ``fit`` learned as it is. Raises TooManyItemsets.
        """
        if not len(parted.earlier.order):
            return Held(0, 0, 0, 0, 0)
        model = type(self)(self.min_support, self.min_confidence, self.max_length, self.limit).learn(parted.earlier)
        return held(earned(model.rules_), parted.later.order, parted.later.product)

    def propose(self, products: Products, n: int = 10, **wishes: Any) -> list[Bundle]:
        """The best ``n`` bundles of what is in stock; ``wishes`` as for ``propose``."""
        return propose(self.rules_, products, n, **wishes)


def propose(
    rules: Rules,
    products: Products,
    n: int = 10,
    *,
    min_count: int = 5,
    max_products: int = 4,
    max_false_discovery: float = 0.05,
    together: Together | None = None,
    min_buyers: int = 5,
) -> list[Bundle]:
    """At most ``n`` bundles of 2 to ``max_products`` products, the surest first.

    A rule counts when at least ``min_count`` orders held it, of ``min_buyers`` different buyers where ``together``
    can tell, and each of its products adds to it beyond chance (``chance_of``), at the false discovery rate asked for
    among all rules weighed, not only those confident enough.
    Every product must be in the catalogue and not out of stock (unknown stock counts as available). Ranked by the
    lower bound of the lift; what never fails to come along belongs to the bundle, and a set that shares two products
    with a better bundle is left out, so that a shop's one famous series does not fill the list.
    """
    q_values = false_discovery_rates(chance_of(rules), rules.n_considered)
    able = _has_earned(rules, q_values, min_count, max_false_discovery) & _is_available(rules, products)
    always = _without_fail(rules, products)
    rows = np.flatnonzero(able & ((rules.antecedent != NONE).sum(axis=1) < max_products))
    bundles: list[Bundle] = []
    for row in rows[_surest_first(rules.where(rows))].tolist():
        if len(bundles) >= n:
            break
        ids = _closed(_products(rules, row), always, max_products)
        is_new = all(len(ids.intersection(better.products)) < 2 for better in bundles)
        if is_new and (together is None or together.are_many(ids, min_buyers)):
            bundles.append(_bundle(rules, row, ids, float(q_values[row])))
    return bundles


def earned(rules: Rules, *, min_count: int = 5, max_false_discovery: float = 0.05) -> Rules:
    """The rules that count as more than chance: those that ``propose`` would choose from, whatever is in stock."""
    q_values = false_discovery_rates(chance_of(rules), rules.n_considered)
    return rules.where(_has_earned(rules, q_values, min_count, max_false_discovery))


def rules_met(bundles: Sequence[Bundle], orders: Lines) -> Meetings:
    """How often the sides of the bundles' rules met in these orders, one row a bundle."""
    width = max((len(each.antecedent) for each in bundles), default=1)
    padded = [[*each.antecedent, *[NONE] * (width - len(each.antecedent))] for each in bundles]
    consequents = np.array([each.consequent for each in bundles], dtype=np.int64)
    antecedents = np.array(padded, dtype=np.int64).reshape(len(bundles), width)
    return meetings(orders.order, orders.product, antecedents, consequents)


def _has_earned(rules: Rules, q_values: FloatColumn, min_count: int, max_false_discovery: float) -> NDArray[np.bool_]:
    able = (rules.lift > 1) & (rules.improvement > 0) & (rules.count >= min_count)
    return np.asarray(able & (q_values <= max_false_discovery))


def _without_fail(rules: Rules, products: Products) -> dict[tuple[int, ...], list[int]]:
    """What is at hand and every basket with some products holds too, surely oftener than other baskets do."""
    always = rules.where((rules.count == rules.antecedent_count) & _is_available(rules, products))
    always = always.where(always.least_lift > 1)
    found: dict[tuple[int, ...], list[int]] = {}
    for row in range(len(always)):
        antecedent, consequent = always.products_of(row)
        found.setdefault(antecedent, []).append(consequent)
    return found


def _closed(ids: tuple[int, ...], always: Mapping[tuple[int, ...], list[int]], most: int) -> frozenset[int]:
    """The products with what never fails to come along, where that is not more than ``most``: one set for many."""
    whole = frozenset((*ids, *always.get(ids, ())))
    return whole if len(whole) <= most else frozenset(ids)


def _is_available(rules: Rules, products: Products) -> NDArray[np.bool_]:
    at_hand = np.append(products.id[products.stock != 0], NONE)
    return np.isin(rules.antecedent, at_hand).all(axis=1) & np.isin(rules.consequent, at_hand)


def _surest_first(rules: Rules) -> NDArray[np.int64]:
    # Rounded, so that both directions of a pair tie and the more confident one speaks for it.
    keys = (-np.round(rules.confidence, 9), -rules.count, -np.round(rules.least_lift, 9))
    order: NDArray[np.int64] = np.lexsort((rules.consequent, *rules.antecedent.T[::-1], *keys))
    return order


def _products(rules: Rules, row: int) -> tuple[int, ...]:
    antecedent, consequent = rules.products_of(row)
    return tuple(sorted((*antecedent, consequent)))


def _bundle(rules: Rules, row: int, products: frozenset[int], q_value: float) -> Bundle:
    antecedent, consequent = rules.products_of(row)
    one = rules.where(np.array([row]))
    return Bundle(
        products=tuple(sorted(products)),
        antecedent=antecedent,
        consequent=consequent,
        count=int(one.count[0]),
        antecedent_count=int(one.antecedent_count[0]),
        confidence=float(one.confidence[0]),
        lift=float(one.lift[0]),
        least_lift=float(one.least_lift[0]),
        q_value=q_value,
    )
