"""The book of who did what. Written in the same transaction as the deed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from ledger.tables import AuditEntry


def record(session: Session, at: datetime, actor: str, action: str, subject: str = "", **detail: Any) -> AuditEntry:
    """Add an entry. ``actor`` is masked by whoever calls: no address stands in this book."""
    entry = AuditEntry(at=at, actor=actor, action=action, subject=subject, detail=detail)
    session.add(entry)
    return entry
