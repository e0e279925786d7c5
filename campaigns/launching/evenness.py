"""Whether a draft would reach some groups much less than others: said before the yes, and kept with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from campaigns.choosing.audiences import EVERYONE
from campaigns.launching import starting
from campaigns.launching.drafts import SURVEY
from campaigns.launching.plans import Plan
from campaigns.looking.audit import OFFERED, OTHERS, Audit, Auditing, Served
from campaigns.looking.belonging import MOST_PEOPLE, Grouping
from campaigns.sending.gate import Reason
from campaigns.shop import Shop
from campaigns.tables import Campaign, State

MOST_LOOKED_AT = 2_000
"""Of more customers so many tell whether to warn: whoever is to say yes does not wait for the rest."""
UNEVEN = "uneven"
"""Under this name the book of who did what keeps that an approval came with the warning."""


@dataclass(frozen=True)
class Uneven:
    """A campaign would reach ``worst`` less than the shop's ``limit`` of what it would reach ``best``, beyond chance.

    ``may_widen``: it is for some customers only, so that it could be for more.
    """

    grouping: Grouping
    worst: Served
    best: Served
    limit: float
    may_widen: bool

    def plain(self) -> dict[str, Any]:
        """Its figures, for the book."""
        ratio = self.worst.ratio
        return {
            "by": self.grouping.value,
            "group": self.worst.name or "small groups",
            "share": round(self.worst.figure.value, 4),
            "n": self.worst.figure.n,
            "beside": self.best.name or "small groups",
            "beside_share": round(self.best.figure.value, 4),
            "beside_n": self.best.figure.n,
            "ratio": [round(each, 4) for each in (ratio.value, ratio.low, ratio.high)] if ratio else None,
            "limit": self.limit,
        }


def of_draft(
    session: Session,
    campaign: Campaign,
    planned: Plan,
    channels: Collection[str],
    shop: Shop,
    at: datetime,
    most: int = MOST_PEOPLE,
) -> list[Audit]:
    """Each grouping of those who allow offers: who would be written to, or be held out by lot, which takes alike.

    Who had as many offers lately as they may have is not counted: they were served, and are let alone for now.
    """
    looked = Auditing(session, channels, shop, at, campaign=campaign, most=most)
    would = set(planned.reached(State.PLANNED, State.HOLDOUT))
    resting = set[int]()
    left_out: dict[int, Reason | None] = {}
    for each in looked.people.people:
        place = id(each.kind)
        if place not in left_out:
            left_out[place] = starting.alike(each.kind, shop, at, needs_profiling=False).left_out_for
        if left_out[place] is Reason.CAPPED:
            resting.add(each.customer_id)
    return [looked.by(grouping, would, resting - would) for grouping in Grouping]


def unequal(
    session: Session, campaign: Campaign, planned: Plan, channels: Collection[str], shop: Shop, at: datetime
) -> Uneven | None:
    """The group that would get least beside the best-served, where that is below the limit; None where none is.

    Of a campaign that waits for each customer's turn nothing is said: today's few are not those it is for. Nor of a
    survey, which offers nothing.
    """
    if campaign.trigger is not None or campaign.template == SURVEY or not planned.chosen + planned.held_out:
        return None
    found = [
        Uneven(each.grouping, worst, compared.served[0], each.limit, campaign.audience != EVERYONE)
        for each in of_draft(session, campaign, planned, channels, shop, at, MOST_LOOKED_AT)
        if (compared := each.measures.get(OFFERED)) is not None
        for worst in compared.below[:1]
    ]
    return min(found, key=_gravest, default=None)


def _gravest(found: Uneven) -> tuple[bool, float]:
    """One that can be named first, then the one that gets the least part."""
    return found.worst.name == OTHERS, found.worst.ratio.value if found.worst.ratio is not None else 1.0


def recorded(
    session: Session, campaign: Campaign, planned: Plan, channels: Collection[str], shop: Shop, at: datetime
) -> dict[str, Any]:
    """What the book keeps of it: nothing where no group gets less than the limit."""
    found = unequal(session, campaign, planned, channels, shop, at)
    return {UNEVEN: found.plain()} if found is not None else {}
