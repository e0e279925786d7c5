"""When campaigns start by themselves: at their time, again and again, or as it is somebody's turn.

    scheduled ──its time──▶ running            scheduled ──its time, a repeating one──▶ a round runs, the next is due
        └──its time long past──▶ missed ──resume──▶ running

The campaigns' rows are the truth: status and ``start_at``. Whoever wakes up because of a time looks there first, in
the transaction in which it starts, so that of two who wake up one starts it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from campaigns import insights
from campaigns.choosing import audiences
from campaigns.choosing.audiences import EVERYONE, UNSEGMENTED
from campaigns.grouping import own
from campaigns.launching import starting, triggers
from campaigns.launching.drafts import Trigger
from campaigns.launching.recurring import Recurrence
from campaigns.launching.starting import Plan
from campaigns.launching.triggers import Due
from campaigns.problems import Problem
from campaigns.shop import Shop
from campaigns.tables import Campaign, Membership, Message, Segment, Status
from ledger import audit, merged, notices
from ledger.database import Database
from ledger.notices import day, term

BY_ITSELF = "schedule"
"""Who did it, in the audit."""
OF_ITS_OWN = {"id", "parent_id", "repeats", "status", "pause_reason", "remains", "created_at"} | {
    "spent",
    "start_at",
    "due_from",
    "finished_at",
}
"""What a round does not take over from the campaign that it is a round of."""


class Fired(StrEnum):
    """What became of a campaign whose time came."""

    STARTED = "started"
    MISSED = "missed"
    FAILED = "failed"


def wake_ups(session: Session) -> dict[int, datetime]:
    """When to look at which campaign next: all that wait for a time of the clock."""
    wanted = select(Campaign.id, Campaign.start_at).where(
        Campaign.status == Status.SCHEDULED, col(Campaign.start_at).is_not(None), col(Campaign.trigger).is_(None)
    )
    return {number: at for number, at in session.exec(wanted) if at is not None}


def fire(session: Session, campaign_id: int, channels: Collection[str], shop: Shop, now: datetime) -> Fired | None:
    """Start a campaign whose time has come, or ask its owner where that was too long ago.

    None where there is nothing to start: it was held, ended or put off meanwhile, or another process started it.
    """
    campaign = _take(session, campaign_id, now)
    if campaign is None or campaign.start_at is None or campaign.trigger is not None:
        return None
    if now - campaign.start_at > shop.start_lateness:
        ask_whether(session, campaign, now)
        return Fired.MISSED
    try:
        with session.begin_nested():
            start_now(session, campaign, channels, shop, now)
    except Problem as problem:
        ask_why(session, campaign, problem, now)
        return Fired.FAILED
    return Fired.STARTED


def start_now(session: Session, campaign: Campaign, channels: Collection[str], shop: Shop, now: datetime) -> Plan:
    """Let a scheduled or missed campaign run; of one that repeats, a round, and it comes round again as usual.

    Raises UnknownAudience.
    """
    if campaign.repeats is None:
        begun = campaign
        plan = starting.start(session, begun, channels, shop, now)
    else:
        begun = new_round(session, campaign, now)
        plan = starting.start(session, begun, channels, shop, now)
        campaign.start_at = Recurrence.read(campaign.repeats).next_after(now, shop.zone)
        campaign.status = Status.SCHEDULED
        session.add(campaign)
    if begun.status == Status.DONE:
        _end_aloud(session, begun)
    if begun.status != Status.PREPARING:
        told = {**starting.counted(begun, plan), **own.recorded(session, begun.audience)}
        audit.record(session, now, BY_ITSELF, "campaign started", str(begun.id), **told)
    return plan


def _end_aloud(session: Session, campaign: Campaign) -> None:
    """Nobody is there who could see that it found nobody: the outbox ends it as any other, and tells the team."""
    campaign.status, campaign.finished_at = Status.RUNNING, None
    session.add(campaign)


def new_round(session: Session, campaign: Campaign, now: datetime) -> Campaign:
    """A campaign like its parent, and with its lots: who is held out of one round is held out of all."""
    like = campaign.model_dump(exclude=OF_ITS_OWN)
    round_ = Campaign(**like, parent_id=campaign.id, created_at=now)
    session.add(round_)
    session.flush()
    return round_


def triggered(session: Session, now: datetime) -> Sequence[int]:
    """The standing campaigns that answer to what customers do."""
    wanted = select(Campaign.id).where(
        Campaign.status == Status.SCHEDULED,
        col(Campaign.trigger).is_not(None),
        or_(col(Campaign.start_at).is_(None), col(Campaign.start_at) <= now),
    )
    return session.exec(wanted.order_by(col(Campaign.id))).all()


def whose_turn(session: Session, campaign_id: int, shop: Shop, now: datetime) -> dict[int, int | None]:
    """Who of the audience is due and was not answered yet, and the product it is about. Only looks."""
    campaign = session.get_one(Campaign, campaign_id)
    if campaign.trigger is None:
        return {}
    due = triggers.due(session, Trigger(campaign.trigger), shop.zone, now)
    answered = _answered(session, campaign, due)
    inside = _inside(session, campaign.audience, due, shop, now)
    return {
        customer: each.product_id
        for customer, each in due.items()
        if customer in inside and (customer not in answered or answered[customer] < each.since)
    }


def enrol(
    session: Session,
    campaign_id: int,
    about: Mapping[int, int | None],
    channels: Collection[str],
    shop: Shop,
    now: datetime,
) -> Plan | None:
    """Add those whose turn it is to this month's round, which begins with the first of them.

    None where there is nobody to add, or the campaign or this month's round was held or ended meanwhile.
    """
    campaign = _take(session, campaign_id, now) if about else None
    if campaign is None:
        return None
    round_ = _round_of(session, campaign, shop, now) or _begin_round(session, campaign, now)
    if round_.status not in (Status.RUNNING, Status.DONE):
        return None
    plan = starting.enrol(session, round_, about, channels, shop, now)
    if plan.chosen:
        round_.status, round_.finished_at = Status.RUNNING, None
        session.add(round_)
    return plan


def start_due(database: Database, channels: Collection[str], shop: Shop, now: datetime) -> dict[int, Fired]:
    """Start everything whose time has come, each in its own transaction; what became of which campaign."""
    with database.reading() as session:
        due = sorted(number for number, at in wake_ups(session).items() if at <= now)
    fired = {}
    for number in due:
        with database.transaction() as session:
            outcome = fire(session, number, channels, shop, now)
        if outcome is not None:
            fired[number] = outcome
    return fired


def sweep(
    database: Database,
    channels: Collection[str],
    shop: Shop,
    now: datetime,
    may_go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Look whose turn it is in each campaign that answers to what customers do; how many were added.

    Nothing is locked while looking. An audience that is no more (its segment went with an older run) is empty.
    """
    with database.reading() as session:
        numbers = triggered(session, now)
    added = 0
    for number in numbers:
        if not may_go_on():
            break
        with database.reading() as session:
            about = whose_turn(session, number, shop, now)
        if about:
            with database.transaction() as session:
                plan = enrol(session, number, about, channels, shop, now)
            added += plan.audience if plan is not None else 0
    return added


