"""Every no that somebody said, written down beside the database: a restored backup would know only their yes.

A line a withdrawal in ``withdrawals-<shop>.jsonl``: the event in the consent chain, what it withdrew and where, and
the keyed hashes of the chats of whoever said it. The lines of a transaction are on the disk before it is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from ledger import beside, merged
from ledger.database import BEFORE_COMMIT
from ledger.tables import Address, ConsentEvent, Customer, Purpose

KIND = "withdrawals"
NOTED = "withdrawals"
"""Where a session keeps those that are not written yet."""
Mark = tuple[str, str]
"""(channel, keyed hash) of an address."""


@dataclass(frozen=True)
class Line:
    """What is written of one no."""

    event: int
    """The number of the event, and its hash: by them a database knows whether it has it."""
    hash: str
    at: str
    """ISO 8601, UTC."""
    purpose: str
    scope: str
    marks: tuple[Mark, ...]


def note(session: Session, event: ConsentEvent) -> None:
    """This no is to be on the disk before the transaction ends; nothing where no such file is kept."""
    if not beside.is_kept(session):
        return
    session.info.setdefault(NOTED, []).append(event)
    acts: dict[str, Callable[[], None]] = session.info.setdefault(BEFORE_COMMIT, {})
    acts[NOTED] = partial(_write, session)


def path(session: Session) -> Path | None:
    """Where this shop's withdrawals are written down; None where nothing is kept beside the database."""
    return beside.path(session, KIND)


def read(file: Path) -> list[Line]:
    """Every line that is whole; one that is not is passed over with a warning."""
    return beside.read(file, _line)


def missed(session: Session) -> list[Line]:
    """What was written down after the last no that this database knows, the oldest first: it was restored, or the
    computer stopped before the last was committed.

    Where the last line is known all before it are, for they are written in the order of the chain; so that is read
    first, and mostly alone.
    """
    file = path(session)
    newest = beside.last(file, _line) if file is not None else None
    if file is None or newest is None or _is_known(session, newest):
        return []
    return list(takewhile(lambda line: not _is_known(session, line), reversed(read(file))))[::-1]


def people(session: Session, line: Line) -> Sequence[int]:
    """Who has one of the chats from which it was said, by this database: nothing is to be sent there any more."""
    found = {
        owner
        for channel, mark in line.marks
        for owner in session.exec(
            select(Address.customer_id).where(Address.channel == channel, Address.fingerprint == mark)
        )
    }
    living = select(Customer.id).where(col(Customer.id).in_(found), col(Customer.erased_at).is_(None))
    return session.exec(living.order_by(col(Customer.id))).all()


def _write(session: Session) -> None:
    # What was taken back to a savepoint is no event any more.
    noted = [event for event in session.info.pop(NOTED, []) if event in session]
    marks = {number: _marks(session, number) for number in {event.customer_id for event in noted}}
    beside.append(session, KIND, [asdict(_of(event, marks[event.customer_id])) for event in noted])


def _of(event: ConsentEvent, marks: tuple[Mark, ...]) -> Line:
    at = event.at.astimezone(UTC).isoformat()
    return Line(event.id, event.hash, at, event.purpose, event.scope, marks)


def _marks(session: Session, customer_id: int) -> tuple[Mark, ...]:
    """Of all chats of theirs, whichever it was said in."""
    theirs = col(Address.customer_id).in_(merged.everyone(session, merged.one(session, customer_id)))
    found = select(Address.channel, Address.fingerprint).where(theirs).order_by(col(Address.id))
    return tuple((channel, mark) for channel, mark in session.exec(found))


def _is_known(session: Session, line: Line) -> bool:
    found = session.exec(select(ConsentEvent.hash).where(ConsentEvent.id == line.event)).first()
    return found == line.hash


def _line(told: Mapping[str, Any]) -> Line:
    marks = tuple((str(channel), str(mark)) for channel, mark in told["marks"])
    at = datetime.fromisoformat(told["at"])
    if at.tzinfo is None:
        raise ValueError(told["at"])
    purpose = Purpose(told["purpose"])
    return Line(int(told["event"]), str(told["hash"]), at.isoformat(), purpose, str(told["scope"]), marks)
