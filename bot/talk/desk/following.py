"""What a campaign is at, in words: how far, how fast, what comes next, and what holding or ending it would mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from bot.talk.desk import previewing
from bot.talk.desk.compliance import duration
from bot.talk.replies import Teller
from campaigns.launching import planning, starting
from campaigns.outcomes import progress
from campaigns.outcomes.progress import Progress, Wait
from campaigns.tables import Campaign, State, Status
from campaigns.words.composing import Reply

MOST_DONE = 8
"""How many campaigns that are over are listed, the newest; those that are not over all are."""


def extent(session: Session, teller: Teller, campaign: Campaign, now: datetime) -> dict[str, Any]:
    """What it is and how far, as figures."""
    found = progress.progress(session, campaign, now)
    return {
        **previewing.headline(teller, campaign),
        "sent": found.sent,
        "unsent": found.unsent,
        "sending": found.states.get(State.SENDING, 0),
        "is_standing": campaign.is_standing,
        "has_begun": campaign.due_from is not None or campaign.is_standing,
        "is_moving": campaign.status in (Status.RUNNING, Status.SCHEDULED),
    }


def paused(session: Session, teller: Teller, campaign: Campaign, now: datetime) -> Reply:
    """What is held, and how it goes on."""
    return teller.say("campaign_paused", **extent(session, teller, campaign, now))


def resuming(
    session: Session,
    teller: Teller,
    campaign: Campaign,
    channels: Collection[str],
    now: datetime,
    budget: Decimal | None = None,
) -> Reply:
    """What a yes would set going, now or at its time, with a new budget maybe. Raises NotNow and BadDraft as resuming
    itself would."""
    planning.may_resume(session, campaign, budget)
    starts = -1
    if campaign.status == Status.MISSED or _begins_at_once(campaign, now):
        starts = starting.plan(session, campaign, channels, teller.shop, now).chosen
    return teller.say(
        "resume_ask",
        starts=starts,
        is_missed=campaign.status == Status.MISSED,
        was_due=_moment(teller, campaign.start_at),
        reason=teller.word("pause_reasons", campaign.pause_reason) if campaign.pause_reason else "",
        budget=teller.money(budget) if budget is not None else "",
        **extent(session, teller, campaign, now),
    )


def resumed(session: Session, teller: Teller, campaign: Campaign, now: datetime) -> Reply:
    """What goes on, and how it is held again."""
    return teller.say(
        "campaign_resumed",
        status=teller.word("statuses", campaign.status),
        is_scheduled=campaign.status == Status.SCHEDULED,
        **extent(session, teller, campaign, now),
    )


def cancelling(session: Session, teller: Teller, campaign: Campaign, now: datetime) -> Reply:
    """What a yes would end."""
    return teller.say("cancel_ask", **extent(session, teller, campaign, now))


def campaigns(session: Session, teller: Teller) -> Reply:
    """Those that are not over, then the newest that are; a standing one with what comes next."""
    all_of_them = [each for each in planning.campaigns(session) if each.parent_id is None and not _was_dropped(each)]
    is_open = [each for each in all_of_them if each.status in planning.OPEN]
    over = [each for each in all_of_them if each.status not in planning.OPEN]
    shown = [*is_open, *over[:MOST_DONE]]
    rounds = {each.id: [one.id for one in planning.rounds(session, each)] for each in shown if each.is_standing}
    sent = progress.sent_of(session, [each.id for each in shown] + [one for some in rounds.values() for one in some])
    rows = [_row(teller, each, rounds.get(each.id, ()), sent) for each in shown]
    begun = next((row["number"] for row in rows if row["has_begun"]), 0)
    return teller.say("campaigns", rows=rows, more=len(over[MOST_DONE:]), begun=begun)


def told(teller: Teller, campaign: Campaign, found: Progress, now: datetime) -> Reply:
    """How far it is, how fast it goes, and how long what is due takes. What waits is told, never guessed away."""
    states = found.states
    rest = found.total - found.sent - sum(states.get(each, 0) for each in (*LEFT, *GONE_WRONG))
    return teller.say(
        "progress",
        **previewing.headline(teller, campaign),
        status=teller.word("statuses", campaign.status),
        is_paused=campaign.status == Status.PAUSED,
        is_open=campaign.status in planning.OPEN,
        has_begun=campaign.due_from is not None or bool(found.total),
        prepared=int(found.prepared * 100) if found.prepared is not None else None,
        sent=found.sent,
        total=found.total,
        percent=found.sent * 100 // found.total if found.total else 0,
        due=found.due,
        sending=states.get(State.SENDING, 0),
        waits=[wait_told(teller, each) for each in found.waits],
        last_minute=teller.number(found.last_minute),
        overall=teller.number(found.overall, 1) if found.overall is not None else "",
        remaining=_remaining(teller, found.remaining),
        others=[(teller.word("states", each), states[each]) for each in GONE_WRONG if states.get(each)],
        skipped=rest,
        is_running=campaign.status == Status.RUNNING,
        budget=teller.money(found.budget) if found.budget is not None else "",
        spent=teller.money(found.spent),
        is_standing=campaign.is_standing,
        at=teller.clock(now),
    )


LEFT = (State.PLANNED, State.SENDING)
GONE_WRONG = (State.FAILED, State.UNKNOWN)


def _was_dropped(campaign: Campaign) -> bool:
    """Whether it never was more than a draft."""
    return campaign.status == Status.CANCELLED and campaign.approved_at is None


def _begins_at_once(campaign: Campaign, now: datetime) -> bool:
    """Whether it was held before its time, and that has passed since."""
    has_begun = campaign.due_from is not None or campaign.is_standing
    return not has_begun and (campaign.start_at is None or campaign.start_at <= now)


def _row(
    teller: Teller, campaign: Campaign, rounds: Sequence[int], sent: dict[int, tuple[int, int]]
) -> dict[str, Any]:
    counts = [sent.get(number, (0, 0)) for number in (campaign.id, *rounds)]
    return {
        "number": campaign.id,
        "template": teller.word("templates", campaign.template),
        "audience_name": teller.audience(campaign.audience),
        "status": teller.word("statuses", campaign.status),
        "sent": sum(each for each, _ in counts),
        "total": sum(each for _, each in counts),
        "has_begun": campaign.due_from is not None or bool(rounds),
        "is_standing": campaign.is_standing,
        "when": previewing.when(teller, campaign) if campaign.is_standing or campaign.start_at is not None else "",
        "next": _moment(teller, campaign.start_at) if _comes_round(campaign) else "",
        "last_round": max(rounds, default=0),
        "is_scheduled": campaign.status == Status.SCHEDULED,
    }


def _comes_round(campaign: Campaign) -> bool:
    return campaign.repeats is not None and campaign.status == Status.SCHEDULED


def wait_told(teller: Teller, wait: Wait) -> dict[str, Any]:
    """How many wait, why, and when the first and the last of them may go."""
    return {
        "n": wait.n,
        "why": teller.composer.shelf(teller.language, "withheld").get(wait.reason, ""),
        "first": _moment(teller, wait.first),
        "last": _moment(teller, wait.last) if wait.last - wait.first >= timedelta(minutes=1) else "",
    }


def _remaining(teller: Teller, time: timedelta | None) -> str:
    return duration(teller, max(time, timedelta(seconds=1))) if time is not None else ""


def _moment(teller: Teller, at: datetime | None) -> str:
    return previewing.moment_told(teller, at) if at is not None else ""
