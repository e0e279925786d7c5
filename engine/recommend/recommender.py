"""What to offer whom: six opinions about every product, blended, each recommendation with its reason.

interactions → history (what they want now) ┐
             → taste (what goes with what)  ├→ opinions → blend → best n in stock, with the reason
products     → wording                      ┘
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.errors import TooLittleData
from engine.frames import MICROSECONDS_PER_DAY, NONE, IntColumn, Interactions, Kind, Products
from engine.recommend.blending import Mode, Reason, Recommendations, SimilarItems, Weights, blended, known_rows
from engine.recommend.collaborative import blocks, cosine_neighbours, nearest, unit_rows
from engine.recommend.content import text_neighbours

__all__ = ["KIND_WEIGHTS", "Mode", "Reason", "Recommendations", "Recommender", "SimilarItems", "Weights"]

FloatColumn = NDArray[np.float64]

KIND_WEIGHTS = {Kind.PURCHASE: 1.0, Kind.CART: 0.5, Kind.CLICK: 0.2, Kind.VIEW: 0.1, Kind.RETURN: -1.0}
"""How much an interaction says about liking, a purchase being 1 and a return taking one back. A convention: only the
order of the kinds matters much."""


class Recommender:
    """Item-based, order-based and customer-based collaborative filtering, wording, and what is popular now.

    Assumes that purchases tell tastes: no ratings are asked for. What goes with what is learnt from all of the past
    alike, each customer counting once a product (measured on Online Retail: decay there only loses); what a customer
    wants now is their history with each interaction halved every ``half_life_days``.
    Least data: one purchase of a product in the catalogue (TooLittleData); a customer without history gets what is
    popular now, a product without one comes in by its wording.
    Source: Deshpande and Karypis (2004) for items, Sarwar et al. (2000) for customers, Hu, Koren, Volinsky (2008) for
    implicit weights.

    ``neighbours`` products kept for each product, ``people`` customers asked for each customer,
    ``popular_half_life_days`` for "now", ``weights`` of the blend.
    Learned: ``customers_`` (c ids, ascending), ``history_``, ``taste_`` and ``owned_`` (CSR arrays (c, m): what each
    wants now, ever cared for, ever bought), ``similar_items_`` (SimilarItems; a store can keep it and answer alone).
    """

    def __init__(
        self,
        neighbours: int = 30,
        people: int = 100,
        half_life_days: float = 180.0,
        popular_half_life_days: float = 30.0,
        weights: Weights = Weights(),  # noqa: B008 - frozen
    ) -> None:
        self.neighbours = neighbours
        self.people = people
        self.half_life_days = half_life_days
        self.popular_half_life_days = popular_half_life_days
        self.weights = weights

    def fit(self, interactions: Interactions, products: Products, now: int) -> Self:
        """Learn from what happened up to ``now`` (microseconds since the epoch) to products in the catalogue.

        Purchases without a customer count for popularity and for what is bought together.
        """
        ids = np.sort(products.id)
        seen = interactions.where((interactions.at <= now) & np.isin(interactions.product, ids))
        bought = seen.of_kind(Kind.PURCHASE)
        if not len(bought):
            raise TooLittleData("purchases of products in the catalogue", 1, 0)
        known = seen.where(seen.customer != NONE)
        self.customers_ = np.unique(known.customer)
        weight = _kind_weights(known.kind)
        fresh = _freshness(known.at, now, self.half_life_days)
        self.history_ = _table(self.customers_, known.customer, ids, known.product, weight * fresh)
        # One purchase says what goes with what as well as ten.
        self.taste_ = _table(self.customers_, known.customer, ids, known.product, weight).minimum(1.0)
        mine = bought.where(bought.customer != NONE)
        self.owned_ = _table(self.customers_, mine.customer, ids, mine.product, np.ones(len(mine)))
        self.similar_items_ = self._similar_items(bought, products, ids, now)
        return self

    def _similar_items(self, bought: Interactions, products: Products, ids: IntColumn, now: int) -> SimilarItems:
        in_order = bought.where(bought.order != NONE)
        orders = np.unique(in_order.order)
        baskets = _table(orders, in_order.order, ids, in_order.product, np.ones(len(in_order))).minimum(1.0)
        fresh = _freshness(bought.at, now, self.popular_half_life_days)
        popular = np.bincount(np.searchsorted(ids, bought.product), fresh, len(ids)).astype(np.float64)
        by_id = np.argsort(products.id)
        wording = text_neighbours(products, self.neighbours)[by_id][:, by_id]
        return SimilarItems.of(
            ids,
            products.stock[by_id] != 0,
            popular,
            {
                Reason.BECAUSE_YOU_BOUGHT: cosine_neighbours(self.taste_, self.neighbours),
                Reason.BOUGHT_TOGETHER_WITH: cosine_neighbours(baskets, self.neighbours),
                Reason.SIMILAR_TO: wording,
            },
        )

    def recommend(self, customer_ids: IntColumn, n: int = 10, mode: Mode = Mode.DISCOVER) -> Recommendations:
        """At most ``n`` products in stock for each of ``customer_ids``, best first, customers in the order given.

        DISCOVER leaves out whatever the customer ever bought, AGAIN offers that too, by how often and how lately.
        A customer never seen gets what is popular now; whoever has no candidate with a score above 0 gets nothing.
        """
        rows = known_rows(self.customers_, customer_ids)
        width = max(len(self.similar_items_.id), len(self.customers_))
        return Recommendations.joined(
            [self._recommended(customer_ids[at], rows[at], n, mode) for at in blocks(np.arange(len(rows)), width)]
        )

    def _recommended(self, customer: IntColumn, rows: IntColumn, n: int, mode: Mode) -> Recommendations:
        known = np.flatnonzero(rows != NONE)
        people = nearest(unit_rows(self.taste_), self.people, rows[known]) @ self.taste_
        tables = (self.history_[rows[known]], self.owned_[rows[known]], people)
        history, owned, people = (_spread(table, known, len(rows)) for table in tables)
        return blended(self.similar_items_, customer, history, owned, people, self.weights, n, mode)

    def recommend_from(
        self,
        history_product: IntColumn,
        history_weight: FloatColumn,
        n: int = 10,
        mode: Mode = Mode.DISCOVER,
    ) -> Recommendations:
        """As ``SimilarItems.recommend_from``, with this recommender's weights."""
        return self.similar_items_.recommend_from(history_product, history_weight, n, mode, self.weights)


def _kind_weights(kind: IntColumn) -> FloatColumn:
    weights = np.zeros(max(Kind) + 1)
    for what, weight in KIND_WEIGHTS.items():
        weights[what] = weight
    return weights[kind]


def _freshness(at: IntColumn, now: int, half_life_days: float) -> FloatColumn:
    """Half for every ``half_life_days`` gone by."""
    return np.exp2((at - now) / (MICROSECONDS_PER_DAY * half_life_days))


def _table(row_ids: IntColumn, row: IntColumn, column_ids: IntColumn, column: IntColumn, weight: FloatColumn) -> Any:
    """CSR array (row_ids, column_ids) of summed weights, nothing below 0."""
    at = np.searchsorted(row_ids, row), np.searchsorted(column_ids, column)
    table = sparse.csr_array((weight, at), shape=(len(row_ids), len(column_ids))).maximum(0)
    table.eliminate_zeros()
    return table


def _spread(table: Any, rows: IntColumn, n: int) -> Any:
    """``table`` (k, m) put at ``rows`` (k,) of an otherwise empty CSR array (n, m)."""
    places = sparse.csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(n, len(rows)))
    return places @ table
