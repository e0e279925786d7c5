"""A shop with one thing to sell and a crowd who said yes on Telegram."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from bot.app import App
from campaigns.launching import drafting, planning
from campaigns.launching.drafts import Draft
from ledger import consent, customers
from ledger.consent import Evidence, Wording
from ledger.database import Database
from ledger.tables import Product, Purpose

CHANNEL = "telegram"
WORDS = "Boleh kami kirim penawaran?"
WORDING = Wording("offers-1", sha256(WORDS.encode()).hexdigest(), "id", WORDS)
FIRST_CHAT = 700_001


def furnish(database: Database, n: int, now: datetime) -> list[str]:
    """The chats of ``n`` customers who allow everything, and something new to offer them."""
    chats = [str(FIRST_CHAT + place) for place in range(n)]
    with database.transaction() as session:
        consent.keep_wording(session, Purpose.OFFERS, WORDING, now)
        session.add(
            Product(sku="KOPI-1", name="Kopi Gayo", currency="IDR", price_minor=4_500_000, stock=9, launched_at=now)
        )
        for chat in chats:
            address = customers.meet(session, CHANNEL, chat, f"Pelanggan {chat}", now - timedelta(days=1))
            said = Evidence(CHANNEL, "ya", f"ya-{chat}")
            consent.grant(
                session,
                address.customer_id,
                Purpose.OFFERS,
                scope=CHANNEL,
                wording=WORDING,
                evidence=said,
                at=now - timedelta(days=1),
            )
    return chats


def launch(app: App) -> int:
    """A campaign to everybody that runs from now on; its number."""
    now = app.clock.now()
    with app.database.transaction() as session:
        wanted = Draft("new_arrivals", "all", holdout_percent=0)
        campaign = drafting.draft(session, app.composer, wanted, shop=app.shop, by="test", now=now)
        planning.approve(session, campaign, [CHANNEL], app.shop, by="test", now=now)
        return campaign.id
