"""From the ledger through the engine to a run that readers follow.

columns of the ledger → features → segments ┐
                      → orders   → bundles  ├→ one MiningRun, written and switched to in one transaction
                      → tastes   → picks    │
                      → clocks   → hours    ┘

Only those who mine load the engine: people are answered from campaigns/insights.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime
from hashlib import blake2b
from typing import Any

import numpy as np
from sqlalchemy import delete, func, insert
from sqlmodel import Session, col, select

from campaigns.findings import (
    Findings,
    Parameters,
    Rule,
    find_bundles,
    find_hours,
    find_recommendations,
    find_segments,
    listed,
    told,
)
from campaigns.tables import BestHour, Bundle, BundleRule, Membership, MiningRun, Recommendation, Segment
from engine.bundles import Bundles
from engine.errors import TooLittleData
from engine.frames import MICROSECONDS_PER_DAY, NONE, Interactions, Kind, Products
from engine.itemsets import TooManyItemsets
from ledger import consent, extracts
from ledger.columns import microseconds, moment
from ledger.database import Database
from ledger.tables import Address, Customer, Interaction, Product
from ledger.tables import Kind as LedgerKind

ROWS_AT_ONCE = 10_000
RUNS_KEPT = 3
USUAL = Parameters()
Progress = Callable[[str], None]


class NothingToMine(ValueError):
    """There is too little history for what was asked; the sentence says how much is needed."""


def mine(
    database: Database,
    now: Callable[[], datetime],
    parameters: Parameters = USUAL,
    progress: Progress = lambda _step: None,
) -> MiningRun:
    """Run the engine over everything the ledger holds and switch readers to what it finds.

    The ledger is read first and written last; nothing is locked while the engine thinks. Raises NothingToMine.
    """
    started_at = now()
    progress("reading")
    with database.reading() as session:
        interactions, products = frames(session)
        refusing = _who_refuses_profiling(session)
        currency, zones = _currency(session), _zones(session)
    as_of = _as_of(interactions, microseconds(started_at))
    findings = Findings(quality={"as_of": moment(as_of).isoformat(), "currency": currency})
    profiled = interactions.where((interactions.customer != NONE) & ~np.isin(interactions.customer, refusing))
    try:
        progress("segments")
        find_segments(findings, profiled, products, as_of, parameters)
        progress("bundles")
        find_bundles(findings, interactions, products, parameters)
        progress("recommendations")
        find_recommendations(findings, interactions, profiled, products, as_of, parameters)
        progress("hours")
        find_hours(findings, profiled, zones, parameters)
    except (TooLittleData, TooManyItemsets) as fault:
        raise NothingToMine(f"not enough to go by yet: {fault}") from fault
    progress("writing")
    with database.transaction() as session:
        run = MiningRun(
            started_at=started_at,
            ready_at=now(),
            parameters=asdict(parameters),
            data_fingerprint=fingerprint(interactions),
            quality=findings.quality,
        )
        _write(session, run, findings)
    return run


def frames(session: Session) -> tuple[Interactions, Products]:
    """The ledger's interactions and products as the engine reads them."""
    columns = extracts.interactions(session)
    # The ledger's and the engine's kinds stand in the same order; a test holds them to it.
    interactions = Interactions(**{each.name: getattr(columns, each.name) for each in fields(columns)})
    rows = session.exec(select(Product).order_by(col(Product.id))).all()
    return interactions, Products(
        id=_ints([row.id for row in rows]),
        price_minor=_ints([row.price_minor for row in rows]),
        # A till that oversold says -3; to the engine less than nothing would read as unknown.
        stock=_ints([row.stock if row.stock is None else max(row.stock, 0) for row in rows]),
        is_premium=_ints([row.is_premium for row in rows]),
        name=[row.name for row in rows],
        category=[row.category for row in rows],
        brand=[row.brand for row in rows],
        description=[row.description for row in rows],
    )


def find_rules(session: Session, min_support: float, min_confidence: float) -> list[Rule]:
    """The rules at another support than the run's, found now. Raises NothingToMine."""
    interactions, _ = frames(session)
    try:
        mined = Bundles(min_support, min_confidence, max_length=None).fit(interactions)
    except (TooLittleData, TooManyItemsets, ValueError) as fault:
        raise NothingToMine(str(fault)) from fault
    return listed(mined.rules_)


def fingerprint(interactions: Interactions) -> str:
    """A short name for exactly these data."""
    digest = blake2b(digest_size=16)
    for each in fields(interactions):
        column = getattr(interactions, each.name)
        digest.update(column.tobytes() if isinstance(column, np.ndarray) else repr(column).encode())
    return digest.hexdigest()


def _as_of(interactions: Interactions, now: int) -> int:
    """The day after the last purchase, and never later than now.

    A history that ends in spring says who was lately there in spring; counted from autumn everybody would be gone.
    """
    bought = interactions.of_kind(Kind.PURCHASE).at
    return min(now, int(bought.max()) + MICROSECONDS_PER_DAY) if len(bought) else now


def _currency(session: Session) -> str | None:
    """The currency most purchases were made in."""
    wanted = (
        select(Interaction.currency, func.count())
        .where(Interaction.kind == LedgerKind.PURCHASE)
        .group_by(col(Interaction.currency))
    )
    counts = dict(session.exec(wanted).all())
    return max(counts, key=lambda currency: counts[currency], default=None)


def _zones(session: Session) -> dict[int, str]:
    """By whose clock those live who have one of their own."""
    wanted = select(Customer.id, Customer.zone).where(col(Customer.zone).is_not(None))
    return {customer: zone for customer, zone in session.exec(wanted) if zone}


def _write(session: Session, run: MiningRun, findings: Findings) -> None:
    session.add(run)
    session.flush()
    for found in findings.segments:
        segment = Segment(
            run_id=run.id,
            key=found.key,
            size=found.size,
            share=found.share,
            reasons=[told(reason) for reason in found.reasons],
        )
        session.add(segment)
        session.flush()
        members = [{"customer_id": customer, "segment_id": segment.id} for customer in found.members.tolist()]
        _insert(session, Membership, run, members)
    _insert(session, BundleRule, run, [{"position": n, **asdict(rule)} for n, rule in enumerate(findings.rules)])
    _insert(session, Bundle, run, [{"position": n, **each} for n, each in enumerate(findings.bundles)])
    _insert(session, Recommendation, run, findings.recommendations)
    _insert(session, BestHour, run, findings.hours)
    _forget_old_runs(session)


def _insert(session: Session, table: Any, run: MiningRun, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        block = [{"run_id": run.id, **row} for row in rows[start : start + ROWS_AT_ONCE]]
        session.connection().execute(insert(table), block)


def _forget_old_runs(session: Session) -> None:
    kept = session.exec(select(MiningRun.id).order_by(col(MiningRun.id).desc()).limit(RUNS_KEPT)).all()
    for table in (BestHour, Recommendation, Bundle, BundleRule, Membership, Segment):
        session.connection().execute(delete(table).where(col(table.run_id) < min(kept)))
    session.connection().execute(delete(MiningRun).where(col(MiningRun.id) < min(kept)))


def _who_refuses_profiling(session: Session) -> list[int]:
    """Those who said no on any channel: their history is not used to choose for them, nor to describe them."""
    channels = session.exec(select(Address.channel).distinct()).all()
    standings = [consent.standings(session, channel) for channel in channels]
    return sorted({person for each in standings for person, today in each.items() if today.profiling is False})


def _ints(values: list[Any]) -> extracts.IntColumn:
    return np.array([NONE if value is None else int(value) for value in values], dtype=np.int64)
