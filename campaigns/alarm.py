"""A running campaign pauses by itself when too much of it fails, or too many leave because of it.

looked at when a drain begins, from what is written → added to after each batch → above a limit? counted once more,
exactly, and paused in the transaction that settles the batch: nothing further is claimed

What another process sends at the same time is seen at the next look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from campaigns.figures import LEFT_WITHIN
from campaigns.shop import Alarm
from campaigns.tables import SENT_STATES, Campaign, Message, State, Status
from ledger import audit, notices
from ledger.tables import ConsentEvent, Purpose

BY = "alarm"
"""Who did it, in the audit."""
FAILURES, LEAVES = "failures", "leaves"
NOT_ITS_FAULT = "lease_expired"
"""The reason of a message whose sender vanished: that speaks of us, not of the campaign."""
LOOKED_AGAIN_AFTER = 64
"""Batches, for what other processes did meanwhile."""
SINCE = func.coalesce(Campaign.due_from, Campaign.created_at)


@dataclass
class Tally:
    """What became of a campaign's messages since it started or was last resumed.

    ``failed`` counts those of unknown fate as well: a channel that answers nothing is no better than one that
    refuses.
    """

    sent: int = 0
    failed: int = 0
    left: int = 0

    @property
    def concluded(self) -> int:
        return self.sent + self.failed

    def breach(self, limits: Alarm) -> str | None:
        """Which limit it is over, if any."""
        if self.concluded >= limits.least and self.failed > limits.failures * self.concluded:
            return FAILURES
        if self.sent >= limits.least and self.left > limits.leaves * self.sent:
            return LEAVES
        return None


@dataclass
class Watch:
    """What one dispatcher knows of the campaigns it sends; the database is asked where that is not enough."""

    limits: Alarm
    known: dict[int, Tally] = field(default_factory=dict)
    last_event: int = 0
    batches: int = 0

    def look(self, session: Session, now: datetime) -> None:
        """Count all that runs, and pause what is over a limit."""
        running = session.exec(select(Campaign.id).where(Campaign.status == Status.RUNNING)).all()
        self.last_event = session.exec(select(func.max(ConsentEvent.id))).one() or 0
        self.known = count(session, running)
        self.batches = 0
        self._pause_breached(session, running, now)

    def settled(self, session: Session, messages: Iterable[Message], now: datetime) -> None:
        """Add a batch, and pause what is now over a limit. Before the caller commits."""
        self.batches += 1
        if self.batches >= LOOKED_AGAIN_AFTER:
            self.look(session, now)
            return
        touched = {message.campaign_id for message in messages}
        for message in messages:
            tally = self.known.setdefault(message.campaign_id, Tally())
            tally.sent += message.state in SENT_STATES
            tally.failed += message.state in (State.FAILED, State.UNKNOWN)
        self._hear(session)
        self._pause_breached(session, touched, now)

    def _hear(self, session: Session) -> None:
        """Who left since the last batch: a look at the newest events, for there are few."""
        newest = session.exec(select(func.max(ConsentEvent.id))).one() or 0
        if newest > self.last_event:
            for campaign_id, n in _leaves(session, self.known, col(ConsentEvent.id) > self.last_event).items():
                self.known.setdefault(campaign_id, Tally()).left += n
            self.last_event = newest

    def _pause_breached(self, session: Session, campaign_ids: Iterable[int], now: datetime) -> None:
        suspects = [each for each in campaign_ids if each in self.known and self.known[each].breach(self.limits)]
        if not suspects:
            return
        session.flush()
        campaigns = _taken(session, suspects)
        self.known.update(count(session, suspects))
        for campaign in campaigns:
            reason = self.known[campaign.id].breach(self.limits) if campaign.id in suspects else None
            if reason is not None and campaign.status == Status.RUNNING:
                _pause(session, campaign, reason, self.known[campaign.id], now)


def count(session: Session, campaign_ids: Collection[int]) -> dict[int, Tally]:
    """What is written of these campaigns since each was last let go."""
    found = {each: Tally() for each in campaign_ids}
    is_new = or_(
        and_(col(Message.state).in_(SENT_STATES), col(Message.sent_at) >= SINCE),
        and_(col(Message.state) == State.FAILED, col(Message.failed_at) >= SINCE),
        and_(
            col(Message.state) == State.UNKNOWN,
            col(Message.unknown_at) >= SINCE,
            func.coalesce(Message.reason, "") != NOT_ITS_FAULT,
        ),
    )
    rows = session.exec(
        select(Message.campaign_id, Message.state, func.count())
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(col(Message.campaign_id).in_(list(campaign_ids)), is_new)
        .group_by(col(Message.campaign_id), col(Message.state))
    )
    for campaign_id, state, n in rows:
        if state in SENT_STATES:
            found[campaign_id].sent += n
        else:
            found[campaign_id].failed += n
    for campaign_id, n in _leaves(session, campaign_ids).items():
        found[campaign_id].left = n
    return found


def _leaves(session: Session, campaign_ids: Collection[int], *more: ColumnElement[bool]) -> Mapping[int, int]:
    """How many recipients withdrew soon after their message, on any channel."""
    rows = session.exec(
        select(Message.campaign_id, Message.id, Message.sent_at, ConsentEvent.at)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(ConsentEvent, col(ConsentEvent.customer_id) == col(Message.customer_id))
        .where(
            col(Message.campaign_id).in_(list(campaign_ids)),
            col(Message.state).in_(SENT_STATES),
            col(Message.sent_at) >= SINCE,
            ConsentEvent.purpose == Purpose.OFFERS,
            ~col(ConsentEvent.granted),
            col(ConsentEvent.at) >= col(Message.sent_at),
            *more,
        )
    )
    left = {(campaign, message) for campaign, message, sent, at in rows if sent and at < sent + LEFT_WITHIN}
    return Counter(campaign for campaign, _ in left)


def _taken(session: Session, numbers: Collection[int]) -> Sequence[Campaign]:
    """These and what they are rounds of, as they stand, for nobody else to change until this transaction ends.

    Parents come before their rounds, as whoever adds to one takes them.
    """
    parents = session.exec(select(Campaign.parent_id).where(col(Campaign.id).in_(numbers))).all()
    wanted = select(Campaign).where(col(Campaign.id).in_({*numbers, *(each for each in parents if each is not None)}))
    taken = wanted.order_by(col(Campaign.id)).with_for_update().execution_options(populate_existing=True)
    return session.exec(taken).all()


def _pause(session: Session, campaign: Campaign, reason: str, tally: Tally, now: datetime) -> None:
    """With it what it is a round of, or the next round would do the same; the team is told the number of that one."""
    n, of = (tally.failed, tally.concluded) if reason == FAILURES else (tally.left, tally.sent)
    campaign.status, campaign.pause_reason = Status.PAUSED, reason
    session.add(campaign)
    parent = session.get(Campaign, campaign.parent_id) if campaign.parent_id is not None else None
    if parent is not None and parent.status == Status.SCHEDULED:
        parent.status, parent.pause_reason = Status.PAUSED, reason
        session.add(parent)
        audit.record(session, now, BY, "campaign paused", str(parent.id), reason=reason, round=campaign.id)
    audit.record(session, now, BY, "campaign paused", str(campaign.id), reason=reason, n=n, of=of)
    waiting = select(func.count()).where(Message.campaign_id == campaign.id, Message.state == State.PLANNED)
    notices.tell_team(
        session,
        "campaign_alarm",
        now,
        number=parent.id if parent is not None and parent.status == Status.PAUSED else campaign.id,
        reason=reason,
        n=n,
        of=of,
        code=_commonest_code(session, campaign) if reason == FAILURES else "",
        waiting=session.exec(waiting).one(),
    )


def _commonest_code(session: Session, campaign: Campaign) -> str:
    """What the provider said most often since, for whoever has to mend it."""
    said = session.exec(
        select(Message.reason, func.count())
        .where(
            Message.campaign_id == campaign.id,
            col(Message.state).in_((State.FAILED, State.UNKNOWN)),
            func.coalesce(Message.reason, "") != NOT_ITS_FAULT,
        )
        .group_by(col(Message.reason))
        .order_by(func.count().desc(), col(Message.reason))
        .limit(1)
    ).first()
    return (said[0] or "") if said else ""
