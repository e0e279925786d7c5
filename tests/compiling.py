"""A statement is compiled once for all databases of a kind, instead of once for each test's own.

SQLAlchemy keeps compiled statements by engine, and by the dialect object that compiled them. Databases without keys
compile alike; one with keys keeps its own, for what seals its columns is compiled in.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, util
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from ledger.columns import keyring_of

KINDS = (SQLiteDialect_pysqlite, PGDialect_psycopg)
COMPILED: Any = util.LRUCache(5_000)


def share() -> None:
    """For every engine that is made from now on."""
    Engine._compiled_cache = property(lambda _engine: COMPILED, lambda _engine, _own: None)  # type: ignore[assignment]
    for kind in KINDS:
        kind.__eq__ = _are_alike  # type: ignore[assignment, method-assign]
        kind.__hash__ = _of_kind  # type: ignore[method-assign]


def _are_alike(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and _is_bare(one) and _is_bare(other))


def _of_kind(dialect: Any) -> int:
    return hash(type(dialect))


def _is_bare(dialect: Any) -> bool:
    return not keyring_of(dialect).marks
