"""What becomes of a campaign once it is approved: it runs, or waits for its time, until it is held or ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from campaigns.grouping import own
from campaigns.launching import budgets, drafting, evenness, previewing, scheduling, starting
from campaigns.launching.drafts import Draft
from campaigns.launching.recurring import Recurrence
from campaigns.launching.replanning import replan
from campaigns.launching.starting import Plan
from campaigns.problems import BadDraft, NotNow, UnknownCampaign
from campaigns.sending import holding, settling
from campaigns.sending.gate import Reason
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, State, Status
from ledger import audit

OPEN = (Status.DRAFT, Status.SCHEDULED, Status.PREPARING, Status.RUNNING, Status.PAUSED, Status.MISSED)


def find(session: Session, campaign_id: int) -> Campaign:
    """Raises UnknownCampaign."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise UnknownCampaign("unknown_campaign", number=campaign_id)
    return campaign


def approve(
    session: Session,
    campaign: Campaign,
    channels: Collection[str],
    shop: Shop,
    *,
    by: str,
    now: datetime,
    seen: Draft | None = None,
) -> Plan:
    """Let the campaign run, or wait for its time; who would be written to. Raises NotNow unless it is a draft.

    ``seen`` is what was shown before the yes: a draft that was changed since is not approved by it (NotNow). Raises
    BadDraft where its time has passed since it was drafted.
    """
    _take(session, campaign)
    require(campaign, Status.DRAFT)
    if seen is not None and drafting.draft_of(campaign) != seen:
        raise NotNow("draft_changed", number=campaign.id)
    budgets.require_priced(campaign, channels)
    campaign.approved_at = now
    if campaign.is_standing or campaign.start_at is not None:
        planned = _schedule(session, campaign, channels, shop, now)
    else:
        planned = starting.start(session, campaign, channels, shop, now)
    even = evenness.recorded(session, campaign, planned, channels, shop, campaign.start_at or now)
    counts = starting.counted(campaign, planned)
    asked = own.recorded(session, campaign.audience)
    audit.record(session, now, by, "campaign approved", str(campaign.id), **counts, **even, **asked)
    return planned


def _schedule(session: Session, campaign: Campaign, channels: Collection[str], shop: Shop, now: datetime) -> Plan:
    """Wait for the time it is to start, or to come round for the first time."""
    if campaign.repeats is not None:
        campaign.start_at = Recurrence.read(campaign.repeats).next_after(now, shop.zone)
    if campaign.start_at is not None and campaign.start_at <= now:
        raise BadDraft("time_passed")
    campaign.status = Status.SCHEDULED
    session.add(campaign)
    planned, _ = previewing.expected(session, campaign, channels, shop, campaign.start_at or now)
    return planned


def pause(session: Session, campaign: Campaign, *, by: str, now: datetime) -> None:
    """Nothing further is claimed or started, of its rounds neither. Raises NotNow unless it runs or is to."""
    _take(session, campaign)
    require(campaign, Status.RUNNING, Status.PREPARING, Status.SCHEDULED)
    for each in (campaign, *rounds(session, campaign, Status.RUNNING, Status.PREPARING)):
        each.status = Status.PAUSED
        session.add(each)
    audit.record(session, now, by, "campaign paused", str(campaign.id))


def resume(
    session: Session,
    campaign: Campaign,
    channels: Collection[str],
    shop: Shop,
    *,
    by: str,
    now: datetime,
    budget: Decimal | None = None,
) -> None:
    """Go on; what missed its time starts now. ``budget`` is a new one for it and its open rounds.

    Raises NotNow unless it is paused or missed its time, or where its budget has no room; BadDraft for an impossible
    budget, or where a channel has no price that one could be kept by.
    """
    _take(session, campaign)
    require(campaign, Status.PAUSED, Status.MISSED)
    may_resume(session, campaign, budget)
    for each in (campaign, *rounds(session, campaign, *OPEN)):
        each.budget = f"{budget:f}" if budget is not None else each.budget
        # A channel may have been added since it was approved.
        if each.budget is not None:
            each.prices = {**{name: str(price) for name, price in shop.prices.items()}, **each.prices}
            budgets.require_priced(each, channels)
    if budget is not None:
        audit.record(session, now, by, "campaign budget", str(campaign.id), budget=campaign.budget)
    if campaign.status == Status.MISSED:
        scheduling.start_now(session, campaign, channels, shop, now)
    else:
        for each in (campaign, *rounds(session, campaign, Status.PAUSED)):
            _go_on(session, each, channels, shop, now)
    audit.record(session, now, by, "campaign resumed", str(campaign.id))


