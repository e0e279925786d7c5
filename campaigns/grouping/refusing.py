"""Who said no to the use of their history: no segment asks what they did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from ledger import consent, merged
from ledger.tables import Address, ConsentEvent, Purpose

AT_ONCE = 2_000


def refusing(session: Session) -> set[int]:
    """Those who refuse profiling on whatever channel, by whoever they are now."""
    said_no = select(ConsentEvent.customer_id).where(
        ConsentEvent.purpose == Purpose.PROFILING, col(ConsentEvent.granted).is_(False)
    )
    numbers = sorted(set(session.exec(said_no.distinct())))
    if not numbers:
        return set()
    ones = merged.into(session)
    people = sorted({ones.get(each, each) for each in numbers})
    channels = session.exec(select(Address.channel).distinct()).all()
    return {
        person
        for some in _in_blocks(people)
        for channel in channels
        for person, today in consent.standings(session, channel, some).items()
        if today.profiling is False
    }


def _in_blocks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[first : first + AT_ONCE] for first in range(0, len(numbers), AT_ONCE))
