"""The open shop's signs of life: which processes keep it open, in which role, and when each was heard of last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from ledger.tables import Shift

BEAT_EVERY = timedelta(seconds=15)
SILENCE = timedelta(seconds=60)
"""Who was not heard of for so long is gone: four beats were missed."""
KEPT = timedelta(days=1)
"""How long it is remembered who was there before; the last of all always."""
WHOLE = "all"
"""The role of a process that does everything."""


def begin(session: Session, shift: str, role: str, place: str, now: datetime) -> None:
    """A process opens the shop. Forgets who closed long ago."""
    last = select(func.max(Shift.beat_at)).scalar_subquery()
    session.connection().execute(delete(Shift).where(col(Shift.beat_at) < now - KEPT, col(Shift.beat_at) < last))
    session.merge(Shift(id=shift, role=role, place=place, since=now, beat_at=now))
    session.flush()


def beat(session: Session, now: datetime, shift: str = "") -> None:
    """It goes on. Of a shift that nobody has begun, this is the beginning."""
    mine = update(Shift).where(col(Shift.id) == shift)
    if not session.connection().execute(mine.values(beat_at=now, ended_at=None)).rowcount:
        session.merge(Shift(id=shift, role=WHOLE, since=now, beat_at=now))


def end(session: Session, shift: str, now: datetime) -> None:
    """It closes."""
    session.connection().execute(update(Shift).where(col(Shift.id) == shift).values(beat_at=now, ended_at=now))


def end_all(session: Session) -> None:
    """Nobody of those that are noted is there: they opened another copy of this database, before it was made."""
    open_ones = update(Shift).where(col(Shift.ended_at).is_(None))
    session.connection().execute(open_ones.values(ended_at=col(Shift.beat_at)))


def alive(session: Session, now: datetime) -> Sequence[Shift]:
    """The processes that are open and were heard of lately, the longest-serving first."""
    here = col(Shift.ended_at).is_(None), col(Shift.beat_at) > now - SILENCE
    return session.exec(select(Shift).where(*here).order_by(col(Shift.since), col(Shift.id))).all()


def last_beat(session: Session) -> datetime | None:
    """When any of them was heard of last; None before the shop was first opened."""
    return session.exec(select(func.max(Shift.beat_at))).one()
