"""What the owner must be able to show: permissions and their words, how soon requests were answered, what is held.

Looks only. Articles are named as engineers read them: UU PDP is Indonesia's Law 27 of 2022.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, Table, func, or_
from sqlmodel import Session, SQLModel, col, select

from ledger import chain
from ledger.chain import Verification
from ledger.declarations import What, declarations
from ledger.permissions import Permissions, is_customer, permissions
from ledger.tables import Address, Customer, Erasure, PrivacyRequest, RequestKind, RetentionRun, Suppression

ANSWER_WITHIN = timedelta(hours=72)
"""Three times twenty-four hours: for an answer (UU PDP 32) as for the notice of a breach (UU PDP 46, GDPR 33)."""
LOOK_BACK = timedelta(days=365)
PERSONAL = (What.NAME, What.CONTACT, What.WORDS, What.HISTORY, What.CHOICE, What.DERIVED)
"""What tells something of a person; times and marks only come along with it."""


@dataclass(frozen=True)
class Asked:
    """Requests of one kind. ``late`` of them took longer than ANSWER_WITHIN or have been open for longer."""

    n: int
    answered: int
    median: timedelta | None
    longest: timedelta | None
    late: int
    left: timedelta | None
    """What is left for the most urgent open one, below zero where its time is over; None: none is open."""

    @property
    def waiting(self) -> int:
        return self.n - self.answered


@dataclass(frozen=True)
class Upkeep:
    """What is done by itself, and whether the proof still fits together."""

    last_tidying: RetentionRun | None
    erasures: int
    suppressed: int
    chain: Verification


@dataclass(frozen=True)
class Duties:
    """All of it, at one moment."""

    at: datetime
    permissions: Permissions
    requests: Mapping[RequestKind, Asked]
    upkeep: Upkeep


@dataclass(frozen=True)
class Holdings:
    """What lies here of how many people: chats and numbers by channel, and rows by what they hold."""

    people: int
    channels: Mapping[str, int]
    rows: Mapping[What, int]


def duties(session: Session, now: datetime, current: Collection[str]) -> Duties:
    """Everything at once. ``current``: the versions of the words that are asked today."""
    return Duties(now, permissions(session, current), requests(session, now), upkeep(session))


def requests(session: Session, now: datetime) -> dict[RequestKind, Asked]:
    """What was asked for within LOOK_BACK, and whatever is still open however old it is, by kind."""
    wanted = select(PrivacyRequest).where(
        or_(col(PrivacyRequest.asked_at) > now - LOOK_BACK, col(PrivacyRequest.answered_at).is_(None))
    )
    by_kind: dict[str, list[PrivacyRequest]] = defaultdict(list)
    for request in session.exec(wanted):
        by_kind[request.kind].append(request)
    return {kind: _asked(by_kind[kind], now) for kind in RequestKind}


def _asked(found: Sequence[PrivacyRequest], now: datetime) -> Asked:
    took = [each.answered_at - each.asked_at for each in found if each.answered_at is not None]
    waiting = [now - each.asked_at for each in found if each.answered_at is None]
    return Asked(
        n=len(found),
        answered=len(took),
        median=median(took) if took else None,  # type: ignore[type-var]
        longest=max(took, default=None),
        late=sum(time > ANSWER_WITHIN for time in (*took, *waiting)),
        left=ANSWER_WITHIN - max(waiting) if waiting else None,
    )


def upkeep(session: Session) -> Upkeep:
    """The last tidying, what was erased and suppressed so far, and the chain, walked from its beginning."""
    return Upkeep(
        last_tidying=session.exec(select(RetentionRun).order_by(col(RetentionRun.id).desc()).limit(1)).first(),
        erasures=session.exec(select(func.count()).select_from(Erasure)).one(),
        suppressed=session.exec(select(func.count()).select_from(Suppression)).one(),
        chain=chain.verify(session),
    )


def holdings(session: Session) -> Holdings:
    """What somebody who took the database would have. Rows that lead to nobody any more are not counted."""
    people = select(Customer.id).where(is_customer())
    chats = (
        select(Address.channel, func.count()).where(col(Address.customer_id).in_(people)).group_by(Address.channel)
    )
    rows: Counter[What] = Counter()
    for name, columns in declarations():
        table = SQLModel.metadata.tables[name]
        for what in PERSONAL:
            held = [column for column, declared in columns.items() if declared.what is what]
            rows[what] += _rows(session, table, held) if held else 0
    n = session.exec(select(func.count()).select_from(Customer).where(is_customer())).one()
    return Holdings(n, dict(sorted(session.exec(chats).all())), dict(rows))


def _rows(session: Session, table: Table, columns: Sequence[str]) -> int:
    """Rows of a table in which at least one of ``columns`` says something of somebody who is not erased."""
    counted = select(func.count()).select_from(table).where(or_(*(_says(table, column) for column in columns)))
    owner = table.c.get("id" if table.name == Customer.__tablename__ else "customer_id")
    if owner is not None:
        counted = counted.where(owner.in_(select(Customer.id).where(is_customer())))
    return session.exec(counted).one()


def _says(table: Table, column: str) -> ColumnElement[bool]:
    """By length and not by comparing: sealed text compares with nothing."""
    found = table.c[column]
    return func.length(found) > 0 if found.type.python_type is str else found.is_not(None)
