"""What went wrong in the last day, and whether the shop is open at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.checkups.finding import Finding, Patient, Span, Term
from campaigns.tables import Campaign, Message, State, Status
from ledger import faults as failed
from ledger import notices, pulse

LATELY = timedelta(days=1)
LONGEST_SILENCE = timedelta(minutes=3)
"""The open shop gives signs of life far more often; see ledger/pulse.py."""
MOST_PLACES, MOST_CAMPAIGNS = 3, 3


def opening(session: Session, patient: Patient) -> Iterator[Finding]:
    """Whether `langganan serve` runs, wherever it does, and its scheduler goes on."""
    last, now = pulse.last_beat(session), patient.clock.now()
    if last is None:
        yield Finding("opening", "never_open", "not_open")
        return
    age = now - last
    found, mend = ("closed", "not_open") if age > LONGEST_SILENCE else ("open", "")
    yield Finding("opening", found, mend, {"age": Span(max(age, timedelta()).total_seconds())})


def faults(session: Session, patient: Patient) -> Iterator[Finding]:
    """Messages of people that could not be acted on."""
    found = failed.since(session, patient.clock.now() - LATELY)
    places = Counter(each.place for each in found)
    where = "; ".join(f"{place} ({n}×)" for place, n in places.most_common(MOST_PLACES))
    n = places.total()
    yield Finding("faults", "faults" if n else "no_faults", "faults" if n else "", {"n": n, "places": where})


def uncertain(session: Session, patient: Patient) -> Iterator[Finding]:
    """Offers that may have gone out and may not: nothing sends them again by itself."""
    since = patient.clock.now() - LATELY
    wanted = (
        select(Message.campaign_id, func.count())
        .where(Message.state == State.UNKNOWN, col(Message.unknown_at) > since)
        .group_by(col(Message.campaign_id))
        .order_by(col(Message.campaign_id).desc())
    )
    for number, n in session.exec(wanted.limit(MOST_CAMPAIGNS)):
        yield Finding("uncertain", "uncertain", "uncertain", {"n": n, "number": str(number)})


def paused(session: Session, _patient: Patient) -> Iterator[Finding]:
    """Campaigns that stopped by themselves and wait for a word."""
    wanted = select(Campaign).where(
        Campaign.status == Status.PAUSED, col(Campaign.pause_reason).is_not(None), col(Campaign.parent_id).is_(None)
    )
    for each in session.exec(wanted.order_by(col(Campaign.id).desc()).limit(MOST_CAMPAIGNS)):
        reason = Term("pause_reasons", each.pause_reason or "")
        yield Finding("paused", "paused", "paused", {"number": str(each.id), "reason": reason})


def untold(session: Session, patient: Patient) -> Iterator[Finding]:
    """News of the shop that reached nobody."""
    n = len(notices.untold(session, patient.clock.now() - LATELY))
    if n:
        yield Finding("notices", "untold", "untold", {"n": n})
