"""Room on a channel that lets a shop write to so many people in 24 hours, whatever the campaign.

Where there is a window only those count whom the shop writes to first: an answer within it takes no place. Counted
under a lock in the transaction that claims, so that two processes on one database do not both take the last place.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, text
from sqlmodel import Session, col, select

from campaigns.choosing.audiences import OFFERED_STATES
from campaigns.sending.gate import Reason
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, State, Status
from ledger import windows
from ledger.identity import fingerprint
from ledger.tables import Address

DAY = timedelta(days=1)


def takes_one(channel: str | None, free_until: datetime, shop: Shop, at: datetime) -> bool:
    """Whether writing then, to somebody whom free words reach so long, takes a place of their channel's."""
    if channel not in shop.daily_limits:
        return False
    return channel not in windows.WINDOWED or at >= free_until


def taken(session: Session, channel: str, shop: Shop, now: datetime) -> int:
    """How many places are taken: by who was written to in 24 hours, and by who is about to be."""
    if channel not in shop.daily_limits:
        return 0
    used = set(session.exec(select(Message.customer_id).where(*_used(channel, now)).distinct()))
    waiting = (
        select(Message.customer_id)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Address, col(Address.id) == col(Message.address_id))
        .where(Message.channel == channel, Message.state == State.PLANNED, Campaign.status == Status.RUNNING)
    )
    if channel in windows.WINDOWED:
        waiting = waiting.where(~windows.is_open(now))
    return len(used.union(session.exec(waiting)))


class Places:
    """The places of one batch, asked for one by one. Looks and locks only when somebody needs one."""

    def __init__(self, session: Session, shop: Shop, now: datetime, most: int) -> None:
        self._session, self._shop, self._now, self._most = session, shop, now, most
        self._channels: dict[str, _Places] = {}

    def free_from(self, channel: str, customer_id: int) -> datetime | None:
        """None where there is a place, which is theirs from now on; otherwise when there will be one."""
        if channel not in self._channels:
            limit = self._shop.daily_limits[channel]
            self._channels[channel] = _Places(self._session, channel, limit, self._now, self._most)
        return self._channels[channel].free_from(customer_id)


class _Places:
    def __init__(self, session: Session, channel: str, limit: int, now: datetime, most: int) -> None:
        _take_turn(session, channel)
        self.limit, self.now = limit, now
        used = session.exec(select(func.count(func.distinct(Message.customer_id))).where(*_used(channel, now))).one()
        self.has_plenty = used + most <= limit
        self.people = {} if self.has_plenty else _people(session, channel, now)
        self.queue = 0 if self.has_plenty else _queue(session, channel, now)

    def free_from(self, customer_id: int) -> datetime | None:
        if self.has_plenty or customer_id in self.people:
            return None
        if len(self.people) < self.limit:
            self.people[customer_id] = self.now
            return None
        # The first in the queue gets the place that is free first, and so on, a day later again from the start.
        place, self.queue = self.queue, self.queue + 1
        frees = sorted(self.people.values())[-self.limit :]
        return frees[place % self.limit] + DAY * (1 + place // self.limit)


def _used(channel: str, now: datetime) -> list[ColumnElement[bool]]:
    used = [
        col(Message.channel) == channel,
        col(Message.sending_at) > now - DAY,
        col(Message.state).in_(OFFERED_STATES),
    ]
    return [*used, col(Message.content).is_not(None)] if channel in windows.WINDOWED else used


def _people(session: Session, channel: str, now: datetime) -> dict[int, datetime]:
    """Who was written to, and when last."""
    wanted = select(Message.customer_id, func.max(Message.sending_at)).where(*_used(channel, now))
    rows = session.exec(wanted.group_by(col(Message.customer_id)))
    return {customer_id: at for customer_id, at in rows if at is not None}


def _queue(session: Session, channel: str, now: datetime) -> int:
    """How many wait for a place already."""
    wanted = (
        select(func.count())
        .select_from(Message)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            Message.state == State.PLANNED,
            Message.channel == channel,
            Message.reason == Reason.DAILY_LIMIT,
            col(Message.not_before) > now,
            Campaign.status == Status.RUNNING,
        )
    )
    return session.exec(wanted).one()


def _take_turn(session: Session, channel: str) -> None:
    """SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        key = int(fingerprint(session, "places", channel)[:15], 16)
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
