"""From probabilities to a short list: who never wants what, not too much of a kind, room for the new, and why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.frames import NONE, IntColumn
from engine.recommend.answers import Reason, Recommendations
from engine.recommend.opinions import LINKED, Candidates, Views
from engine.recommend.past import known_rows
from engine.recommend.ranking import capped, first, ranked

if TYPE_CHECKING:
    from engine.recommend.similar import SimilarItems

FloatColumn = NDArray[np.float64]
Mask = NDArray[np.bool_]

MOST_OF_A_CATEGORY = 0.5
"""No category fills more than this share of a list, where there is anything else."""
LONGER = 4
"""A list so many times as long is looked through for other categories."""


@dataclass(frozen=True)
class Wishes:
    """What customers never want: pairs of a customer's id and a product's id."""

    customer: IntColumn
    product: IntColumn

    def in_order(self) -> Wishes:
        """By customer, as ``between`` wants them."""
        order = np.argsort(self.customer, kind="stable")
        return Wishes(self.customer[order], self.product[order])

    def between(self, first: int, last: int) -> Wishes:
        """Those of the customers from ``first`` to ``last``."""
        begin, end = np.searchsorted(self.customer, [first, last + 1])
        return Wishes(self.customer[begin:end], self.product[begin:end])


NO_WISHES = Wishes(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def listed(
    items: SimilarItems,
    views: Views,
    customer: IntColumn,
    parts: Sequence[tuple[Candidates, FloatColumn]],
    n: int,
    discovery_share: float,
    wishes: Wishes,
    own_room: int | None = None,
) -> Recommendations:
    """The best ``n`` of each row, at least ``discovery_share`` of them never bought, where there are so many.

    With ``own_room`` two lists in one: the best ``n`` never bought, and the best so many of what they had.
    """
    row, column = (np.concatenate([getattr(each, name) for each, _ in parts]) for name in ("row", "column"))
    score = np.concatenate([said for _, said in parts])
    is_own = np.repeat(np.arange(len(parts)) > 0, [len(each.row) for each, _ in parts])
    number = np.concatenate([np.arange(len(each.row)) for each, _ in parts])
    order = ranked(row, column, score, len(items.id))
    order = order[~_unwanted(wishes, customer[row[order]], items.id[column[order]])]
    kind = items.category[column[order]]
    if own_room is None:
        order = order[_mixed(row[order], is_own[order], kind, n, discovery_share)]
    else:
        order = order[_apart(row[order], is_own[order], kind, n, own_room)]
    row, column = row[order], column[order]
    reason, because = _explained(items, views, row, column, is_own[order], number[order], parts)
    return Recommendations(customer[row], items.id[column], score[order], reason, because)


def _unwanted(wishes: Wishes, customer: IntColumn, product: IntColumn) -> Mask:
    if not len(wishes.customer):
        return np.zeros(len(customer), dtype=bool)
    who, what = np.unique(wishes.customer), np.unique(wishes.product)
    never = np.unique(known_rows(who, wishes.customer) * len(what) + known_rows(what, wishes.product))
    at, asked = known_rows(who, customer), known_rows(what, product)
    unwanted: Mask = (at != NONE) & (asked != NONE) & np.isin(at * len(what) + asked, never)
    return unwanted


def _mixed(row: IntColumn, is_own: Mask, category: IntColumn, n: int, discovery_share: float) -> Mask:
    """Of rows in order: the first ``n`` of each, with room for the new and not all of one category.

    Whoever would be left with less than ``n`` gets the rest in the order it stood.
    """
    room = n - math.ceil(n * discovery_share)
    place = _places_among(row, is_own)
    later = (is_own & (place >= room)) | ~capped(row, category, max(1, math.ceil(n * MOST_OF_A_CATEGORY)))
    order = np.lexsort((np.arange(len(row)), later, row))
    kept = np.zeros(len(row), dtype=bool)
    kept[order] = first(row[order], n)
    return kept


def _apart(row: IntColumn, is_own: Mask, category: IntColumn, n: int, own_room: int) -> Mask:
    """Of rows in order: the first ``n`` new ones of each and the first ``own_room`` others, two lists in one."""
    kept = np.zeros(len(row), dtype=bool)
    for marked, room in ((~is_own, n), (is_own, own_room)):
        places = np.flatnonzero(marked)
        kept[places] = _mixed(row[places], np.zeros(len(places), dtype=bool), category[places], room, 0.0)
    return kept


def _places_among(row: IntColumn, marked: Mask) -> IntColumn:
    """For each marked one how many marked ones of its row stand before it."""
    before: IntColumn = np.cumsum(marked) - marked
    starts = np.flatnonzero(np.r_[True, np.diff(row) != 0][: len(row)])
    return before - np.repeat(before[starts], np.diff(np.r_[starts, len(row)])) if len(row) else before


def _explained(
    items: SimilarItems,
    views: Views,
    row: IntColumn,
    column: IntColumn,
    is_own: Mask,
    number: IntColumn,
    parts: Sequence[tuple[Candidates, FloatColumn]],
) -> tuple[IntColumn, IntColumn]:
    """Reasons and the products that contributed most to them.

    Of something new the reason is the voice that holds it highest, before weighing: people of the same taste weigh
    much, but "people like you" is the poorest thing to be told.
    """
    reason, because = np.full(len(row), int(Reason.POPULAR_NOW)), np.full(len(row), NONE)
    new, loudest = np.flatnonzero(~is_own), np.zeros(int((~is_own).sum()))
    for kind, voice in parts[0][0].voices.items():
        said = voice[number[new]]
        reason[new[said > loudest]] = kind
        loudest = np.maximum(loudest, said)
    if len(parts) > 1:
        pair = parts[1][0].pair[number[is_own]]
        reason[is_own] = np.where(views.past.n[pair] > 1, Reason.BUY_AGAIN, Reason.BOUGHT_BEFORE)
        because[is_own] = items.id[column[is_own]]
    loudest_kind = reason.copy()
    for kind in LINKED:
        rows = np.flatnonzero(loudest_kind == kind)
        source = _strongest(views.history, items.linked_from[kind], row[rows], column[rows])
        because[rows] = items.id[source]
        if kind is not Reason.SIMILAR_TO:
            # "You bought" must be true: what was only looked at is named as such.
            reason[rows[~_kept(views, row[rows], source)]] = Reason.SIMILAR_TO
    return reason, because


def _kept(views: Views, row: IntColumn, column: IntColumn) -> Mask:
    past = views.past
    if not len(row):
        return np.zeros(0, dtype=bool)
    pair = np.searchsorted(past.row * past.width + past.column, row * past.width + column)
    return np.asarray(past.n[pair] > 0)


def _strongest(history: Any, linked_from: Any, row: IntColumn, column: IntColumn) -> IntColumn:
    """For each recommendation the column of the history that contributed most; the lowest among equals."""
    if not len(row):
        return row
    # Rows of history are products had, so a recommendation's contributions are history row times links column.
    parts = history[row].multiply(linked_from[column]).tocsr()
    parts.sort_indices()
    held = np.diff(parts.indptr)
    group = np.repeat(np.arange(len(row)), held)
    highest = (
        np.maximum.reduceat(parts.data, parts.indptr[:-1]) if held.all() else parts.max(axis=1).toarray().ravel()
    )
    is_highest = np.flatnonzero(parts.data == highest[group])
    return np.asarray(parts.indices[is_highest[first(group[is_highest], 1)]].astype(np.int64))
