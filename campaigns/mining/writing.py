"""What was found becomes rows, a block at a time, under a run that nobody follows yet.

Between two blocks others write: people come first, and the whole takes minutes in a large shop. What a run that was
cut off has written, the next one sweeps away.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import delete, func, insert
from sqlmodel import Session, SQLModel, col, or_, select

from campaigns.insights import WITHIN
from campaigns.mining.findings import Findings, FloatColumn, Futures, Picks, Prospects
from campaigns.mining.segments import told
from campaigns.tables import (
    BestHour,
    Bundle,
    BundleRule,
    Future,
    Membership,
    MiningRun,
    Prospect,
    Recommendation,
    RunState,
    Segment,
)
from engine.frames import NONE, IntColumn
from ledger import bulk, chain, consent, nobody
from ledger.database import Database
from ledger.tables import Customer, Erasure, Purpose

ROWS_AT_ONCE = 5_000
"""Rows of one transaction: some thirty milliseconds during which nobody else writes to SQLite."""
RUNS_KEPT = 3
OF_CUSTOMERS = (Prospect, Future, BestHour, Recommendation, Membership)
OF_RUNS = (RunState, Bundle, BundleRule, Segment)
SCORE_DIGITS = 6
FUTURE = ("n", "expected_visits", "alive", "expected_spend_minor", "bargain", "bargain_n", "due_from", "due_until")
Wrote = Callable[[float], None]
Values = Callable[[int, int], Iterable[tuple[Any, ...]]]
"""What stands in the rows from one place to another, beside the run's number and the customer's."""


@dataclass
class Writer:
    """Writes the rows of one run. ``wrote`` is told the share that is done, after each block."""

    database: Database
    run_id: int
    wrote: Wrote = lambda _share: None
    _gone: set[int] = field(default_factory=set)
    _erasures: int = -1
    _left: int = 0
    _of: int = 0

    def write(self, findings: Findings) -> None:
        """All of it, in short transactions."""
        picks, hours = findings.recommendations, findings.hours
        starts = _starts(picks.customer) if picks is not None else np.empty(0, np.int64)
        self._of = self._left = len(starts) + sum(len(each.members) for each in findings.segments)
        self._of = self._left = self._of + (len(hours.customer) if hours is not None else 0)
        futures = findings.futures
        self._of = self._left = self._of + (len(futures.customer) if futures is not None else 0)
        prospects = findings.prospects
        self._of = self._left = self._of + (len(prospects.customer) if prospects is not None else 0)
        with self.database.transaction() as session:
            numbers = [self._segment(session, each) for each in findings.segments]
            micro = [self._within(session, each, n) for each, n in zip(findings.segments, numbers, strict=True)]
            self._insert(session, BundleRule, [{"position": n, **asdict(r)} for n, r in enumerate(findings.rules)])
            self._insert(session, Bundle, [{"position": n, **each} for n, each in enumerate(findings.bundles)])
            self._insert(session, RunState, [{"name": n, "content": each} for n, each in findings.state.items()])
        for number, found, inner in zip(numbers, findings.segments, micro, strict=True):
            self._lay(Membership, ("segment_id", "micro_id"), found.members, _placed(number, inner))
        if picks is not None:
            self._lay(Recommendation, ("picks",), picks.customer[starts], _listed(picks, starts))
        if hours is not None:
            self._lay(BestHour, ("hour", "n"), hours.customer, _columns(hours.hour, hours.n))
        if futures is not None:
            self._lay(Future, FUTURE, futures.customer, _futures(futures))
        if prospects is not None:
            self._lay(Prospect, ("uplift", "response"), prospects.customer, _prospects(prospects))

    def _within(self, session: Session, found: Any, number: int) -> IntColumn:
        """The number of the smaller segment each member is in, NONE where there are none."""
        inner = np.full(len(found.members), NONE)
        for each in found.within:
            key = f"{found.key}{WITHIN}{each.key}"
            inner[np.searchsorted(found.members, each.members)] = self._segment(session, each, key, number)
        return inner

    def _segment(self, session: Session, found: Any, key: str = "", within: int | None = None) -> int:
        segment = Segment(
            run_id=self.run_id,
            key=key or found.key,
            within_id=within,
            size=found.size,
            share=found.share,
            reasons=[told(reason) for reason in found.reasons],
        )
        session.add(segment)
        session.flush()
        return segment.id

    def _insert(self, session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
        if rows:
            session.connection().execute(insert(table), [{"run_id": self.run_id, **row} for row in rows])

    def _lay(
        self,
        table: type[SQLModel],
        names: Sequence[str],
        customers: IntColumn,
        values: Values,
    ) -> None:
        """A row for each of ``customers``."""
        columns = ("run_id", "customer_id", *names)
        for at in range(0, len(customers), ROWS_AT_ONCE):
            to = min(at + ROWS_AT_ONCE, len(customers))
            block = zip(customers[at:to].tolist(), values(at, to), strict=True)
            began = time.monotonic()
            with self.database.transaction() as session:
                gone = self._gone_by_now(session)
                rows = ((self.run_id, who, *value) for who, value in block if who not in gone)
                bulk.insert(session, table, columns, rows)
            self._left -= to - at
            self.wrote(1 - self._left / self._of)
            if to < len(customers) and self.database.is_sqlite:
                # Whoever waits for SQLite's one writer looks again only now and then.
                time.sleep(time.monotonic() - began)

    def _gone_by_now(self, session: Session) -> set[int]:
        """Those of whom nothing may be written any more: looked for again once somebody else is erased."""
        erasures = session.exec(select(func.count()).select_from(Erasure)).one()
        if erasures != self._erasures:
            self._erasures, self._gone = erasures, set(session.exec(select(Customer.id).where(_is_gone())))
        return self._gone


def _is_gone() -> Any:
    return or_(col(Customer.erased_at).is_not(None), col(Customer.merged_into).is_not(None))


def spare_the_gone(session: Session, run: MiningRun, consents_through: int) -> None:
    """Of whoever was erased since the ledger was read, turned out to be somebody else or refused, nothing is kept.

    Whoever is doing so just now is waited for, and whoever does so later finds the run's rows.
    """
    chain.take_turn(session)
    nobody.take_turn(session)
    refusing = consent.refused_since(session, Purpose.PROFILING, consents_through)
    joined = select(Customer.merged_into).where(_is_gone(), col(Customer.erased_at) >= run.started_at).distinct()
    for one in session.exec(joined):
        # A no that was said under another number is theirs by now.
        if one is not None and consent.refuses_somewhere(session, one, Purpose.PROFILING):
            refusing.add(one)
    gone = select(Customer.id).where(or_(_is_gone(), col(Customer.id).in_(refusing)))
    for table in OF_CUSTOMERS:
        session.connection().execute(
            delete(table).where(col(table.run_id) == run.id, col(table.customer_id).in_(gone))
        )


def sweep(database: Database, run_ids: Iterable[int]) -> None:
    """Take these runs away with all their rows, in short transactions."""
    for run_id in run_ids:
        for table in OF_CUSTOMERS:
            while _sweep_some(database, table, run_id) == ROWS_AT_ONCE:
                pass
        with database.transaction() as session:
            for rest in OF_RUNS:
                session.connection().execute(delete(rest).where(col(rest.run_id) == run_id))
            session.connection().execute(delete(MiningRun).where(col(MiningRun.id) == run_id))


def _sweep_some(database: Database, table: Any, run_id: int) -> int:
    some = select(table.customer_id).where(table.run_id == run_id).limit(ROWS_AT_ONCE)
    with database.transaction() as session:
        of_run = delete(table).where(col(table.run_id) == run_id, col(table.customer_id).in_(some))
        return session.connection().execute(of_run).rowcount


def outlived(session: Session) -> list[int]:
    """The runs that nobody needs any more: all but the last that were followed, and the newest where it is held."""
    runs = session.exec(select(MiningRun).order_by(col(MiningRun.id).desc())).all()
    ready = [run.id for run in runs if run.ready_at is not None][:RUNS_KEPT]
    written = [run for run in runs if run.ready_at is not None or run.held_at is not None]
    held = [run.id for run in written[:1] if run.held_at is not None]
    return [run.id for run in runs if run.id not in {*ready, *held}]


def _starts(customer: IntColumn) -> IntColumn:
    """Where each customer's rows begin."""
    if not len(customer):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]]).astype(np.int64)


