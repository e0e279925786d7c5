"""What is due: the queue as it lies in the table of messages, read without walking what is settled or waits.

The index ``ix_messages_due`` holds planned messages only, by campaign, channel and the moment they wait for. So what
a claim costs depends on what it takes, not on how long the campaign is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, literal_column, or_
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from campaigns.tables import Campaign, Message, State, Status
from ledger.tables import Customer


@dataclass(slots=True)
class Due:
    """A due message, as far as claiming has to know it."""

    id: int
    customer_id: int
    variant: str | None
    reason: str | None
    not_before: datetime | None
    planned_at: datetime
    counts_from: datetime
    attempts: int
    facts: dict[str, Any]
    campaign: Campaign


NAMES = tuple(each.name for each in fields(Due) if each.name != "campaign")
WANTED = tuple(col(getattr(Message, name)) for name in NAMES)


def is_planned() -> ColumnElement[bool]:
    """Spelled out, not bound: only then does either database see that the index of planned ones has the answer."""
    return col(Message.state) == literal_column(f"'{State.PLANNED.value}'")


IS_DUE = is_planned(), col(Message.channel) == bindparam("channel")
HAS_COME = col(Message.not_before) <= bindparam("now")
WAITS_FOR_NOTHING = col(Message.not_before).is_(None)


def _made_running() -> SelectOfScalar[Campaign]:
    # One look each: an "exists" PostgreSQL may turn into a walk through the whole queue.
    waiting = sql_select(col(Message.id)).where(col(Message.campaign_id) == col(Campaign.id), *IS_DUE)
    looks = (waiting.where(WAITS_FOR_NOTHING), waiting.where(HAS_COME))
    has_some = or_(*(each.limit(1).correlate(Campaign).scalar_subquery().is_not(None) for each in looks))
    running = select(Campaign).where(Campaign.status == Status.RUNNING, has_some).order_by(col(Campaign.id))
    return running.execution_options(populate_existing=True)


def _made_queue() -> tuple[Select[Any], Select[Any]]:
    theirs = (
        sql_select(*WANTED)
        .join(Customer, col(Customer.id) == col(Message.customer_id))
        .where(col(Message.campaign_id) == bindparam("campaign_id"), *IS_DUE)
        # Ordered by what is the same for all who wait for nothing, too: so it is the index's order, and no other's.
        .order_by(col(Message.not_before), col(Message.id))
        .with_for_update(skip_locked=True, of=(Message, Customer))
    )
    return theirs.where(HAS_COME), theirs.where(WAITS_FOR_NOTHING)


RUNNING, QUEUE = _made_running(), _made_queue()
FIRST = tuple(each.limit(bindparam("n", type_=Integer())) for each in QUEUE)
"""Asked for every batch that is claimed: put together once."""


def take(session: Session, limit: int, most: Mapping[str, int], now: datetime) -> list[Due]:
    """Up to ``limit`` due messages, one a customer: the cap has to see the first before the second is asked about.

    ``most``: so many at once of each channel that is served here; what nobody serves waits until somebody does. The
    customers are locked with their messages, so that no other process looks at the same person meanwhile; what
    another holds is left to it.
    """
    found: dict[int, Due] = {}
    for channel, n in most.items():
        here: dict[int, Due] = {}
        for campaign in _held(session, channel, now) if n > 0 else ():
            for row in _rows(session, campaign.id, channel, min(limit - len(found), n) - len(here), now):
                if row.customer_id not in found and row.customer_id not in here:
                    here[row.customer_id] = Due(**dict(zip(NAMES, row, strict=True)), campaign=campaign)
        found.update(here)
    return list(found.values())


def has_any(session: Session, channels: Collection[str], now: datetime) -> bool:
    """Whether anything is due there. Holds up nobody."""
    return any(_with_some_due(session, channel, now) for channel in channels)


def _with_some_due(session: Session, channel: str, now: datetime) -> Sequence[Campaign]:
    """The running campaigns with something due there, the oldest first."""
    return session.exec(_running(channel, now)).all()


def _held(session: Session, channel: str, now: datetime) -> Sequence[Campaign]:
    """The same, for nobody to pause or cancel until this transaction ends: after that is committed nothing more goes
    out. Who does so just now has them to himself, and so has who claims of one with a budget: that is counted."""
    if session.get_bind().dialect.name != "postgresql":
        return session.exec(RUNNING, params={"channel": channel, "now": now}).all()
    running = _running(channel, now)
    free = running.where(col(Campaign.budget).is_(None)).with_for_update(read=True, skip_locked=True)
    counted = running.where(col(Campaign.budget).is_not(None)).with_for_update(key_share=True, skip_locked=True)
    found = [*session.exec(free), *session.exec(counted)]
    return sorted(found, key=lambda each: each.id)


def _running(channel: str, now: datetime) -> SelectOfScalar[Campaign]:
    return RUNNING.params(channel=channel, now=now)


def _rows(session: Session, campaign_id: int, channel: str, n: int, now: datetime) -> list[Row[Any]]:
    """Those that waited for a moment that has come are first, then those that wait for nothing, in their order."""
    session.flush()
    rows: list[Row[Any]] = []
    asked = {"campaign_id": campaign_id, "channel": channel, "now": now}
    for wanted in FIRST:
        if n > len(rows):
            rows += session.connection().execute(wanted, {**asked, "n": n - len(rows)}).all()
    return rows


def statements(campaign_id: int, channel: str, now: datetime) -> tuple[Any, ...]:
    """All that a claim asks of the table of messages, for whoever wants to know how it is read."""
    queue = [each.params(campaign_id=campaign_id, channel=channel, now=now) for each in QUEUE]
    return (_running(channel, now), *queue)
