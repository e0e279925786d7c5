"""Once a day the provider is asked about what stayed open: offers of which nothing more was told, or nothing at all.

sent for hours, and no word since   → asked for by number         → believed like a report
unknown whether it was sent         → looked for by address, time and words; if there is exactly one, that is it

Only channels that can tell are asked. What nobody can tell stays unknown, and the owner sees it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar, runtime_checkable

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from campaigns.channel import Channel, Fate, Report
from campaigns.sending import reports, settling
from campaigns.sending.claiming import LEASE
from campaigns.shop import Shop
from campaigns.tables import Message, State
from ledger.database import Database
from ledger.tables import Address, ShopFact

OPEN_AFTER = timedelta(hours=2)
"""So long reports are waited for."""
NOT_AFTER = timedelta(days=7)
"""What is older will not change any more."""
EVERY, AGAIN_AFTER = timedelta(hours=24), timedelta(minutes=50)
AT_ONCE, MOST = 8, 2_000
"""So many are asked about at the same time, and in one run: what is left is asked about the next day."""
CLOCKS_DIFFER = timedelta(minutes=2)
LAST = "reconciled at"
UP_TO = "reconciled up to"
"""Before what is asked about, "open" or "unknown": the number of the message that was asked about last."""
T = TypeVar("T")


class CannotAsk(Exception):
    """The provider did not answer: it is asked again another time."""


@dataclass(frozen=True)
class Found:
    """A message that the provider has to an address. ``report`` is what became of it, where that is known."""

    provider_message_id: str
    body: str
    at: datetime
    report: Report | None


@runtime_checkable
class CanTell(Protocol):
    """A channel whose provider can be asked later. Both raise CannotAsk."""

    async def ask(self, provider_message_id: str) -> Report | None: ...

    async def find(self, address: str, since: datetime, until: datetime) -> Sequence[Found]: ...


@dataclass(frozen=True)
class Reconciled:
    """``open`` were asked about and ``learned`` is how many there was news of; of ``unknown`` ones ``found`` were
    found. ``unanswered`` are those the provider did not answer about, or was not asked for they were too many."""

    open: int = 0
    learned: int = 0
    unknown: int = 0
    found: int = 0
    unanswered: int = 0

    @property
    def is_in_vain(self) -> bool:
        """Whether there was something to ask and nothing was answered."""
        return 0 < self.unanswered == self.open + self.unknown

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def is_due(session: Session, now: datetime) -> bool:
    """Whether the last time is a day ago. It is now: of several processes one is told so."""
    fact = session.exec(select(ShopFact).where(ShopFact.key == LAST).with_for_update()).first()
    if fact is not None:
        was = datetime.fromisoformat(fact.value)
        if now - was < EVERY:
            return False
        fact.value = now.isoformat()
        session.add(fact)
        return True
    with suppress(IntegrityError), session.begin_nested():
        session.add(ShopFact(key=LAST, value=now.isoformat()))
        session.flush()
        return True
    return False


def try_again(session: Session, now: datetime) -> None:
    """The provider did not answer at all: it is due again in AGAIN_AFTER, not in a day."""
    fact = session.get_one(ShopFact, LAST)
    fact.value = (now - EVERY + AGAIN_AFTER).isoformat()
    session.add(fact)


async def reconcile(
    database: Database,
    channels: Mapping[str, Channel],
    believe: Callable[[Report], object],
    now: datetime,
    may_go_on: Callable[[], bool] = lambda: True,
    language: str = Shop.language,
) -> Reconciled:
    """Ask about what stayed open. ``believe`` takes each report; it is called in a thread. ``language`` is the
    shop's."""
    able = {name: channel for name, channel in channels.items() if isinstance(channel, CanTell)}
    if not able:
        return Reconciled()
    open_ones, unknown = await asyncio.to_thread(_read, database, list(able), now)

    async def ask(each: Open) -> bool:
        report = await able[each.channel].ask(each.provider_message_id)
        if report is None or report.fate is Fate.SENT:
            return False
        await asyncio.to_thread(believe, report)
        return True

    async def find(each: Lost) -> bool:
        there = await able[each.channel].find(
            each.address, each.sending_at - CLOCKS_DIFFER, each.sending_at + LEASE + CLOCKS_DIFFER
        )
        same = [found for found in there if _words(found.body) == _words(each.body)]
        return len(same) == 1 and await asyncio.to_thread(_note, database, each, same[0], language, now)

    learned = await _each(open_ones, ask, may_go_on)
    matched = await _each(unknown, find, may_go_on)
    for kind, some, answers in (("open", open_ones, learned), ("unknown", unknown, matched)):
        await asyncio.to_thread(_note_place, database, kind, some, answers)
    return Reconciled(
        open=len(open_ones),
        learned=learned.count(True),
        unknown=len(unknown),
        found=matched.count(True),
        unanswered=learned.count(None) + matched.count(None),
    )


