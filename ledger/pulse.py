"""The open shop's sign of life: when what happens by itself last had its turn."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from ledger.tables import ShopFact

PULSE = "pulse"
"""The fact it is kept as."""


def beat(session: Session, now: datetime) -> None:
    """It goes on."""
    session.merge(ShopFact(key=PULSE, value=now.isoformat()))


def last_beat(session: Session) -> datetime | None:
    """When it last did; None before the shop was first opened."""
    found = session.get(ShopFact, PULSE)
    return datetime.fromisoformat(found.value) if found is not None else None
