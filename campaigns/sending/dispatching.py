"""The pipe through which offers leave the house, and the only one:

    claim (gate, words, "sending") | send to the channel | settle, and pause what goes wrong
       └──────────── the next, while these are on their way ────────────┘

What came back is settled and the next are claimed in one transaction, in a worker thread; nothing of the database is
held while a provider is waited for, and no message waits for another's answer. Never more than ``in_flight`` are
marked as being sent.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import ParamSpec, TypeVar

from sqlalchemy import exc
from sqlmodel import Session

from campaigns.channel import Cause, Channel, Fate, FateUnknown, Outcome, Paced, Report, Sent, Throttled
from campaigns.choosing.shelf import Shelf, read_shelf, restocked
from campaigns.outcomes.learning import Learner
from campaigns.sending import holding, outbox, paces, reports
from campaigns.sending.alarm import Watch
from campaigns.sending.doors import Doors
from campaigns.sending.flight import Back, Flight
from campaigns.sending.meter import Meter, Unmetered
from campaigns.sending.outbox import LEASE, Attempt, Claimed
from campaigns.sending.reports import Noted
from campaigns.shop import Shop
from campaigns.words.composing import Composer
from ledger import leases, windows
from ledger.ailments import is_away
from ledger.database import Database

IN_FLIGHT = 128
"""How many messages may be with a provider at once, and so how many a crash can leave unknown: fewer where the
provider's pace gives out no more moments (sending/paces.py). See docs/decisions/0037-measured-against-peers.md."""
GATHERED = 4
"""Of so many places one part has to be free again before anything is written down: a commit costs what it costs."""
TENDED_EVERY = LEASE / 4
"""A drain may take hours: so often leases are renewed, and those of who vanished end."""
SHELF_READ_EVERY = timedelta(minutes=10)
TRIES = 3
PAUSE_SECONDS = 0.25
"""Before it is looked again whether a message's moment in its channel's pace has come."""
LONG_WAIT = timedelta(seconds=0.1)
"""A message that waited longer for its moment is looked at once more."""
SHORT_REST = timedelta(minutes=1)
T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True)
class Drained:
    """What one drain did."""

    looked_at: int = 0
    sent: int = 0


