"""A running campaign pauses by itself when too much of it fails, or too many leave because of it.

looked at when a drain begins, from what is written → added to after each batch → above a limit? counted once more,
exactly, and paused in the transaction that settles the batch: nothing further is claimed

What another process sends at the same time is seen at the next look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from campaigns.outcomes.figures import LEFT_WITHIN, said_by_recipient
from campaigns.sending import holding
from campaigns.sending.holding import FAILURES, LEAVES
from campaigns.sending.settling import PROVIDERS_WORD, Settled
from campaigns.shop import Alarm
from campaigns.tables import SENT_STATES, Campaign, Message, State, Status
from ledger.tables import ConsentEvent, Customer, Purpose

NOT_ITS_FAULT = "lease_expired"
"""The reason of a message whose sender vanished: that speaks of us, not of the campaign."""
LOOKED_AGAIN_AFTER, LOOKED_AGAIN_SHARE = 4_000, 0.1
"""Messages settled, at least, and of all that were: each look counts the whole campaign, for what other processes did
meanwhile."""
NEWEST = sql_select(func.max(ConsentEvent.id))
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
    settled_since: int = 0

    def look(self, session: Session, now: datetime) -> None:
        """Count all that runs, and pause what is over a limit."""
        running = session.exec(select(Campaign.id).where(Campaign.status == Status.RUNNING)).all()
        self.last_event = session.exec(select(func.max(ConsentEvent.id))).one() or 0
        self.known = count(session, running)
        self.settled_since = 0
        self._pause_breached(session, running, now)

    def settled(
        self, session: Session, messages: Iterable[Settled], now: datetime, failed_later: Collection[int] = ()
    ) -> None:
        """Add a batch, and pause what is now over a limit. Before the caller commits.

        ``failed_later``: the campaign of each message that was counted as sent and of which the provider said since
        that it failed.
        """
        messages = list(messages)
        self.settled_since += len(messages)
        concluded = sum(tally.concluded for tally in self.known.values())
        if self.settled_since >= max(LOOKED_AGAIN_AFTER, LOOKED_AGAIN_SHARE * concluded):
            self.look(session, now)
            return
        touched = {*(message.campaign_id for message in messages), *failed_later}
        for message in messages:
            tally = self.known.setdefault(message.campaign_id, Tally())
            tally.sent += message.state in SENT_STATES
            tally.failed += message.state in (State.FAILED, State.UNKNOWN)
        for each in failed_later:
            tally = self.known.setdefault(each, Tally())
            tally.sent, tally.failed = tally.sent - 1, tally.failed + 1
        self._hear(session)
        self._pause_breached(session, touched, now)

    def _hear(self, session: Session) -> None:
        """Who left since the last batch: a look at the newest events, for there are few."""
        session.flush()
        newest = session.connection().execute(NEWEST).scalar() or 0
        if newest > self.last_event:
            for campaign_id, n in _leaves(session, self.known, col(ConsentEvent.id) > self.last_event).items():
                self.known.setdefault(campaign_id, Tally()).left += n
            self.last_event = newest

    def _pause_breached(self, session: Session, campaign_ids: Iterable[int], now: datetime) -> None:
        suspects = [each for each in campaign_ids if each in self.known and self.known[each].breach(self.limits)]
        if not suspects:
            return
        session.flush()
        campaigns = holding.taken(session, suspects)
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
        and_(col(Message.state) == State.FAILED, col(Message.failed_at) >= SINCE, ~_left_at_the_provider()),
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


def _left_at_the_provider() -> ColumnElement[bool]:
    """It failed because they had told the messenger to stop, before it or by it: no fault of the campaign's.

    They may have turned out to be somebody else since: what they said keeps the number it was said under.
    """
    merged = select(Customer.id).where(col(Customer.merged_into) == col(Message.customer_id))
    is_theirs = or_(
        col(ConsentEvent.customer_id) == col(Message.customer_id),
        col(ConsentEvent.customer_id).in_(merged.correlate(Message)),
    )
    return exists().where(
        is_theirs,
        col(ConsentEvent.wording) == PROVIDERS_WORD,
        col(ConsentEvent.at) == col(Message.failed_at),
    )


def _leaves(session: Session, campaign_ids: Collection[int], *more: ColumnElement[bool]) -> Mapping[int, int]:
    """How many recipients withdrew soon after their message, on any channel."""
    wanted = (
        select(Message.campaign_id, Message.id, Message.sent_at, ConsentEvent.at)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
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
    rows = [row for whose in said_by_recipient() for row in session.exec(wanted.where(*whose))]
    left = {(campaign, message) for campaign, message, sent, at in rows if sent and at < sent + LEFT_WITHIN}
    return Counter(campaign for campaign, _ in left)


def _pause(session: Session, campaign: Campaign, reason: str, tally: Tally, now: datetime) -> None:
    if reason == FAILURES:
        code = _commonest_code(session, campaign)
        holding.pause(session, campaign, reason, now, n=tally.failed, of=tally.concluded, code=code)
    else:
        holding.pause(session, campaign, reason, now, n=tally.left, of=tally.sent)


def _commonest_code(session: Session, campaign: Campaign) -> str:
    """What the provider said most often since, for whoever has to mend it."""
    said = session.exec(
        select(Message.reason, func.count())
        .where(
            Message.campaign_id == campaign.id,
            col(Message.state).in_((State.FAILED, State.UNKNOWN)),
            ~_left_at_the_provider(),
            func.coalesce(Message.reason, "") != NOT_ITS_FAULT,
        )
        .group_by(col(Message.reason))
        .order_by(func.count().desc(), col(Message.reason))
        .limit(1)
    ).first()
    return (said[0] or "") if said else ""
