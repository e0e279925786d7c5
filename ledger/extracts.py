"""Whole tables as columns of integers, for those who reckon rather than look.

No object is made of a row, nor of a value: SQLite joins a block of each column into one text, PostgreSQL copies it in
its binary form, and numpy reads either at once. Ten million rows take some 20 seconds and 800 MB.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Numeric, case, cast, func, select, type_coerce
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, col

from ledger.tables import Customer, Interaction, Kind

IntColumn = NDArray[np.int64]
ROWS_AT_ONCE = 100_000
NOTHING = -1
"""Stands where a column knows nothing, and for a customer who was erased."""
COMMONEST = (Kind.PURCHASE, Kind.MESSAGE_OUT, Kind.MESSAGE_IN, Kind.CLICK)
"""Looked for first."""
COPY_HEADER, COPY_TRAILER = 19, 2
"""Bytes before the first and after the last row. Source: PostgreSQL, COPY, "Binary Format"."""


@dataclass(frozen=True)
class InteractionColumns:
    """One row an interaction, in the order of their numbers.

    ``kind`` counts in the order of ledger.tables.Kind, ``at`` microseconds since the epoch; ``order`` numbers the
    orders as they come, ``platform`` points into ``platforms`` and ``currency`` into ``currencies``.
    """

    customer: IntColumn
    kind: IntColumn
    at: IntColumn
    product: IntColumn
    quantity: IntColumn
    amount_minor: IntColumn
    discount_minor: IntColumn
    order: IntColumn
    platform: IntColumn
    currency: IntColumn
    platforms: tuple[str, ...]
    currencies: tuple[str, ...]


def interactions(
    session: Session, customer_id: int | None = None, through_id: int | None = None
) -> InteractionColumns:
    """Every interaction there is, or those of one customer; up to the number ``through_id``, where there is one."""
    which: list[Any] = []
    if customer_id is not None:
        which.append(col(Interaction.customer_id) == customer_id)
    if through_id is not None:
        which.append(col(Interaction.id) <= through_id)
    platforms, currencies = (
        _distinct(session, column, which) for column in (col(Interaction.platform), col(Interaction.currency))
    )
    wanted = _wanted(session, platforms, currencies)
    read = _copied if session.get_bind().dialect.name == "postgresql" else _joined
    blocks = list(read(session, wanted, which))
    columns = {name: _whole(blocks, place) for place, name in enumerate(wanted)}
    del columns["id"]
    columns["order"] = _numbered(columns["order"])
    if customer_id is None:
        erased = session.connection().execute(select(col(Customer.id)).where(col(Customer.erased_at).is_not(None)))
        columns["customer"][np.isin(columns["customer"], list(erased.scalars()))] = NOTHING
    return InteractionColumns(**columns, platforms=tuple(platforms), currencies=tuple(currencies))


def _distinct(session: Session, column: Any, which: Sequence[Any]) -> dict[str, int]:
    """The words that stand in ``column``, each with its place by the alphabet."""
    found = session.connection().execute(select(column).distinct().where(column.is_not(None), *which)).scalars()
    return {word: place for place, word in enumerate(sorted(found))}


def _wanted(
    session: Session, platforms: Mapping[str, int], currencies: Mapping[str, int]
) -> dict[str, ColumnElement[Any]]:
    """What is read of each row; the order as whatever tells one order from another."""
    kinds = {kind.value: number for number, kind in enumerate(Kind)}
    common = {kind.value: kinds[kind.value] for kind in COMMONEST}
    return {
        "id": col(Interaction.id),
        "customer": col(Interaction.customer_id),
        "kind": case(common | kinds, value=col(Interaction.kind), else_=NOTHING),
        "at": _microseconds(session),
        "product": func.coalesce(col(Interaction.product_id), NOTHING),
        "quantity": func.coalesce(col(Interaction.quantity), NOTHING),
        "amount_minor": func.coalesce(col(Interaction.amount_minor), NOTHING),
        "discount_minor": func.coalesce(col(Interaction.discount_minor), NOTHING),
        "platform": _place(platforms, col(Interaction.platform)),
        "currency": _place(currencies, col(Interaction.currency)),
        "order": col(Interaction.order_ref),
    }


def _place(places: Mapping[str, int], column: Any) -> Any:
    return case(dict(places), value=column, else_=NOTHING) if places else func.coalesce(None, NOTHING)


def _microseconds(session: Session) -> ColumnElement[int]:
    if session.get_bind().dialect.name == "sqlite":
        return type_coerce(col(Interaction.at), BigInteger)
    return cast(func.extract("epoch", col(Interaction.at)).cast(Numeric) * 1_000_000, BigInteger)


def _joined(session: Session, wanted: Mapping[str, Any], which: Sequence[Any]) -> Iterator[list[IntColumn]]:
    """SQLite: a block of each column as one text of numbers; the orders, which are words, one by one."""
    numbers = [column.label(name) for name, column in wanted.items() if name != "order"]
    connection, last = session.connection(), 0
    while True:
        rows = select(*numbers).where(col(Interaction.id) > last, *which).order_by(col(Interaction.id))
        block = rows.limit(ROWS_AT_ONCE).subquery()
        told = connection.execute(select(*map(func.group_concat, block.columns))).one()
        if told[0] is None:
            return
        columns = [np.fromstring(each, dtype=np.int64, sep=",") for each in told]
        first, last = last, int(columns[0].max())
        if (np.diff(columns[0]) < 0).any():
            # What is joined comes in the order of the block, though SQLite does not promise it.
            columns = [each[np.argsort(columns[0])] for each in columns]
        refs = select(wanted["order"]).where(col(Interaction.id) > first, col(Interaction.id) <= last, *which)
        orders = connection.execute(refs.order_by(col(Interaction.id))).cursor.fetchall()
        yield [*columns, np.fromiter((_mark(ref) for (ref,) in orders), np.int64, len(orders))]


def _mark(ref: str | None) -> int:
    """A number that tells one order from another: of a hundred million orders two share one once in 3,700 shops."""
    return hash(ref) if ref else 0


def _copied(session: Session, wanted: Mapping[str, Any], which: Sequence[Any]) -> Iterator[list[IntColumn]]:
    """PostgreSQL: rows of one length, each number with its own length before it."""
    order = case((func.coalesce(wanted["order"], "") == "", 0), else_=func.hashtextextended(wanted["order"], 0))
    numbers = [cast(column, BigInteger) for column in {**wanted, "order": order}.values()]
    rows = select(*numbers).where(*which).order_by(col(Interaction.id))
    said = rows.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    length = struct.calcsize("!h") + len(numbers) * struct.calcsize("!iq")
    pairs = (((f"#{name}", ">i4"), (name, ">i8")) for name in wanted)
    row = np.dtype([("#", ">i2"), *(part for pair in pairs for part in pair)])
    cursor: Any = session.connection().connection.cursor()
    with cursor.copy(f"COPY ({said}) TO STDOUT (FORMAT BINARY)") as copy:
        for told in _pieces(copy, length):
            found = np.frombuffer(told, row)
            yield [found[name].astype(np.int64) for name in wanted]


def _pieces(copy: Any, length: int) -> Iterator[bytes]:
    """Whole rows of ``length`` bytes, many at once, without what stands before and after them."""
    told, at = bytearray(), COPY_HEADER
    for some in copy:
        told += some
        if len(told) - at > ROWS_AT_ONCE * length + COPY_TRAILER:
            end = at + ROWS_AT_ONCE * length
            yield bytes(told[at:end])
            del told[:end]
            at = 0
    rows = (len(told) - at - COPY_TRAILER) // length
    if rows > 0:
        yield bytes(told[at : at + rows * length])


def _whole(blocks: Sequence[list[IntColumn]], place: int) -> IntColumn:
    """One column of all blocks, which let go of theirs."""
    parts = [block[place] for block in blocks]
    for block in blocks:
        block[place] = np.empty(0, dtype=np.int64)
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _numbered(marks: IntColumn) -> IntColumn:
    """0, 1, 2 … for the marks in the order in which each comes first; NOTHING for none."""
    _, first, which = np.unique(marks, return_index=True, return_inverse=True)
    is_order = marks[first] != 0
    number = np.full(len(first), NOTHING, dtype=np.int64)
    by_time = np.argsort(np.where(is_order, first, len(marks)), kind="stable")[: is_order.sum()]
    number[by_time] = np.arange(len(by_time))
    numbered: IntColumn = number[which]
    return numbered
