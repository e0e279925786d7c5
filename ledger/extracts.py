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
from sqlalchemy import BigInteger, ColumnElement, Numeric, bindparam, case, cast, func, select, type_coerce
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, col

from ledger.columns import microseconds
from ledger.tables import Customer, Interaction, Kind

IntColumn = NDArray[np.int64]
ROWS_AT_ONCE = 100_000
NOTHING = -1
"""Stands where a column knows nothing, and for a customer who was erased."""
KINDS = {kind.value: number for number, kind in enumerate(Kind)}
COMMONEST = (Kind.PURCHASE, Kind.MESSAGE_OUT, Kind.MESSAGE_IN, Kind.CLICK)
"""Looked for first."""
COLUMNS = (
    "customer", "kind", "at", "product", "quantity", "amount_minor", "discount_minor",
    "order", "platform", "currency",
)  # fmt: skip
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


def interactions(session: Session, through_id: int | None = None) -> InteractionColumns:
    """Every interaction there is, or up to the number ``through_id``."""
    which = [] if through_id is None else [col(Interaction.id) <= through_id]
    platforms, currencies = (
        _distinct(session, column, which) for column in (col(Interaction.platform), col(Interaction.currency))
    )
    wanted = _wanted(session, platforms, currencies)
    read = _copied if session.get_bind().dialect.name == "postgresql" else _joined
    blocks = list(read(session, wanted, which))
    columns = {name: _whole(blocks, place) for place, name in enumerate(wanted)}
    del columns["id"]
    columns["order"] = _numbered(columns["order"])
    erased = session.connection().execute(select(col(Customer.id)).where(col(Customer.erased_at).is_not(None)))
    columns["customer"][np.isin(columns["customer"], list(erased.scalars()))] = NOTHING
    return InteractionColumns(**columns, platforms=tuple(platforms), currencies=tuple(currencies))


ONES_OWN: Any = (
    select(
        col(Interaction.customer_id),
        col(Interaction.kind),
        col(Interaction.at),
        func.coalesce(col(Interaction.product_id), NOTHING),
        func.coalesce(col(Interaction.quantity), NOTHING),
        func.coalesce(col(Interaction.amount_minor), NOTHING),
        func.coalesce(col(Interaction.discount_minor), NOTHING),
        col(Interaction.order_ref),
        col(Interaction.platform),
        col(Interaction.currency),
    )
    .where(col(Interaction.customer_id) == bindparam("customer_id"))
    .order_by(col(Interaction.id))
)
"""Asked for each customer who does something: put together once."""


def of_customer(session: Session, customer_id: int) -> InteractionColumns:
    """The interactions of one customer, who is not to be erased: a few rows, one by one."""
    rows = session.connection().execute(ONES_OWN, {"customer_id": customer_id}).all()
    customer, kind, at, *numbers, order, platform, currency = zip(*rows, strict=True) if rows else ((),) * 10
    orders: dict[str, int] = {}
    numbered = [orders.setdefault(each, len(orders)) if each else NOTHING for each in order]
    (platforms, on), (currencies, paid_in) = (_coded(column) for column in (platform, currency))
    kinds, moments = [KINDS[each] for each in kind], [microseconds(each) for each in at]
    columns = customer, kinds, moments, *numbers, numbered, on, paid_in
    told = {name: np.array(each, dtype=np.int64) for name, each in zip(COLUMNS, columns, strict=True)}
    return InteractionColumns(**told, platforms=platforms, currencies=currencies)


def _coded(column: Sequence[str | None]) -> tuple[tuple[str, ...], list[int]]:
    """The words of a column by the alphabet, and the place of each row's."""
    words = sorted({word for word in column if word is not None})
    place = {word: n for n, word in enumerate(words)}
    return tuple(words), [NOTHING if word is None else place[word] for word in column]


def _distinct(session: Session, column: Any, which: Sequence[Any]) -> dict[str, int]:
    """The words that stand in ``column``, each with its place by the alphabet."""
    found = session.connection().execute(select(column).distinct().where(column.is_not(None), *which)).scalars()
    return {word: place for place, word in enumerate(sorted(found))}


def _wanted(
    session: Session, platforms: Mapping[str, int], currencies: Mapping[str, int]
) -> dict[str, ColumnElement[Any]]:
    """What is read of each row; the order as whatever tells one order from another."""
    common = {kind.value: KINDS[kind.value] for kind in COMMONEST}
    return {
        "id": col(Interaction.id),
        "customer": col(Interaction.customer_id),
        "kind": case(common | KINDS, value=col(Interaction.kind), else_=NOTHING),
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
