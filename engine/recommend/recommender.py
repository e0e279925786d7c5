"""What to offer whom: opinions weighed as the shop's own past teaches, each recommendation with its reason.

orders ─┬→ rehearsals at past moments: what was known then, and what was bought next → blends (again, discover)
        └→ today: links, factors, pulse ─────────────────────────────────────────────→ SimilarItems
everybody's own past, a block of customers at a time → SimilarItems → the best n, how likely, and why
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from engine.errors import TooLittleData
from engine.frames import NONE, IntColumn, Interactions, Kind, Products
from engine.recommend.answers import Mode, Reason, Recommendations
from engine.recommend.collaborative import cosine_neighbours, factors
from engine.recommend.content import text_neighbours
from engine.recommend.listing import NO_WISHES, Wishes
from engine.recommend.past import KIND_WEIGHTS, Orders, Past, known_rows
from engine.recommend.priors import AGAIN, DISCOVER
from engine.recommend.pulse import Pulse, lending
from engine.recommend.ranking import first
from engine.recommend.rehearsing import AT_A_TIME, schooled, sold_before
from engine.recommend.similar import SimilarItems
from engine.shelf import codes

__all__ = [
    "KIND_WEIGHTS", "NO_WISHES", "Mode", "Reason", "Recommendations", "Recommender", "SimilarItems", "Wishes",
]  # fmt: skip

CUSTOMERS_AT_ONCE, FEWEST_AT_ONCE = 4_000, 500
LARGE = 50_000
"""Of more customers each hears of fewer: REACH_OF_LARGE products by links of NEIGHBOURS_OF_LARGE each."""
REACH, REACH_OF_LARGE, NEIGHBOURS_OF_LARGE, DIRECTIONS_OF_LARGE = 60, 20, 15, 32
TASTES_ASKED = 1_500_000
"""Of more pairs of customer and product, links and factors are learnt from a sample of the customers."""
BREADTH = 300
"""Of who bought more products than this, the latest so many: one wholesaler must not tie everything to everything."""


class Recommender:
    """A blend of habits, item-based filtering, factors of taste, orders, wording and what is popular now.

    Assumes that purchases tell tastes: no ratings are asked for. The weights are learnt by rehearsing: the shop is
    put back to moments of its past, and the blend is fitted to what customers bought in their next order. There is
    one for what a customer has bought before and one for everything else; both start at stated weights (see
    ``priors``) and go as far as the past carries. Probabilities are calibrated on the latest rehearsal.
    Least data: one purchase of a product in the catalogue (TooLittleData); a customer without history gets what is
    popular now, a product hardly bought starts with the sales of what reads like it.
    Work is linear in customers: beyond TASTES_ASKED pairs, links and factors come from a sample.
    Source: Deshpande and Karypis (2004) for items, Cremonesi et al. (2010) for factors, Anderson et al. (2014) for
    what is bought again.

    ``neighbours`` products kept for each product, ``directions`` of taste, ``seed`` for first guesses and samples.
    Learned: ``customers_`` (c ids, ascending), ``orders_``, ``similar_items_`` (SimilarItems; a store can keep it and
    answer alone), ``schooling_`` (Schooling: how good the blend was on the latest, held-out rehearsal).
    """

    def __init__(self, neighbours: int = 50, directions: int = 64, seed: int = 0, learns: bool = True) -> None:
        self.neighbours = neighbours
        self.directions = directions
        self.seed = seed
        self.learns = learns

    def fit(self, interactions: Interactions, products: Products, now: int) -> Self:
        """Learn from what happened up to ``now`` (microseconds since the epoch) to products in the catalogue.

        Purchases without a customer count for popularity and for what is bought together.
        """
        ids = np.sort(products.id)
        seen = interactions.where((interactions.at <= now) & np.isin(interactions.product, ids))
        if not (seen.kind == Kind.PURCHASE).any():
            raise TooLittleData("purchases of products in the catalogue", 1, 0)
        self.orders_ = Orders.of(seen, ids)
        self.customers_ = self.orders_.customers
        is_large = len(self.customers_) > LARGE
        self.neighbours_ = min(self.neighbours, NEIGHBOURS_OF_LARGE) if is_large else self.neighbours
        self.directions_ = min(self.directions, DIRECTIONS_OF_LARGE) if is_large else self.directions
        self.reach_ = REACH_OF_LARGE if is_large else REACH
        self.now_ = now
        shelf = Shelf.of(products)
        shelf.wording = text_neighbours(shelf.products, self.neighbours_, sold_before(self.orders_))
        # Tables this narrow gain nothing by a second thread of BLAS, which spins where another core's work waits.
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(1) as beside:
            today = beside.submit(self._at, shelf, now)
            self.schooling_ = schooled(self.orders_, lambda cut: self._at(shelf, cut), now, self.seed, self.learns)
        self.similar_items_ = replace(
            today.result(),
            is_available=shelf.is_available,
            again=self.schooling_.again,
            discover=self.schooling_.discover,
        )
        return self

    def recommend(
        self,
        customer_ids: IntColumn,
        n: int = 10,
        mode: Mode = Mode.DISCOVER,
        discovery_share: float = 0.0,
        wishes: Wishes = NO_WISHES,
    ) -> Recommendations:
        """At most ``n`` products in stock for each of ``customer_ids``, best first, customers in the order given.

        DISCOVER leaves out whatever the customer ever bought, AGAIN offers that too, of which ``discovery_share`` of
        the list is kept free; BOTH gives ``n`` to discover and half as many to buy again. No category fills more than
        half where there is another, and nothing in ``wishes`` is offered. A customer never seen gets what is popular
        now.
        """
        rows = known_rows(self.customers_, customer_ids)
        wished = wishes.in_order()
        at_once = min(max(-(-len(rows) // AT_A_TIME), FEWEST_AT_ONCE), CUSTOMERS_AT_ONCE)

        def answered(start: int) -> Recommendations:
            asked = customer_ids[start : start + at_once]
            past = Past.at(self._of(rows[start : start + at_once], asked), self.now_)
            theirs = wished.between(int(asked.min()), int(asked.max()))
            return self.similar_items_.recommend(past, asked, n, mode, discovery_share, theirs)

        starts = range(0, len(rows), at_once)
        if len(starts) < 2:
            return Recommendations.joined([answered(start) for start in starts])
        # Blocks know nothing of each other, and what takes long lets go of the interpreter.
        with ThreadPoolExecutor(AT_A_TIME) as many:
            return Recommendations.joined(list(many.map(answered, starts)))

    def _of(self, rows: IntColumn, asked: IntColumn) -> Orders:
        """The orders of these rows of customers, in the order asked; strangers have none."""
        is_run = len(rows) and rows[0] != NONE and (np.diff(rows) == 1).all()
        if is_run:
            return self.orders_.some(int(rows[0]), int(rows[-1]) + 1)
        return self.orders_.of_rows(rows, asked)

    def _at(self, shelf: Shelf, cut: int) -> SimilarItems:
        """Everything about products as it could be known at ``cut``."""
        orders = self.orders_
        asked = _sampled(orders, cut)
        past = Past.at(asked, cut)
        taste = _taste(past)
        baskets = _bounded(orders.baskets(cut))
        buyers = np.bincount(past.column[past.is_owned], minlength=len(orders.products))
        lend, mine = lending(shelf.wording, buyers)
        turned = factors(taste, self.directions_, self.seed)
        return SimilarItems(
            orders.products,
            # What was in stock then is not known.
            np.ones(len(orders.products), dtype=bool),
            shelf.category,
            Pulse.at(orders, past, cut).lent(shelf.wording, buyers),
            lend @ turned + mine[:, None] * turned,
            {
                Reason.BECAUSE_YOU_BOUGHT: cosine_neighbours(taste, self.neighbours_),
                Reason.BOUGHT_TOGETHER_WITH: cosine_neighbours(baskets, self.neighbours_),
                Reason.SIMILAR_TO: shelf.wording,
            },
            AGAIN,
            DISCOVER,
            self.reach_,
        )


@dataclass
class Shelf:
    """The catalogue by ascending id; what is written about products does not change with the moment."""

    products: Products
    is_available: NDArray[np.bool_]
    category: IntColumn
    wording: Any = None

    @classmethod
    def of(cls, products: Products) -> Shelf:
        order = np.argsort(products.id)
        numbers = {name: getattr(products, name)[order] for name in ("id", "price_minor", "stock", "is_premium")}
        texts = {
            name: tuple(getattr(products, name)[at] for at in order.tolist())
            for name in ("name", "category", "brand", "description")
        }
        sorted_ = Products(**numbers, **texts)  # type: ignore[arg-type]
        return cls(sorted_, sorted_.stock != 0, codes(sorted_.category))


def _sampled(orders: Orders, cut: int) -> Orders:
    """The orders of every so many-th customer, so that no more than about TASTES_ASKED lines are looked at."""
    lines = orders.order[(orders.at <= cut)[orders.order] & (orders.buyer != NONE)[orders.order]]
    step = len(lines) // TASTES_ASKED + 1
    c = len(orders.customers)
    return orders.some(0, c) if step == 1 else orders.of_rows(np.arange(0, c, step), orders.customers[::step])


def _taste(past: Past) -> Any:
    """Who likes what, CSR (c, m): each customer's latest BREADTH products. One purchase says as much as ten."""
    order = np.lexsort((past.column, past.recent, past.row))
    order = order[(past.liked[order] > 0) & first(past.row[order], BREADTH)]
    shape = (len(past.orders), past.width)
    return sparse.csr_array(
        (past.liked[order].astype(np.float32), (past.row[order], past.column[order])), shape=shape
    )


def _bounded(baskets: Any) -> Any:
    """Baskets without those so large that everything is in them, and of very many every so many-th."""
    size = np.diff(baskets.indptr)
    kept = np.flatnonzero((size > 1) & (size <= BREADTH))
    return baskets[kept[:: int(size[kept].sum()) // TASTES_ASKED + 1]]
