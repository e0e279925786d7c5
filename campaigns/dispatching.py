"""The pipe through which offers leave the house, and the only one:

    claim (gate, words, "sending") | send to the channel | settle, and pause what goes wrong

The first and the last are transactions in a worker thread; between them nothing of the database is held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from campaigns import outbox
from campaigns.alarm import Watch
from campaigns.channel import Channel, FateUnknown, Outcome, Sent, Throttled
from campaigns.composing import Composer
from campaigns.learning import Learner
from campaigns.outbox import Claimed
from campaigns.shelf import Shelf, read_shelf, restocked
from campaigns.shop import Shop
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
    closed_until: dict[str, datetime] = field(default_factory=dict)
    """When each channel that said "not now" may be tried again."""

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
            await asyncio.to_thread(self._settle, outcomes, watch)
            for each in claimed:
                self._heed(each.channel, outcomes[each.message_id])
            # Whoever writes meanwhile finds the one writer's place free.
            await asyncio.sleep(BREATH_SECONDS)
            sent = sum(isinstance(outcome, Sent) for outcome in outcomes.values())
            total = Drained(total.looked_at + looked_at, total.sent + sent)
            if progress is not None:
                progress(total)
        await asyncio.to_thread(self._tidy)
        return total

    def _open_channels(self) -> set[str]:
        return {
            name for name in self.channels if name not in self.closed_until or self.closed_until[name] <= self.now()
        }

    def _heed(self, channel: str, outcome: Outcome) -> None:
        """A refusal speaks for the whole channel, unless it is about one person; its deadline only moves later."""
        if isinstance(outcome, Throttled) and not outcome.is_personal:
            least = self.now() + outbox.LEAST_WAIT
            self.closed_until[channel] = max(outcome.until, least, self.closed_until.get(channel, least))

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

    def _settle(self, outcomes: Mapping[int, Outcome], watch: Watch) -> None:
        with self.database.transaction() as session:
            watch.settled(session, outbox.settle(session, outcomes, self.now()), self.now())

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
