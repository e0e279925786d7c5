"""How far a campaign is: what is sent of what is to be, how fast it goes, and what the rest waits for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.choosing import audiences
from campaigns.launching import budgets, planning, preparing
from campaigns.tables import SENT_STATES, Campaign, Message, State, Status
from ledger import notices
from ledger.notices import term

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Wait:
    """Messages that are not due yet, why, and when the first and the last of them may go."""

    reason: str
    n: int
    first: datetime
    last: datetime

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "first": self.first.isoformat(), "last": self.last.isoformat()}


@dataclass(frozen=True)
class Progress:
    """``states`` counts every row; ``total`` are those who were to get a message when it began: all but the holdout
    and whoever was left out then.

    Rates are messages a minute: in the last minute, and from the first sent to the last; None where nothing can be
    said. ``due`` waits for nothing but its turn.
    """

    campaign: int
    status: str
    states: Mapping[str, int]
    total: int
    due: int
    waits: Sequence[Wait]
    last_minute: float
    overall: float | None
    prepared: float | None = None
    """The share of its rows that are written, while they are being written."""
    budget: Decimal | None = None
    spent: Decimal = Decimal()
    """What it cost of its budget so far, a standing one's last round; what the provider may have taken among it."""

    @property
    def sent(self) -> int:
        return sum(self.states.get(state, 0) for state in SENT_STATES)

    @property
    def unsent(self) -> int:
        return self.states.get(State.PLANNED, 0)

    @property
    def is_sending(self) -> bool:
        return self.states.get(State.SENDING, 0) > 0

    @property
    def remaining(self) -> timedelta | None:
        """How long what is due takes at the rate of now; None while it is held or nothing moves."""
        rate = self.last_minute or self.overall or 0
        if self.status != Status.RUNNING or not self.due or not rate:
            return None
        return self.due / rate * MINUTE

    def as_json(self) -> dict[str, Any]:
        remaining = self.remaining
        return {
            "campaign": self.campaign,
            "status": self.status,
            "states": dict(self.states),
            "sent": self.sent,
            "total": self.total,
            "due": self.due,
            "waits": [each.as_json() for each in self.waits],
            "per_minute": {"last_minute": self.last_minute, "overall": self.overall},
            "remaining_seconds": remaining.total_seconds() if remaining is not None else None,
            "budget": f"{self.budget:f}" if self.budget is not None else None,
            "spent": f"{self.spent:f}" if self.budget is not None else None,
            "prepared": round(self.prepared, 3) if self.prepared is not None else None,
        }


def progress(session: Session, campaign: Campaign, now: datetime) -> Progress:
    """The campaign as it stands now; of a standing one all its rounds together."""
    family = [campaign.id, *(each.id for each in planning.rounds(session, campaign))]
    mine = col(Message.campaign_id).in_(family)
    counted = select(Message.state, func.count()).where(mine).group_by(Message.state)
    states = dict(session.exec(counted).all())
    first, last, n = session.exec(
        select(func.min(Message.sent_at), func.max(Message.sent_at), func.count()).where(
            mine, col(Message.sent_at).is_not(None)
        )
    ).one()
    lately = select(func.count()).where(mine, col(Message.sent_at) > now - MINUTE)
    waits = _waits(session, family, now)
    newest = session.get_one(Campaign, max(family))
    return Progress(
        campaign=campaign.id,
        status=campaign.status,
        states=states,
        total=_total(session, family),
        due=states.get(State.PLANNED, 0) - sum(each.n for each in waits),
        waits=waits,
        last_minute=float(session.exec(lately).one()),
        prepared=preparing.share_done(session, campaign) if campaign.status == Status.PREPARING else None,
        budget=budgets.of(newest),
        spent=budgets.spent(session, [newest]) if newest.budget is not None else budgets.NOTHING,
        overall=(n - 1) / ((last - first) / MINUTE) if first and last and last > first else None,
    )


def sent_of(session: Session, numbers: Collection[int]) -> dict[int, tuple[int, int]]:
    """Of each of these campaigns how many messages are sent, and of how many that were to be."""
    wanted = (
        select(Message.campaign_id, Message.state, func.count())
        .where(col(Message.campaign_id).in_(numbers), _was_to_get_one())
        .group_by(col(Message.campaign_id), Message.state)
    )
    found: dict[int, tuple[int, int]] = {}
    for number, state, n in session.exec(wanted):
        sent, total = found.get(number, (0, 0))
        found[number] = sent + (n if state in SENT_STATES else 0), total + n
    return found


def tell_done(session: Session, number: int, now: datetime) -> None:
    """Tell those who may approve that a campaign is done. A month's round of one that answers to what customers do
    ends as often as nobody's turn is open, and is no news."""
    campaign = session.get_one(Campaign, number)
    if campaign.trigger is not None:
        return
    sent, total = sent_of(session, [number]).get(number, (0, 0))
    notices.tell_team(
        session,
        "campaign_done",
        now,
        number=number,
        offer=term("templates", campaign.template),
        audience=audiences.as_term(campaign.audience),
        sent=sent,
        total=total,
    )


def _total(session: Session, family: Collection[int]) -> int:
    return session.exec(select(func.count()).where(col(Message.campaign_id).in_(family), _was_to_get_one())).one()


def _was_to_get_one() -> Any:
    """Chosen when it was planned, whatever became of it since."""
    return (col(Message.state) != State.HOLDOUT) & col(Message.was_eligible)


def _waits(session: Session, family: Collection[int], now: datetime) -> list[Wait]:
    wanted = (
        select(Message.reason, func.count(), func.min(Message.not_before), func.max(Message.not_before))
        .where(
            col(Message.campaign_id).in_(family),
            Message.state == State.PLANNED,
            col(Message.not_before) > now,
        )
        .group_by(Message.reason)
        .order_by(func.min(Message.not_before))
    )
    found = session.exec(wanted).all()
    return [Wait(reason or "", n, first, last) for reason, n, first, last in found if first and last]
