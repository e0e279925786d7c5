"""The pipe through which offers leave the house, and the only one:

    claim (gate, words, "sending") | send to the channel | settle, and pause what goes wrong

The first and the last are transactions in a worker thread; between them nothing of the database is held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from campaigns import holding, outbox, reports
from campaigns.alarm import Watch
from campaigns.channel import Channel, Fate, FateUnknown, Outcome, Report, Sent
from campaigns.composing import Composer
from campaigns.doors import Doors
from campaigns.learning import Learner
from campaigns.outbox import Claimed
from campaigns.shelf import Shelf, read_shelf, restocked
from campaigns.shop import Shop
from campaigns.tables import Message, State
from ledger import windows
from ledger.database import Database

BREATH_SECONDS = 0.002
IN_FLIGHT = 32
"""How many messages may be with a provider at once, and so how many a crash can leave unknown."""


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

    async def drain(self, progress: Callable[[Drained], None] | None = None) -> Drained:
        """Send until nothing is due."""
        await asyncio.to_thread(self._tidy)
        total, watch, learner = Drained(), Watch(self.shop.alarm), Learner()
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
        with self.database.transaction() as session:
            message, is_news = reports.note(session, report, self.now())
            if message is not None and is_news:
                self._learn(report, message)
            refused = [report.refusal] if report.refusal is not None and (message is None or is_news) else []
            if self.doors.heed(report.channel, refused, self.now(), is_later=True):
                holding.hold_channel(session, report.channel, self.now())
        return message is not None

    def _learn(self, report: Report, message: Message) -> None:
        if report.fate in (Fate.DELIVERED, Fate.READ) and _proves(report.channel, message.content):
            self.doors.arrived(report.channel)
        if message.state == State.FAILED:
            self.failed_later.append(message.campaign_id)

    def _open_channels(self) -> set[str]:
        return {name for name in self.channels if self.doors.of(name).is_open(self.now())}

    def _heed(self, claimed: Sequence[Claimed], outcomes: Mapping[int, Outcome]) -> list[str]:
        """Learn from a batch; the channels that have refused the shop too often."""
        said: dict[str, list[Outcome]] = {}
        for each in claimed:
            outcome = outcomes[each.message_id]
            if not isinstance(outcome, Sent) or _proves(each.channel, each.outgoing.content):
                said.setdefault(each.channel, []).append(outcome)
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
        late = [self.failed_later.pop() for _ in range(len(self.failed_later))]
        with self.database.transaction() as session:
            watch.settled(session, outbox.settle(session, outcomes, self.now()), self.now(), late)
            for channel in refusing:
                holding.hold_channel(session, channel, self.now())

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


def _proves(channel: str, content: object) -> bool:
    """Whether that it went out shows that the shop may still write first: an answer in its window does not."""
    return content is not None or channel not in windows.WINDOWED
