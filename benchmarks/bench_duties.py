"""What an owner's look at their duties costs: the chain of 40,000 events walked, everybody's permissions folded.

Peer: SQLAlchemy's ORM reading the same events as objects and doing nothing with them. Processor time, the best of
ROUNDS, on SQLite. Budget: walking the chain, with all its hashes, takes no longer than twice the peer's bare reading.
Run: python benchmarks/bench_duties.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlmodel import Session, select

from benchmarks.measuring import arguments, leave
from ledger import chain, consent
from ledger.consent import Evidence, Wording
from ledger.customers import add_address
from ledger.database import Database
from ledger.permissions import permissions
from ledger.tables import ConsentEvent, Customer, Purpose

ROUNDS = 3
BUDGET = 2.0
NOW = datetime(2026, 11, 2, tzinfo=UTC)
VERSIONS = tuple(f"{purpose}-1" for purpose in Purpose)


def join(session: Session, number: int) -> None:
    """A customer who allows offers and the use of their history."""
    person = Customer(source="chat", created_at=NOW)
    session.add(person)
    session.flush()
    add_address(session, person, "telegram", str(number), "chat", NOW)
    for purpose in (Purpose.OFFERS, Purpose.PROFILING):
        evidence = Evidence("telegram", "ya", f"in-{number}-{purpose}")
        wording = Wording(f"{purpose}-1", "", "id")
        consent.grant(session, person.id, purpose, scope="telegram", wording=wording, evidence=evidence, at=NOW)


def seconds(act: Callable[[], object]) -> float:
    """Processor time, the best of ROUNDS."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        act()
        times.append(time.process_time() - began)
    return min(times)


def reading(database: Database, act: Callable[[Session], object]) -> float:
    def once() -> None:
        with database.reading() as session:
            act(session)

    return seconds(once)


def main() -> None:
    said = arguments(__doc__, customers=20_000)
    customers = 50 if said.small else said.customers
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/shop.db", secret=b"for measuring only")
        database.migrate()
        with database.transaction() as session:
            for number in range(customers):
                join(session, number)
        peer = reading(database, lambda session: session.exec(select(ConsentEvent)).all())
        walking = reading(database, chain.verify)
        folding = reading(database, lambda session: permissions(session, VERSIONS))
        with database.reading() as session:
            assert chain.verify(session).ok
        database.close()
    print(
        f"{2 * customers:,} events: walked in {walking:.2f} s, read as objects in {peer:.2f} s: {walking / peer:.2f}"
    )
    print(f"permissions of {customers:,} customers: {folding:.2f} s")
    leave(is_well=walking <= BUDGET * peer, is_small=said.small)


if __name__ == "__main__":
    main()
