"""A shop's database filled with a synthetic history, by columns: what the benchmarks of mining mine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from sqlmodel import Session

from engine.frames import NONE, Kind
from engine.synthetic.crowds import Crowd, crowd
from ledger import bulk
from ledger.columns import microseconds
from ledger.database import Database
from ledger.tables import Customer, Interaction, Product
from ledger.tables import Kind as LedgerKind

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROWS_AT_ONCE = 100_000
INDEXES = (
    "ix_interactions_customer_kind_at",
    "ix_interactions_kind_at",
    "ix_interactions_order",
    "ix_interactions_source_ref",
)


def furnish(url: str, customers: int, interactions: int, products: int = 2_000) -> None:
    """A new SQLite database at ``url`` with so many of each."""
    database = Database(url, secret=b"for measuring only")
    database.migrate()
    made = crowd(customers, interactions, products, until=microseconds(NOW - timedelta(hours=6)))
    with database.transaction() as session:
        _people(session, customers)
        _products(session, made)
    history(database, made)
    database.close()


def _people(session: Session, customers: int) -> None:
    columns = ("id", "name", "city", "source", "created_at")
    at = microseconds(NOW - timedelta(days=800))
    bulk.insert(session, Customer, columns, ((n, "", "", "import", at) for n in range(1, customers + 1)))


def _products(session: Session, made: Crowd) -> None:
    shelf = made.products
    session.add_all(
        Product(
            id=int(shelf.id[n]),
            sku=f"P{n}",
            name=shelf.name[n],
            category=shelf.category[n],
            brand=shelf.brand[n],
            currency="IDR",
            price_minor=int(shelf.price_minor[n]),
            stock=int(shelf.stock[n]),
            is_premium=bool(shelf.is_premium[n]),
        )
        for n in range(len(shelf))
    )


def history(database: Database, made: Crowd) -> None:
    """The interactions, the indexes made afterwards: filling takes a third of the time."""
    found = made.interactions
    kinds = {int(Kind[each.name]): each.value for each in LedgerKind}
    columns = (
        "customer_id",
        "kind",
        "at",
        "platform",
        "product_id",
        "quantity",
        "amount_minor",
        "discount_minor",
        "currency",
        "order_ref",
    )
    with database.transaction() as session:
        connection = session.connection()
        made_by = [
            connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE name = '{each}'").scalar_one()
            for each in INDEXES
        ]
        for each in INDEXES:
            connection.exec_driver_sql(f"DROP INDEX {each}")
    for at in range(0, len(found), ROWS_AT_ONCE):
        some = found.where(_between(len(found), at, at + ROWS_AT_ONCE))
        rows = zip(
            some.customer.tolist(),
            [kinds[each] for each in some.kind.tolist()],
            some.at.tolist(),
            [some.platforms[each] for each in some.platform.tolist()],
            some.product.tolist(),
            *(_known(each) for each in (some.quantity, some.amount_minor, some.discount_minor)),
            ["IDR"] * len(some),
            [f"ORDER-{each:09}" if each != NONE else None for each in some.order.tolist()],
            strict=True,
        )
        with database.transaction() as session:
            bulk.insert(session, Interaction, columns, rows)
    with database.transaction() as session:
        for each in made_by:
            session.connection().exec_driver_sql(each)


def _between(n: int, at: int, to: int) -> np.ndarray:
    rows = np.zeros(n, dtype=bool)
    rows[at:to] = True
    return rows


def _known(column: np.ndarray) -> list[int | None]:
    return [each if each != NONE else None for each in column.tolist()]