@dataclass(frozen=True)
class Dispatcher:
    """Sends what is due. ``now`` is asked for each batch; channels are by name."""

    database: Database
    channels: Mapping[str, Channel]
    composer: Composer
    shop: Shop
    now: Callable[[], datetime]
    in_flight: int = IN_FLIGHT
    """How many may be with providers at once."""
    doors: Doors = field(default_factory=Doors)
    """When each channel that said "not now" may be tried again."""
    failed_later: list[int] = field(default_factory=list)
    """The campaigns of messages that were counted as sent, and of which the provider said since that they failed."""
    unsettled: dict[Attempt, Outcome] = field(default_factory=dict)
    """What came of each attempt, as long as it is not written down."""
    meter: Meter = field(default_factory=Unmetered)
    """Told how long each step takes."""
    sure: Callable[[], datetime] | None = None
    """Asked before anything is claimed; raises while the clock cannot be believed."""
    time_of: Callable[[Session, datetime], datetime] = leases.shared_time
    """Tells the time that all processes share: the pace and what a provider asks to wait for go by it."""
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, "dispatching"), repr=False, compare=False
    )
    """What a batch takes is given back to the thread that took it, and kept there: one keeps it once."""

    async def drain(self, progress: Callable[[Drained], None] | None = None) -> Drained:
        """Send until nothing is due; what could not be written down the last time is first.

        ``progress`` is told after each batch. If it raises, nothing more is claimed, what was not handed over goes
        back to the queue, what is on its way is waited for and settled, and then this raises the same.
        """
        knowing = Knowing(Watch(self.shop.alarm))
        if self.unsettled:
            await self._apart(self._settle, [], knowing)
        await self._apart(self._tidy)
        await self._apart(self._look, knowing.watch)
        total = await self._pump(knowing, progress or _nothing)
        await self._apart(self._tidy)
        return total

    async def _apart(self, act: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Do it in the drain's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(act, *args, **named))

    async def _pump(self, knowing: Knowing, progress: Callable[[Drained], None]) -> Drained:
        flight = Flight(self._send_one, self.unsettled.__setitem__, self.in_flight // GATHERED)
        total, claimed, waited_at = Drained(), [], None
        try:
            while True:
                back = flight.take()
                batch = await self._apart(self._exchange, back, flight.up, knowing)
                claimed = batch.claimed
                total = Drained(total.looked_at + batch.looked_at, total.sent + batch.sent)
                progress(total)
                flight.start(claimed)
                claimed = []
                if not batch.looked_at and not flight:
                    # By a clock that stands still nobody's moment comes.
                    if not knowing.is_waiting or knowing.asked_at == waited_at:
                        return total
                    waited_at = knowing.asked_at
                    await asyncio.sleep(PAUSE_SECONDS)
                if not batch.may_have_more:
                    await flight.gather(TENDED_EVERY.total_seconds())
        except asyncio.CancelledError:
            flight.drop()
            raise
        except BaseException:
            await self._wind_up(flight, claimed, knowing)
            raise

    async def _wind_up(self, flight: Flight, unsent: Sequence[Claimed], knowing: Knowing) -> None:
        """Nothing more is claimed: what is on its way is waited for, and everything is written down."""
        try:
            # Surely not sent: nobody has been asked to.
            self.unsettled.update({each.attempt: Throttled(self.now()) for each in unsent})
            await flight.end()
        except asyncio.CancelledError:
            flight.drop()
            raise
        await self._apart(self._settle, flight.take(), knowing)

    def believe(self, report: Report) -> bool:
        """What the provider told later of a message it had taken; whether it is one of ours.

        A light transaction; belongs in a thread.
        """
        return self.believe_all([report])[0]

    def believe_all(self, told: Sequence[Report]) -> list[bool]:
        """The same of several, in the order they came and in one transaction; of each whether it is one of ours."""
        noted = self._patiently(lambda session: reports.note(session, told, self.now(), self.shop.language))
        for report, each in zip(told, noted, strict=True):
            self._learn(report, each)
        return [each.campaign_id is not None for each in noted]

    def _learn(self, report: Report, noted: Noted) -> None:
        """What a report says of its channel and its campaign; it is written down."""
        is_first = _proves(report.channel, noted.content)
        if noted.is_news and is_first and report.fate in (Fate.DELIVERED, Fate.READ):
            self.doors.arrived(report.channel)
        if noted.has_failed and noted.campaign_id is not None:
            self.failed_later.append(noted.campaign_id)
        if report.refusal is not None and (noted.is_news or noted.campaign_id is None):
            is_first = is_first and noted.campaign_id is not None
            refused = [_meant(report.refusal, self.now(), is_first=is_first)]
            if self.doors.heed(report.channel, refused, self.now(), is_later=True):
                self._patiently(lambda session: holding.hold_channel(session, report.channel, self.now()))

    def _patiently(self, act: Callable[[Session], T]) -> T:
        """Do it in a transaction, and once more where the database was away for a moment."""
        for tries_left in reversed(range(TRIES)):
            try:
                with self.database.transaction() as session:
                    return act(session)
            except exc.SQLAlchemyError as fault:
                if not tries_left or not is_away(fault):
                    raise
        raise AssertionError("the last try returns or raises")

    def _open_channels(self) -> set[str]:
        return {name for name in self.channels if self.doors.of(name).is_open(self.now())}

    def _heed(self, back: Sequence[Back]) -> list[str]:
        """Learn from what came back; the channels that have refused the shop too often."""
        said: dict[str, list[Outcome]] = {}
        for each, outcome in back:
            is_first = _proves(each.channel, each.outgoing.content)
            if not isinstance(outcome, Sent) or is_first:
                said.setdefault(each.channel, []).append(_meant(outcome, self.now(), is_first=is_first))
        return [channel for channel, these in said.items() if self.doors.heed(channel, these, self.now())]

    def _feel(self, back: Sequence[Back]) -> list[str]:
        """Learn how the lines held; the channels that begin to rest."""
        said: dict[str, list[Outcome]] = {}
        for each, outcome in back:
            said.setdefault(each.channel, []).append(outcome)
        return [channel for channel, these in said.items() if self.doors.feel(channel, these, self.now())]

    def _exchange(self, back: Sequence[Back], up: Mapping[Attempt, str], knowing: Knowing) -> Batch:
        """What came back is written down, and as many as there is room for are claimed."""
        self._stock(knowing)
        sent = sum(isinstance(each.outcome, Sent) for each in back)
        # What comes back while this is written has its place still.
        told = dict(self.unsettled)
        still_up = {attempt: channel for attempt, channel in up.items() if attempt not in told}
        room = self.in_flight - len(still_up)
        claimed, looked_at = self._write(told, back, still_up, knowing, room)
        return Batch(claimed, looked_at, sent, may_have_more=looked_at > 0 and len(claimed) < room)

    def _stock(self, knowing: Knowing) -> None:
        if knowing.shelf is None or self.now() - knowing.shelf.at > SHELF_READ_EVERY:
            with self.database.reading() as session:
                knowing.shelf = read_shelf(session, self.now())

    def _claim(
        self, session: Session, room: int, up: Mapping[Attempt, str], knowing: Knowing
    ) -> tuple[list[Claimed], int]:
        if room <= 0 or knowing.shelf is None:
            return [], 0
        if self.sure is not None:
            self.sure()
        there, began, now = Counter(up.values()), time.perf_counter(), self.now()
        turns = paces.Turns(session, self._rates(), room, self.time_of(session, now))
        claimed, looked_at = outbox.claim(
            session,
            limit=room,
            channels=self._open_channels(),
            shop=self.shop,
            composer=self.composer,
            shelf=restocked(session, knowing.shelf),
            now=self.now(),
            learner=knowing.learner,
            most={each: self.doors.most(each, n, there[each]) for each, n in sorted(turns.most.items())},
            spent_up=knowing.spent_up,
        )
        claimed = [replace(each, goes_at=now + turns.next(each.channel)) for each in claimed]
        turns.keep()
        knowing.asked_at = turns.now
        knowing.is_waiting = not looked_at and outbox.has_due(session, turns.waiting, now)
        self.meter.claimed(time.perf_counter() - began)
        return claimed, looked_at

    def _rates(self) -> dict[str, float | None]:
        """Of the open channels, how many messages a second each provider takes."""
        open_ones = {name: self.channels[name] for name in self._open_channels()}
        return {name: each.per_second if isinstance(each, Paced) else None for name, each in open_ones.items()}

    async def _send_one(self, claimed: Claimed) -> Outcome:
        if claimed.goes_at is not None and (wait := claimed.goes_at - self.now()) > paces.HAIR:
            # No longer than moments are given out ahead, though a clock be set meanwhile.
            await asyncio.sleep(min(wait, paces.AHEAD).total_seconds())
            if wait > LONG_WAIT and not await asyncio.to_thread(self._is_still_wanted, claimed.message_id):
                return Throttled(self.now(), Cause.RECALLED)
        began = time.perf_counter()
        try:
            outcome = await self.channels[claimed.channel].send(claimed.outgoing)
        except Exception as fault:  # noqa: BLE001 - a channel that raises broke its promise; the fate is unknown
            outcome = FateUnknown(type(fault).__name__)
        self.meter.sent(claimed.channel, outcome, time.perf_counter() - began)
        return outcome

    def _is_still_wanted(self, message_id: int) -> bool:
        """The last look before it is handed over, where its moment was long in coming: somebody may have left, or the
        campaign been held, since it was claimed. What cannot be told is asked again."""
        try:
            with self.database.reading() as session:
                return outbox.is_still_wanted(session, message_id)
        except exc.SQLAlchemyError:
            return False

    def _settle(self, back: Sequence[Back], knowing: Knowing) -> None:
        self._write(dict(self.unsettled), back, {}, knowing, room=0)

    def _write(
        self,
        told: Mapping[Attempt, Outcome],
        back: Sequence[Back],
        up: Mapping[Attempt, str],
        knowing: Knowing,
        room: int,
    ) -> tuple[list[Claimed], int]:
        """Settle and claim in one transaction: one commit for both."""
        late, began = list(self.failed_later), time.perf_counter()
        refusing, resting = self._heed(back), self._feel(back)

        spent_up = set(knowing.spent_up)

        def write(session: Session) -> tuple[list[Claimed], int]:
            begun = time.perf_counter()
            holding.hold(session, spent_up, holding.BUDGET, self.now())
            settled = outbox.settle(session, told, self.now(), self.shop.language) if told else ()
            self.meter.settled(time.perf_counter() - begun)
            if settled or late:
                knowing.watch.settled(session, settled, self.now(), late)
            for channel in refusing:
                holding.hold_channel(session, channel, self.now())
            for channel in resting:
                holding.tell_resting(session, channel, self.doors.of(channel).closed_until, self.now())
            self._tell_closed(session)
            self._tend(session, up, knowing)
            return self._claim(session, room, up, knowing)

        try:
            written = self._patiently(write)
        except Exception as fault:
            # Kept in mind until it can be written: a stop must not end as "unknown". And it may be what was to be
            # claimed: then what the provider said is written down without.
            if room or is_away(fault):
                raise
            self._forget(told)
            raise
        self._forget(told)
        knowing.spent_up -= spent_up
        del self.failed_later[: len(late)]
        self.meter.kept(time.perf_counter() - began)
        return written

    def _tell_closed(self, session: Session) -> None:
        """What a provider told this process to wait for the others learn as well."""
        now = self.now()
        for channel, until in self.doors.closed(now).items():
            paces.close(session, channel, self.time_of(session, now) + (until - now), Cause.BUSY)

    def _tend(self, session: Session, up: Collection[Attempt], knowing: Knowing) -> None:
        """Now and then: what we have in the air stays ours, and what somebody left there is given up."""
        now = self.now()
        if knowing.tended_at is not None and knowing.tended_at <= now < knowing.tended_at + TENDED_EVERY:
            return
        knowing.tended_at = now
        outbox.renew(session, up, now)
        outbox.expire(session, now)

    def _forget(self, told: Collection[Attempt]) -> None:
        for attempt in told:
            self.unsettled.pop(attempt, None)

    def _look(self, watch: Watch) -> None:
        """Before anything is claimed: since the last drain people may have left."""
        with self.database.reading() as session:
            has_due = outbox.has_due(session, self._open_channels(), self.now())
        if not has_due:
            return
        with self.database.transaction() as session:
            watch.look(session, self.now())

    def _tidy(self) -> None:
        with self.database.transaction() as session:
            outbox.expire(session, self.now())
            outbox.finish(session, self.now())


@dataclass
class Knowing:
    """What one drain has learned and goes by."""

    watch: Watch
    learner: Learner = field(default_factory=Learner)
    shelf: Shelf | None = None
    tended_at: datetime | None = None
    spent_up: set[int] = field(default_factory=set)
    """Campaigns that were found to have spent their budget, and are to be held."""
    is_waiting: bool = False
    """Whether something is due, and only the channel's pace has it wait."""
    asked_at: datetime | None = None
    """When it was last looked whether anything may go, by the time that all share."""


@dataclass(frozen=True)
class Batch:
    """What was claimed, how many rows were looked at for it, how many of those that came back were sent, and whether
    there may be more that could be claimed at once."""

    claimed: list[Claimed]
    looked_at: int
    sent: int
    may_have_more: bool


def _nothing(_drained: Drained) -> None:
    """Nobody wants to know."""


def _meant(outcome: Outcome, now: datetime, *, is_first: bool) -> Outcome:
    """A limit on the shop is one on whom it writes to first: what else meets it was only too much at once."""
    is_limit = isinstance(outcome, Throttled) and outcome.cause is Cause.PORTFOLIO
    return Throttled(now + SHORT_REST, Cause.BUSY) if is_limit and not is_first else outcome


def _proves(channel: str, content: object) -> bool:
    """Whether that it went out shows that the shop may still write first: an answer in its window does not."""
    return content is not None or channel not in windows.WINDOWED
