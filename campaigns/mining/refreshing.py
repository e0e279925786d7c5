"""Between two runs: what a customer's new interactions change is brought up to date at once, by what a run learned.

new rows of the ledger (by number) → whose → their history → assignment → membership
                                                           → similar items → recommendations → one short transaction
                          → and at the next quiet moment, the counts of pairs: see counting.py

Row by row, and nothing of the run is learned anew. The run remembers the last interaction that was followed
(``followed_id``), so that whoever goes on after a pause begins there; see docs/decisions/0044.
"""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import delete, insert, update
from sqlmodel import Session, SQLModel, col, select

from campaigns import insights
from campaigns.insights import WITHIN, may_be_described
from campaigns.mining import reading
from campaigns.mining.counting import PairCounter
from campaigns.mining.picks import SIMILAR_ITEMS
from campaigns.mining.segments import ASSIGNMENT, assignment
from campaigns.runs import TELLING
from campaigns.tables import Membership, MiningRun, Recommendation, RunState, Segment
from engine.errors import TooLittleData
from engine.frames import NONE, IntColumn, Interactions, Products
from engine.recommend.answers import Mode, Reason
from engine.recommend.similar import SimilarItems
from engine.segments.assignment import Assignment
from ledger import extracts
from ledger.columns import microseconds
from ledger.database import Database
from ledger.tables import Interaction

ROWS_AT_ONCE = 500
MARK_EVERY = 10_000
"""Interactions that tell nothing: so many may have to be looked through again after a pause."""
LOOK_BACK = 200
"""So many numbers before the last are looked at again: on PostgreSQL a lower number may be committed later."""


@dataclass(frozen=True)
class Learned:
    """What a run keeps for this, and what it needs of the shop."""

    run_id: int
    until: int
    picks: int
    assignment: Assignment | None
    items: SimilarItems | None
    segments: dict[str, int]
    products: Products
    row_of: dict[int, int]
    sold_out: frozenset[int] | None = None

    def stocked(self, sold_out: frozenset[int]) -> Learned:
        """The same with what is in stock now of what the run knew."""
        if self.items is None or sold_out == self.sold_out:
            return self
        out = np.array(sorted(sold_out), dtype=np.int64)
        return replace(self, items=self.items.stocked(~np.isin(self.items.id, out)), sold_out=sold_out)

    def shelf_of(self, history: Interactions) -> Products:
        """The products of one customer's history alone: the whole shelf is looked through only once."""
        rows = [self.row_of[each] for each in np.unique(history.product).tolist() if each in self.row_of]
        at = np.array(rows, dtype=np.int64)
        numbers = {name: getattr(self.products, name)[at] for name in ("id", "price_minor", "stock", "is_premium")}
        texts = {
            name: [getattr(self.products, name)[row] for row in rows]
            for name in ("name", "category", "brand", "description")
        }
        return Products(**numbers, **texts)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Fresh:
    """What a customer's rows shall say from now on; None where the run says nothing of it."""

    segment_id: int | None
    micro_id: int | None
    picks: list[tuple[int, float, str, int | None]] | None


