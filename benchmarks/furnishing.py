"""A shop to measure with: products, customers who allow everything, and what they bought. Written in bulk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import insert
from sqlmodel import Session

from ledger.identity import fingerprint
from ledger.tables import Address, ConsentEvent, Customer, Interaction, Product, Purpose

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
CHANNEL = "telegram"
LONG_AGO = NOW - timedelta(days=400)


def furnish(session: Session, *, customers: int, purchases: int, products: int) -> None:
    """Numbered from 1 in each table. Every second customer reads English."""
    lots = Random(0)
    _write(session, Product, (_product(n) for n in range(1, products + 1)))
    _write(session, Customer, (_customer(n) for n in range(1, customers + 1)))
    _write(session, Address, (_address(session, n) for n in range(1, customers + 1)))
    _write(
        session,
        ConsentEvent,
        (_yes(n, purpose) for n in range(1, customers + 1) for purpose in (Purpose.OFFERS, Purpose.PROFILING)),
    )
    _write(session, Interaction, (_purchase(lots, n, customers, products) for n in range(purchases)))


def _write(session: Session, table: type, rows: object) -> None:
    made = list(rows)  # type: ignore[call-overload]
    if made:
        session.connection().execute(insert(table), made)


def _product(n: int) -> dict[str, object]:
    return {
        "id": n,
        "sku": f"S{n}",
        "name": f"Kopi Nusantara {n} isi 250 gram",
        "category": f"jenis {n % 12}",
        "currency": "IDR",
        "price_minor": 20_000 + n * 500,
        "stock": 99_999,
    }


def _customer(n: int) -> dict[str, object]:
    language = "en" if n % 2 else "id"
    return {"id": n, "name": f"Pelanggan{'abcdefghij'[n % 10]} Dewi", "source": "chat", "language": language,
            "created_at": LONG_AGO}  # fmt: skip


def _address(session: Session, n: int) -> dict[str, object]:
    return {
        "id": n,
        "customer_id": n,
        "channel": CHANNEL,
        "address": str(n),
        "fingerprint": fingerprint(session, CHANNEL, str(n)),
        "origin": "chat",
        "created_at": LONG_AGO,
        "last_inbound_at": NOW,
    }


def _yes(n: int, purpose: Purpose) -> dict[str, object]:
    """As the fold reads it; the chain of hashes is another benchmark's matter."""
    mark = f"{n}-{purpose}"
    return {
        "customer_id": n,
        "purpose": purpose,
        "granted": True,
        "scope": CHANNEL,
        "channel": CHANNEL,
        "wording": f"{purpose}-1",
        "wording_hash": "",
        "language": "id",
        "evidence_hash": mark,
        "at": LONG_AGO,
        "previous_hash": "",
        "shop_previous_hash": "",
        "hash": mark,
    }


def _purchase(lots: Random, n: int, customers: int, products: int) -> dict[str, object]:
    return {
        "customer_id": n % customers + 1,
        "kind": "purchase",
        "at": NOW - timedelta(days=20 + lots.random() * 300),
        "platform": "pos",
        "product_id": lots.randrange(products) + 1,
        "quantity": 1,
        "amount_minor": 50_000,
        "currency": "IDR",
        "order_ref": f"o{n}",
    }
