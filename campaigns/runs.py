"""How far the mining is, that it shall end, and that a run which does worse shall be used all the same.

What those ask who answer people: nothing here loads the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.tables import MiningRun
from ledger.tables import Kind

MINING = "mining"
"""The lease's name."""
HELD, NO_ROOM = "mining_held", "mining_no_room"
"""Notices to the owners: a run does worse than the one in use; a run needs more memory than it may take."""
TELLING = (Kind.PURCHASE, Kind.RETURN, Kind.CART, Kind.CLICK, Kind.VIEW)
"""Interactions that say something of tastes and habits; what is only said or sent does not."""
SILENT = timedelta(minutes=2)
"""A run of which nothing was heard for so long was cut off."""


class NothingUnderWay(ValueError):
    """There is no run to stop."""


class NothingHeld(ValueError):
    """No run was held back that could be used."""


@dataclass(frozen=True)
class UnderWay:
    """A run that is not written yet: since when, at which step, how far from 0 to 1, and whether it is to end."""

    run_id: int
    since: datetime
    beat_at: datetime
    step: str
    done: float
    is_ending: bool


def under_way(session: Session, now: datetime | None = None) -> UnderWay | None:
    """The run that is under way; with ``now`` only where it was heard of lately."""
    run = session.exec(select(MiningRun).order_by(col(MiningRun.id).desc()).limit(1)).first()
    if run is None or run.ready_at is not None or run.held_at is not None or run.beat_at is None:
        return None
    if now is not None and now - run.beat_at > SILENT:
        return None
    return UnderWay(run.id, run.started_at, run.beat_at, run.step, run.done, run.cancel_asked_at is not None)


def stop(session: Session, now: datetime) -> UnderWay:
    """Have the run that is under way end, within seconds. Raises NothingUnderWay."""
    found = under_way(session, now)
    if found is None:
        raise NothingUnderWay
    run = session.get(MiningRun, found.run_id, populate_existing=True, with_for_update=True)
    if run is None or run.ready_at is not None or run.held_at is not None:
        # It ended in this very moment: nobody is promised that nothing of it is kept.
        raise NothingUnderWay
    run.cancel_asked_at = run.cancel_asked_at or now
    session.add(run)
    return found


def held(session: Session) -> MiningRun | None:
    """The newest run, where it was held back because it does worse."""
    run = session.exec(
        select(MiningRun)
        .where(col(MiningRun.ready_at).is_not(None) | col(MiningRun.held_at).is_not(None))
        .order_by(col(MiningRun.id).desc())
        .limit(1)
    ).first()
    return run if run is not None and run.ready_at is None else None


def use_held(session: Session, now: datetime) -> MiningRun:
    """Readers follow the run that was held back from now on. Raises NothingHeld."""
    run = held(session)
    if run is None:
        raise NothingHeld
    before = insights.current_run(session)
    run.ready_at, run.verdict = now, {**run.verdict, "because": "asked", "than": before.id if before else None}
    session.add(run)
    return run
