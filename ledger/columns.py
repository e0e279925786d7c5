"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Engine, Integer, String
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from ledger.sealing import NO_KEYS, Keyring

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
KEYRING = "langganan_keyring"


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


class SealedCompared(TypeError):
    """A sealed column stood in a condition. Nothing is found by it: look by the fingerprint."""


def give_keys(engine: Engine, keyring: Keyring) -> None:
    """From now on ``Sealed`` columns are sealed and opened so on this engine, and on this one only."""
    setattr(engine.dialect, KEYRING, keyring)


def keyring_of(dialect: Dialect) -> Keyring:
    """The keys that were given to the engine of ``dialect``; without any, NO_KEYS."""
    given: Keyring = getattr(dialect, KEYRING, NO_KEYS)
    return given


class Sealed(TypeDecorator[str]):
    """Text that is encrypted where the database has keys and stands as it is where it has none.

    What is stored looks different each time, so nothing can be found, sorted or grouped by it; a condition on it
    raises SealedCompared. Reading raises WrongKey where the key is missing, BrokenSeal where the text was changed.
    """

    impl = String
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[str]):
        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            if op not in {operators.is_, operators.is_not}:
                raise SealedCompared(f"{self.expr} is sealed: look by the fingerprint")
            return super().operate(op, *other, **kwargs)

    comparator_factory = Comparator

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring_of(dialect).seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring_of(dialect).open(value)
