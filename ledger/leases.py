"""What one process at a time may do: held as a row, for a term, by the database's own clock.

    taken for TERM → taken again, long before that is over → given back, or over, and somebody else's

A row and not a lock of the connection's: of a host that vanished the server learns only when its connection times
out, hours later. Whoever holds a lease must know for sure that it does: it counts the term from before it asked, by a
clock of its own that nobody sets, and stops a MARGIN before its end. And since a process can be halted between any
two of its steps, what is done under a lease asks ``require`` last of all before it commits; see Database.guarded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from ledger.tables import Lease

TERM = timedelta(seconds=6)
RENEW_EVERY = timedelta(seconds=2)
"""So that a holder which dies is followed within eight seconds: what is left of its term, and one look."""
MARGIN = timedelta(seconds=1)
"""How long before the term's end a holder that could not renew it has stopped."""

SCHEDULER = "scheduler"
LISTENING = "listening"


class LostLease(RuntimeError):
    """Another process does this by now; nothing of what was begun here is kept."""


def shared_time(session: Session, now: datetime) -> datetime:
    """The one time that all processes of a shop go by: the server's, whose clock is one where the hosts' differ.

    SQLite has one process, and its time is ``now``.
    """
    if session.get_bind().dialect.name != "postgresql":
        return now
    at: datetime = session.connection().execute(select(func.clock_timestamp())).scalar_one()
    return at


def told_time(_session: Session, now: datetime) -> datetime:
    """For a clock that is moved by hand: no server's knows of it."""
    return now


def take(session: Session, name: str, holder: str, now: datetime, term: timedelta = TERM) -> int | None:
    """Hold it for ``term`` from ``now`` on, or hold it on: its number then, None where it is somebody else's.

    ``now`` is the shared time. It was asked before a wait for the row, if there was one, so that the term is rather
    too short than too long, and nobody's lease is over too soon.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh = insert(Lease).values(name=name, holder=holder, number=1, taken_at=now, until=now + term)
    is_over, is_mine = col(Lease.until) <= now, col(Lease.holder) == holder
    kept = fresh.on_conflict_do_update(
        index_elements=[col(Lease.name)],
        set_={
            "holder": holder,
            "until": now + term,
            # One that ran out has ended, though the same process should take it again.
            "number": case((is_over, col(Lease.number) + 1), else_=col(Lease.number)),
            "taken_at": case((is_over, now), else_=col(Lease.taken_at)),
        },
        where=is_over | is_mine,
    )
    number: int | None = session.connection().execute(kept.returning(col(Lease.number))).scalar()
    return number


def give_back(session: Session, name: str, holder: str, now: datetime) -> None:
    """Somebody else may have it at once."""
    mine = col(Lease.name) == name, col(Lease.holder) == holder
    session.connection().execute(update(Lease).where(*mine).values(until=now))


def require(name: str, number: int) -> Callable[[Session], None]:
    """What asks a transaction, before it commits, whether nobody else has taken the lease since: raises LostLease.

    The row stays locked until the commit: whoever wants the lease waits so long, and then sees all that was done.
    """

    def ask(session: Session) -> None:
        found = select(Lease.number).where(col(Lease.name) == name).with_for_update(read=True)  # type: ignore[call-overload]
        if session.connection().execute(found).scalar() != number:
            raise LostLease(name)

    return ask


def holders(session: Session, now: datetime) -> dict[str, str]:
    """Who holds what; ``now`` is the shared time."""
    held = select(Lease.name, Lease.holder).where(col(Lease.until) > now)  # type: ignore[call-overload]
    return {row[0]: row[1] for row in session.connection().execute(held)}