def may_resume(session: Session, campaign: Campaign, budget: Decimal | None = None) -> None:
    """Raises NotNow where it was held because its budget, or a round's, was spent, and ``budget`` is not enough more;
    BadDraft where that is none."""
    if budget is not None and budget <= 0:
        raise BadDraft("impossible_budget")
    for each in (campaign, *rounds(session, campaign, Status.PAUSED)):
        most = budget if budget is not None else budgets.of(each)
        is_spent = each.due_from is not None and (budget is not None or each.pause_reason == holding.BUDGET)
        if is_spent and not budgets.has_room(session, each, most):
            costs = budgets.spent(session, [each])
            raise NotNow("budget_spent", number=campaign.id, budget=most, spent=costs)


def _go_on(session: Session, campaign: Campaign, channels: Collection[str], shop: Shop, now: datetime) -> None:
    campaign.pause_reason = None
    if campaign.repeats is not None and campaign.is_standing:
        campaign.start_at = Recurrence.read(campaign.repeats).next_after(now, shop.zone)
    has_begun, is_ahead = campaign.due_from is not None, campaign.start_at is not None and campaign.start_at > now
    if campaign.is_standing or (is_ahead and not has_begun):
        campaign.status = Status.SCHEDULED
    elif not has_begun:
        starting.start(session, campaign, channels, shop, now)
    else:
        campaign.status, campaign.due_from = Status.RUNNING, now
        replan(session, campaign, shop, now)
    session.add(campaign)


def cancel(session: Session, campaign: Campaign, *, by: str, now: datetime) -> int:
    """Withhold what is not yet on its way and end the campaign, with its rounds; how many messages are spared.

    Raises NotNow when it is over.
    """
    _take(session, campaign)
    require(campaign, *OPEN)
    family = [campaign, *rounds(session, campaign, *OPEN)]
    spared = session.connection().execute(
        update(Message)
        .where(col(Message.campaign_id).in_([each.id for each in family]), col(Message.state) == State.PLANNED)
        .values(state=State.WITHHELD, reason=Reason.CANCELLED, withheld_at=now)
    )
    settling.unword_withheld(session, col(Message.campaign_id).in_([each.id for each in family]))
    for each in family:
        each.status, each.finished_at = Status.CANCELLED, now
        session.add(each)
    audit.record(session, now, by, "campaign cancelled", str(campaign.id), spared=spared.rowcount)
    return spared.rowcount


def _take(session: Session, campaign: Campaign) -> None:
    """See the campaign as it stands, and let nobody else start, add to, hold or end it until this transaction ends.

    Whoever adds to a round holds the campaign that it is a round of, so that one is taken first.
    """
    for number in (campaign.parent_id, campaign.id):
        if number is not None:
            taken = select(Campaign).where(Campaign.id == number).with_for_update()
            session.exec(taken.execution_options(populate_existing=True)).one()


def rounds(session: Session, campaign: Campaign, *statuses: Status) -> Sequence[Campaign]:
    """The rounds of a standing campaign, oldest first; only those of ``statuses`` where any are named."""
    wanted = select(Campaign).where(Campaign.parent_id == campaign.id).order_by(col(Campaign.id))
    if statuses:
        wanted = wanted.where(col(Campaign.status).in_(statuses))
    return session.exec(wanted.execution_options(populate_existing=True)).all()


def unsent(session: Session, campaign: Campaign) -> int:
    """How many of its messages, and of its rounds', still wait to be sent."""
    family = select(Campaign.id).where((Campaign.id == campaign.id) | (Campaign.parent_id == campaign.id))
    wanted = select(func.count()).where(Message.state == State.PLANNED, col(Message.campaign_id).in_(family))
    return session.exec(wanted).one()


@dataclass(frozen=True)
class Waiting:
    """Planned messages that are not due yet."""

    count: int
    until: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count, "until": self.until.isoformat() if self.until else None}


def waiting(session: Session) -> Waiting:
    """What is still to be sent by running campaigns, and when the next of it is due."""
    found = session.exec(
        select(func.count(), func.min(Message.not_before))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(Message.state == State.PLANNED, Campaign.status == Status.RUNNING)
    ).one()
    return Waiting(*found)


def campaigns(session: Session) -> Sequence[Campaign]:
    """All campaigns, the newest first."""
    return session.exec(select(Campaign).order_by(col(Campaign.id).desc())).all()


def require(campaign: Campaign, *statuses: Status) -> None:
    """Raises NotNow unless it stands so."""
    if campaign.status not in statuses:
        raise NotNow("not_now", number=campaign.id, status=campaign.status)
