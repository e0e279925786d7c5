"""What waits to be sent and what came of the rest, counted: for whoever runs the shop's computer. Looks only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from campaigns.sending import due
from campaigns.tables import OPEN_STATES, Campaign, Message, MiningRun, State, Status

MOVING = (Status.RUNNING, Status.PAUSED, Status.SCHEDULED, Status.MISSED)
NOWHERE = "none"
"""The channel of those who are written to on none."""


@dataclass(frozen=True)
class Queue:
    """One campaign that is not over: how many messages are in which state."""

    number: int
    template: str
    status: str
    pause_reason: str | None
    states: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "states": dict(self.states)}


@dataclass(frozen=True)
class Waiting:
    """What could be sent now, and since when the first of it could; when the next of the rest can."""

    due: int = 0
    oldest: datetime | None = None
    next_at: datetime | None = None


def by_state_and_channel(session: Session) -> dict[tuple[str, str], int]:
    """How many messages there are of each. Walks the whole table: seconds for a million."""
    channel = func.coalesce(col(Message.channel), NOWHERE)
    rows = session.connection().execute(
        sql_select(col(Message.state), channel, func.count()).group_by(col(Message.state), channel)
    )
    return {(state, where): n for state, where, n in rows}


def open_messages(session: Session) -> dict[str, int]:
    """How many are in each state that somebody may have to look at; an index has them."""
    wanted = (*OPEN_STATES, State.UNKNOWN)
    rows = session.connection().execute(
        sql_select(col(Message.state), func.count())
        .where(col(Message.state).in_(wanted))
        .group_by(col(Message.state))
    )
    return {**dict.fromkeys(map(str, wanted), 0), **{str(state): n for state, n in rows}}


def waiting(session: Session, channels: Collection[str], now: datetime) -> Waiting:
    """What of the running campaigns is due on these channels; the rest by when it may go. An index has all of it.

    What waits for no moment of its own is due since its campaign started, or was resumed.
    """
    running = select(Campaign).where(Campaign.status == Status.RUNNING)
    began = {each.id: each.due_from or each.start_at or each.created_at for each in session.exec(running)}
    waits_until = col(Message.not_before)

    def planned(which: ColumnElement[bool], *told: ColumnElement[Any]) -> Sequence[Sequence[Any]]:
        number, where = col(Message.campaign_id), col(Message.channel).in_(channels)
        wanted = sql_select(number, *told).where(due.is_planned(), number.in_(began), where, which)
        return [tuple(row) for row in session.connection().execute(wanted.group_by(number))]

    at_once = planned(waits_until.is_(None), func.count())
    waited = planned(waits_until <= now, func.count(), func.min(waits_until))
    later = planned(waits_until > now, func.min(waits_until))
    since = [*(began[row[0]] for row in at_once), *(row[2] for row in waited)]
    n = sum(row[1] for row in (*at_once, *waited))
    return Waiting(n, min(since, default=None), min((row[1] for row in later), default=None))


def queues(session: Session, most: int = 20) -> list[Queue]:
    """The campaigns that are not over, the newest first."""
    wanted = select(Campaign).where(col(Campaign.status).in_(MOVING)).order_by(col(Campaign.id).desc())
    return [
        Queue(each.id, each.template, each.status, each.pause_reason, dict(_states(session, each.id)))
        for each in session.exec(wanted.limit(most))
    ]


def last_mined(session: Session) -> datetime | None:
    """When the newest run that is ready was."""
    return session.exec(select(func.max(MiningRun.ready_at))).one()


def _states(session: Session, number: int) -> Iterator[tuple[str, int]]:
    rows = session.connection().execute(
        sql_select(col(Message.state), func.count())
        .where(col(Message.campaign_id) == number)
        .group_by(col(Message.state))
    )
    yield from ((str(state), n) for state, n in rows)
