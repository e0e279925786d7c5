"""What was written before anybody listened, or came by an import, is judged by night: few at a time, each batch a
transaction, so that it can stop anywhere and goes on where it was.

    words passed on to the shop, imported messages, reviews → whoever allows it → judged → kept
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, update
from sqlalchemy import select as plain_select
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing import rollcall
from campaigns.listening import hearing
from campaigns.listening.judging import Judge, Opinion
from campaigns.shop import Shop
from campaigns.tables import Voice
from ledger.database import Database
from ledger.tables import Customer, Interaction, Kind, QuestionLine

AT_ONCE = 300


def catch_up(database: Database, judge: Judge, shop: Shop, now: datetime) -> int:
    """Judge what waits; how many messages and reviews were."""
    after, n = 0, 0
    while True:
        with database.reading() as session:
            waiting = _waiting(session, judge, after)
            allowed = _allowing(session, {each.customer_id for each in waiting}, shop, now)
        if not waiting:
            return n
        after = waiting[-1].id
        opinions = [(each, judge.judge(each.text or "")) for each in waiting if each.customer_id in allowed]
        with database.transaction() as session:
            n += sum(_kept(session, each, opinion, judge, shop, now) for each, opinion in opinions)


def _waiting(session: Session, judge: Judge, after: int) -> Sequence[Interaction]:
    """The next AT_ONCE beyond the number ``after`` that this judge has not judged."""
    is_passed_on = exists().where(
        col(QuestionLine.interaction_id) == col(Interaction.id), col(QuestionLine.is_answer).is_(False)
    )
    is_free = (col(Interaction.kind) == Kind.REVIEW) | (
        (col(Interaction.kind) == Kind.MESSAGE_IN) & (col(Interaction.source_ref).is_not(None) | is_passed_on)
    )
    is_judged = exists().where(col(Voice.interaction_id) == col(Interaction.id), col(Voice.judge) == judge.name)
    wanted = select(Interaction).where(
        col(Interaction.id) > after, is_free, col(Interaction.text).is_not(None), ~is_judged
    )
    return session.exec(wanted.order_by(col(Interaction.id)).limit(AT_ONCE)).all()


def _allowing(session: Session, numbers: set[int], shop: Shop, now: datetime) -> set[int]:
    """Who of them granted profiling in the chat in which they would be written to."""
    if not numbers:
        return set()
    people = plain_select(*rollcall.PERSON).where(col(Customer.id).in_(numbers)).order_by(col(Customer.id))
    rows = session.connection().execute(people).all()
    calling = rollcall.RollCall(session, (), shop, now)
    return {each.customer_id for each in calling.known(rows) if each.kind.allows_profiling}


def _kept(session: Session, said: Interaction, opinion: Opinion, judge: Judge, shop: Shop, now: datetime) -> bool:
    """Kept, unless they refused or were erased in the meantime; whoever does so just now waits, and finds it."""
    if not insights.may_be_described(session, said.customer_id, is_held=True):
        return False
    here = session.get(Interaction, said.id)
    if here is None or here.customer_id != said.customer_id:
        return False
    if session.get(Voice, said.id) is not None:
        told = hearing.told(opinion, judge)
        session.connection().execute(update(Voice).where(col(Voice.interaction_id) == said.id).values(**told))
        return True
    voice = hearing.keep(session, here, opinion, judge, shop)
    # What is as old as that was seen to, or never will be.
    if voice.is_urgent and said.at <= now - timedelta(days=shop.complaint_pause_days):
        voice.done_at = now
    return True