def _take(session: Session, campaign_id: int, now: datetime) -> Campaign | None:
    """The campaign, if it is to start by now; nobody else starts it until this transaction ends."""
    wanted = select(Campaign).where(
        Campaign.id == campaign_id,
        Campaign.status == Status.SCHEDULED,
        or_(col(Campaign.start_at).is_(None), col(Campaign.start_at) <= now),
    )
    return session.exec(wanted.with_for_update().execution_options(populate_existing=True)).one_or_none()


def ask_why(session: Session, campaign: Campaign, problem: Problem, now: datetime) -> None:
    """It cannot start: leave it to the team, and say why."""
    _ask(session, campaign, "schedule_failed", now, sentence=term("problems", problem.key, **problem.values))


def ask_whether(session: Session, campaign: Campaign, now: datetime) -> None:
    """Its time has passed while nobody could start it: leave it to the team whether it is still wanted."""
    _ask(session, campaign, "schedule_missed", now)


def _ask(session: Session, campaign: Campaign, template: str, now: datetime, **more: Any) -> None:
    """Leave it to the team: nothing starts before somebody says so."""
    was_due = campaign.start_at or now
    campaign.status = Status.MISSED
    session.add(campaign)
    notices.tell_team(
        session,
        template,
        now,
        number=campaign.id,
        offer=term("templates", campaign.template),
        audience=audiences.as_term(campaign.audience),
        was_due=day(was_due),
        repeats=campaign.repeats is not None,
        **more,
    )
    late = (now - was_due) // timedelta(minutes=1)
    audit.record(session, now, BY_ITSELF, "campaign missed", str(campaign.id), minutes_late=late)


def _round_of(session: Session, campaign: Campaign, shop: Shop, now: datetime) -> Campaign | None:
    """This month's round by the shop's calendar, if it has begun."""
    local = now.astimezone(shop.zone)
    began = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    wanted = select(Campaign).where(Campaign.parent_id == campaign.id, col(Campaign.start_at) >= began)
    # The outbox may be about to end it: whoever comes second sees what the first did.
    newest = wanted.order_by(col(Campaign.id).desc()).limit(1).with_for_update()
    return session.exec(newest.execution_options(populate_existing=True)).first()


def _begin_round(session: Session, campaign: Campaign, now: datetime) -> Campaign:
    round_ = new_round(session, campaign, now)
    round_.status, round_.start_at, round_.due_from = Status.RUNNING, now, now
    session.add(round_)
    session.flush()
    audit.record(session, now, BY_ITSELF, "campaign started", str(round_.id), of=campaign.id)
    return round_


def _answered(session: Session, campaign: Campaign, due: Mapping[int, Due]) -> dict[int, datetime]:
    """When each was last in a round of this campaign, whatever became of it there. One view is answered once."""
    wanted = (
        select(Message.customer_id, func.max(Message.planned_at))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(Campaign.parent_id == campaign.id)
        .group_by(col(Message.customer_id))
    )
    ones, last = merged.into(session), dict[int, datetime]()
    for number, at in session.exec(wanted):
        customer = ones.get(number, number)
        if customer in due:
            last[customer] = max(at, last.get(customer, at))
    return last


def _inside(session: Session, audience: str, due: Mapping[int, Due], shop: Shop, now: datetime) -> Collection[int]:
    """Those of them who are in the audience."""
    if audience == EVERYONE:
        return due.keys()
    if audiences.is_grouped(audience):
        return audiences.inside(session, audience, shop, now, due.keys())
    if audiences.named(audience) == audiences.PARTLY:
        bought = audiences.bought_partly(audiences.products_of(audience))
        return due.keys() & set(session.connection().execute(bought).scalars())
    run = insights.current_run(session)
    members = select(Membership.customer_id).where(Membership.run_id == (run.id if run is not None else 0))
    if audience == UNSEGMENTED:
        return due.keys() - set(session.exec(members))
    named = select(Segment.id).where(Segment.key == audience)
    inside = or_(col(Membership.segment_id).in_(named), col(Membership.micro_id).in_(named))
    return due.keys() & set(session.exec(members.where(inside)))
