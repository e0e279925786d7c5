"""From opinions to a short list: scaled, weighed, added up, and explained.

Nothing is learnt here: whoever keeps SimilarItems can answer a customer at once from their own history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.frames import NONE, IntColumn
from engine.recommend.collaborative import Mask, Scores, best

FloatColumn = NDArray[np.float64]


class Reason(IntEnum):
    """Which opinion holds a recommendation highest; those marked * name a product of the customer's own."""

    POPULAR_NOW = 0
    BECAUSE_YOU_BOUGHT = 1  # * who bought that one bought this one too, some time
    BOUGHT_TOGETHER_WITH = 2  # * in the same order
    PEOPLE_LIKE_YOU = 3
    SIMILAR_TO = 4  # * by its wording, or one only looked at
    BUY_AGAIN = 5  # * itself


class Mode(StrEnum):
    DISCOVER = "discover"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each opinion counts, once scaled to at most 1 for each customer.

    Chosen on Online Retail by the first order after the 85 % time quantile (NDCG@10): one's own habits say most about
    the next basket, then people of the same taste. The three product-to-product opinions count less, but they reach
    customers with a single purchase and products nobody else has bought, and they name their reason.
    """

    own: float = 2.0
    people: float = 1.0
    popular: float = 0.5
    bought: float = 0.3
    together: float = 0.3
    wording: float = 0.2

    def of(self, reason: Reason) -> float:
        return {
            Reason.POPULAR_NOW: self.popular,
            Reason.BECAUSE_YOU_BOUGHT: self.bought,
            Reason.BOUGHT_TOGETHER_WITH: self.together,
            Reason.PEOPLE_LIKE_YOU: self.people,
            Reason.SIMILAR_TO: self.wording,
            Reason.BUY_AGAIN: self.own,
        }[reason]


@dataclass(frozen=True)
class Recommendations:
    """One row a recommendation, all columns of one length: customers as asked for, each one's best first.

    ``score`` is above 0 and compares only within one customer; ``reason`` holds a Reason, ``reason_product`` the
    product that contributed most to it, NONE where the reason names none.
    """

    customer: IntColumn
    product: IntColumn
    score: FloatColumn
    reason: IntColumn
    reason_product: IntColumn

    def __len__(self) -> int:
        return len(self.customer)

    @classmethod
    def joined(cls, parts: Sequence[Recommendations]) -> Self:
        if not parts:
            none = np.zeros(0, dtype=np.int64)
            return cls(none, none, np.zeros(0), none, none)
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))


@dataclass(frozen=True)
class SimilarItems:
    """What a store keeps of a recommender: links between products, and what is popular.

    ``id`` (m,) are the products, ascending, ``is_available`` and ``popularity`` (0 to 1) go with them. The links are
    columns of one length: who has ``product`` may like ``neighbour``, ``weight`` in (0, 1], for ``reason``.
    """

    id: IntColumn
    is_available: Mask
    popularity: FloatColumn
    product: IntColumn
    neighbour: IntColumn
    weight: FloatColumn
    reason: IntColumn

    @classmethod
    def of(cls, ids: IntColumn, is_available: Mask, popular: FloatColumn, links: Mapping[Reason, Any]) -> Self:
        """From CSR matrices (m, m) of links, row has, column may like."""
        tables = {reason: table.tocoo() for reason, table in links.items()}
        return cls(
            ids,
            is_available,
            popular / max(popular.max(), 1e-300),
            np.concatenate([ids[table.row] for table in tables.values()]),
            np.concatenate([ids[table.col] for table in tables.values()]),
            np.concatenate([table.data for table in tables.values()]),
            np.repeat([int(reason) for reason in tables], [table.nnz for table in tables.values()]).astype(np.int64),
        )

    @cached_property
    def tables(self) -> Mapping[Reason, Any]:
        """The links of each reason that has any as a CSR array (m, m), row has, column may like."""
        return {Reason(reason): self._table(reason) for reason in np.unique(self.reason).tolist()}

    def _table(self, reason: int) -> Any:
        product, neighbour = known_rows(self.id, self.product), known_rows(self.id, self.neighbour)
        # Kept links may name products that have left the catalogue since.
        rows = (self.reason == reason) & (product != NONE) & (neighbour != NONE)
        return sparse.csr_array((self.weight[rows], (product[rows], neighbour[rows])), shape=(len(self.id),) * 2)

    def recommend_from(
        self,
        history_product: IntColumn,
        history_weight: FloatColumn,
        n: int = 10,
        mode: Mode = Mode.DISCOVER,
        weights: Weights = Weights(),
    ) -> Recommendations:
        """Recommendations for one customer (``customer`` NONE) from what they bought, without asking similar people.

        ``history_product`` (h,) are ids, ``history_weight`` (h,) how much each counts, above 0: a purchase today 1.
        Products outside the catalogue are left out.
        """
        at = known_rows(self.id, history_product)
        known = at != NONE
        place, shape = (np.zeros(known.sum(), dtype=np.int64), at[known]), (1, len(self.id))
        history = sparse.csr_array((history_weight[known], place), shape=shape)
        nobody = sparse.csr_array(shape)
        return blended(self, np.array([NONE]), history, history, nobody, weights, n, mode)


def known_rows(ids: IntColumn, wanted: IntColumn) -> IntColumn:
    """Index of each of ``wanted`` in ``ids`` (ascending), NONE where it is not there."""
    if not len(ids):
        return np.full(len(wanted), NONE)
    at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[at] == wanted, at, NONE)


def blended(
    items: SimilarItems,
    customer: IntColumn,
    history: Any,
    owned: Any,
    people: Any,
    weights: Weights,
    n: int,
    mode: Mode,
) -> Recommendations:
    """The best ``n`` for each of ``customer`` (c,); ``history``, ``owned`` and ``people`` are CSR (c, m).

    Every opinion is scaled by its highest score among the candidates, so that weights compare like with like. The
    reason given is the opinion that holds the product highest, before weighing: people of the same taste weigh most,
    but "people like you" is the poorest thing to be told.
    """
    is_owned = owned.toarray() > 0
    candidates = items.is_available & ~is_owned if mode is Mode.DISCOVER else items.is_available
    total, loudest, reason = (np.zeros(history.shape) for _ in range(3))
    for kind, scores in _opinions(items, history, people, mode):
        if weights.of(kind) <= 0:
            continue
        voice = _scaled(np.where(candidates, scores, 0))
        total += weights.of(kind) * voice
        reason[voice > loudest] = kind
        np.maximum(loudest, voice, out=loudest)
    row, column = _ranked(total.round(9), n)
    reasons, because = _explained(items, history, is_owned, row, column, reason[row, column].astype(np.int64))
    return Recommendations(customer[row], items.id[column], total[row, column], reasons, because)


def _opinions(items: SimilarItems, history: Any, people: Any, mode: Mode) -> Iterator[tuple[Reason, Scores]]:
    """Scores (c, m), not yet scaled, one kind at a time so that only one is held."""
    yield Reason.POPULAR_NOW, np.broadcast_to(items.popularity, history.shape)
    for reason, table in items.tables.items():
        yield reason, (history @ table).toarray()
    yield Reason.PEOPLE_LIKE_YOU, people.toarray()
    if mode is Mode.AGAIN:
        yield Reason.BUY_AGAIN, history.toarray()


def _scaled(scores: Scores) -> Scores:
    highest = scores.max(axis=1, keepdims=True, initial=0)
    return scores / np.where(highest > 0, highest, 1)


def _ranked(scores: Scores, n: int) -> tuple[IntColumn, IntColumn]:
    """Row and column of the ``n`` best of every row, best first; among equals the lower product id."""
    row, column = np.nonzero(best(scores, n))
    order = np.lexsort((column, -scores[row, column], row))
    return row[order], column[order]


def _explained(
    items: SimilarItems, history: Any, is_owned: Mask, row: IntColumn, column: IntColumn, reason: IntColumn
) -> tuple[IntColumn, IntColumn]:
    """Reasons and the products that contributed most to them."""
    reason, because = reason.copy(), np.full(len(row), NONE)
    because[reason == Reason.BUY_AGAIN] = items.id[column[reason == Reason.BUY_AGAIN]]
    for kind, table in items.tables.items():
        rows = np.flatnonzero(reason == kind)
        source = _strongest(history, table, row[rows], column[rows])
        because[rows] = items.id[source]
        if kind is Reason.BECAUSE_YOU_BOUGHT:
            # "You bought" must be true: what was only looked at is named as such.
            only_seen = rows[~is_owned[row[rows], source]]
            reason[only_seen] = Reason.SIMILAR_TO
    return reason, because


def _strongest(history: Any, links: Any, row: IntColumn, column: IntColumn) -> IntColumn:
    """For each recommendation the column of the history that contributed most; the lowest among equals."""
    if not len(row):
        return row
    # Rows of history are products had, so a recommendation's contributions are history row times links column.
    parts = history[row].multiply(links.T.tocsr()[column]).tocsr()
    parts.sort_indices()
    return np.asarray(parts.argmax(axis=1)).ravel()
