"""Who was asked in a survey lately: nobody is asked twice within the days the shop leaves between two."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select
from sqlalchemy import select as sql_select
from sqlmodel import Session, col

from campaigns.choosing.rollcall import OFFERED_STATES
from campaigns.launching.drafts import SURVEY
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message
from ledger import merged


def since(shop: Shop, now: datetime) -> datetime:
    """Whoever was asked after that is not asked again."""
    return now - timedelta(days=shop.survey_days_between)


def was_asked(session: Session, customer_id: int, shop: Shop, now: datetime) -> bool:
    """Whether they were, or may have been: what is on its way and what is uncertain counts too."""
    theirs = _asked(since(shop, now)).where(col(Message.customer_id).in_(merged.numbers(customer_id)))
    return session.connection().execute(theirs.limit(1)).first() is not None


def all_asked(session: Session, shop: Shop, now: datetime) -> set[int]:
    """The same of everybody, by the numbers of whom they are now."""
    found = set(session.connection().execute(_asked(since(shop, now))).scalars())
    became = merged.into(session) if found else {}
    return {became.get(each, each) for each in found}


def _asked(after: datetime) -> Select[int]:
    of_a_survey: tuple[ColumnElement[bool], ...] = (
        col(Campaign.template) == SURVEY,
        col(Message.sending_at) > after,
        col(Message.state).in_(OFFERED_STATES),
    )
    asked = sql_select(col(Message.customer_id)).join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    return asked.where(*of_a_survey)
