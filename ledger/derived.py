"""What was worked out about a customer goes with their no to it, at once and not with the next run.

Which tables hold that is declared where they are (``derived``, until the next runs or as long as the words that it
was worked out of), as for erasing.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, delete
from sqlmodel import Session, SQLModel, col, select

from ledger import belongings, merged
from ledger.columns import RowId
from ledger.declarations import Until, What, declarations
from ledger.tables import Customer

AGES = ({Until.NEXT_RUNS}, {Until.MESSAGES})


def forget(session: Session, customer_id: int) -> int:
    """Delete it under all their numbers, whichever run found it; how many rows.

    Whoever writes such rows locks the customer for it: see campaigns/mining/refreshing.py.
    """
    numbers = merged.everyone(session, customer_id)
    people = select(Customer.id).where(col(Customer.id).in_(numbers)).order_by(col(Customer.id))
    session.exec(people.with_for_update(key_share=True)).all()
    connection = session.connection()
    return sum(connection.execute(each, {"theirs": number}).rowcount for each in _deletes() for number in numbers)


@cache
def _deletes() -> tuple[Any, ...]:
    tables = (SQLModel.metadata.tables[name] for name in tables_of())
    return tuple(delete(table).where(_whose(table) == bindparam("theirs", type_=RowId)) for table in tables)


def tables_of() -> list[str]:
    """The tables that hold nothing else of a customer."""
    declared = dict(declarations())
    return [
        name
        for name in belongings.ways()
        if What.DERIVED in (whats := {each.what for each in declared[name].values()})
        and whats <= {What.DERIVED, What.MARK, What.TIME}
        and {each.until for each in declared[name].values()} in AGES
    ]


def _whose(table: Table) -> Any:
    (column,) = (each for each in table.columns for key in each.foreign_keys if key.column.table.name == "customers")
    return column
