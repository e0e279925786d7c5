"""One night's tidying: what has been kept long enough goes, and who has been away too long is asked, then forgotten.

rules        → find → act, few rows at a time           each batch a transaction, counted in it
who is away  → can they be asked?  yes → asked by day   (bot/app.py), their grace begins
                                   no  → their grace begins at once
grace over   → still away?         yes → campaigns.privacy.forgetting.forget, one customer a transaction
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from campaigns.outcomes import remains
from campaigns.privacy import absence
from campaigns.privacy.absence import Away
from campaigns.shop import Shop
from campaigns.tables import OPEN_STATES, EarlyReport, Message, State, SurveyAnswer, TrackedLink, Voice, Voucher
from ledger import retention
from ledger.database import Database
from ledger.declarations import Until
from ledger.retention import Periods, Rule
from ledger.tables import FAILED, Interaction, Kind

log = logging.getLogger(__name__)
BREATH_SECONDS = 0.1
"""Between two batches: long enough for somebody who waits for SQLite's one writer to have their turn."""
Progress = Callable[[int, int], None]

_fated_at = func.coalesce(
    col(Message.sent_at),
    col(Message.failed_at),
    col(Message.withheld_at),
    col(Message.unknown_at),
    col(Message.planned_at),
)
"""When it was decided what becomes of a message."""


def _is_old_text(since: datetime) -> ColumnElement[bool]:
    holds = or_(
        col(Message.body).is_not(None),
        col(Message.provider_message_id).is_not(None),
        cast(col(Message.facts), Text) != "{}",
    )
    # Refused after it was taken: its words are kept in case it arrived after all, but not for ever.
    waits = and_(col(Message.state) == State.PLANNED, col(Message.provider_message_id).is_not(None))
    return and_(or_(col(Message.state).not_in(OPEN_STATES), waits), _fated_at <= since, holds)


def _is_old_click(since: datetime) -> ColumnElement[bool]:
    return and_(
        col(Interaction.kind) == Kind.CLICK,
        col(Interaction.message_id).is_not(None),
        col(Interaction.at) <= since,
    )


def _is_further_click(since: datetime) -> ColumnElement[bool]:
    first = aliased(Interaction)
    return _is_old_click(since) & exists().where(
        col(first.customer_id) == col(Interaction.customer_id),
        col(first.kind) == Kind.CLICK,
        col(first.message_id) == col(Interaction.message_id),
        col(first.id) < col(Interaction.id),
    ).correlate(Interaction)


_messages_fate = (
    select(_fated_at).where(col(Message.id) == col(Interaction.message_id)).correlate(Interaction).scalar_subquery()
)


def _is_precise_click(since: datetime) -> ColumnElement[bool]:
    return (
        _is_old_click(since)
        & ~_is_further_click(since)
        & (col(Interaction.product_id).is_not(None) | (col(Interaction.at) != _messages_fate))
    )


RULES = (
    *retention.RULES,
    Rule(
        "offers",
        Until.MESSAGES,
        Message,
        col(Message.id),
        _is_old_text,
        emptied={"body": None, "facts": {}, "provider_message_id": None},
    ),
    Rule(
        "links",
        Until.MESSAGES,
        TrackedLink,
        col(TrackedLink.token),
        lambda since: col(TrackedLink.created_at) <= since,
    ),
    Rule(
        "vouchers",
        Until.MESSAGES,
        Voucher,
        col(Voucher.fingerprint),
        lambda since: (col(Voucher.created_at) <= since) & (col(Voucher.expires_at) <= since),
    ),
    # A review's words go and that there was one stays: what was judged of it goes with the words.
    Rule(
        "voices",
        Until.MESSAGES,
        Voice,
        col(Voice.interaction_id),
        lambda since: col(Voice.at) <= since,
    ),
    # Of an old answer in words that there was one stays, as a question passed over.
    Rule(
        "survey_texts",
        Until.MESSAGES,
        SurveyAnswer,
        col(SurveyAnswer.id),
        lambda since: col(SurveyAnswer.text).is_not(None) & (col(SurveyAnswer.at) <= since),
        emptied={"text": None},
    ),
    Rule(
        "early_reports",
        Until.A_DAY,
        EarlyReport,
        col(EarlyReport.id),
        lambda since: col(EarlyReport.at) <= since,
    ),
    # Reports count who clicked. That stays, one click a message; how often, when and on what does not.
    Rule("further_clicks", Until.BROWSING, Interaction, col(Interaction.id), _is_further_click),
    Rule(
        "clicks",
        Until.BROWSING,
        Interaction,
        col(Interaction.id),
        _is_precise_click,
        emptied={"product_id": None, "at": _messages_fate},
    ),
)
"""Everything that goes by age, of the ledger and of the campaigns."""


