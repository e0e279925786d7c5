"""After a backup was put back: it does not know what was sent since, so nothing goes out by itself on its word.

What waited to be sent may have been sent: it is unknown, and unknown is never sent again. What would start, or go on,
by itself is paused until somebody of the shop has looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from campaigns.tables import OPEN_STATES, Campaign, Message, State, Status
from ledger import audit, pulse
from ledger.database import Database
from ledger.restoring import PUT_BACK
from ledger.tables import ShopFact

REASON = "restored"


@dataclass(frozen=True)
class HeldBack:
    """How many campaigns were paused, and of how many messages it is unknown whether they were sent."""

    campaigns: int
    messages: int


NOTHING = HeldBack(0, 0)


def settle(database: Database, by: str, now: datetime) -> HeldBack:
    """Hold back, where a backup was put in the database's place and nobody opened the shop with it before."""
    with database.reading() as session:
        if session.get(ShopFact, PUT_BACK) is None:
            return NOTHING
    with database.transaction() as session:
        fact = session.get(ShopFact, PUT_BACK, with_for_update=True)
        if fact is None:
            return NOTHING
        pulse.end_all(session)
        held = hold_back(session, by, now)
        audit.record(session, now, by, "backup restored", fact.value, campaigns_paused=held.campaigns)
        session.delete(fact)
        return held


def hold_back(session: Session, by: str, now: datetime) -> HeldBack:
    """Pause what runs, comes round again, answers to customers or should have started; what is open becomes unknown.

    A campaign that starts once, and later, was not touched by anything since: it stays as it is.
    """
    is_due = or_(
        col(Campaign.repeats).is_not(None), col(Campaign.trigger).is_not(None), col(Campaign.start_at) <= now
    )
    waiting = (col(Campaign.status) == Status.SCHEDULED) & is_due
    wanted = select(Campaign).where(or_(col(Campaign.status) == Status.RUNNING, waiting))
    paused = session.exec(wanted.order_by(col(Campaign.id)).with_for_update()).all()
    begun = select(Campaign.id).where(col(Campaign.status).in_((Status.RUNNING, Status.PAUSED)))
    unknown = session.connection().execute(
        update(Message)
        .where(col(Message.state).in_(OPEN_STATES), col(Message.campaign_id).in_(begun))
        .values(state=State.UNKNOWN, unknown_at=now, lease_until=None, not_before=None, reason=REASON)
    )
    for each in paused:
        each.status, each.pause_reason = Status.PAUSED, REASON
        session.add(each)
        audit.record(session, now, by, "campaign paused", str(each.id), reason=REASON)
    session.flush()
    return HeldBack(len(paused), unknown.rowcount)
