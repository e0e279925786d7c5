"""Whose rows are whose: every table whose rows belong to a customer, found by its foreign keys.

    customers ← addresses ← conversation_states, team_members
              ← messages  ← tracked_links
              ← interactions, wishes, …

A table that is added later belongs to its customer from its first row on, whichever room declares it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, or_, select
from sqlmodel import Session, SQLModel

from ledger.declarations import What
from ledger.tables import Customer

PERSONAL = frozenset({What.NAME, What.CONTACT, What.WORDS, What.HISTORY, What.CHOICE, What.DERIVED})
"""What tells something of a person; a table with such a column has to have a way to a customer."""
CUSTOMERS = str(Customer.__tablename__)


def ways() -> Mapping[str, tuple[Column[Any], ...]]:
    """The tables whose rows belong to a customer, the nearest first, with the columns that lead there.

    Of several ways the shortest counts: a message belongs to whom it was for, not also to whose address it has.
    """
    found: dict[str, tuple[Column[Any], ...]] = {CUSTOMERS: ()}
    while nearest := {
        table.name: leading
        for table in SQLModel.metadata.sorted_tables
        if table.name not in found and (leading := _leading(table, found))
    }:
        found |= nearest
    return found


def is_of(table: Table, customer_id: int) -> ColumnElement[bool]:
    """The condition for the rows of ``table`` that belong to one customer. Raises KeyError where none do."""
    if table.name == CUSTOMERS:
        return table.c.id == customer_id
    return or_(*(_leads_to(column, customer_id) for column in ways()[table.name]))


def rows(session: Session, *customer_ids: int) -> dict[str, list[dict[str, Any]]]:
    """Everything there is of one customer, under all their numbers: by table, all columns, in plain types."""
    return {
        name: [row for number in customer_ids for row in _rows(session, SQLModel.metadata.tables[name], number)]
        for name in ways()
    }


def plain(value: Any) -> Any:
    """A value as JSON can hold it: moments in ISO 8601, UTC."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _leading(table: Table, found: Mapping[str, Any]) -> tuple[Column[Any], ...]:
    return tuple(
        column for column in table.columns if any(key.column.table.name in found for key in column.foreign_keys)
    )


def _leads_to(column: Column[Any], customer_id: int) -> ColumnElement[bool]:
    known = ways()
    keys = [key.column for key in column.foreign_keys if key.column.table.name in known]
    if keys[0].table.name == CUSTOMERS:
        return column == customer_id
    return column.in_(select(keys[0]).where(is_of(keys[0].table, customer_id)))


def _rows(session: Session, table: Table, customer_id: int) -> list[dict[str, Any]]:
    wanted = select(*table.columns).where(is_of(table, customer_id)).order_by(*table.primary_key.columns)
    return [
        {name: plain(value) for name, value in row.items()} for row in session.connection().execute(wanted).mappings()
    ]
