"""What a campaign costs from the preview to the last message: 10,000 customers with 100,000 purchases, on SQLite.

Peer: SQLAlchemy's ORM reading the same purchases as objects and doing nothing with them. Processor time of one run.
Budgets: a preview, which an owner waits for in a chat, takes no longer than 1.5 times the peer; a row is approved in
no more than 150 microseconds; a message, with a code, two variants and a bandit, is claimed, worded, sent to a
channel that does nothing, and settled in no more than 0.5 milliseconds, and one of the last tenth in no more than 1.1
times what one of the first takes. Run: python benchmarks/bench_campaigns.py
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from furnishing import CHANNEL, NOW, furnish
from measuring import arguments, leave
from sqlmodel import Session, select

from campaigns.channel import Outgoing, Sent
from campaigns.launching import drafting, planning, preparing, previewing
from campaigns.launching.drafts import Allocation, Draft, by_discount
from campaigns.sending.dispatching import Dispatcher, Drained
from campaigns.shop import Caps, Shop
from campaigns.words.composing import Composer
from ledger.database import Database
from ledger.tables import Interaction

CUSTOMERS, PURCHASES_EACH, PRODUCTS, FEW = 10_000, 10, 200, 300
SHOP = Shop(name="Toko Ratna", caps=Caps(days_between=0, per_30_days=60, per_category=60))
PREVIEW_BUDGET, ROW_BUDGET, MESSAGE_BUDGET, GROWTH_BUDGET = 1.5, 150e-6, 0.5e-3, 1.1


class Nowhere:
    """A channel that takes everything and does nothing."""

    name, carries_documents, carries_pictures = CHANNEL, False, False

    async def send(self, outgoing: Outgoing) -> Sent:
        return Sent(outgoing.address)


def timed(place: AbstractContextManager[Session], act: Callable[[Session], object]) -> float:
    began = time.process_time()
    with place as session:
        act(session)
    return time.process_time() - began


def planned(database: Database, composer: Composer) -> tuple[float, float]:
    """Seconds of processor for the preview, and for approving with all that is written then."""
    wanted = Draft("picks", "all", by_discount(10, 15), Allocation.BANDIT, holdout_percent=10)
    with database.transaction() as session:
        number = drafting.draft(session, composer, wanted, shop=SHOP, by="bench", now=NOW).id
    previewed = timed(
        database.transaction(),
        lambda session: previewing.preview(session, planning.find(session, number), composer, [CHANNEL], SHOP, NOW),
    )
    began = time.process_time()
    with database.transaction() as session:
        planning.approve(session, planning.find(session, number), [CHANNEL], SHOP, by="bench", now=NOW)
    preparing.prepare(database, [CHANNEL], SHOP, lambda: NOW)
    return previewed, time.process_time() - began


def sent(database: Database, composer: Composer) -> list[tuple[int, float]]:
    """After each batch: how many were sent so far, and the seconds of processor since the first was claimed."""
    began, told = time.process_time(), [(0, 0.0)]

    def note(done: Drained) -> None:
        told.append((done.sent, time.process_time() - began))

    asyncio.run(Dispatcher(database, {CHANNEL: Nowhere()}, composer, SHOP, lambda: NOW).drain(note))
    return told


def growth(told: list[tuple[int, float]]) -> float:
    """What a message of the last tenth costs of one of the first; of each without the batch that warms up."""
    tenth = max(2, len(told) // 10)
    (first, last) = (told[1 : tenth + 2], told[-tenth - 1 :])
    costs = [(part[-1][1] - part[0][1]) / max(1, part[-1][0] - part[0][0]) for part in (first, last)]
    return costs[1] / costs[0]


def main() -> None:
    given = arguments(__doc__, customers=CUSTOMERS)
    customers = FEW if given.small else given.customers
    with tempfile.TemporaryDirectory() as folder:
        database, composer = Database(f"sqlite:///{folder}/shop.db", secret=b"for measuring only"), Composer()
        database.migrate()
        with database.transaction() as session:
            furnish(session, customers=customers, purchases=customers * PURCHASES_EACH, products=PRODUCTS)
        peer = timed(database.reading(), lambda session: session.exec(select(Interaction)).all())
        previewed, approved = planned(database, composer)
        told = sent(database, composer)
        database.close()
    n, seconds = told[-1]
    print(f"{customers * PURCHASES_EACH:,} purchases as objects: {peer:.2f} s")
    print(f"preview of {customers:,} customers: {previewed:.2f} s, {previewed / peer:.2f} of that")
    print(f"approved: {approved:.2f} s, {approved / customers * 1e6:.0f} µs a row")
    print(f"{n:,} sent in {seconds:.2f} s: {seconds / n * 1e3:.2f} ms a message, with two variants and a bandit")
    print(f"a message of the last tenth costs {growth(told):.2f} of one of the first")
    is_quick = approved / customers <= ROW_BUDGET and seconds / n <= MESSAGE_BUDGET
    is_well = previewed <= PREVIEW_BUDGET * peer and is_quick and growth(told) <= GROWTH_BUDGET
    leave(is_well=is_well, is_small=given.small)


if __name__ == "__main__":
    main()
