"""Saying no once more for whoever said it after a backup that was restored; see ledger/withdrawals.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, select

from ledger import audit, consent, withdrawals
from ledger.consent import Evidence, Wording
from ledger.database import Database
from ledger.tables import EVERYWHERE, Address, Purpose
from ledger.withdrawals import Line

RESTORED = "after a restore"
"""Who did it, in the audit, and in place of the words, which only the lost database had."""
WORDING = "repeated"


def repeat_withdrawals(database: Database, now: datetime) -> int:
    """Withdraw again what is written down beside the database and unknown to it; how many lines made a difference.

    A yes that came after the no stands. What was said is nowhere any more: the event says that it was repeated.
    """
    with database.reading() as session:
        missed = withdrawals.missed(session)
    if not missed:
        return 0
    with database.transaction() as session:
        done = sum(_repeat(session, line) for line in missed)
        if done:
            audit.record(session, now, RESTORED, "withdrawals repeated", lines=done)
    return done


def _repeat(session: Session, line: Line) -> bool:
    at, purpose, said = datetime.fromisoformat(line.at), Purpose(line.purpose), False
    for customer_id in withdrawals.people(session, line):
        if any(_allowed(session, customer_id, purpose, each, at) for each in _channels(session, customer_id, line)):
            evidence = Evidence(line.marks[0][0], RESTORED)
            wording = Wording(WORDING, "", "")
            consent.withdraw(
                session, customer_id, purpose, scope=line.scope, wording=wording, evidence=evidence, at=at
            )
            said = True
    return said


def _channels(session: Session, customer_id: int, line: Line) -> Iterable[str]:
    if line.scope != EVERYWHERE:
        return [line.scope]
    return session.exec(select(Address.channel).where(Address.customer_id == customer_id).distinct()).all()


def _allowed(session: Session, customer_id: int, purpose: Purpose, channel: str, at: datetime) -> bool:
    """Whether their last word there is a yes from before."""
    last = consent.last_words(session, customer_id, channel).get(purpose)
    return last is not None and last.granted and last.at <= at
