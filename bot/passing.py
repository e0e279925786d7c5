"""How time passes by a clock that can be moved: what lies between is played, each thing at its own moment.

    hold the clock → the next moment at which something is due → show it → do what is due → … → there → let it run on

While it runs on by itself, the same duties are looked at every second. Only a shop that is tried out has such a
clock: its night work, its schedules and the hours in which nobody is written to all go by it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.clock import MovableClock
from bot.news import News
from bot.rounds import Stopping
from campaigns.launching import preparing, scheduling
from campaigns.sending import outbox
from campaigns.sending.dispatching import Dispatcher
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, State, Status
from ledger import notices
from ledger.database import Database
from ledger.tables import Notice, ShopFact

log = logging.getLogger(__name__)
LOOK_EVERY_SECONDS = 1.0
FURTHEST = timedelta(days=31)
"""At once: a month of a shop is played in well under a minute."""
AHEAD = "clock ahead"
"""The fact by which a database knows how far its clock was moved, in seconds."""
NOTED_EVERY = timedelta(hours=1)
TOLD_EVERY_SECONDS = 0.1
SWEPT_EVERY = timedelta(minutes=5)


class CannotMove(Exception):
    """``why``: "closed" (nobody does the shop's work here), "moving", "back" or "far"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Duty:
    """Something that comes round: ``after`` says when next. Later than ``latest`` it is left for its next time."""

    name: str
    after: Callable[[datetime], datetime]
    do: Callable[[], Awaitable[object]]
    latest: timedelta = timedelta(hours=1)
    rests: Callable[[], bool] = lambda: False
    """Of several of its times that one move passes: whether it finds nothing new and only the last one counts."""

    def last(self, since: datetime, until: datetime) -> datetime | None:
        """The last time of this between two moments, the later one included."""
        found, at = None, self.after(since)
        while at <= until:
            found, at = at, self.after(at)
        return found


def hourly(minute: int) -> Callable[[datetime], datetime]:
    """When it is so many minutes past next."""

    def after(moment: datetime) -> datetime:
        at = moment.replace(minute=minute, second=0, microsecond=0)
        return at if at > moment else at + timedelta(hours=1)

    return after


def nightly(at: time, zone: tzinfo) -> Callable[[datetime], datetime]:
    """When it is that time of the day next, by the wall clock there."""

    def after(moment: datetime) -> datetime:
        local = moment.astimezone(zone)
        due = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        # By the wall clock: a day may be shorter or longer than 24 hours.
        return (due if due > local else due + timedelta(days=1)).astimezone(moment.tzinfo)

    return after


@dataclass
class Passage:
    """Moves one shop's clock. Open as long as ``duties`` are done in this process."""

    clock: MovableClock
    database: Database
    dispatcher: Dispatcher
    news: News
    channels: Collection[str]
    shop: Shop
    is_moving: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever sends what is due: while the clock is moved nobody else does."""
    _duties: Sequence[Duty] = ()
    _is_open: bool = False
    _looked_at: datetime | None = None
    _noted: timedelta = timedelta()
    _moved: Callable[[], object] = lambda: None

    @property
    def is_open(self) -> bool:
        return self._is_open

    def begin(self, duties: Sequence[Duty], moved: Callable[[], object] = lambda: None) -> None:
        """From now on these are done here. ``moved`` is called after the clock was."""
        self._duties, self._moved, self._is_open = duties, moved, True
        self._looked_at = self.clock.now()

    async def end(self) -> None:
        """A move that is under way stops at its next moment, and is waited for."""
        self._is_open = False
        async with self.lock:
            self._duties = ()

    async def look(self) -> None:
        """While the clock runs on: do what has come since the last look."""
        if self.is_moving or self._looked_at is None:
            return
        since, self._looked_at = self._looked_at, self.clock.now()
        async with self.lock:
            await asyncio.to_thread(self._start_due)
        await self._do_duties(since, self._looked_at, self._looked_at)

    async def forward(self, to: datetime, tell: Callable[[datetime], object] = lambda _now: None) -> None:
        """Let time pass until ``to``; ``tell`` is told how far it is. Raises CannotMove."""
        if not self._is_open:
            raise CannotMove("closed")
        if self.is_moving:
            raise CannotMove("moving")
        if to <= self.clock.now():
            raise CannotMove("back")
        if to - self.clock.now() > FURTHEST:
            raise CannotMove("far")
        self.is_moving = True
        try:
            async with self.lock:
                await self._play(to, tell)
        finally:
            self.is_moving = False
            self._moved()

    async def _play(self, to: datetime, tell: Callable[[datetime], object]) -> None:
        loop = asyncio.get_running_loop()
        told_at = 0.0
        self.clock.hold()
        try:
            since = self._looked_at or self.clock.now()
            while True:
                now = self.clock.now()
                await self._do_duties(since, now, to)
                await self._do_what_is_due()
                if loop.time() - told_at >= TOLD_EVERY_SECONDS:
                    tell(now)
                    told_at = loop.time()
                if now >= to or not self._is_open:
                    break
                since = now
                self.clock.move_to(min(to, await asyncio.to_thread(self._next, now, to)))
                if self.clock.ahead - self._noted >= NOTED_EVERY:
                    await asyncio.to_thread(self._note)
        finally:
            self._looked_at = self.clock.now()
            self.clock.let_go()
            await asyncio.to_thread(self._note)

    def _next(self, now: datetime, to: datetime) -> datetime:
        """The next moment after ``now`` at which something is due; ``to`` where there is none before."""
        found = [to, *(each.after(now) for each in self._duties)]
        with self.database.reading() as session:
            found += [at for at in scheduling.wake_ups(session).values() if at > now]
            found += [at for at in _waited_for(session, now) if at is not None]
            if scheduling.triggered(session, now):
                found.append(now + SWEPT_EVERY)
        return min(found)

    async def _do_duties(self, since: datetime, now: datetime, to: datetime) -> None:
        for duty in self._duties:
            at = duty.last(since, now)
            if at is None or now - at > duty.latest:
                continue
            try:
                if duty.after(now) > to or not await asyncio.to_thread(duty.rests):
                    await duty.do()
            except Exception as fault:  # noqa: BLE001 - its next time may well succeed
                log.error("%s failed and is tried again at its next time: %s", duty.name, type(fault).__name__)  # noqa: TRY400

    async def _do_what_is_due(self) -> None:
        await asyncio.to_thread(self._start_due)
        if await asyncio.to_thread(self._has_due):
            with suppress(Stopping):
                await self.dispatcher.drain(self._require_open)
        await self.news.tell(lambda: self._is_open)

    def _start_due(self) -> None:
        """Campaigns whose time has come start, their rows are written, and whoever's turn it is is found."""
        database, now = self.database, self.clock.now()
        where = self.channels, self.shop
        for number, fired in scheduling.start_due(database, *where, now).items():
            log.info("campaign %d, whose time came: %s", number, fired)
        if self._is_any(Status.PREPARING):
            preparing.prepare(database, *where, self.clock.now, lambda: self._is_open)
        if self.is_moving:
            scheduling.sweep(database, *where, now, lambda: self._is_open)

    def _is_any(self, status: Status) -> bool:
        with self.database.reading() as session:
            return session.exec(select(Campaign.id).where(Campaign.status == status).limit(1)).first() is not None

    def _has_due(self) -> bool:
        with self.database.reading() as session:
            now = self.clock.now()
            return outbox.has_due(session, self.channels, now) or self._may_end(session)

    def _may_end(self, session: Session) -> bool:
        """Whether a campaign runs with nothing left to send: a drain ends it."""
        waits = select(Message.id).where(Message.campaign_id == Campaign.id, Message.state == State.PLANNED)
        ended = select(Campaign.id).where(Campaign.status == Status.RUNNING, ~waits.exists())
        return session.exec(ended.limit(1)).first() is not None

    def _require_open(self, *_progress: object) -> None:
        """Asked between two batches. Raises Stopping."""
        if not self._is_open:
            raise Stopping

    def _note(self) -> None:
        """The database knows how far its clock went: whoever opens it next does not go back."""
        ahead = self.clock.ahead
        with self.database.transaction() as session:
            session.merge(ShopFact(key=AHEAD, value=str(ahead.total_seconds())))
        self._noted = ahead


def recall(database: Database, clock: MovableClock) -> None:
    """The clock goes on from where it was in this database."""
    with database.reading() as session:
        kept = session.get(ShopFact, AHEAD)
    if kept is not None:
        clock.catch_up(timedelta(seconds=float(kept.value)))


def _waited_for(session: Session, now: datetime) -> list[datetime | None]:
    """The next moments at which an offer, and a notice, that was put off may go out."""
    offers = select(func.min(Message.not_before)).where(Message.state == State.PLANNED, col(Message.not_before) > now)
    told = select(func.min(Notice.not_before)).where(col(Notice.not_before) > now, notices.is_waiting())
    return [session.exec(offers).one(), session.exec(told).one()]
