"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class NaiveMoment(ValueError):
    """A datetime without a time zone was about to be stored; say which zone it is in."""


def microseconds(moment: datetime) -> int:
    """Microseconds since the epoch, UTC. Raises NaiveMoment."""
    if moment.tzinfo is None:
        raise NaiveMoment(f"{moment!r} has no time zone")
    return (moment - EPOCH) // MICROSECOND


def moment(since_epoch: int) -> datetime:
    """The aware datetime of so many microseconds since the epoch, UTC."""
    return EPOCH + timedelta(microseconds=since_epoch)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, UTC: ``timestamptz`` on PostgreSQL, integer microseconds on SQLite.

    The same instants compare and sort alike on both, and the engine reads the integers as they are.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        stored = DateTime(timezone=True) if dialect.name == "postgresql" else BigInteger()
        return dialect.type_descriptor(stored)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        since_epoch = microseconds(value)
        return value.astimezone(UTC) if dialect.name == "postgresql" else since_epoch

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base class names it
        if value is None or isinstance(value, datetime):
            return value.astimezone(UTC) if value is not None else None
        return moment(int(value))


class RowId(TypeDecorator[int]):
    """A 64-bit row number; SQLite numbers rows by itself only where the type is spelled INTEGER."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())
