"""The day so far, what waits for a decision and what is under way: what /today says, to look at."""

from __future__ import annotations

from bot.talk.desk.today import STALE_DAYS
from bot.web.desk.frame import Page, Visit
from campaigns.looking.today import Progress, today
from campaigns.tables import Status

MOVING_SECONDS = 5


def show(visit: Visit) -> Page:
    """It is fetched again every few seconds while something is being sent."""
    there = today(visit.session, visit.shop, visit.now)
    is_moving = any(each.campaign.status == Status.RUNNING for each in there.campaigns)
    return Page(
        "today",
        {
            "today": there,
            "stale": there.last_sale is not None and (there.at - there.last_sale).days >= STALE_DAYS,
            "decisions": [
                visit.teller.word("decisions", each.about, number=each.number or "", n=each.n)
                for each in there.decisions
            ],
            "campaigns": [_campaign(visit, each) for each in there.campaigns],
        },
        refresh_seconds=MOVING_SECONDS if is_moving else 0,
    )


def _campaign(visit: Visit, each: Progress) -> dict[str, object]:
    campaign, teller = each.campaign, visit.teller
    return {
        "number": campaign.id,
        "template": teller.word("templates", campaign.template),
        "audience": teller.audience(campaign.audience),
        "status": teller.word("statuses", campaign.status),
        "sent": each.sent,
        "total": each.total,
    }
