"""A survey from the owner's word to its end: drafted, looked at, approved, closed. It goes out as a campaign does.

draft → preview (whom, why not, in which words) → approve → campaigns/launching, campaigns/sending → close
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from campaigns.choosing import audiences
from campaigns.launching import planning, starting
from campaigns.launching.drafts import SURVEY
from campaigns.launching.starting import Plan
from campaigns.problems import NotNow, UnknownCampaign
from campaigns.shop import Shop
from campaigns.surveys.questionnaires import Questionnaire
from campaigns.tables import Campaign, Status, Survey
from campaigns.words.phrasing import Phrasing, phrasing, reached
from ledger import audit


@dataclass(frozen=True)
class Preview:
    """Who would be asked and who not, before anybody is. ``queued`` of the reached wait for an offer, too."""

    plan: Plan
    reached: Plan
    phrasing: Phrasing
    queued: int


def draft(
    session: Session, asked: Questionnaire, audience: str | None, *, shop: Shop, by: str, now: datetime
) -> Survey:
    """A survey to look at; nobody is asked yet. Raises UnknownAudience.

    Nobody is held out: there is no offer whose effect could be compared.
    """
    campaign = Campaign(
        template=SURVEY,
        audience=audiences.resolve(session, audience or audiences.EVERYONE),
        holdout_share=0,
        window_days=shop.survey_lapse_days,
        prices={channel: str(price) for channel, price in shop.prices.items()},
        seed=secrets.token_hex(8),
        created_by=by,
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    survey = Survey(
        id=campaign.id,
        kind=asked.kind,
        version=asked.version,
        questions=[each.as_json() for each in asked.questions],
        lapse_days=shop.survey_lapse_days,
    )
    session.add(survey)
    session.flush()
    return survey


def preview(session: Session, survey: Survey, channels: Collection[str], shop: Shop, now: datetime) -> Preview:
    """Whom a yes would ask now, and for everybody else why not."""
    campaign = campaign_of(session, survey)
    planned = starting.plan(session, campaign, channels, shop, now)
    words = phrasing(session, campaign, planned, now)
    whom = reached(planned, words)
    return Preview(planned, whom, words, starting.queued_elsewhere(session, campaign, whom))


def approve(
    session: Session, survey: Survey, channels: Collection[str], shop: Shop, *, by: str, now: datetime
) -> Plan:
    """From now on people are asked. Raises NotNow unless it is a draft, or where nobody could be asked."""
    campaign = campaign_of(session, survey)
    planning.require(campaign, Status.DRAFT)
    if not starting.plan(session, campaign, channels, shop, now).chosen:
        raise NotNow("survey_asks_nobody", number=survey.id)
    return planning.approve(session, campaign, channels, shop, by=by, now=now)


def drop(session: Session, survey: Survey, *, by: str, now: datetime) -> None:
    """A draft comes to nothing."""
    campaign = campaign_of(session, survey)
    if campaign.status == Status.DRAFT:
        planning.cancel(session, campaign, by=by, now=now)


def close(session: Session, survey: Survey, *, by: str, now: datetime) -> int:
    """Nobody more is asked and nothing more is answered; how many invitations are spared. Raises NotNow.

    What was answered stays and is counted; who is in the middle of it is told when they write the next time.
    """
    if survey.closed_at is not None:
        raise NotNow("survey_closed", number=survey.id)
    campaign = campaign_of(session, survey)
    spared = planning.cancel(session, campaign, by=by, now=now) if campaign.status in planning.OPEN else 0
    survey.closed_at, survey.closed_by = now, by
    session.add(survey)
    audit.record(session, now, by, "survey closed", str(survey.id), spared=spared)
    return spared


def find(session: Session, number: int) -> Survey:
    """Raises UnknownCampaign."""
    survey = session.get(Survey, number)
    if survey is None:
        raise UnknownCampaign("unknown_survey_number", number=number)
    return survey


def campaign_of(session: Session, survey: Survey) -> Campaign:
    """The campaign by which it goes out."""
    return session.get_one(Campaign, survey.id)


def surveys(session: Session) -> Sequence[tuple[Survey, Campaign]]:
    """All that were approved or wait for it, the newest first; drafts that came to nothing are none."""
    wanted = select(Survey, Campaign).join(Campaign, col(Campaign.id) == col(Survey.id))
    there = wanted.where(or_(Campaign.status != Status.CANCELLED, col(Campaign.approved_at).is_not(None)))
    return session.exec(there.order_by(col(Survey.id).desc())).all()


def state(survey: Survey, campaign: Campaign, now: datetime) -> str:
    """Where it stands: a campaign's status while people are being asked, then whether answers still come in."""
    if survey.closed_at is not None:
        return "closed"
    if campaign.status != Status.DONE:
        return campaign.status
    return "open" if campaign.finished_at is None or _may_answer(survey, campaign, now) else "lapsed"


def _may_answer(survey: Survey, campaign: Campaign, now: datetime) -> bool:
    return campaign.finished_at is not None and (now - campaign.finished_at).days < survey.lapse_days