def _placed(segment: int, micro: IntColumn) -> Values:
    return lambda at, to: ((segment, inner if inner != NONE else None) for inner in micro[at:to].tolist())


def _columns(*columns: IntColumn) -> Values:
    return lambda at, to: zip(*(each[at:to].tolist() for each in columns), strict=True)


def _listed(picks: Picks, starts: IntColumn) -> Values:
    """The lists of the customers from one place to another, as JSON."""
    ends = np.r_[starts[1:], len(picks)]
    encode = json.JSONEncoder(separators=(",", ":")).encode
    because = {NONE: None}

    def listed(at: int, to: int) -> Iterator[tuple[str]]:
        first, last = int(starts[at]), int(ends[to - 1])
        columns = (
            picks.product[first:last].tolist(),
            np.round(picks.score[first:last], SCORE_DIGITS).tolist(),
            [picks.reasons[each] for each in picks.reason[first:last].tolist()],
            [because.get(each, each) for each in picks.because[first:last].tolist()],
        )
        rows = list(zip(*columns, strict=True))
        for begin, end in zip((starts[at:to] - first).tolist(), (ends[at:to] - first).tolist(), strict=True):
            yield (encode(rows[begin:end]),)

    return listed


def _prospects(told: Prospects) -> Values:
    def rows(at: int, to: int) -> Iterator[tuple[Any, ...]]:
        uplift = [None] * (to - at) if told.uplift is None else told.uplift[at:to].tolist()
        return zip(uplift, told.response[at:to].tolist(), strict=True)

    return rows


def _futures(told: Futures) -> Values:
    """Numbers, None where nobody can say, and days as ISO 8601 has them."""

    def rows(at: int, to: int) -> Iterator[tuple[Any, ...]]:
        block = slice(at, to)
        numbers = (told.expected_visits, told.alive, told.expected_spend_minor, told.bargain)
        visits, alive, spend, bargain = (_known(each[block]) for each in numbers)
        days = (_days(each[block]) for each in (told.due_from, told.due_until))
        return zip(
            told.n[block].tolist(), visits, alive, spend, bargain, told.bargain_n[block].tolist(), *days, strict=True
        )

    return rows


def _known(values: FloatColumn) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - nan is no number


def _days(values: FloatColumn) -> list[str | None]:
    known = np.isfinite(values)
    days = np.where(known, values, 0).astype(np.int64).astype("datetime64[D]").astype(str).tolist()
    return [day if is_known else None for day, is_known in zip(days, known.tolist(), strict=True)]
