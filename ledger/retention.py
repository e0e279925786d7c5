"""How long each kind of data is kept, and which rows of the ledger are too old today.

Rules find and act apart: finding reads and holds up nobody, acting takes few rows at a time and looks at each once
more, so that it can stop anywhere, begin again, and meet another process at the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, update
from sqlmodel import Session, SQLModel, col, select

from ledger.conversations import PATIENCE
from ledger.declarations import Until
from ledger.tables import (
    Address,
    AuditEntry,
    ConsentEvent,
    ConversationState,
    Customer,
    Fault,
    Handout,
    InboundReceipt,
    Interaction,
    Kind,
    LinkCode,
    Notice,
    OwnerCode,
    PrivacyRequest,
    Question,
    RetentionRun,
    ShownChoices,
    Step,
    TeamMember,
    WrongCode,
)

ROWS_AT_ONCE = 500
CONVERSATION = (Kind.MESSAGE_IN, Kind.MESSAGE_OUT)
BROWSING = (Kind.VIEW, Kind.CART, Kind.CLICK)
SIGNS_OF_LIFE = (Kind.MESSAGE_IN, Kind.PURCHASE, Kind.CLICK)


@dataclass(frozen=True)
class Periods:
    """How long what is kept. None: for ever."""

    messages: timedelta = timedelta(days=365)
    browsing: timedelta = timedelta(days=730)
    audit: timedelta | None = timedelta(days=1095)
    marks: timedelta = timedelta(days=30)
    inactive: timedelta | None = timedelta(days=730)
    grace: timedelta = timedelta(days=30)

    def of(self, until: Until) -> timedelta | None:
        """The period behind a declaration; None where age alone ends nothing."""
        return {
            Until.MESSAGES: self.messages,
            Until.BROWSING: self.browsing,
            Until.AUDIT: self.audit,
            Until.MARKS: self.marks,
            Until.A_DAY: PATIENCE,
            Until.ERASED: self.inactive,
        }.get(until)

    def since(self, until: Until, now: datetime) -> datetime | None:
        """What is from then or from before has been kept long enough; None: nothing has."""
        period = self.of(until)
        return now - period if period is not None else None


@dataclass(frozen=True)
class Rule:
    """One kind of rows that go when they are old, or of which ``emptied`` is all that stays."""

    kind: str
    until: Until
    table: type[SQLModel]
    key: Any
    is_old: Callable[[datetime], ColumnElement[bool]]
    emptied: Mapping[str, Any] | None = None


RULES = (
    # Before the conversations, whose words they are about.
    Rule(
        "asked_us",
        Until.MESSAGES,
        Question,
        col(Question.id),
        lambda since: col(Question.asked_at) <= since,
    ),
    Rule(
        "conversations",
        Until.MESSAGES,
        Interaction,
        col(Interaction.id),
        lambda since: col(Interaction.kind).in_(CONVERSATION) & (col(Interaction.at) <= since),
    ),
    Rule(
        "reviews",
        Until.MESSAGES,
        Interaction,
        col(Interaction.id),
        lambda since: (
            col(Interaction.kind).not_in(CONVERSATION)
            & col(Interaction.text).is_not(None)
            & (col(Interaction.at) <= since)
        ),
        emptied={"text": None},
    ),
    Rule(
        "browsing",
        Until.BROWSING,
        Interaction,
        col(Interaction.id),
        # A click on an offer's link counts in its campaign's report; see campaigns/privacy/retention.py.
        lambda since: (
            col(Interaction.kind).in_(BROWSING)
            & col(Interaction.message_id).is_(None)
            & (col(Interaction.at) <= since)
        ),
    ),
    Rule("steps", Until.BROWSING, Step, col(Step.id), lambda since: col(Step.at) <= since),
    Rule("audit", Until.AUDIT, AuditEntry, col(AuditEntry.id), lambda since: col(AuditEntry.at) <= since),
    Rule(
        "requests",
        Until.AUDIT,
        PrivacyRequest,
        col(PrivacyRequest.id),
        lambda since: col(PrivacyRequest.answered_at) <= since,
    ),
    Rule("runs", Until.AUDIT, RetentionRun, col(RetentionRun.id), lambda since: col(RetentionRun.at) <= since),
    Rule(
        "receipts",
        Until.MARKS,
        InboundReceipt,
        col(InboundReceipt.fingerprint),
        lambda since: col(InboundReceipt.received_on) <= since,
    ),
    Rule(
        "codes",
        Until.MARKS,
        OwnerCode,
        col(OwnerCode.fingerprint),
        lambda since: col(OwnerCode.expires_at) <= since,
    ),
    Rule("wrong_codes", Until.MARKS, WrongCode, col(WrongCode.id), lambda since: col(WrongCode.at) <= since),
    Rule("notices", Until.MARKS, Notice, col(Notice.id), lambda since: col(Notice.made_at) <= since),
    Rule("faults", Until.MARKS, Fault, col(Fault.id), lambda since: col(Fault.at) <= since),
    Rule("handouts", Until.A_DAY, Handout, col(Handout.id), lambda since: col(Handout.made_at) <= since),
    Rule(
        "link_codes",
        Until.A_DAY,
        LinkCode,
        col(LinkCode.fingerprint),
        lambda since: col(LinkCode.made_at) <= since,
    ),
    Rule(
        "choices",
        Until.A_DAY,
        ShownChoices,
        col(ShownChoices.address_id),
        lambda since: col(ShownChoices.made_at) <= since,
    ),
    Rule(
        "questions",
        Until.A_DAY,
        ConversationState,
        col(ConversationState.address_id),
        lambda since: col(ConversationState.updated_at) <= since,
    ),
)
"""What the ledger lets go by age."""

RETURNED = Rule(
    "returned",
    Until.ERASED,
    Customer,
    col(Customer.id),
    lambda since: col(Customer.asked_to_stay_at).is_not(None) & col(Customer.erased_at).is_(None) & ~is_away(since),
    emptied={"asked_to_stay_at": None},
)
"""Customers whose grace had begun and of whom something was heard since: nothing more is asked of them."""


def count(session: Session, rule: Rule, since: datetime) -> int:
    """How many rows the rule would act on."""
    return session.exec(select(func.count()).select_from(rule.table).where(rule.is_old(since))).one()


def find(session: Session, rule: Rule, since: datetime, after: Any = None) -> Sequence[Any]:
    """The keys of the next ROWS_AT_ONCE rows that are old, in order, beyond the key ``after``."""
    wanted = select(rule.key).where(rule.is_old(since))
    if after is not None:
        wanted = wanted.where(rule.key > after)
    return session.exec(wanted.order_by(rule.key).limit(ROWS_AT_ONCE)).all()


def act(session: Session, rule: Rule, since: datetime, keys: Sequence[Any]) -> int:
    """Delete or empty those of the rows that are still old and that no other process is at; says how many."""
    old = select(rule.key).where(rule.key.in_(keys), rule.is_old(since)).order_by(rule.key)
    still = session.exec(old.with_for_update(skip_locked=True, of=rule.table)).all()
    if not still:
        return 0
    these = rule.key.in_(still)
    change = delete(rule.table) if rule.emptied is None else update(rule.table).values(**rule.emptied)
    return session.connection().execute(change.where(these)).rowcount


def is_away(since: datetime) -> ColumnElement[bool]:
    """The condition for a customer we learned of by ``since`` and of whom nothing was heard after it.

    Heard is a message from them, a purchase, a click, an answer about consent. An old history that was imported
    lately makes nobody away: what counts is when we learned of them. Nobody of the team is ever away.
    """
    mine = col(Interaction.customer_id) == col(Customer.id)
    address = col(Address.customer_id) == col(Customer.id)
    lately = (
        exists().where(mine, col(Interaction.kind).in_(SIGNS_OF_LIFE), col(Interaction.at) > since),
        # Stays when the messages themselves are gone.
        exists().where(address, col(Address.last_inbound_at) > since),
        exists().where(col(ConsentEvent.customer_id) == col(Customer.id), col(ConsentEvent.at) > since),
        exists().where(address, col(TeamMember.address_id) == col(Address.id)),
    )
    known = col(Customer.erased_at).is_(None) & (col(Customer.created_at) <= since)
    for each in lately:
        known = known & ~each.correlate(Customer)
    return known


def away(session: Session, since: datetime, after: int = 0, *, is_asked: bool = False) -> Sequence[int]:
    """The next ROWS_AT_ONCE customers who are away and whose grace has not begun, or has; beyond ``after``."""
    begun = col(Customer.asked_to_stay_at).is_not(None)
    wanted = select(Customer.id).where(is_away(since), begun if is_asked else ~begun, col(Customer.id) > after)
    return session.exec(wanted.order_by(col(Customer.id)).limit(ROWS_AT_ONCE)).all()


def begin_grace(session: Session, since: datetime, customer_ids: Sequence[int], now: datetime) -> int:
    """From now on their grace runs; says of how many it does who are still away and in no grace yet."""
    here = col(Customer.id).in_(list(customer_ids)) & col(Customer.asked_to_stay_at).is_(None) & is_away(since)
    change = update(Customer).where(here).values(asked_to_stay_at=now)
    return session.connection().execute(change.execution_options(synchronize_session=False)).rowcount


def has_run_out(periods: Periods, now: datetime) -> ColumnElement[bool]:
    """The condition for a customer who is away and whose grace is over. Raises ValueError where nobody ever is."""
    since = periods.since(Until.ERASED, now)
    if since is None:
        raise ValueError("INACTIVE_DAYS=0: nobody is ever away too long")
    return is_away(since) & (col(Customer.asked_to_stay_at) <= now - periods.grace)


def note(
    session: Session, at: datetime, removed: Mapping[str, int] | None = None, *, asked: int = 0, anonymised: int = 0
) -> None:
    """Add to the row of the run that began ``at``, in the transaction of the deed: what is done is counted once."""
    run = session.exec(select(RetentionRun).where(RetentionRun.at == at).limit(1)).first() or RetentionRun(at=at)
    counts = dict(run.removed)
    for kind, n in (removed or {}).items():
        counts[kind] = counts.get(kind, 0) + n
    run.removed = counts
    run.asked, run.anonymised = run.asked + asked, run.anonymised + anonymised
    session.add(run)
    session.flush()


def last_run(session: Session) -> RetentionRun | None:
    """The newest run that tidied, and did not only ask somebody; None before the first."""
    runs = session.exec(select(RetentionRun).order_by(col(RetentionRun.at).desc(), col(RetentionRun.id).desc()))
    return next((run for run in runs if run.removed), None)


def lately(session: Session, since: datetime) -> tuple[int, int]:
    """How many were asked and how many made anonymous after ``since``."""
    sums = (func.coalesce(func.sum(RetentionRun.asked), 0), func.coalesce(func.sum(RetentionRun.anonymised), 0))
    asked, anonymised = session.exec(select(*sums).where(col(RetentionRun.at) > since)).one()
    return int(asked), int(anonymised)
