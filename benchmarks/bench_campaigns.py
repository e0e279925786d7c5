"""What a campaign costs from the preview to the last message: 10,000 customers with 100,000 purchases, on SQLite.

Peer: SQLAlchemy's ORM reading the same purchases as objects and doing nothing with them. Processor time of one run.
Budgets: a preview, which an owner waits for in a chat, takes no longer than 1.5 times the peer; a row is approved in
no more than 150 microseconds; a message is claimed, worded, sent to a channel that does nothing, and settled in no
more than 3 milliseconds. Run: python benchmarks/bench_campaigns.py
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import insert
from sqlmodel import Session, select

from campaigns import drafting, planning, previewing
from campaigns.channel import Outgoing, Sent
from campaigns.composing import Composer
from campaigns.dispatching import Dispatcher
from campaigns.drafts import Allocation, Draft, by_discount
from campaigns.shop import Caps, Shop
from ledger import consent
from ledger.consent import Evidence, Wording
from ledger.customers import add_address
from ledger.database import Database
from ledger.tables import Customer, Interaction, Product, Purpose

CUSTOMERS, PURCHASES, PRODUCTS = 10_000, 100_000, 200
NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SHOP = Shop(name="Toko Ratna", caps=Caps(days_between=0, per_30_days=60, per_category=60))
CHANNEL = "telegram"
PREVIEW_BUDGET, ROW_BUDGET, MESSAGE_BUDGET = 1.5, 150e-6, 3e-3


class Nowhere:
    """A channel that takes everything and does nothing."""

    name, carries_documents = CHANNEL, False

    async def send(self, outgoing: Outgoing) -> Sent:
        return Sent(outgoing.address)


def furnish(session: Session) -> None:
    """Products, customers who allow everything, and what they bought."""
    lots = Random(0)
    session.add_all(
        Product(
            sku=f"S{n}", name=f"Barang {n}", category=f"jenis {n % 12}", currency="IDR", price_minor=50_000, stock=99
        )
        for n in range(PRODUCTS)
    )
    for number in range(CUSTOMERS):
        person = Customer(name=f"Pelanggan{number}", source="chat", created_at=NOW - timedelta(days=400))
        session.add(person)
        session.flush()
        address = add_address(session, person, CHANNEL, str(number + 1), "chat", NOW)
        address.last_inbound_at = NOW
        for purpose in (Purpose.OFFERS, Purpose.PROFILING):
            said = Evidence(CHANNEL, "ya", f"in-{number}-{purpose}")
            words = Wording(f"{purpose}-1", "", "id")
            consent.grant(session, person.id, purpose, scope=CHANNEL, wording=words, evidence=said, at=NOW)
    rows = [
        {
            "customer_id": lots.randrange(CUSTOMERS) + 1,
            "kind": "purchase",
            "at": NOW - timedelta(days=lots.random() * 365),
            "platform": "pos",
            "product_id": lots.randrange(PRODUCTS) + 1,
            "quantity": 1,
            "amount_minor": 50_000,
            "currency": "IDR",
            "order_ref": f"o{n}",
        }
        for n in range(PURCHASES)
    ]
    session.connection().execute(insert(Interaction), rows)


def timed(place: AbstractContextManager[Session], act: Callable[[Session], object]) -> float:
    began = time.process_time()
    with place as session:
        act(session)
    return time.process_time() - began


def measure(database: Database, composer: Composer) -> tuple[float, float, float, int]:
    """Seconds of processor for the preview, for approving and for sending, and how many were sent to."""
    wanted = Draft("picks", "all", by_discount(10, 15), Allocation.BANDIT, holdout_percent=10)
    with database.transaction() as session:
        number = drafting.draft(session, composer, wanted, shop=SHOP, by="bench", now=NOW).id
    previewed = timed(
        database.transaction(),
        lambda session: previewing.preview(session, planning.find(session, number), composer, [CHANNEL], SHOP, NOW),
    )
    approved = timed(
        database.transaction(),
        lambda session: planning.approve(
            session, planning.find(session, number), [CHANNEL], SHOP, by="bench", now=NOW
        ),
    )
    began = time.process_time()
    drained = asyncio.run(Dispatcher(database, {CHANNEL: Nowhere()}, composer, SHOP, lambda: NOW).drain())
    return previewed, approved, time.process_time() - began, drained.sent


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/shop.db", secret=b"for measuring only")
        database.migrate()
        with database.transaction() as session:
            furnish(session)
        peer = timed(database.reading(), lambda session: session.exec(select(Interaction)).all())
        previewed, approved, sending, sent = measure(database, Composer())
        database.close()
    print(f"{PURCHASES:,} purchases as objects: {peer:.2f} s")
    print(f"preview of {CUSTOMERS:,} customers: {previewed:.2f} s, {previewed / peer:.2f} of that")
    print(f"approved: {approved:.2f} s, {approved / CUSTOMERS * 1e6:.0f} µs a row")
    print(
        f"{sent:,} sent in {sending:.2f} s: {sending / sent * 1e3:.2f} ms a message, with two variants and a bandit"
    )
    is_well = (
        previewed <= PREVIEW_BUDGET * peer and approved / CUSTOMERS <= ROW_BUDGET and sending / sent <= MESSAGE_BUDGET
    )
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