@dataclass(frozen=True)
class Open:
    """A message of which the provider told nothing since it took it."""

    message_id: int
    channel: str
    provider_message_id: str


@dataclass(frozen=True)
class Lost:
    """A message of which nobody knows whether the provider took it."""

    message_id: int
    channel: str
    address: str
    body: str
    sending_at: datetime


def _read(database: Database, channels: Sequence[str], now: datetime) -> tuple[list[Open], list[Lost]]:
    """From where the last time ended, and then round again: so everybody's turn comes, however many there are."""
    here = col(Message.channel).in_(channels)
    numbered = select(Message.id, Message.channel, Message.provider_message_id).where(
        here,
        Message.state == State.SENT,
        col(Message.provider_message_id).is_not(None),
        col(Message.sent_at) <= now - OPEN_AFTER,
        col(Message.sent_at) > now - NOT_AFTER,
    )
    lost = (
        select(Message, Address)
        .join(Address, col(Address.id) == col(Message.address_id))
        .where(
            here,
            Message.state == State.UNKNOWN,
            col(Message.body).is_not(None),
            col(Message.sending_at) <= now - LEASE - CLOCKS_DIFFER,
            col(Message.sending_at) > now - NOT_AFTER,
        )
    )
    with database.reading() as session:
        open_ones = session.exec(numbered.order_by(*_after(session, "open")).limit(MOST)).all()
        unknown = session.exec(lost.order_by(*_after(session, "unknown")).limit(MOST)).all()
    return (
        [Open(message_id, channel, number) for message_id, channel, number in open_ones if channel and number],
        [
            Lost(message.id, there.channel, there.address, message.body, message.sending_at)
            for message, there in unknown
            if message.body and message.sending_at
        ],
    )


def _after(session: Session, kind: str) -> tuple[ColumnElement[bool], Mapped[int]]:
    fact = session.get(ShopFact, f"{UP_TO} {kind}")
    return col(Message.id) <= (int(fact.value) if fact is not None else 0), col(Message.id)


def _note_place(database: Database, kind: str, some: Sequence[Open | Lost], answers: Sequence[bool | None]) -> None:
    """Where the next time begins: after the last about whom there was an answer."""
    answered = [each for each, answer in zip(some, answers, strict=True) if answer is not None]
    if answered:
        with database.transaction() as session:
            session.merge(ShopFact(key=f"{UP_TO} {kind}", value=str(answered[-1].message_id)))


async def _each(
    some: Iterable[T], act: Callable[[T], Awaitable[bool]], may_go_on: Callable[[], bool]
) -> list[bool | None]:
    """What came of each, a few at a time; None where the provider did not answer."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(each: T) -> bool | None:
        async with turns:
            if not may_go_on():
                return None
            try:
                return await act(each)
            except CannotAsk:
                return None

    return await asyncio.gather(*map(one, some))


def _note(database: Database, lost: Lost, found: Found, language: str, now: datetime) -> bool:
    """It had been sent after all: from now on we know by which number, and what became of it."""
    with database.transaction() as session:
        reports.hold_back(session, [lost.message_id])
        message = session.exec(select(Message).where(Message.id == lost.message_id).with_for_update()).one()
        if message.state != State.UNKNOWN or message.address_id is None or _is_known(session, lost, found):
            return False
        settling.mark_sent(session, message, found.provider_message_id, found.at)
        message.unknown_at = None
        if found.report is not None:
            reports.believe(session, message, found.report.fate, found.report.refusal, language, now)
        session.add(message)
        return True


def _is_known(session: Session, lost: Lost, found: Found) -> bool:
    wanted = select(Message.id).where(
        Message.channel == lost.channel, Message.provider_message_id == found.provider_message_id
    )
    return session.exec(wanted).first() is not None


def _words(text: str) -> list[str]:
    return text.split()
