"""From itemsets to rules: "who buys all of these also buys that", with every figure the field knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.bundles.itemsets import Itemsets
from engine.bundles.meetings import FloatColumn, IntMatrix, Meetings
from engine.frames import NONE, IntColumn


@dataclass(frozen=True)
class Rules:
    """One row a rule "who buys all of ``antecedent`` also buys ``consequent``", r rows.

    ``antecedent`` has shape (r, w): product ids ascending, padded with NONE; the other columns have shape (r,).
    ``count`` is how many baskets hold the whole rule, ``antecedent_count`` and ``consequent_count`` its sides.
    ``simpler_antecedent_count`` and ``simpler_count``, shape (r, w) and padded with NONE, hold the same counts for
    the rule without the antecedent's first product, without its second, and so on: what each product must improve on.
    ``n_baskets`` counts all baskets, ``n_considered`` the rules weighed before the confidence was asked for.
    """

    antecedent: IntMatrix
    consequent: IntColumn
    count: IntColumn
    antecedent_count: IntColumn
    consequent_count: IntColumn
    simpler_antecedent_count: IntMatrix
    simpler_count: IntMatrix
    n_baskets: int
    n_considered: int

    def __len__(self) -> int:
        return len(self.consequent)

    @property
    def support(self) -> FloatColumn:
        return self.count / self.n_baskets

    @property
    def confidence(self) -> FloatColumn:
        return self.count / self.antecedent_count

    @property
    def lift(self) -> FloatColumn:
        return self.confidence / (self.consequent_count / self.n_baskets)

    @property
    def leverage(self) -> FloatColumn:
        """Share of baskets beyond what independence would give (Piatetsky-Shapiro 1991)."""
        return self.support - self.antecedent_count / self.n_baskets * (self.consequent_count / self.n_baskets)

    @property
    def conviction(self) -> FloatColumn:
        """Brin et al. (1997); infinite for a rule that never failed."""
        failures = self.antecedent_count - self.count
        expected = self.antecedent_count * ((self.n_baskets - self.consequent_count) / self.n_baskets)
        conviction = np.full(len(self), np.inf)
        np.divide(expected, failures, out=conviction, where=failures > 0)
        return conviction

    @property
    def improvement(self) -> FloatColumn:
        """Confidence gained over the best of the simpler rules, the empty antecedent's included.

        At 0 or below some product of the antecedent adds nothing (Bayardo, Agrawal, Gunopulos 2000).
        """
        simpler = np.where(self.antecedent == NONE, 0, self.simpler_count / self.simpler_antecedent_count)
        return np.asarray(self.confidence - simpler.max(axis=1, initial=0), dtype=np.float64)

    @property
    def least_lift(self) -> FloatColumn:
        """The lower 95 % bound of the lift: wary of small counts."""
        return Meetings(self.count, self.antecedent_count, self.consequent_count, self.n_baskets).least_lift

    def where(self, rows: NDArray[Any]) -> Rules:
        """The rules at ``rows`` (boolean or indices), in that order."""
        columns = {f.name: getattr(self, f.name) for f in fields(self)}
        return Rules(**{k: v[rows] if isinstance(v, np.ndarray) else v for k, v in columns.items()})

    def products_of(self, row: int) -> tuple[tuple[int, ...], int]:
        """Antecedent and consequent of one rule."""
        ids = self.antecedent[row]
        return tuple(ids[ids != NONE].tolist()), int(self.consequent[row])


def association_rules(itemsets: Itemsets, min_confidence: float) -> Rules:
    """Every rule with one consequent, a non-empty antecedent and at least ``min_confidence``, as arules has them.

    Ordered by length, then by the products of the whole rule, then by the consequent.
    Raises ValueError for a confidence outside [0, 1].
    """
    if not 0 <= min_confidence <= 1:
        raise ValueError(f"min_confidence lies in [0, 1], not at {min_confidence}")
    count_of = _Counts(itemsets)
    levels = [_rules_of_length(itemsets, count_of, length) for length in range(2, len(itemsets.counts) + 1)]
    if not levels:
        return _no_rules(itemsets.n_baskets)
    width = len(itemsets.counts) - 1
    columns = {name: np.concatenate([_padded(level[name], width) for level in levels]) for name in levels[0]}
    rules = Rules(**columns, n_baskets=itemsets.n_baskets, n_considered=len(columns["count"]))
    return rules.where(rules.confidence >= min_confidence)


class _Counts:
    """Count of any frequent itemset, looked up level by level: a set's prefix is frequent too."""

    def __init__(self, itemsets: Itemsets) -> None:
        self.counts = itemsets.counts
        self.n_baskets = itemsets.n_baskets
        self.ids = itemsets.items[0][:, 0] if itemsets.items else np.zeros(0, dtype=np.int64)
        self.keys: list[IntColumn] = []
        for items in itemsets.items[1:]:
            self.keys.append(self._key(self._index(items[:, :-1]), items[:, -1]))

    def __call__(self, items: IntMatrix) -> IntColumn:
        """Counts of frequent ``items`` (n, k), ids ascending; the empty set is in every basket."""
        if not items.shape[1]:
            return np.full(len(items), self.n_baskets)
        counts: IntColumn = self.counts[items.shape[1] - 1]
        return np.take(counts, self._index(items))

    def _index(self, items: IntMatrix) -> IntColumn:
        index: IntColumn = np.searchsorted(self.ids, items[:, 0]).astype(np.int64)
        for column in range(1, items.shape[1]):
            keys = self._key(index, items[:, column])
            index = np.searchsorted(self.keys[column - 1], keys).astype(np.int64)
        return index

    def _key(self, prefix: IntColumn, product: IntColumn) -> IntColumn:
        return prefix * len(self.ids) + np.searchsorted(self.ids, product)


def _rules_of_length(itemsets: Itemsets, count_of: _Counts, length: int) -> dict[str, NDArray[Any]]:
    """All rules whose two sides hold ``length`` products together."""
    items, counts = itemsets.items[length - 1], itemsets.counts[length - 1]
    parts = [_rules_for(items, counts, count_of, position) for position in range(length)]
    # Rules of one itemset side by side, by consequent.
    return {
        name: np.stack([part[name] for part in parts], axis=1).reshape(len(items) * length, *parts[0][name].shape[1:])
        for name in parts[0]
    }


def _rules_for(items: IntMatrix, counts: IntColumn, count_of: _Counts, position: int) -> dict[str, NDArray[Any]]:
    antecedent = np.delete(items, position, axis=1)
    others = [left for left in range(items.shape[1]) if left != position]
    return {
        "antecedent": antecedent,
        "consequent": items[:, position],
        "count": counts,
        "antecedent_count": count_of(antecedent),
        "consequent_count": count_of(items[:, [position]]),
        "simpler_antecedent_count": _stacked(count_of(np.delete(items, [position, left], axis=1)) for left in others),
        "simpler_count": _stacked(count_of(np.delete(items, left, axis=1)) for left in others),
    }


def _stacked(columns: Iterable[IntColumn]) -> IntMatrix:
    return np.stack(list(columns), axis=1)


def _padded(column: NDArray[Any], width: int) -> NDArray[Any]:
    if column.ndim == 1:
        return column
    return np.pad(column, ((0, 0), (0, width - column.shape[1])), constant_values=NONE)


def _no_rules(n_baskets: int) -> Rules:
    none = np.zeros(0, dtype=np.int64)
    wide = none.reshape(0, 1)
    return Rules(wide, none, none, none, none, wide, wide, n_baskets, 0)
