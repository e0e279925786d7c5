"""Messages that could not be acted on: when, on which channel and where it failed. Nobody's words or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from ledger.tables import Fault

LONGEST_PLACE = 200


def note(session: Session, channel: str, place: str, at: datetime) -> Fault:
    """One more. ``place`` names the kind of fault and the line it came from."""
    fault = Fault(at=at, channel=channel, place=place[:LONGEST_PLACE])
    session.add(fault)
    return fault


def since(session: Session, at: datetime) -> Sequence[Fault]:
    """Those from then on, the newest first."""
    wanted = select(Fault).where(col(Fault.at) >= at).order_by(col(Fault.at).desc(), col(Fault.id).desc())
    return session.exec(wanted).all()
