"""What sells together, and which of it is worth offering as a bundle.

orders → frequent itemsets → rules (support, confidence, lift, …) → bundles in stock, surest first
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from engine.bundles.itemsets import frequent_itemsets
from engine.bundles.rules import FloatColumn, Rules, association_rules
from engine.frames import NONE, IntColumn, Interactions, Kind, Products


@dataclass(frozen=True, slots=True)
class Bundle:
    """Products worth offering together, with the evidence of the surest rule among them.

    ``products`` ascend; ``count`` orders held them all; buyers of ``antecedent`` bought ``consequent`` ``lift`` times
    as often as everyone did (``least_lift`` at the least, with 95 % confidence); ``q_value`` is the false discovery
    rate at which the rule would still stand.
    """

    products: tuple[int, ...]
    antecedent: tuple[int, ...]
    consequent: int
    count: int
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
        bought = interactions.of_kind(Kind.PURCHASE)
        self.itemsets_ = frequent_itemsets(
            bought.order, bought.product, self.min_support, max_length=self.max_length, limit=self.limit
        )
        self.rules_ = association_rules(self.itemsets_, self.min_confidence)
        return self

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
) -> list[Bundle]:
    """At most ``n`` bundles of 2 to ``max_products`` products, the surest first.

    A rule counts when at least ``min_count`` orders held it and each of its products adds to it beyond chance
    (``chance_of``), at the false discovery rate asked for among all rules weighed, not only those confident enough.
    Every product must be in the catalogue and not out of stock (unknown stock counts as available). Ranked by the
    lower bound of the lift; a set that shares two products with a better bundle is left out, so that a shop's one
    famous series does not fill the list.
    """
    q_values = false_discovery_rates(chance_of(rules), rules.n_considered)
    able = (rules.lift > 1) & (rules.improvement > 0) & (rules.count >= min_count)
    able &= (q_values <= max_false_discovery) & _is_available(rules, products)
    able &= (rules.antecedent != NONE).sum(axis=1) < max_products
    rows = np.flatnonzero(able)
    bundles: list[Bundle] = []
    for row in rows[_surest_first(rules.where(rows))].tolist():
        if len(bundles) >= n:
            break
        ids = frozenset(_products(rules, row))
        if all(len(ids.intersection(better.products)) < 2 for better in bundles):
            bundles.append(_bundle(rules, row, float(q_values[row])))
    return bundles


def chance_of(rules: Rules) -> FloatColumn:
    """Probability (r,) of seeing a rule hold so often by chance, for that product of its antecedent that adds least.

    Each product is tested among the baskets that hold the rest of the antecedent: does it raise the consequent's
    share? With one product in the antecedent that is Fisher's exact test of the rule. The largest probability counts.
    Source: Webb (2007), Discovering significant patterns, Machine Learning 68.
    """
    row, left = np.nonzero(rules.antecedent != NONE)
    if not len(row):
        return np.ones(0)
    tested = fisher_greater(
        rules.count[row],
        rules.antecedent_count[row],
        rules.simpler_count[row, left],
        rules.simpler_antecedent_count[row, left],
    )
    return np.maximum.reduceat(tested, np.flatnonzero(np.diff(row, prepend=-1)))


def fisher_greater(both: IntColumn, one: IntColumn, other: IntColumn, n: IntColumn) -> FloatColumn:
    """Fisher's exact test, one-sided: the chance (r,) that two independent things meet in ``both`` or more of ``n``.

    The things happen ``one`` and ``other`` times; all columns have shape (r,). Where they meet no more often than
    independence lets expect the answer is 1: there is nothing to explain.
    """
    chance = np.ones(len(both))
    rows = np.flatnonzero(both * n > one * other)
    k, a, c, total = (column[rows].astype(np.float64) for column in (both, one, other, n))
    term = np.exp(_log_choose(a, k) + _log_choose(total - a, c - k) - _log_choose(total, c))
    tail = term.copy()
    # Above the mean every term is smaller than the one before it, so the sum is soon told.
    while (term > tail * 1e-17).any():
        term = term * (a - k) * (c - k) / ((k + 1) * (total - a - c + k + 1))
        k += 1
        tail += term
    chance[rows] = np.minimum(tail, 1)
    return chance


def false_discovery_rates(chances: FloatColumn, n_considered: int) -> FloatColumn:
    """Benjamini-Hochberg q-values (r,) of ``chances`` among ``n_considered`` tests; those not given count as 1.

    Source: Benjamini and Hochberg (1995), Controlling the false discovery rate, JRSS B 57.
    """
    by_chance = np.argsort(chances, kind="stable")
    scaled = chances[by_chance] * n_considered / np.arange(1, len(chances) + 1)
    q_values = np.empty(len(chances))
    q_values[by_chance] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return q_values


def _log_choose(n: FloatColumn, k: FloatColumn) -> FloatColumn:
    logs: FloatColumn = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return logs


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


def _bundle(rules: Rules, row: int, q_value: float) -> Bundle:
    antecedent, consequent = rules.products_of(row)
    one = rules.where(np.array([row]))
    return Bundle(
        products=_products(rules, row),
        antecedent=antecedent,
        consequent=consequent,
        count=int(one.count[0]),
        confidence=float(one.confidence[0]),
        lift=float(one.lift[0]),
        least_lift=float(one.least_lift[0]),
        q_value=q_value,
    )
