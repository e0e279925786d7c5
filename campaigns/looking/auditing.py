"""Everything an audit tells at once: each grouping, what stands in for a group, and how wide the offers are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import inf
from typing import Any

from sqlmodel import Session

from campaigns import insights
from campaigns.launching import evenness, previewing
from campaigns.looking.audit import WEEKS, Audit, Auditing, found_by_run
from campaigns.looking.belonging import Grouping
from campaigns.looking.bubbles import Bubbles, bubbles
from campaigns.shop import Shop
from campaigns.tables import Campaign, Status


@dataclass(frozen=True)
class Whole:
    """``proxies`` are features by which a group can be told, the strongest first, as found at ``mined_at``."""

    audits: Sequence[Audit]
    proxies: Sequence[dict[str, Any]]
    bubbles: Bubbles | None = None
    mined_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "groupings": [as_json(each) for each in self.audits],
            "proxies": list(self.proxies),
            "bubbles": self.bubbles.as_json() if self.bubbles is not None else None,
        }


def whole(session: Session, channels: Collection[str], shop: Shop, now: datetime, weeks: int = WEEKS) -> Whole:
    """Every grouping over the last ``weeks``."""
    looked = Auditing(session, channels, shop, now, weeks)
    who = {each.customer_id for each in looked.people.people}
    return Whole(
        [looked.by(each) for each in Grouping],
        _proxies(session),
        bubbles(session, looked.offers, who, now, shop.zone),
        _mined_at(session),
    )


def one(
    session: Session, grouping: Grouping, channels: Collection[str], shop: Shop, now: datetime, weeks: int = WEEKS
) -> Whole:
    """One grouping over the last ``weeks``."""
    looked = Auditing(session, channels, shop, now, weeks, wanted=(grouping,))
    return Whole([looked.by(grouping)], _proxies(session, grouping), None, _mined_at(session))


def of_campaign(session: Session, campaign: Campaign, channels: Collection[str], shop: Shop, now: datetime) -> Whole:
    """One campaign by every grouping: whom it reached, or of a draft would reach."""
    if campaign.status in (Status.DRAFT, Status.SCHEDULED):
        at = previewing.begins(campaign, shop, now)
        plan, _ = previewing.expected(session, campaign, channels, shop, at)
        return Whole(evenness.of_draft(session, campaign, plan, channels, shop, at), (), None, _mined_at(session))
    looked = Auditing(session, channels, shop, now, campaign=campaign)
    who = {each.customer_id for each in looked.people.people}
    shown = bubbles(session, looked.offers, who, now, shop.zone) if looked.offers else None
    return Whole([looked.by(each) for each in Grouping], (), shown, _mined_at(session))


def as_json(audit: Audit) -> dict[str, Any]:
    """With the standing of each measure beside its groups."""
    told = asdict(audit)
    told["measures"] = {
        name: {**_finite(asdict(each)), "standing": each.standing} for name, each in audit.measures.items()
    }
    return told


def _finite(told: Any) -> Any:
    """With None for what has no upper end: JSON knows no infinity."""
    if isinstance(told, dict):
        return {name: _finite(each) for name, each in told.items()}
    if isinstance(told, list | tuple):
        return [_finite(each) for each in told]
    return None if told == inf else told


def _proxies(session: Session, grouping: Grouping | None = None) -> list[dict[str, Any]]:
    found = found_by_run(session).get("proxies", [])
    return [each for each in found if each["is_strong"] and grouping in (None, each["grouping"])]


def _mined_at(session: Session) -> datetime | None:
    run = insights.current_run(session)
    return run.ready_at if run is not None and found_by_run(session) else None
