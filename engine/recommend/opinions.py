"""What speaks for each product a customer might be offered: candidates, and a row of opinions for each.

Past + SimilarItems → own products      → opinions on buying again  ┐
                    → others in reach   → opinions on discovering   ┴→ a Blend makes a probability of them

Everything is said in numbers that mean the same in every shop: logarithms, shares, and multiples of the average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.frames import NONE, IntColumn
from engine.recommend.answers import Reason
from engine.recommend.cells import pieces, read_cells
from engine.recommend.collaborative import damped_rows
from engine.recommend.past import Past
from engine.recommend.ranking import best, distinct, top_of_rows

if TYPE_CHECKING:
    from engine.recommend.similar import SimilarItems

FloatColumn = NDArray[np.float64]
Table = NDArray[np.float64]

OVERDUE_HELD = 3.0
"""Beyond e to the power of this times their rhythm, nobody is later still."""
FAR_BELOW = -1e9
AGREED_AT_ONCE = 2_000
"""So many places of taste fit where the processor is quick (1 MB)."""
CROWDED = 2
"""From half as many links as cells on, all cells are looked at."""
LINKED = (Reason.BECAUSE_YOU_BOUGHT, Reason.BOUGHT_TOGETHER_WITH, Reason.SIMILAR_TO)
VOICES = (*LINKED, Reason.PEOPLE_LIKE_YOU, Reason.POPULAR_NOW)

SHARED = (
    "now", "weeks", "season", "ever", "age", "idle", "again",
    "orders", "since", "gap", "variety", "basket",
    "bought", "bought_relative", "lately", "lately_relative", "together", "together_relative",
    "people", "people_relative", "wording", "wording_relative", "looked",
)  # fmt: skip
OWN = (
    "n", "d60", "d240", "o1", "o3", "o10", "last", "before_last", "recent", "orders_since", "share", "share_since",
    "overdue", "overdue_squared", "overdue_customer", "is_repeated", "n_by_share", "age_of_habit",
)  # fmt: skip
AGAIN_NAMES = (*SHARED, *OWN)
DISCOVER_NAMES = SHARED


@dataclass(frozen=True)
class Candidates:
    """A row a customer and product: ``row`` and ``column``, ascending; ``pair`` in the past, NONE if never met.

    ``opinions`` (k, names) for a Blend; ``voices`` (k,) from 0 to 1 for the reason, each by its best in that row.
    """

    row: IntColumn
    column: IntColumn
    pair: IntColumn
    opinions: Table
    voices: Mapping[Reason, FloatColumn]


@dataclass(frozen=True)
class Views:
    """A block of customers through what they have: CSR (c, m) for each link, and their place among tastes."""

    past: Past
    history: Any
    bought: Any
    lately: Any
    together: Any
    wording: Any
    place: Table

    @classmethod
    def of(cls, items: SimilarItems, past: Past) -> Views:
        history, fresh, basket = (_spread(past, each) for each in (past.liked, past.d60 + past.looked, past.o3))
        links = items.links
        return cls(
            past,
            history,
            history @ links[Reason.BECAUSE_YOU_BOUGHT],
            fresh @ links[Reason.BECAUSE_YOU_BOUGHT],
            basket @ links[Reason.BOUGHT_TOGETHER_WITH],
            history @ links[Reason.SIMILAR_TO],
            damped_rows(history) @ items.factors,
        )


def own(items: SimilarItems, views: Views) -> Candidates:
    """What each customer has and kept, and is in stock."""
    past = views.past
    pair = np.flatnonzero((past.n > 0) & items.is_available[past.column])
    row, column = past.row[pair], past.column[pair]
    shared, voices = _shared(items, views, row, column, pair)
    return Candidates(row, column, pair, _side_by_side([*shared, *_habits(past, row, pair)]), voices)


def others(items: SimilarItems, views: Views, most: int) -> Candidates:
    """What each customer never bought, is in stock and within reach: ``most`` by links, and the most popular."""
    m = len(items.id)
    within = _cells_within if _is_crowded(items, views) else _pairs_within
    row, column = np.divmod(within(items, views, most, items.popular(items.reach // 2)), max(m, 1))
    pair = _looked_at(views.past, row, column)
    shared, voices = _shared(items, views, row, column, pair)
    return Candidates(row, column, pair, _side_by_side(shared), voices)


def _is_crowded(items: SimilarItems, views: Views) -> bool:
    """Whether so much is linked to what customers have that a cell for every product is quicker than a list."""
    many = int(np.diff(items.any_link.indptr)[views.history.indices].sum())
    return many * CROWDED > len(views.past.orders) * len(items.id)


def _cells_within(items: SimilarItems, views: Views, most: int, popular: IntColumn) -> IntColumn:
    """Row times products plus column of everything within reach, ascending; a cell for every product."""
    past, m, found = views.past, len(items.id), []
    for piece in pieces(len(past.orders), m):
        cells = (views.history[piece] @ items.any_link).toarray().astype(np.float32)
        pairs = past.rows(piece.start, piece.stop)
        owned = pairs.start + np.flatnonzero(past.is_owned[pairs])
        theirs = (past.row[owned] - piece.start, past.column[owned])
        cells[theirs] = 0
        cells[:, ~items.is_available] = 0
        chosen = best(cells, most)
        chosen[:, popular] = True
        chosen[theirs] = False
        found.append(np.flatnonzero(chosen) + piece.start * m)
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def _pairs_within(items: SimilarItems, views: Views, most: int, popular: IntColumn) -> IntColumn:
    """The same, to the bit, where most products have nothing to do with a customer; a place for those that have."""
    past, m, c = views.past, len(items.id), len(views.past.orders)
    owned = _spread(past, np.where(past.is_owned, FAR_BELOW, 0.0))
    # What they own falls so far below 0 that no link brings it up again.
    linked = (views.history @ items.any_link + owned).tocoo()
    row, column = linked.row.astype(np.int64), linked.col.astype(np.int64)
    open_ = np.flatnonzero((linked.data > 0) & items.is_available[column])
    row, column = row[open_], column[open_]
    near = top_of_rows(row, column, linked.data[open_], m, most)
    always = (np.arange(c)[:, None] * m + popular[None]).ravel()
    keys = distinct(np.concatenate([row[near] * m + column[near], always]))
    have = past.row[past.is_owned] * m + past.column[past.is_owned]
    return np.asarray(keys[_places(have, keys) == NONE])


def _spread(past: Past, weight: FloatColumn) -> Any:
    kept = weight != 0
    begins = np.searchsorted(past.row[kept], np.arange(len(past.orders) + 1))
    return sparse.csr_array((weight[kept], past.column[kept], begins), shape=(len(past.orders), past.width))


def _side_by_side(columns: list[FloatColumn]) -> Table:
    """(k, names), each column in one piece: so they are made, and so a Blend reads them."""
    return np.stack(columns).T


def _looked_at(past: Past, row: IntColumn, column: IntColumn) -> IntColumn:
    """For each its pair in ``past``, of those never bought; NONE where there is none."""
    loose = np.flatnonzero(~past.is_owned)
    at = _places(past.row[loose] * past.width + past.column[loose], row * past.width + column)
    return np.where(at != NONE, loose[at], NONE) if len(loose) else at


def _places(known: IntColumn, wanted: IntColumn) -> IntColumn:
    """Where each of ``wanted`` stands in ``known`` (both ascending), NONE where it does not."""
    found = np.full(len(wanted), NONE)
    if len(known):
        at = np.minimum(np.searchsorted(wanted, known), max(len(wanted) - 1, 0))
        is_there = wanted[at] == known if len(wanted) else np.zeros(len(known), dtype=bool)
        found[at[is_there]] = np.flatnonzero(is_there)
    return found


def _shared(
    items: SimilarItems, views: Views, row: IntColumn, column: IntColumn, pair: IntColumn
) -> tuple[list[FloatColumn], dict[Reason, FloatColumn]]:
    """The opinions that can be had on any product, in the order of SHARED, and the voices for the reason."""
    past, pulse = views.past, items.pulse
    said = [np.log(0.05 + each)[column] for each in (pulse.now, pulse.weeks, pulse.season, pulse.ever)]
    said += [np.log1p(pulse.age)[column], np.log1p(pulse.idle)[column], np.log(pulse.again + 1e-3)[column]]
    said += [np.log1p(each)[row] for each in (past.orders, past.since, past.gap, past.variety, past.basket)]
    tables = (views.bought, views.lately, views.together, views.wording)
    bought, lately, together, wording = read_cells(tables, row, column)
    people = _agreed(views.place, items.factors, row, column)
    relative = [_by_row(each, row) for each in (bought, lately, together, people, wording)]
    for value, share in zip((bought, lately, together, people, wording), relative, strict=True):
        said += [np.sqrt(value), share]
    said.append(np.where(pair != NONE, past.looked[pair], 0.0) if len(past.looked) else np.zeros(len(row)))
    popular = _by_row(pulse.weeks[column], row)
    spoken = (relative[0], relative[2], relative[4], relative[3], popular)
    return said, dict(zip(VOICES, spoken, strict=True))


def _habits(past: Past, row: IntColumn, pair: IntColumn) -> list[FloatColumn]:
    """The opinions on what is theirs already, in the order of OWN: how often, how lately, how due."""
    n, recent, first = past.n[pair], past.recent[pair], past.first[pair]
    orders, gap = past.orders[row], np.maximum(past.gap[row], 1.0)
    # One's own rhythm with a product, as far as it shows; before that, a few of one's orders apart.
    rhythm = ((first - recent) + 3 * gap) / np.maximum(n - 1 + 1, 1)
    overdue = np.clip(np.log((recent + 1) / (rhythm + 1)), -OVERDUE_HELD, OVERDUE_HELD)
    by_customer = np.clip(np.log((recent + 1) / (gap + 1)), -OVERDUE_HELD, OVERDUE_HELD)
    share, since = n / np.maximum(orders, 1), n / (past.orders_first[pair] + 1)
    counts = [np.log1p(getattr(past, name)[pair]) for name in ("n", "d60", "d240", "o1", "o3", "o10")]
    flags = [past.last[pair], past.before_last[pair]]
    ages = [np.log1p(recent), np.log1p(past.orders_since[pair])]
    repeated = (n > 1).astype(np.float64)
    return [
        *counts, *flags, *ages, share, since, overdue, overdue**2, by_customer, repeated,
        np.log1p(n) * since, np.log1p(first),
    ]  # fmt: skip


def _agreed(place: Table, factors: Table, row: IntColumn, column: IntColumn) -> FloatColumn:
    """How far customer and product lie the same way, nothing below 0; a piece at a time."""
    said = np.empty(len(row))
    for start in range(0, len(row), AGREED_AT_ONCE):
        piece = slice(start, start + AGREED_AT_ONCE)
        said[piece] = np.einsum("ij,ij->i", place[row[piece]], factors[column[piece]])
    return np.maximum(said, 0)


def _by_row(values: FloatColumn, row: IntColumn) -> FloatColumn:
    """Values by the highest of their row, 0 where none is above 0."""
    if not len(row):
        return values
    starts = np.flatnonzero(np.r_[True, np.diff(row) != 0])
    highest = np.repeat(np.maximum.reduceat(values, starts), np.diff(np.r_[starts, len(row)]))
    return np.asarray(values / np.where(highest > 0, highest, 1))