@dataclass
class Refresher:
    """Follows the ledger of one shop. Not to be used by two at once."""

    database: Database
    now: Callable[[], datetime]
    _learned: Learned | None = None
    _through: int = 0
    _marked: int = 0
    _seen: deque[int] = field(default_factory=lambda: deque(maxlen=ROWS_AT_ONCE + LOOK_BACK))
    _uncounted: int = 1
    """Rows that may hold orders which no count knows yet."""

    def __post_init__(self) -> None:
        self._pairs = PairCounter(self.database)

    def follow(self) -> int:
        """Bring up to date whoever did something since the last time; how many they were."""
        with self.database.reading() as session:
            run = insights.current_run(session)
            if run is None:
                return 0
            # A mark that went back: a backup was restored, where a run of that number found something else.
            if self._learned is None or self._learned.run_id != run.id or run.followed_id < self._marked:
                self._learned, self._through = _learned(session, run), run.followed_id
                self._seen.clear()
            self._marked = run.followed_id
            rows = self._new(session)
        if self._uncounted and (not rows or self._uncounted > ROWS_AT_ONCE):
            # Customers first: what is kept of all pairs takes a large shop a tenth of a second to write.
            self._uncounted = self._pairs.follow()
        if not rows:
            return 0
        self._uncounted += len(rows)
        self._seen.extend(number for number, _, _ in rows)
        self._through = max(self._through, rows[-1][0])
        whose = list(dict.fromkeys(customer for _, customer, kind in rows if kind in TELLING))
        for customer in whose[:-1]:
            self.refresh(customer)
        # The mark goes with the last of them, so that one interaction costs one commit.
        if whose:
            self.refresh(whose[-1], is_last=True)
        elif self._through - run.followed_id > MARK_EVERY:
            with self.database.transaction() as session:
                self._mark(session)
        return len(whose)

    def refresh(self, customer_id: int, *, is_last: bool = False) -> None:
        """Bring one customer's rows up to date, if there is anything to say; with the mark if they are last."""
        learned = self._learned
        if learned is None:
            return
        with self.database.reading() as session:
            is_described = may_be_described(session, customer_id)
            history = reading.engines(extracts.of_customer(session, customer_id)) if is_described else None
            never = reading.never(session, customer_id).product if history is not None else None
            self._learned = learned = learned.stocked(reading.sold_out(session))
        fresh = _fresh(learned, history, never, microseconds(self.now())) if history is not None else None
        if fresh is None and not is_last:
            return
        with self.database.transaction() as session:
            # Who was erased or refused in the meantime: nothing of them is written any more; and who is doing so just
            # now waits until this is written, and finds it.
            if fresh is not None and may_be_described(session, customer_id, is_held=True):
                _write(session, learned.run_id, customer_id, fresh)
            if is_last:
                self._mark(session)

    def _new(self, session: Session) -> list[tuple[int, int, str]]:
        wanted = select(Interaction.id, Interaction.customer_id, Interaction.kind)
        wanted = wanted.where(col(Interaction.id) > self._through - (0 if self.database.is_sqlite else LOOK_BACK))
        rows = session.exec(wanted.order_by(col(Interaction.id)).limit(ROWS_AT_ONCE + LOOK_BACK)).all()
        seen = set(self._seen)
        return [(number, customer, kind) for number, customer, kind in rows if number not in seen]

    def _mark(self, session: Session) -> None:
        if self._learned is not None:
            mine = col(MiningRun.id) == self._learned.run_id, col(MiningRun.followed_id) < self._through
            session.connection().execute(update(MiningRun).where(*mine).values(followed_id=self._through))


def _learned(session: Session, run: MiningRun) -> Learned:
    wanted = select(RunState.name, RunState.content).where(RunState.run_id == run.id)
    state = dict(session.exec(wanted.where(col(RunState.name).in_([ASSIGNMENT, SIMILAR_ITEMS]))).all())
    segments = dict(session.exec(select(Segment.key, Segment.id).where(Segment.run_id == run.id)).all())
    products = reading.shelf(session)
    return Learned(
        run.id,
        microseconds(datetime.fromisoformat(run.quality["as_of"])) if "as_of" in run.quality else 0,
        int(run.parameters.get("recommendations", 10)),
        assignment(state[ASSIGNMENT]) if ASSIGNMENT in state else None,
        _items(state[SIMILAR_ITEMS]) if SIMILAR_ITEMS in state else None,
        segments,
        products,
        {product: row for row, product in enumerate(products.id.tolist())},
    )


def _items(content: bytes) -> SimilarItems:
    with np.load(io.BytesIO(content), allow_pickle=False) as kept:
        return SimilarItems.read(dict(kept))


def _fresh(learned: Learned, history: Interactions, never: IntColumn | None, now: int) -> Fresh | None:
    """What the run would have said, had it known this history; None where it would have said nothing."""
    if learned.assignment is None and learned.items is None:
        return None
    segment, micro, picks = None, None, None
    try:
        if learned.assignment is not None:
            place = learned.assignment.place(history, learned.shelf_of(history), learned.until)
            segment = learned.segments.get(place.key)
            micro = learned.segments.get(f"{place.key}{WITHIN}{place.micro}") if place.micro else None
        if learned.items is not None:
            at = max(now, learned.until)
            found = learned.items.recommend_from(history, at, learned.picks, Mode.BOTH, unwanted=never)
            columns = (found.product, np.round(found.score, 6), found.reason, found.reason_product)
            picks = [
                (product, score, Reason(reason).name.lower(), because if because != NONE else None)
                for product, score, reason, because in zip(*(each.tolist() for each in columns), strict=True)
            ]
    except TooLittleData:
        return None
    return Fresh(segment, micro, picks)


def _write(session: Session, run_id: int, customer_id: int, fresh: Fresh) -> None:
    if fresh.segment_id is not None:
        _put(session, Membership, run_id, customer_id, segment_id=fresh.segment_id, micro_id=fresh.micro_id)
    if fresh.picks is not None:
        _put(session, Recommendation, run_id, customer_id, picks=json.loads(json.dumps(fresh.picks)))


def _put(session: Session, table: type[SQLModel], run_id: int, customer_id: int, **values: Any) -> None:
    theirs: Any = table
    connection = session.connection()
    connection.execute(delete(table).where(theirs.run_id == run_id, theirs.customer_id == customer_id))
    connection.execute(insert(table).values(run_id=run_id, customer_id=customer_id, **values))
