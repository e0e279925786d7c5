"""What planning a campaign costs: 100,000 customers become rows of the outbox, on SQLite.

Everybody is read (consent, addresses, manners, segments, offers of late), put to the gate, drawn by lot and dealt a
variant; one in twenty refuses, one in fifty has wishes of their own. Peer: SQLAlchemy Core's executemany of the very
same rows with nothing else done, as one would write it by hand; the driver's own executemany is told beside it.
Processor time, for other work on the machine must not count. Budgets: at least 30,000 rows a second, and at least
half as many as the peer inserts. Run: python benchmarks/bench_planning.py [--small]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crowds import CHANNEL, NOW, SHOP, crowd
from measuring import arguments, leave
from sqlalchemy import delete, insert, select
from sqlmodel import Session, SQLModel

from campaigns.launching import drafting, planning, preparing, previewing
from campaigns.launching.drafts import Draft, by_discount
from campaigns.tables import Message
from campaigns.words.composing import Composer
from ledger.database import Database

CUSTOMERS, FEW = 100_000, 4_000
LEAST_A_SECOND, LEAST_SHARE = 30_000, 0.5


@contextmanager
def a_shop(customers: int) -> Iterator[Database]:
    """A shop with so many customers and nothing sent."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'shop.db'}", secret=b"for measuring only")
        database.migrate()
        crowd(database, customers)
        yield database
        database.close()


def timed(database: Database, act: Callable[[Session], object]) -> float:
    """Seconds of the processor, the commit included."""
    began = time.process_time()
    with database.transaction() as session:
        act(session)
    return time.process_time() - began


def measure(database: Database) -> tuple[float, float, float, float]:
    """Seconds for the preview, for the yes and all the rows, for the peer, and for the bare driver."""
    wanted = Draft("picks", "all", by_discount(10, 15), holdout_percent=10)
    with database.transaction() as session:
        number = drafting.draft(session, Composer(), wanted, shop=SHOP, by="bench", now=NOW).id

    def preview(session: Session) -> None:
        previewing.preview(session, planning.find(session, number), Composer(), [CHANNEL], SHOP, NOW)

    def approve(session: Session) -> None:
        planning.approve(session, planning.find(session, number), [CHANNEL], SHOP, by="bench", now=NOW)

    previewed, planned = timed(database, preview), timed(database, approve)
    began = time.process_time()
    preparing.prepare(database, [CHANNEL], SHOP, lambda: NOW)
    planned += time.process_time() - began
    table = SQLModel.metadata.tables[str(Message.__tablename__)]
    with database.reading() as session:
        rows = [dict(row) for row in session.connection().execute(select(table)).mappings()]
        kept = session.connection().exec_driver_sql("SELECT * FROM messages").all()
    peer = timed_anew(database, lambda session: session.connection().execute(insert(table), rows))
    marks = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO messages VALUES ({marks})"
    bare = timed_anew(
        database, lambda session: session.connection().exec_driver_sql(statement, [tuple(row) for row in kept])
    )
    return previewed, planned, peer, bare


def timed_anew(database: Database, act: Callable[[Session], object]) -> float:
    """The same into an empty outbox."""
    with database.transaction() as session:
        session.connection().execute(delete(Message))
    return timed(database, act)


def main() -> None:
    asked = arguments(__doc__, customers=CUSTOMERS)
    customers = FEW if asked.small else asked.customers
    with a_shop(customers) as database:
        previewed, planned, peer, bare = measure(database)
    print(f"planned: {customers / planned:,.0f} rows a second, {planned / customers * 1e6:.1f} µs a row")
    print(f"peer, Core's executemany of the same rows: {customers / peer:,.0f} a second; {peer / planned:.2f} of it")
    print(f"the driver's own executemany: {customers / bare:,.0f} a second; {bare / planned:.2f} of it")
    print(f"preview: {previewed:.2f} s, {previewed / customers * 1e6:.1f} µs a customer")
    is_well = peer / planned >= LEAST_SHARE and customers / planned >= LEAST_A_SECOND
    leave(is_well=is_well, is_small=asked.small)


if __name__ == "__main__":
    main()
