"""Interactions as columns: the same as row by row, whatever the database and however many blocks it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlmodel import Session, select

from ledger import extracts
from ledger.database import Database
from ledger.tables import Customer, Interaction, Kind, Product

START = datetime(2026, 3, 1, 9, 30, 15, 123_457, tzinfo=UTC)
KINDS = list(Kind)


@pytest.fixture
def told(database: Database) -> Database:
    """Two customers' interactions of every kind; half of the fields are empty here and there."""
    with database.transaction() as session:
        products = [Product(sku=f"P{n}", currency="IDR") for n in range(3)]
        people = [Customer(name="", source="test", created_at=START) for _ in range(2)]
        session.add_all([*products, *people])
        session.flush()
        session.add_all(
            Interaction(
                customer_id=people[n % 2].id,
                kind=KINDS[n % len(KINDS)],
                at=START + timedelta(hours=n, microseconds=n),
                platform=["store", "whatsapp", 'a, "quoted", one'][n % 3],
                product_id=products[n % 3].id if n % 4 else None,
                quantity=n % 5 or None,
                amount_minor=n * 1_000_000_007 if n % 3 else None,
                discount_minor=0 if n % 2 else None,
                currency=[None, "IDR", "USD"][n % 3],
                order_ref=[None, "", f"ORDER,{n // 4}", f"ORDER,{n // 4}"][n % 4],
            )
            for n in range(40)
        )
    return database


def one_by_one(session: Session) -> list[tuple[object, ...]]:
    """The oracle: the ORM's rows, orders by their words."""
    rows = session.exec(select(Interaction).order_by(Interaction.id)).all()  # type: ignore[arg-type]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [
        (
            row.customer_id,
            KINDS.index(Kind(row.kind)),
            (row.at - epoch) // timedelta(microseconds=1),
            *(extracts.NOTHING if each is None else each for each in (row.product_id, row.quantity)),
            *(extracts.NOTHING if each is None else each for each in (row.amount_minor, row.discount_minor)),
            row.platform,
            row.currency,
            row.order_ref or None,
        )
        for row in rows
    ]


def as_rows(columns: extracts.InteractionColumns, orders: dict[int, str | None]) -> list[tuple[object, ...]]:
    numbers = (
        columns.customer, columns.kind, columns.at, columns.product,
        columns.quantity, columns.amount_minor, columns.discount_minor,
    )  # fmt: skip
    return list(
        zip(
            *(each.tolist() for each in numbers),
            [columns.platforms[each] for each in columns.platform],
            [None if each == extracts.NOTHING else columns.currencies[each] for each in columns.currency],
            [orders[each] for each in columns.order.tolist()],
            strict=True,
        )
    )


@pytest.mark.parametrize("at_once", [7, 40, 100_000])
def test_columns_hold_what_the_rows_hold(told: Database, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracts, "ROWS_AT_ONCE", at_once)
    with told.reading() as session:
        rows, columns = one_by_one(session), extracts.interactions(session)
    # Orders are numbered as they come; which word each number stands for is found out from the rows.
    words = list(dict.fromkeys(row[-1] for row in rows if row[-1]))
    orders: dict[int, str | None] = {extracts.NOTHING: None, **dict(enumerate(map(str, words)))}
    assert as_rows(columns, orders) == rows


def test_rows_are_read_up_to_one_of_them(told: Database) -> None:
    with told.reading() as session:
        assert len(extracts.interactions(session, through_id=20).customer) == 20


def test_one_customers_rows_are_theirs_among_all(told: Database) -> None:
    with told.reading() as session:
        own, all_of_them = extracts.of_customer(session, 2), extracts.interactions(session)
    theirs = all_of_them.customer == 2
    for name in ("customer", "kind", "at", "product", "quantity", "amount_minor", "discount_minor"):
        assert getattr(own, name).tolist() == getattr(all_of_them, name)[theirs].tolist()
    assert [own.platforms[each] for each in own.platform] == [
        all_of_them.platforms[each] for each in all_of_them.platform[theirs]
    ]
    # The orders are numbered anew, and the same lines stand together.
    assert (own.order == extracts.NOTHING).tolist() == (all_of_them.order[theirs] == extracts.NOTHING).tolist()
    assert len(set(own.order.tolist())) == len(set(all_of_them.order[theirs].tolist()))


def test_who_did_nothing_has_no_rows(told: Database) -> None:
    with told.reading() as session:
        assert len(extracts.of_customer(session, 99).customer) == 0


def test_the_rows_of_who_was_erased_lead_to_nobody(told: Database) -> None:
    with told.transaction() as session:
        session.get_one(Customer, 1).erased_at = START
    with told.reading() as session:
        columns = extracts.interactions(session)
    assert set(columns.customer.tolist()) == {extracts.NOTHING, 2}


def test_a_ledger_without_interactions_has_columns_without_rows(database: Database) -> None:
    with database.reading() as session:
        columns = extracts.interactions(session)
    assert [len(columns.customer), len(columns.order), columns.platforms] == [0, 0, ()]
    assert columns.at.dtype == np.int64