@dataclass(frozen=True)
class Tidied:
    """What a night removed, by kind, and what it did about those who are away; ``away`` is how it stands after.

    ``removed`` also says how many could not be forgotten (FAILED).
    """

    removed: dict[str, int]
    returned: int
    cannot_be_asked: int
    anonymised: int
    away: Away

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def preview(database: Database, periods: Periods, channels: Collection[str], shop: Shop, now: datetime) -> Tidied:
    """What a tidying now would do. Looks only."""
    with database.reading() as session:
        standing = absence.away(session, periods, channels, shop, now)
        return Tidied(
            removed={rule.kind: n for rule, n in _counted(session, RULES, periods, now)},
            returned=sum(n for _, n in _counted(session, [retention.RETURNED], periods, now)),
            cannot_be_asked=standing.cannot_be_asked,
            anonymised=min(standing.to_forget, absence.left_to_forget(session, now)),
            away=standing,
        )


def tidy(
    database: Database,
    periods: Periods,
    channels: Collection[str],
    shop: Shop,
    now: datetime,
    progress: Progress = lambda _done, _total: None,
) -> Tidied:
    """Do all of it, in small transactions; what is done stays done, and the next run does what is left.

    ``progress`` is told after each batch how much is done of how much, and may raise to stop between two.
    """
    foreseen = preview(database, periods, channels, shop, now)
    total = sum(foreseen.removed.values()) + foreseen.returned + foreseen.cannot_be_asked + foreseen.anonymised
    night = _Night(database, periods, now, progress, total)
    try:
        with database.transaction() as session:
            retention.note(session, now, {rule.kind: 0 for rule in RULES})
            if (since := periods.since(Until.MESSAGES, now)) is not None:
                remains.keep_answers(session, since)
        removed = {rule.kind: night.sweep(rule) for rule in RULES}
        returned = night.sweep(retention.RETURNED, is_removal=False)
        unasked = night.begin_grace(channels, shop)
        anonymised, failed = night.forget(shop)
        if failed:
            removed[FAILED] = failed
        with database.reading() as session:
            standing = absence.away(session, periods, channels, shop, now)
    finally:
        # Once, at the end: a reader in the way would otherwise hold up every batch.
        database.scrub()
    return Tidied(removed, returned, unasked, anonymised, standing)


class _Night:
    """What the steps of one run share."""

    def __init__(self, database: Database, periods: Periods, now: datetime, progress: Progress, total: int) -> None:
        self.database, self.periods, self.now = database, periods, now
        self.progress, self.total, self.done = progress, total, 0

    def sweep(self, rule: Rule, *, is_removal: bool = True) -> int:
        """Act on every row of one kind that is old."""
        since, n = self.periods.since(rule.until, self.now), 0
        for keys in absence.blocks(lambda after: self._find(rule, since, after)):
            with self.database.transaction() as session:
                here = retention.act(session, rule, since, keys) if since is not None else 0
                if is_removal:
                    retention.note(session, self.now, {rule.kind: here})
            n += here
            self._breathe(here)
        return n

    def begin_grace(self, channels: Collection[str], shop: Shop) -> int:
        """Those who are away and cannot be asked: the same time to come back as the others, without a question."""
        since, n = self.periods.since(Until.ERASED, self.now), 0
        if since is None:
            return 0
        for block in absence.blocks(lambda after: self._away(since, after)):
            with self.database.transaction() as session:
                silent = set(block) - absence.askable(session, block, channels, shop, self.now).keys()
                here = retention.begin_grace(session, since, sorted(silent), self.now)
            n += here
            self._breathe(here)
        return n

    def forget(self, shop: Shop) -> tuple[int, int]:
        """Those whose grace is over, no more than a night's share; and how many of them could not be forgotten."""
        with self.database.reading() as session:
            due = absence.run_out(session, self.periods, self.now)
        n = failed = 0
        for customer_id in due:
            try:
                with self.database.transaction() as session:
                    is_gone = absence.forget(session, customer_id, self.periods, shop.zone, self.now)
            except Exception as fault:  # noqa: BLE001 - one customer must not keep all the others from their due
                self._note_failure(fault)
                failed += 1
            else:
                n += is_gone
                self._breathe(is_gone)
        return n, failed

    def _note_failure(self, fault: Exception) -> None:
        # What and where, but not the fault's own words: they may hold a name or a number.
        frame = traceback.extract_tb(fault.__traceback__)[-1]
        place = f"{type(fault).__name__} in {frame.name}, {Path(frame.filename).name}:{frame.lineno}"
        log.error("a customer could not be forgotten and is tried again the next night: %s", place)
        with self.database.transaction() as session:
            retention.note(session, self.now, {FAILED: 1})

    def _find(self, rule: Rule, since: datetime | None, after: Any) -> Sequence[Any]:
        with self.database.reading() as session:
            return retention.find(session, rule, since, after) if since is not None else ()

    def _away(self, since: datetime, after: int | None) -> Sequence[int]:
        with self.database.reading() as session:
            return retention.away(session, since, after or 0)

    def _breathe(self, n: int) -> None:
        self.done += n
        self.progress(self.done, max(self.total, self.done))
        if n and self.done < self.total:
            time.sleep(BREATH_SECONDS)


def _counted(session: Session, rules: Iterable[Rule], periods: Periods, now: datetime) -> Iterator[tuple[Rule, int]]:
    for rule in rules:
        since = periods.since(rule.until, now)
        yield rule, retention.count(session, rule, since) if since is not None else 0
