"""What was found becomes rows, and readers follow them from then on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from campaigns.mining.findings import Findings
from campaigns.mining.segments import told
from campaigns.tables import BestHour, Bundle, BundleRule, Membership, MiningRun, Recommendation, Segment

ROWS_AT_ONCE = 10_000
RUNS_KEPT = 3


def write(session: Session, run: MiningRun, findings: Findings) -> None:
    """Write the run and all it found, and forget the runs before the last three."""
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
