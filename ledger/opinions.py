"""What somebody answered in surveys goes with their no to surveys, at once.

Which tables hold that is declared where they are (kept for ``research`` alone), as for erasing.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import Session, SQLModel

from ledger import belongings, merged
from ledger.declarations import Why, declarations


def forget(session: Session, customer_id: int) -> int:
    """Delete it under all their numbers; how many rows."""
    session.flush()
    connection, gone = session.connection(), 0
    for number in merged.everyone(session, customer_id):
        for name in tables_of():
            table = SQLModel.metadata.tables[name]
            gone += connection.execute(delete(table).where(belongings.is_of(table, number))).rowcount
    if gone:
        session.expire_all()
    return gone


def tables_of() -> list[str]:
    """The tables that hold opinions and nothing else, the farthest from a customer first."""
    declared = dict(declarations())
    return [
        name
        for name in reversed([*belongings.ways()])
        if {each.why for each in declared[name].values()} == {Why.RESEARCH}
    ]
