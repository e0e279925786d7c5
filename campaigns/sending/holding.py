"""Campaigns that stop by themselves: paused with a reason, the team told, and resumed only by somebody's word."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func
from sqlmodel import Session, col, select

from campaigns.sending.due import is_planned
from campaigns.tables import Campaign, Message, State, Status
from ledger import audit, notices

BY = "alarm"
"""Who did it, in the audit."""
FAILURES, LEAVES = "failures", "leaves"
BAD_CONTENT, CONTENT_CLOSED, PORTFOLIO_LIMIT = "bad_content", "content_closed", "portfolio_limit"
BUDGET = "budget"
"""Why: too much failed, too many left; the approved words do not go together with what fills them, or are not to be
used any more; the shop has written to as many people as it may; its budget is spent."""


def taken(session: Session, numbers: Collection[int]) -> Sequence[Campaign]:
    """These and what they are rounds of, as they stand, for nobody else to change until this transaction ends.

    Parents come before their rounds, as whoever adds to one takes them.
    """
    parents = session.exec(select(Campaign.parent_id).where(col(Campaign.id).in_(numbers))).all()
    wanted = select(Campaign).where(col(Campaign.id).in_({*numbers, *(each for each in parents if each is not None)}))
    locked = wanted.order_by(col(Campaign.id)).with_for_update().execution_options(populate_existing=True)
    return session.exec(locked).all()


def take_all_of(session: Session, customer_ids: Collection[int]) -> None:
    """Hold every campaign these customers have a message of, before any of those messages is held."""
    theirs = select(Message.campaign_id).where(col(Message.customer_id).in_(customer_ids)).distinct()
    if numbers := session.exec(theirs).all():
        taken(session, numbers)


def hold(
    session: Session, numbers: Collection[int], reason: str, now: datetime, *, code: str = "", content: str = ""
) -> int:
    """Pause those of these campaigns that run; how many. ``content`` names the approved words it is about."""
    if not numbers:
        return 0
    session.flush()
    running = [each for each in taken(session, numbers) if each.id in numbers and each.status == Status.RUNNING]
    for each in running:
        pause(session, each, reason, now, code=code, content=content)
    return len(running)


def hold_channel(session: Session, channel: str, now: datetime) -> int:
    """The channel takes nobody more: pause what has messages waiting for it; how many campaigns."""
    waiting = (
        select(Message.campaign_id)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(Message.state == State.PLANNED, Message.channel == channel, Campaign.status == Status.RUNNING)
    )
    return hold(session, set(session.exec(waiting.distinct()).all()), PORTFOLIO_LIMIT, now)


def tell_resting(session: Session, channel: str, until: datetime | None, now: datetime) -> None:
    """The line of a channel breaks: tell whoever waits for its campaigns, unless those were paused, and that told."""
    running = select(Campaign.id).where(Campaign.status == Status.RUNNING).order_by(col(Campaign.id))
    theirs = exists().where(
        col(Message.campaign_id) == col(Campaign.id), is_planned(), col(Message.channel) == channel
    )
    number = session.exec(running.where(theirs).limit(1)).first()
    if number is not None and until is not None:
        audit.record(session, now, BY, "channel rests", channel, until=until.isoformat())
        values: dict[str, Any] = {"channel": notices.term("channels", channel), "until": notices.day(until)}
        notices.tell_team(session, "channel_rests", now, number=number, **values)


def pause(
    session: Session,
    campaign: Campaign,
    reason: str,
    now: datetime,
    *,
    n: int = 0,
    of: int = 0,
    code: str = "",
    content: str = "",
) -> None:
    """Pause one that is held by ``taken``. With it what it is a round of, or the next round would do the same; the
    team is told the number of that one."""
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
        code=code,
        content=content,
        waiting=session.exec(waiting).one(),
    )
