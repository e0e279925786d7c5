"""A shop with as many customers as one likes, who allow offers and can be written to, made quickly for benchmarks.

Their consent is in the ledger as events without the chain's hashes: nothing that is measured here reads those.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from campaigns.shop import Caps, Shop
from campaigns.tables import Membership, MiningRun, Segment
from ledger.database import Database
from ledger.tables import Address, ConsentEvent, Customer, Interaction, Preference, Product

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SHOP = Shop(name="Toko Ratna", caps=Caps(days_between=0, per_30_days=60, per_category=60))
CHANNEL = "telegram"
SEGMENTS = ("champions", "loyal", "at_risk", "newcomers")
AT_ONCE = 10_000


def crowd(database: Database, customers: int) -> None:
    """So many customers, a few products, and segments for nine of ten; a block at a time."""
    with database.transaction() as session:
        session.add_all(
            Product(
                sku=f"S{n}",
                name=f"Barang {n}",
                category=f"jenis {n % 12}",
                currency="IDR",
                price_minor=50_000,
                stock=9_999_999,
            )
            for n in range(60)
        )
        run = MiningRun(started_at=NOW, ready_at=NOW)
        session.add(run)
        session.flush()
        groups = [Segment(run_id=run.id, key=key, size=customers // 4, share=0.25) for key in SEGMENTS]
        session.add_all(groups)
        session.flush()
        run_id, segment_ids = run.id, [each.id for each in groups]
    chance = Random(0)
    for first in range(1, customers + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, customers + 1))
        with database.transaction() as session:
            put = session.connection().execute
            put(insert(Customer), [_person(each, chance) for each in numbers])
            put(insert(Address), [_address(each) for each in numbers])
            put(insert(ConsentEvent), [said for each in numbers for said in _answers(each, chance)])
            members = [
                {"run_id": run_id, "customer_id": each, "segment_id": chance.choice(segment_ids)}
                for each in numbers
                if each % 10
            ]
            put(insert(Membership), members)
            put(insert(Interaction), [_purchase(each, chance) for each in numbers if each % 10 == 0])
            if some := [each for each in numbers if each % 50 == 0]:
                put(
                    insert(Preference),
                    [{"customer_id": each, "frequency": "weekly", "updated_at": NOW} for each in some],
                )


def _person(number: int, chance: Random) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Pelanggan{number}",
        "language": chance.choice((None, "id", "en")),
        "zone": chance.choice((None, None, "Asia/Makassar")),
        "city": "",
        "source": "chat",
        "created_at": NOW - timedelta(days=400),
    }


def _purchase(number: int, chance: Random) -> dict[str, Any]:
    return {
        "customer_id": number,
        "kind": "purchase",
        "at": NOW - timedelta(days=chance.random() * 60),
        "platform": "pos",
        "product_id": chance.randrange(60) + 1,
        "quantity": 1,
        "amount_minor": 50_000,
        "currency": "IDR",
        "order_ref": f"o{number}",
    }


def _address(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "customer_id": number,
        "channel": CHANNEL,
        "address": str(number),
        "fingerprint": f"{number:064x}",
        "origin": "chat",
        "created_at": NOW - timedelta(days=400),
        "last_inbound_at": NOW - timedelta(minutes=number % 100_000),
    }


def _answers(number: int, chance: Random) -> Iterator[dict[str, Any]]:
    for purpose in ("offers", "profiling"):
        yield {
            "customer_id": number,
            "purpose": purpose,
            "granted": chance.random() > 0.05,
            "scope": CHANNEL,
            "channel": CHANNEL,
            "wording": "bench",
            "wording_hash": purpose,
            "language": "id",
            "verbatim": "ya",
            "at": NOW - timedelta(days=300),
            "evidence_hash": "",
            "previous_hash": "",
            "shop_previous_hash": "",
            "hash": f"{purpose}{number}",
        }
