"""Whole tables as columns of integers, for those who reckon rather than look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Numeric, case, cast, func, select, type_coerce
from sqlmodel import Session, col

from ledger.tables import Customer, Interaction, Kind

IntColumn = NDArray[np.int64]
ROWS_AT_ONCE = 50_000
NUMBERS = (
    "customer", "kind", "at", "product", "quantity", "amount_minor", "discount_minor", "order", "platform",
)  # fmt: skip
NOTHING = -1
"""Stands where a column knows nothing, and for a customer who was erased."""


@dataclass(frozen=True)
class InteractionColumns:
    """One row an interaction, by number. ``kind`` counts in the order of ledger.tables.Kind, ``at`` microseconds
    since the epoch; ``order`` numbers the orders, ``platform`` points into ``platforms``."""

    customer: IntColumn
    kind: IntColumn
    at: IntColumn
    product: IntColumn
    quantity: IntColumn
    amount_minor: IntColumn
    discount_minor: IntColumn
    order: IntColumn
    platform: IntColumn
    platforms: tuple[str, ...]


def interactions(session: Session) -> InteractionColumns:
    """Every interaction there is."""
    orders: dict[str | None, int] = {None: NOTHING}
    platforms: dict[str, int] = {}
    blocks = [_block(rows, orders, platforms) for rows in _chunks(session)]
    columns = np.concatenate(blocks, axis=1) if blocks else np.empty((len(NUMBERS), 0), dtype=np.int64)
    numbers = {name: np.ascontiguousarray(column) for name, column in zip(NUMBERS, columns, strict=True)}
    return InteractionColumns(**numbers, platforms=tuple(platforms))


def _chunks(session: Session) -> Iterator[list[tuple[object, ...]]]:
    kinds = {kind.value: number for number, kind in enumerate(Kind)}
    wanted = (
        select(
            case((col(Customer.erased_at).is_(None), col(Interaction.customer_id)), else_=NOTHING),
            case(kinds, value=col(Interaction.kind), else_=NOTHING),
            _microseconds(session),
            *(
                func.coalesce(column, NOTHING)
                for column in (
                    col(Interaction.product_id),
                    col(Interaction.quantity),
                    col(Interaction.amount_minor),
                    col(Interaction.discount_minor),
                )
            ),
            col(Interaction.order_ref),
            col(Interaction.platform),
        )
        .join(Customer, col(Customer.id) == col(Interaction.customer_id))
        .order_by(col(Interaction.id))
    )
    result = session.connection().execution_options(yield_per=ROWS_AT_ONCE).execute(wanted)
    for rows in result.partitions():
        yield [tuple(row) for row in rows]


def _microseconds(session: Session) -> ColumnElement[int]:
    if session.get_bind().dialect.name == "sqlite":
        return type_coerce(col(Interaction.at), BigInteger)
    return cast(func.extract("epoch", col(Interaction.at)).cast(Numeric) * 1_000_000, BigInteger)


def _block(rows: list[tuple[object, ...]], orders: dict[str | None, int], platforms: dict[str, int]) -> IntColumn:
    *numbers, order, platform = zip(*rows, strict=True)
    return np.array(
        [
            *numbers,
            [orders.setdefault(each, len(orders) - 1) for each in order],
            [platforms.setdefault(each, len(platforms)) for each in platform],
        ],
        dtype=np.int64,
    )
