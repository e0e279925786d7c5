"""How the shop stands, for whoever runs its computer: what is open, what waits, what is wrong. Looks only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.app import App
from bot.checkups.memory import LEAST_FREE_BYTES, OLDEST_BACKUP
from bot.checkups.trouble import LATELY
from campaigns.sending import paces, queues
from campaigns.sending.paces import Closed
from campaigns.sending.queues import Queue, Waiting
from campaigns.tables import Message, State, Status
from ledger import backups, faults, leases, pulse
from ledger.tables import Shift

LONGEST_WAIT = timedelta(minutes=10)
"""How long a message that may go waits, at most, in an open shop whose channels are open."""


WORKING = frozenset({pulse.WHOLE, "worker"})
"""The roles of processes that send."""


@dataclass(frozen=True)
class Overview:
    """All of it, at one moment."""

    at: datetime
    shop: str
    processes: Sequence[Shift]
    last_beat: datetime | None
    leases: dict[str, str]
    """Who does what only one process may, by the shift's number."""
    queues: Sequence[Queue]
    waiting: Waiting
    in_flight: int
    unknown: int
    unknown_lately: int
    channels: Sequence[str]
    closed: Sequence[Closed]
    faults_lately: int
    backup: tuple[datetime, str] | None
    mined_at: datetime | None
    database: str
    bytes: int
    free_bytes: int | None

    @property
    def is_open(self) -> bool:
        return bool(self.processes)

    @property
    def is_worked(self) -> bool:
        """Whether a process is alive that sends."""
        return any(each.role in WORKING for each in self.processes)

    def wrong(self) -> Iterator[str]:
        """What somebody should look at: words of [status_wrong]."""
        if not self.is_open:
            yield "closed"
        elif not self.is_worked:
            yield "nobody_sends"
        if self.unknown_lately:
            yield "unknown"
        if any(each.status == Status.PAUSED and each.pause_reason for each in self.queues):
            yield "paused"
        if self.closed:
            yield "channel"
        oldest = self.waiting.oldest
        if self.is_open and not self.closed and oldest is not None and self.at - oldest > LONGEST_WAIT:
            yield "stuck"
        if self.faults_lately:
            yield "faults"
        if self.backup is not None and self.at - self.backup[0] > OLDEST_BACKUP:
            yield "backup"
        if self.free_bytes is not None and self.free_bytes < LEAST_FREE_BYTES:
            yield "space"

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "shop": self.shop,
            "open": self.is_open,
            "wrong": list(self.wrong()),
            "processes": [
                {"role": each.role, "place": each.place, "since": _iso(each.since), "beat_at": _iso(each.beat_at)}
                for each in self.processes
            ],
            "last_beat": _iso(self.last_beat),
            "leases": self.leases,
            "campaigns": [each.as_json() for each in self.queues],
            "due": self.waiting.due,
            "oldest_due": _iso(self.waiting.oldest),
            "next_due": _iso(self.waiting.next_at),
            "in_flight": self.in_flight,
            "unknown": self.unknown,
            "unknown_lately": self.unknown_lately,
            "channels": self._channels(),
            "faults_lately": self.faults_lately,
            "backup": {"at": _iso(self.backup[0]), "name": self.backup[1]} if self.backup is not None else None,
            "mined_at": _iso(self.mined_at),
            "database": {"kind": self.database, "bytes": self.bytes, "free_bytes": self.free_bytes},
        }

    def _channels(self) -> list[dict[str, Any]]:
        until = {each.channel: each for each in self.closed}
        return [
            {
                "name": name,
                "open": name not in until,
                "closed_until": _iso(until[name].until) if name in until else None,
                "cause": until[name].cause.value if name in until else None,
            }
            for name in self.channels
        ]


def look(app: App) -> Overview:
    """How it stands now."""
    now = app.clock.now()
    with app.database.reading() as session:
        waiting = queues.open_messages(session)
        return Overview(
            at=now,
            shop=app.shop.name,
            processes=pulse.alive(session, now),
            last_beat=pulse.last_beat(session),
            leases=leases.holders(session, leases.shared_time(session, now)),
            queues=queues.queues(session),
            waiting=queues.waiting(session, app.channels.keys(), now),
            in_flight=waiting[State.SENDING],
            unknown=waiting[State.UNKNOWN],
            unknown_lately=_unknown(session, now - LATELY),
            channels=sorted(app.channels),
            closed=list(paces.closed(session, now)),
            faults_lately=len(faults.since(session, now - LATELY)),
            backup=backups.last(session),
            mined_at=queues.last_mined(session),
            database=_version(session, is_sqlite=app.database.is_sqlite),
            bytes=backups.size_bytes(session),
            free_bytes=_free(app),
        )


def _unknown(session: Session, since: datetime) -> int:
    wanted = select(func.count()).where(Message.state == State.UNKNOWN, col(Message.unknown_at) > since)
    return session.exec(wanted).one()


def _version(session: Session, *, is_sqlite: bool) -> str:
    asked = "SELECT sqlite_version()" if is_sqlite else "SHOW server_version"
    return f"{'SQLite' if is_sqlite else 'PostgreSQL'} {session.connection().exec_driver_sql(asked).scalar_one()}"


def _free(app: App) -> int | None:
    """Where the data lie; PostgreSQL's own disk cannot be seen from here."""
    file = app.database.engine.url.database
    place = Path(file).parent if app.database.is_sqlite and file else app.settings.data_dir
    return shutil.disk_usage(place).free if place.exists() else None


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
