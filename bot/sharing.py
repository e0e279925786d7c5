"""What the lanes of several processes have to know of one another: the pace and the provider are the same for all.

    answers that went here → charged to the shared pace: offers make room, whichever process sends them
    told here "not before" → all are told; told elsewhere → the lane here waits too

Answers ask nobody: they go at once, and what they took is told a second later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from sqlmodel import Session

from bot.channels.lanes import Lane
from campaigns.channel import Cause
from campaigns.sending import paces
from ledger import leases
from ledger.database import Database

log = logging.getLogger(__name__)
LOOK_EVERY_SECONDS = 1.0
SAME = timedelta(milliseconds=250)
"""Two deadlines so close are one: what is told to and fro must not creep."""
Deadline = tuple[timedelta, Cause]
"""How long nothing is wanted, and why."""


@runtime_checkable
class Laned(Protocol):
    """A channel that sends in turns."""

    @property
    def name(self) -> str: ...

    @property
    def lane(self) -> Lane: ...


@dataclass(frozen=True)
class Sharing:
    """This process's lanes among those of the others. ``time_of`` tells the time that all processes share."""

    database: Database
    lanes: Mapping[str, Lane]
    now: Callable[[], datetime]
    time_of: Callable[[Session, datetime], datetime] = leases.shared_time

    @classmethod
    def of(cls, database: Database, channels: Iterable[object], now: Callable[[], datetime]) -> Sharing:
        return cls(database, {each.name: each.lane for each in channels if isinstance(each, Laned)}, now)

    async def keep(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``. Never ends by itself."""
        is_well = True
        while not stopping.is_set():
            try:
                await self.look()
                is_well = True
            except Exception as fault:  # noqa: BLE001 - the next look tells it as well
                # Once: a line for each second of an outage would drown all others.
                log.log(
                    logging.WARNING if is_well else logging.DEBUG, "the pace was not shared: %s", type(fault).__name__
                )
                is_well = False
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), LOOK_EVERY_SECONDS)

    async def look(self) -> None:
        """Tell what is new here, and learn what is new elsewhere."""
        answers = {name: n for name, lane in self.lanes.items() if (n := lane.answers())}
        closed = {name: told for name, lane in self.lanes.items() if (told := lane.closed()) is not None}
        for name, (wait, cause) in (await asyncio.to_thread(self._exchange, answers, closed)).items():
            self.lanes[name].not_before(self.now() + wait, cause)

    def _exchange(self, answers: Mapping[str, int], closed: Mapping[str, Deadline]) -> dict[str, Deadline]:
        """Gives what is to be waited for longer than is known here."""
        known = self._known()
        news = {name: told for name, told in closed.items() if told[0] > known.get(name, NO_DEADLINE)[0] + SAME}
        if answers or news:
            with self.database.transaction() as session:
                at = self.time_of(session, self.now())
                for name in sorted({*answers, *news}):
                    if name in news:
                        paces.close(session, name, at + news[name][0], news[name][1])
                    if name in answers:
                        paces.charge(session, name, self.lanes[name].per_second, answers[name], at)
        return {name: told for name, told in known.items() if told[0] > closed.get(name, NO_DEADLINE)[0] + SAME}

    def _known(self) -> dict[str, Deadline]:
        with self.database.reading() as session:
            at = self.time_of(session, self.now())
            return {
                each.channel: (each.until - at, each.cause)
                for each in paces.closed(session, at)
                if each.channel in self.lanes
            }


NO_DEADLINE: Deadline = (timedelta(), Cause.BUSY)
