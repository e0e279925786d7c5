"""A real PostgreSQL from a wheel, and databases in it: new ones, and one that is handed from test to test."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlmodel import SQLModel

from ledger.database import Database

MIGRATED = "migrated"
CARELESS = ("fsync", "synchronous_commit", "full_page_writes")
"""What a server does for the sake of a power failure, and tests pay for."""
PATIENCE = "2s"
SHAPE = """
SELECT md5(string_agg(concat_ws(' ', c.relname, a.attname, a.atttypid::regtype, a.attnotnull), ',' ORDER BY 1))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
"""
VERSION = "SELECT string_agg(version_num, ',') FROM alembic_version"
Shape = tuple[object, ...]


class Changed(Exception):
    """A test left the database in another shape than it was given it."""


@dataclass
class PostgreSQL:
    """A running server with a migrated database to copy."""

    uri: str
    secret: bytes
    lent: str | None = None
    """The empty, migrated database that the next test is given."""
    shape: Shape = ()
    """How a migrated database looks."""

    def prepare(self) -> None:
        """Make what all tests start from."""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            for setting in CARELESS:
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
            connection.execute("SELECT pg_reload_conf()")
        migrated = Database(self.create(MIGRATED), secret=self.secret)
        migrated.migrate()
        migrated.close()
        with psycopg.connect(self.address(MIGRATED)) as connection:
            self.shape = _shape(connection)

    def create(self, name: str, template: str | None = None) -> str:
        """A new database, and its address."""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            copied = f" TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
            connection.execute(f"CREATE DATABASE {name}{copied}".encode())
        return self.address(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def address(self, name: str) -> str:
        return self.uri.replace("/postgres?", f"/{name}?")

    def lend(self) -> str:
        """The name of a migrated database without a row in it."""
        name, self.lent = self.lent, None
        if name is None:
            name = f"shop_{uuid.uuid4().hex}"
            self.create(name, template=MIGRATED)
        return name

    def take_back(self, name: str) -> None:
        """Empty it for the next test; one that cannot be brought back to how it was is thrown away."""
        try:
            self._empty(name)
        except (psycopg.Error, Changed):
            self.drop(name)
        else:
            self.lent = name

    def _empty(self, name: str) -> None:
        """Every table's rows go and every number begins anew, faster than by a copy of the migrated database."""
        tables = sorted(SQLModel.metadata.tables)
        with psycopg.connect(self.address(name), autocommit=True) as connection:
            if _shape(connection) != self.shape:
                raise Changed(name)
            connection.execute(f"SET lock_timeout = '{PATIENCE}'".encode())
            filled = " UNION ALL ".join(f"SELECT '{each}' WHERE EXISTS (SELECT 1 FROM {each})" for each in tables)
            names = [row[0] for row in connection.execute(filled.encode())]
            if names:
                connection.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE".encode())
            connection.execute(
                "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
                " FROM pg_sequences WHERE last_value IS NOT NULL"
            )


def _shape(connection: psycopg.Connection) -> Shape:
    rows = [connection.execute(each.encode()).fetchone() for each in (SHAPE, VERSION)]
    return tuple(value for row in rows for value in row or ())
