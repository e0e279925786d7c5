"""Many rows at once, each only if it is not there yet."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from psycopg import sql
from sqlalchemy import Table, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection
from sqlmodel import Session, SQLModel

from ledger.tables import Interaction, Step

CHUNK = 20_000

Progress = Callable[[int, int], None]


def add_interactions(session: Session, rows: pl.DataFrame, progress: Progress | None = None) -> int:
    """Insert ``rows`` (columns named as the table's, datetimes in UTC); how many were not there by source_ref.

    Nothing is committed here. ``progress`` is told (done, total) after every CHUNK rows.
    """
    return _add(session, Interaction, rows, progress)


def add_steps(session: Session, rows: pl.DataFrame, progress: Progress | None = None) -> int:
    """The same for steps of visits."""
    return _add(session, Step, rows, progress)


def _add(session: Session, table: type[SQLModel], rows: pl.DataFrame, progress: Progress | None) -> int:
    connection = session.connection()
    add = _copy if connection.dialect.name == "postgresql" else _execute
    added = 0
    for start in range(0, rows.height, CHUNK):
        added += add(connection, SQLModel.metadata.tables[str(table.__tablename__)], rows.slice(start, CHUNK))
        if progress is not None:
            progress(min(start + CHUNK, rows.height), rows.height)
    return added


def _execute(connection: Connection, table: Table, rows: pl.DataFrame) -> int:
    # Plain tuples to the driver: the columns' types are known here, and converting cell by cell is what costs.
    statement = insert(table).prefix_with("OR IGNORE").compile(dialect=sqlite.dialect(), column_keys=rows.columns)
    moments = pl.selectors.datetime().dt.epoch("us")
    plain = rows.with_columns(moments).select(statement.positiontup or [])
    return connection.exec_driver_sql(str(statement), plain.rows()).rowcount


def _copy(connection: Connection, table: Table, rows: pl.DataFrame) -> int:
    columns = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    written = rows.write_csv(include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ").encode()
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection to the database is gone")
    with driver.cursor() as cursor:
        name = sql.Identifier(table.name)
        cursor.execute(sql.SQL("CREATE TEMPORARY TABLE arriving (LIKE {}) ON COMMIT DROP").format(name))
        cursor.execute("ALTER TABLE arriving ALTER COLUMN id DROP NOT NULL")
        with cursor.copy(sql.SQL("COPY arriving ({}) FROM STDIN (FORMAT csv)").format(columns)) as copy:
            copy.write(written)
        # In the file's order, so that a later look finds an order's lines together.
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM arriving ON CONFLICT (source_ref) DO NOTHING").format(
                name, columns, columns
            )
        )
        added = int(cursor.rowcount)
        cursor.execute("DROP TABLE arriving")
    return added
