"""Pictures that a messenger fetches from us: kept for a little while, under a signed link nobody can make up.

picture | handouts (a row) | https://…/handouts/7.1762051200000000.<keyed hash>.png | Twilio, within LIFETIME
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from sqlalchemy import delete
from sqlmodel import Session, col

from bot.clock import Clock
from campaigns.channel import Document
from ledger.columns import microseconds, moment
from ledger.database import Database
from ledger.identity import fingerprint
from ledger.tables import Handout

PATH = "/handouts/{token}"
LIFETIME = timedelta(minutes=15)
"""Twilio fetches at once, or a few minutes later when its queue is long."""
SCOPE = "handout"
PICTURES = {"image/png": "png", "image/jpeg": "jpg"}
TOKEN = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9a-f]{64})\.(?:png|jpg)")


@dataclass(frozen=True)
class Handouts:
    """Keeps pictures of one shop. ``public_url`` is where its web is reached from outside."""

    database: Database
    public_url: str
    clock: Clock

    def keep(self, document: Document) -> str:
        """Where ``document`` is to be had for LIFETIME from now on. Raises ValueError for what is no picture."""
        if document.media_type not in PICTURES:
            raise ValueError("only a PNG or a JPEG is handed out")
        now = self.clock.now()
        with self.database.transaction() as session:
            session.connection().execute(delete(Handout).where(col(Handout.expires_at) <= now))
            kept = Handout(
                name=document.name,
                media_type=document.media_type,
                data=document.data,
                made_at=now,
                expires_at=now + LIFETIME,
            )
            session.add(kept)
            session.flush()
            said = f"{kept.id}.{microseconds(kept.expires_at)}"
            token = f"{said}.{fingerprint(session, SCOPE, said)}.{PICTURES[document.media_type]}"
        return f"{self.public_url}/handouts/{token}"


def found(session: Session, token: str, now: datetime) -> Handout | None:
    """What a link leads to; None for one that is not ours or has expired."""
    parts = TOKEN.fullmatch(token)
    if parts is None or not hmac.compare_digest(fingerprint(session, SCOPE, f"{parts[1]}.{parts[2]}"), parts[3]):
        return None
    kept = session.get(Handout, int(parts[1])) if now < moment(int(parts[2])) else None
    return kept if kept is not None and now < kept.expires_at else None


@runtime_checkable
class Showing(Protocol):
    """A channel that has pictures fetched, once it is told how they are kept."""

    def hand_out_by(self, keep: Callable[[Document], str]) -> None: ...


def open_for(channels: Iterable[object], handouts: Handouts) -> None:
    """From now on these channels' pictures are fetched from here."""
    for channel in channels:
        if isinstance(channel, Showing):
            channel.hand_out_by(handouts.keep)
