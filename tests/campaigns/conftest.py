"""A small shop with products, a history and customers who have decided, without a chat around it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from campaigns import insights
from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft, by_discount
from campaigns.outcomes import results
from campaigns.outcomes.results import Report
from campaigns.sending.dispatching import IN_FLIGHT, Dispatcher, Drained
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, MiningRun, Recommendation
from campaigns.words.composing import Composer
from ledger import consent, customers, leases
from ledger.consent import Evidence, Wording
from ledger.database import Database
from ledger.tables import Interaction, Kind, Product, Purpose
from tests.fakes import FakeChannel

TEN = datetime(2026, 11, 2, 3, tzinfo=UTC)
"""A Monday, ten in the morning in Jakarta."""
WORDS = "Boleh kami kirim penawaran?"
WORDING = Wording("offers-1", sha256(WORDS.encode()).hexdigest(), "id", WORDS)


class SmallShop:
    """Customers are called by name and known by number."""

    in_flight = IN_FLIGHT

    def __init__(self, database: Database) -> None:
        self.database, self.shop, self.composer = database, Shop(name="Toko Ratna"), Composer()
        self.clock, self.channel = ManualClock(TEN), FakeChannel()
        with database.transaction() as session:
            consent.keep_wording(session, Purpose.OFFERS, WORDING, TEN)
            session.add_all(
                Product(sku=f"S{n}", name=name, category="kopi", currency="IDR", price_minor=50_000, stock=10)
                for n, name in enumerate(["Kopi Gayo", "Kopi Toraja", "Kopi Kintamani"])
            )

    def customer(self, name: str, offers: bool | None = True, profiling: bool | None = True) -> int:
        with self.database.transaction() as session:
            address = customers.meet(session, "simulator", name.casefold(), name, self.clock.now())
            for purpose, answer in ((Purpose.OFFERS, offers), (Purpose.PROFILING, profiling)):
                if answer is not None:
                    decide = consent.grant if answer else consent.withdraw
                    said = Evidence("simulator", "ya" if answer else "tidak")
                    decide(
                        session,
                        address.customer_id,
                        purpose,
                        scope="simulator",
                        wording=WORDING,
                        evidence=said,
                        at=self.clock.now(),
                    )
            return address.customer_id

    def crowd(self, n: int) -> list[int]:
        return [self.customer(f"Pelanggan{i}") for i in range(n)]

    def leave(self, customer_id: int) -> None:
        with self.database.transaction() as session:
            consent.withdraw(
                session,
                customer_id,
                Purpose.OFFERS,
                wording=WORDING,
                evidence=Evidence("simulator", "stop"),
                at=self.clock.now(),
            )

    def buy(self, customer_id: int, sku: str = "S0", days_ago: float = 0, order: str | None = None) -> None:
        at = self.clock.now() - timedelta(days=days_ago)
        with self.database.transaction() as session:
            product = session.exec(select(Product).where(Product.sku == sku)).one()
            session.add(
                Interaction(
                    customer_id=customer_id,
                    kind=Kind.PURCHASE,
                    at=at,
                    platform="pos",
                    product_id=product.id,
                    quantity=1,
                    amount_minor=50_000,
                    currency="IDR",
                    order_ref=order or f"{customer_id}-{at.isoformat()}",
                )
            )

    def stock(self, *named: str, category: str) -> None:
        """More products to sell; each one's number is its name."""
        with self.database.transaction() as session:
            session.add_all(
                Product(sku=name, name=name, category=category, currency="IDR", price_minor=50_000, stock=10)
                for name in named
            )

    def recommend(self, customer_id: int, *skus: str, because: str = "S0") -> None:
        """The engine's picks for somebody, the best first."""
        with self.database.transaction() as session:
            run = insights.current_run(session) or MiningRun(started_at=TEN, ready_at=TEN)
            session.add(run)
            session.flush()
            numbers = dict(session.exec(select(Product.sku, Product.id)).all())
            picks = [[numbers[sku], 1.0, "because_you_bought", numbers[because]] for sku in skus]
            session.add(Recommendation(run_id=run.id, customer_id=customer_id, picks=picks))

    def offered(self, campaign_id: int, customer_id: int) -> list[str]:
        """The numbers of the products that somebody was shown in a campaign, in their order."""
        with self.database.reading() as session:
            skus = dict(session.exec(select(Product.id, Product.sku)).all())
            message = next(
                each for each in self.messages() if (each.campaign_id, each.customer_id) == (campaign_id, customer_id)
            )
            return [skus[product] for product in message.facts.get("products", [])]

    def launch(self, template: str = "picks", audience: str = "all", hold: float = 0.0, discount: int = 0) -> int:
        with self.database.transaction() as session:
            campaign = drafting.draft(
                session,
                self.composer,
                Draft(template, audience, by_discount(discount), holdout_percent=round(hold * 100)),
                shop=self.shop,
                by="test",
                now=self.clock.now(),
            )
            planning.approve(session, campaign, ["simulator"], self.shop, by="test", now=self.clock.now())
            return campaign.id

    def dispatcher(self) -> Dispatcher:
        channels = {self.channel.name: self.channel}
        return Dispatcher(
            self.database,
            channels,
            self.composer,
            self.shop,
            self.clock.now,
            self.in_flight,
            time_of=leases.told_time,
        )

    def drain(self) -> Drained:
        return asyncio.run(self.dispatcher().drain())

    def report(self, campaign_id: int = 1) -> Report:
        with self.database.reading() as session:
            return results.report(session, session.get_one(Campaign, campaign_id))

    def messages(self) -> Sequence[Message]:
        with self.database.reading() as session:
            return session.exec(select(Message).order_by(Message.id)).all()  # type: ignore[arg-type]


@pytest.fixture
def shop(database: Database) -> SmallShop:
    return SmallShop(database)
