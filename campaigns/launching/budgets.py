"""How much a campaign may cost at most, and how much it has. Nothing of it goes out that would cost more.

Asked in the transaction that claims, which has a campaign with a budget to itself. ``Campaign.spent`` is what was
claimed since it was last counted, and never less than what was sent; only where it leaves no room the rows are
counted, so that a claim costs the same however long the campaign is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.problems import BadDraft
from campaigns.tables import SENT_STATES, Campaign, Message, State

COSTING = (*SENT_STATES, State.SENDING, State.UNKNOWN)
"""Of unknown ones the provider may have taken the money."""
NOTHING = Decimal()


def of(campaign: Campaign) -> Decimal | None:
    """The most it may cost, of a standing one each round; None: as much as it costs."""
    return Decimal(campaign.budget) if campaign.budget is not None else None


def price(campaign: Campaign, channel: str | None) -> Decimal | None:
    """What a message costs there; None where nobody said."""
    told = campaign.prices.get(channel or "")
    return Decimal(told) if told is not None else None


def spent(session: Session, campaigns: Collection[Campaign]) -> Decimal:
    """What these cost so far, counted, in the shop's currency; what has no price counts nothing."""
    by_number = {each.id: each for each in campaigns}
    wanted = select(Message.campaign_id, Message.channel, func.count()).where(
        col(Message.campaign_id).in_(list(by_number)), col(Message.state).in_(COSTING)
    )
    rows = session.exec(wanted.group_by(col(Message.campaign_id), col(Message.channel)))
    return sum((n * (price(by_number[number], channel) or NOTHING) for number, channel, n in rows), NOTHING)


def has_room(session: Session, campaign: Campaign, budget: Decimal | None) -> bool:
    """Whether its dearest message would still fit into this budget."""
    dearest = max((Decimal(each) for each in campaign.prices.values()), default=NOTHING)
    return budget is None or spent(session, [campaign]) + dearest <= budget


def require_priced(campaign: Campaign, channels: Collection[str]) -> None:
    """Raises BadDraft where it has a budget, and nobody said what a message costs on one of these channels."""
    unpriced = sorted(each for each in channels if price(campaign, each) is None)
    if campaign.budget is not None and unpriced:
        raise BadDraft("budget_needs_prices", channels=", ".join(unpriced))


class Purse:
    """What one batch may take of its campaigns' budgets, message by message."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[int, Decimal] = {}
        self._counted: set[int] = set()
        self.spent_up: set[int] = set()
        """The campaigns that had no room for a message."""

    def takes(self, campaign: Campaign, channel: str | None) -> bool:
        """Whether there is room for one more; then it is taken."""
        budget = of(campaign)
        if budget is None:
            return True
        cost = price(campaign, channel)
        if cost is None:
            self.spent_up.add(campaign.id)
            return False
        so_far = self._known.setdefault(campaign.id, Decimal(campaign.spent))
        if so_far + cost > budget and campaign.id not in self._counted:
            # What failed, or went back to the queue, was counted when it was claimed.
            self._counted.add(campaign.id)
            taken_here = so_far - Decimal(campaign.spent)
            so_far = self._known[campaign.id] = spent(self._session, [campaign]) + taken_here
        if so_far + cost > budget:
            self.spent_up.add(campaign.id)
            return False
        self._known[campaign.id] = so_far + cost
        return True

    def give_back(self, campaign: Campaign, channel: str | None) -> None:
        """There were no words for one: what it had taken is free again, and there is room."""
        if campaign.id in self._known:
            self._known[campaign.id] -= price(campaign, channel) or NOTHING
            self.spent_up.discard(campaign.id)

    def keep(self, campaigns: Mapping[int, Campaign]) -> None:
        """At the end: what was taken is spent."""
        for number, so_far in self._known.items():
            campaigns[number].spent = f"{so_far:f}"
            self._session.add(campaigns[number])
