"""What an erased customer had added to the results of campaigns, kept as figures so that old reports do not change.

Written into ``messages.remains`` while the purchases still lead to somebody, read by campaigns/results.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from campaigns.tables import SENT_STATES, Campaign, Message, State
from ledger.tables import Customer, Interaction, Kind

Paid = dict[str, tuple[int, int]]
"""By currency ("" where none was said): how many lines, and what they came to in minor units."""


@dataclass(frozen=True)
class Remains:
    """The figures of one message whose customer was erased."""

    is_holdout: bool = False
    has_bought: bool = False
    """Within the campaign's window, as one of an arm."""
    has_clicked: bool = False
    orders: int = 0
    """Within the window after their message."""
    paid: Paid = field(default_factory=dict)


def keep(session: Session, customer_id: int) -> None:
    """Write into each of their messages what they add to its campaign's report, before it leads to them no more."""
    purchases = select(Interaction).where(Interaction.customer_id == customer_id, Interaction.kind == Kind.PURCHASE)
    bought = session.exec(purchases).all()
    clicked = select(Interaction.message_id).where(
        Interaction.customer_id == customer_id, Interaction.kind == Kind.CLICK
    )
    clicks = set(session.exec(clicked))
    theirs = select(Message, Campaign).join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    for message, campaign in session.exec(theirs.where(Message.customer_id == customer_id)):
        message.remains = _figures(message, campaign, bought, has_clicked=message.id in clicks)
        session.add(message)
    session.flush()


def of(session: Session, campaign: Campaign) -> list[Remains]:
    """The figures of everybody in the campaign who was erased since and had added something."""
    wanted = (
        select(Message.state, Message.remains)
        .join(Customer, col(Customer.id) == col(Message.customer_id))
        .where(Message.campaign_id == campaign.id, col(Customer.erased_at).is_not(None))
    )
    return [_read(state == State.HOLDOUT, kept) for state, kept in session.exec(wanted) if kept]


def paid(bought: Iterable[Interaction]) -> tuple[int, Paid]:
    """How many orders these lines are, and what was paid for them."""
    orders: set[tuple[int, str, str]] = set()
    sums: Paid = {}
    for each in bought:
        orders.add((each.customer_id, each.platform, each.order_ref or f"line {each.id}"))
        lines, amount = sums.get(each.currency or "", (0, 0))
        sums[each.currency or ""] = (lines + 1, amount + (each.amount_minor or 0))
    return len(orders), sums


def _figures(
    message: Message, campaign: Campaign, bought: Sequence[Interaction], *, has_clicked: bool
) -> dict[str, Any] | None:
    window = timedelta(days=campaign.window_days)
    start = campaign.start_at if message.was_eligible else None
    sent = message.sent_at if message.state in SENT_STATES else None
    orders, sums = paid(each for each in bought if sent is not None and sent <= each.at < sent + window)
    figures = {
        "bought": start is not None and any(start <= each.at < start + window for each in bought),
        "clicked": has_clicked,
        "orders": orders,
        "paid": {currency: list(each) for currency, each in sums.items()},
    }
    return {name: figure for name, figure in figures.items() if figure} or None


def _read(is_holdout: bool, kept: Mapping[str, Any]) -> Remains:
    return Remains(
        is_holdout=is_holdout,
        has_bought=kept.get("bought", False),
        has_clicked=kept.get("clicked", False),
        orders=kept.get("orders", 0),
        paid={currency: (lines, amount) for currency, (lines, amount) in kept.get("paid", {}).items()},
    )
