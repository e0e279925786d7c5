"""What lies under which key, and bringing it under another, or under none.

look → a thousand values → open with what they are under → seal with the target → commit → the next thousand
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Column, String, bindparam, case, func, or_, select, type_coerce, update
from sqlalchemy.sql import ColumnElement
from sqlmodel import Session, SQLModel, col

from ledger.columns import Sealed
from ledger.database import Database
from ledger.sealing import ESCAPED, MARK_LENGTH, SEAL, Keyring, WrongKey
from ledger.tables import ShopFact

SEALED_WITH = "sealed with "
"""Begins the facts by which a database knows the keys it has seen, a fact a key."""
BATCH = 1000
PLAIN = ""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Seals:
    """How many values lie under the key that seals today, under others that are here, under none, under lost ones."""

    current: int
    older: int
    plain: int
    lost: int


def seals(session: Session, keyring: Keyring) -> Seals:
    """What lies under which key, all sealed columns together. Reads every row's mark, no value."""
    found = _marks(session)
    plain = found.pop(PLAIN, 0)
    current = found.pop(keyring.mark, 0)
    older = sum(n for mark, n in found.items() if mark in keyring.marks)
    return Seals(current, older, plain, found.total() - older)


def recognise(session: Session, keyring: Keyring) -> bool:
    """Whether the shop knows already that ``keyring`` seals here. Raises WrongKey where something has another key."""
    known = _known(session)
    # A key that was seen once may have nothing left under it: only then are the rows themselves asked.
    if known - keyring.marks and _marks(session).keys() - keyring.marks - {PLAIN}:
        raise WrongKey
    return keyring.mark in known | {PLAIN}


def remember(session: Session, keyring: Keyring) -> None:
    """From now on values may lie under the key that seals."""
    if keyring.mark and keyring.mark not in _known(session):
        session.add(ShopFact(key=SEALED_WITH + keyring.mark, value=""))


def reseal(database: Database, target: Keyring, progress: Progress | None = None) -> int:
    """Bring every value under ``target``'s first key, or under none where it has none; how many were not.

    A transaction a batch: what is done stays done when it is stopped, and the next time goes on from there.
    ``progress`` is told (done, total) after each. Raises WrongKey, BrokenSeal.
    """
    with database.reading() as session:
        marks = _marks(session)
    total, done = marks.total() - marks[target.mark], 0
    for column in _columns():
        last = 0
        for _ in count():
            with database.transaction() as session:
                numbers = _some(session, column, last, database.keyring, target)
            if not numbers:
                break
            last, done = numbers[-1], done + len(numbers)
            if progress is not None:
                progress(done, max(done, total))
    _tidy(database)
    return done


def _some(session: Session, column: Column[Any], after: int, source: Keyring, target: Keyring) -> list[int]:
    """The next batch; the numbers of its rows."""
    number = column.table.c.id
    wanted = select(number, type_coerce(column, String)).where(number > after, _mark(column) != target.mark)
    rows = session.execute(wanted.order_by(number).limit(BATCH)).all()
    if rows:
        changed = update(column.table).where(number == bindparam("this"))
        changed = changed.values({column.name: bindparam("stored", type_=String())})
        stored = [{"this": this, "stored": target.seal(source.open(before))} for this, before in rows]
        session.connection().execute(changed, stored)
    return [this for this, _ in rows]


def _tidy(database: Database) -> None:
    """Forget the keys that nothing lies under any more, and what rows held before."""
    with database.transaction() as session:
        used = _marks(session)
        for mark in _known(session) - used.keys():
            session.delete(session.get_one(ShopFact, SEALED_WITH + mark))
    database.rewrite(sorted({column.table.name for column in _columns()}))


def _known(session: Session) -> set[str]:
    facts = session.execute(select(col(ShopFact.key)).where(col(ShopFact.key).startswith(SEALED_WITH))).scalars()
    return {key.removeprefix(SEALED_WITH) for key in facts}


def _marks(session: Session) -> Counter[str]:
    """How many values lie under the key of each mark; PLAIN is under none."""
    found: Counter[str] = Counter()
    for column in _columns():
        marked = select(_mark(column).label("mark")).where(type_coerce(column, String).is_not(None)).subquery()
        for mark, n in session.execute(select(marked.c.mark, func.count()).group_by(marked.c.mark)):
            found[mark] += n
    return found


def _columns() -> list[Column[Any]]:
    """Every sealed column of every table that is declared."""
    columns = [column for table in SQLModel.metadata.sorted_tables for column in table.columns]
    return [column for column in columns if isinstance(column.type, Sealed)]


def _mark(column: Column[Any]) -> ColumnElement[str]:
    stored = type_coerce(column, String)
    is_plain = or_(func.substr(stored, 1, 1) != SEAL, func.substr(stored, 1, 2) == ESCAPED)
    return case((is_plain, PLAIN), else_=func.substr(stored, 2, MARK_LENGTH))
