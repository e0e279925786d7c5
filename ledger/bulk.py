"""Many rows at once: as plain tuples to SQLite, as a stream of lines to PostgreSQL. No objects, nothing read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table
from sqlmodel import Session, SQLModel


def insert(session: Session, model: type[SQLModel], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Add ``rows``, each with a value for each of ``columns``, to ``model``'s table, in the session's transaction.

    Values are what the driver takes: numbers and texts, and JSON as text. Raises what the database raises.
    """
    table: Table = SQLModel.metadata.tables[str(model.__tablename__)]
    quote = session.get_bind().dialect.identifier_preparer.quote
    into = f"{quote(table.name)} ({', '.join(map(quote, columns))})"
    cursor: Any = session.connection().connection.cursor()
    try:
        if session.get_bind().dialect.name == "postgresql":
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608 - our own names
    finally:
        cursor.close()
