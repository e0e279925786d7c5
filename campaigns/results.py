"""What came of a campaign: fates that add up, clicks, purchases, and the lift against the holdout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns import remains
from campaigns.remains import Remains
from campaigns.tables import SENT_STATES, Campaign, Message, State, TrackedLink
from engine import experiments
from ledger import interactions
from ledger.tables import Interaction, Kind


@dataclass(frozen=True)
class Arm:
    """One side of the comparison: how many there are, how many of them bought."""

    n: int
    buyers: int


@dataclass(frozen=True)
class Lift:
    """The share of buyers among those who were to get the offer, less that of the holdout, with its 95 % interval.

    None where an arm is empty and nothing can be said. ``n`` counts both arms.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Report:
    """``holdout``, ``states`` and ``withheld`` add up to ``audience``, always. ``failed`` says why, by code."""

    campaign: int
    template: str
    segment: str
    status: str
    audience: int
    holdout: int
    states: dict[str, int]
    withheld: dict[str, int]
    failed: dict[str, int]
    clicks: int
    purchases: int
    revenue_minor: int
    currency: str | None
    treated: Arm
    control: Arm
    lift: Lift
    window_days: int
    window_ends_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        ends = self.window_ends_at.isoformat() if self.window_ends_at else None
        return {**asdict(self), "window_ends_at": ends}


def report(session: Session, campaign: Campaign) -> Report:
    """The campaign as it stands now."""
    counts = _counts(session, campaign)
    withheld = {reason or "": n for (state, reason), n in counts.items() if state == State.WITHHELD}
    failed = {reason or "": n for (state, reason), n in counts.items() if state == State.FAILED}
    states: dict[str, int] = {}
    for (state, _), n in counts.items():
        if state not in (State.WITHHELD, State.HOLDOUT):
            states[state] = states.get(state, 0) + n
    since, until = campaign.start_at, None
    if since is not None:
        until = since + timedelta(days=campaign.window_days)
    erased = remains.of(session, campaign)
    treated = _arm(session, campaign, since, until, erased, is_holdout=False)
    control = _arm(session, campaign, since, until, erased, is_holdout=True)
    orders, revenue, currency = _bought_after(session, campaign, erased)
    return Report(
        campaign=campaign.id,
        template=campaign.template,
        segment=campaign.audience,
        status=campaign.status,
        audience=sum(counts.values()),
        holdout=sum(n for (state, _), n in counts.items() if state == State.HOLDOUT),
        states=states,
        withheld=withheld,
        failed=failed,
        clicks=_clicks(session, campaign) + sum(each.has_clicked for each in erased),
        purchases=orders,
        revenue_minor=revenue,
        currency=currency,
        treated=treated,
        control=control,
        lift=lift(treated, control),
        window_days=campaign.window_days,
        window_ends_at=until,
    )


def lift(treated: Arm, control: Arm) -> Lift:
    """Newcombe's interval for the difference; nothing is claimed where an arm is empty."""
    n = treated.n + control.n
    if not treated.n or not control.n:
        return Lift(None, None, None, n)
    found = experiments.difference_interval(treated.buyers, treated.n, control.buyers, control.n)
    return Lift(found.value, found.low, found.high, n)


def verdict(report: Report) -> str:
    """What may honestly be said of the lift: higher, lower, no_difference_seen or too_few."""
    treated, control = report.treated, report.control
    return experiments.verdict(treated.buyers, treated.n, control.buyers, control.n).value


def open_link(session: Session, token: str, at: datetime) -> TrackedLink | None:
    """Note that a person followed a link; None for a token that was never given out."""
    link = session.get(TrackedLink, token)
    if link is None:
        return None
    message = session.get_one(Message, link.message_id)
    interactions.log_click(session, message.customer_id, link.product_id, message.channel or "", message.id, at)
    return link


def _counts(session: Session, campaign: Campaign) -> dict[tuple[str, str | None], int]:
    """Rows by state, and by reason among the withheld."""
    rows = session.exec(
        select(Message.state, Message.reason, func.count())
        .where(Message.campaign_id == campaign.id)
        .group_by(col(Message.state), col(Message.reason))
    )
    return {(state, reason): n for state, reason, n in rows}


def _arm(
    session: Session,
    campaign: Campaign,
    since: datetime | None,
    until: datetime | None,
    erased: Sequence[Remains],
    *,
    is_holdout: bool,
) -> Arm:
    """Everybody the lot put on one side, whatever became of their message: so the sides stay alike."""
    is_here = Message.state == State.HOLDOUT if is_holdout else Message.state != State.HOLDOUT
    members = select(Message.customer_id).where(Message.campaign_id == campaign.id, Message.was_eligible, is_here)
    n = session.exec(select(func.count()).select_from(members.subquery())).one()
    if since is None or until is None:
        return Arm(n, 0)
    buyers = session.exec(
        select(func.count(func.distinct(Interaction.customer_id))).where(
            Interaction.kind == Kind.PURCHASE,
            Interaction.at >= since,
            Interaction.at < until,
            col(Interaction.customer_id).in_(members),
        )
    ).one()
    return Arm(n, buyers + sum(each.has_bought for each in erased if each.is_holdout is is_holdout))


def _clicks(session: Session, campaign: Campaign) -> int:
    """How many recipients clicked, each counted once."""
    return session.exec(
        select(func.count(func.distinct(Interaction.message_id)))
        .join(Message, col(Message.id) == col(Interaction.message_id))
        .where(Message.campaign_id == campaign.id, Interaction.kind == Kind.CLICK)
    ).one()


def _bought_after(session: Session, campaign: Campaign, erased: Sequence[Remains]) -> tuple[int, int, str | None]:
    """Orders of recipients within the window after their message, what they came to in minor units, and of what."""
    sent = select(Message.customer_id, Message.sent_at).where(
        Message.campaign_id == campaign.id, col(Message.state).in_(SENT_STATES)
    )
    window = timedelta(days=campaign.window_days)
    times = {customer: at for customer, at in session.exec(sent) if at is not None}
    if not times:
        return 0, 0, None
    bought = session.exec(
        select(Interaction).where(
            Interaction.kind == Kind.PURCHASE,
            Interaction.at >= min(times.values()),
            Interaction.at < max(times.values()) + window,
            col(Interaction.customer_id).in_(sent.with_only_columns(col(Message.customer_id))),
        )
    )
    orders, paid = remains.paid(
        each
        for each in bought
        if each.customer_id in times and times[each.customer_id] <= each.at < times[each.customer_id] + window
    )
    for gone in erased:
        orders += gone.orders
        for unit, (lines, amount) in gone.paid.items():
            known = paid.get(unit, (0, 0))
            paid[unit] = (known[0] + lines, known[1] + amount)
    currency = max(paid, key=lambda unit: (paid[unit][0], unit), default=None)
    return (orders, paid[currency][1], currency or None) if currency is not None else (orders, 0, None)
