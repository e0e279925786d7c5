"""The pipe through which offers leave the house, and the only one:

    claim (gate, words, "sending") | send to the channel | settle, and pause what goes wrong

The first and the last are transactions in a worker thread; between them nothing of the database is held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import exc
from sqlmodel import Session

from campaigns import holding, outbox, reports
from campaigns.alarm import Watch
from campaigns.channel import Cause, Channel, Fate, FateUnknown, Outcome, Report, Sent, Throttled
from campaigns.composing import Composer
from campaigns.doors import Doors
from campaigns.learning import Learner
from campaigns.outbox import Claimed
from campaigns.reports import Noted
from campaigns.shelf import Shelf, read_shelf, restocked
from campaigns.shop import Shop
from ledger import windows
from ledger.database import Database

BREATH_SECONDS = 0.002
IN_FLIGHT = 32
"""How many messages may be with a provider at once, and so how many a crash can leave unknown."""
TRIES = 3
AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""The database is busy or not there for a moment; what a provider said must not be lost to that."""
SHORT_REST = timedelta(minutes=1)
T = TypeVar("T")


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
    doors: Doors = field(default_factory=Doors)
    """When each channel that said "not now" may be tried again."""
    failed_later: list[int] = field(default_factory=list)
    """The campaigns of messages that were counted as sent, and of which the provider said since that they failed."""
    unsettled: dict[int, Outcome] = field(default_factory=dict)
    """What came of messages, by their number, as long as it is not written down."""

    async def drain(self, progress: Callable[[Drained], None] | None = None) -> Drained:
        """Send until nothing is due; what could not be written down the last time is first."""
        total, watch, learner = Drained(), Watch(self.shop.alarm), Learner()
        if self.unsettled:
            await asyncio.to_thread(self._settle, {}, watch, [])
        await asyncio.to_thread(self._tidy)
        await asyncio.to_thread(self._look, watch)
        shelf = await asyncio.to_thread(self._read_shelf)
        while True:
            claimed, looked_at = await asyncio.to_thread(self._claim, self._open_channels(), shelf, learner)
            if not looked_at:
                break
            outcomes = await self._send(claimed)
            await asyncio.to_thread(self._settle, outcomes, watch, self._heed(claimed, outcomes))
            # Whoever writes meanwhile finds the one writer's place free.
            await asyncio.sleep(BREATH_SECONDS)
            sent = sum(isinstance(outcome, Sent) for outcome in outcomes.values())
            total = Drained(total.looked_at + looked_at, total.sent + sent)
            if progress is not None:
                progress(total)
        await asyncio.to_thread(self._tidy)
        return total

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
            except AWAY:
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _open_channels(self) -> set[str]:
        return {name for name in self.channels if self.doors.of(name).is_open(self.now())}

    def _heed(self, claimed: Sequence[Claimed], outcomes: Mapping[int, Outcome]) -> list[str]:
        """Learn from a batch; the channels that have refused the shop too often."""
        said: dict[str, list[Outcome]] = {}
        for each in claimed:
            outcome, is_first = outcomes[each.message_id], _proves(each.channel, each.outgoing.content)
            if not isinstance(outcome, Sent) or is_first:
                said.setdefault(each.channel, []).append(_meant(outcome, self.now(), is_first=is_first))
        return [channel for channel, these in said.items() if self.doors.heed(channel, these, self.now())]

    def _read_shelf(self) -> Shelf:
        with self.database.reading() as session:
            return read_shelf(session, self.now())

    def _claim(self, channels: Collection[str], shelf: Shelf, learner: Learner) -> tuple[list[Claimed], int]:
        with self.database.transaction() as session:
            return outbox.claim(
                session,
                limit=IN_FLIGHT,
                channels=channels,
                shop=self.shop,
                composer=self.composer,
                shelf=restocked(session, shelf),
                now=self.now(),
                learner=learner,
            )

    async def _send(self, claimed: list[Claimed]) -> dict[int, Outcome]:
        outcomes = await asyncio.gather(*(self._send_one(each) for each in claimed))
        return dict(zip([each.message_id for each in claimed], outcomes, strict=True))

    async def _send_one(self, claimed: Claimed) -> Outcome:
        try:
            return await self.channels[claimed.channel].send(claimed.outgoing)
        except Exception as fault:  # noqa: BLE001 - a channel that raises broke its promise; the fate is unknown
            return FateUnknown(type(fault).__name__)

    def _settle(self, outcomes: Mapping[int, Outcome], watch: Watch, refusing: Collection[str]) -> None:
        self.unsettled.update(outcomes)
        told, late = dict(self.unsettled), list(self.failed_later)

        def write(session: Session) -> None:
            messages = outbox.settle(session, told, self.now(), self.shop.language)
            watch.settled(session, messages, self.now(), late)
            for channel in refusing:
                holding.hold_channel(session, channel, self.now())

        try:
            self._patiently(write)
        except AWAY:
            # Kept in mind until it can be written: a stop must not end as "unknown".
            raise
        except Exception:
            self._forget(told)
            raise
        self._forget(told)
        del self.failed_later[: len(late)]

    def _forget(self, told: Collection[int]) -> None:
        for number in told:
            self.unsettled.pop(number, None)

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


def _meant(outcome: Outcome, now: datetime, *, is_first: bool) -> Outcome:
    """A limit on the shop is one on whom it writes to first: what else meets it was only too much at once."""
    is_limit = isinstance(outcome, Throttled) and outcome.cause is Cause.PORTFOLIO
    return Throttled(now + SHORT_REST, Cause.BUSY) if is_limit and not is_first else outcome


def _proves(channel: str, content: object) -> bool:
    """Whether that it went out shows that the shop may still write first: an answer in its window does not."""
    return content is not None or channel not in windows.WINDOWED
