"""Doing what one process at a time may do: only while this process surely holds the lease, and again when it is free.

    asks every RENEW_EVERY → holds → duty begins → renews … | cannot, in time | closing → duty ends → given back

A duty ends before anybody else's can begin: what cannot be renewed is over here a MARGIN before it is in the
database, by a clock that counts from before we asked. On SQLite one process serves (bot/alone.py), and it holds
everything.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from ledger import leases
from ledger.database import Database

log = logging.getLogger(__name__)
GIVING_BACK_SECONDS = 1.0
NOT_MINE = 0
"""What is asked for and somebody else's; leases count from one."""


@dataclass(frozen=True)
class Hold:
    """What a duty is given: a database that keeps nothing once somebody else holds the lease, and when to finish."""

    database: Database
    ending: asyncio.Event


Duty = Callable[[Hold], Awaitable[None]]
"""Goes on until ``hold.ending`` and then finishes what is begun. Cancelled where the lease is lost: then it stops."""


@dataclass
class Tenure:
    """One process's claim to one lease. ``time_of`` tells the time that all processes share."""

    database: Database
    name: str
    holder: str
    duty: Duty
    now: Callable[[], datetime]
    time_of: Callable[[Session, datetime], datetime] = leases.shared_time
    term: timedelta = leases.TERM
    renew_every: timedelta = leases.RENEW_EVERY
    margin: timedelta = leases.MARGIN
    _number: int = NOT_MINE
    _is_answered: bool = True
    _sure_until: float = -math.inf
    _hold: Hold | None = None
    _doing: asyncio.Task[None] | None = None
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "lease"))

    @property
    def is_on_duty(self) -> bool:
        return self._doing is not None

    async def keep(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``. Raises what the duty raises: then it is nobody's here any more."""
        told: asyncio.Future[Any] = asyncio.ensure_future(stopping.wait())
        try:
            if self.database.is_sqlite:
                self._begin(self.database)
                await self._until(told, math.inf)
            else:
                await self._hold_on(told)
            await self._finish()
        finally:
            told.cancel()
            await self._stop()
            self._thread.shutdown(wait=False)

    async def _hold_on(self, told: asyncio.Future[Any]) -> None:
        loop = asyncio.get_running_loop()
        while not told.done():
            asked_at = loop.time()
            # In a thread of its own: it must not wait for whatever else keeps threads busy.
            asking = loop.run_in_executor(self._thread, self._ask)
            while not asking.done() and not told.done():
                await self._until(told, self._sure_until if self.is_on_duty else math.inf, asking)
            if asking.done():
                await self._heed(asking.result(), asked_at)
            # Once more than renewing takes, so that a duty ends at its time and not at the next look.
            looks_at = asked_at + self.renew_every.total_seconds()
            while not told.done() and loop.time() < looks_at:
                await self._until(told, min(looks_at, self._sure_until) if self.is_on_duty else looks_at)

    async def _until(self, told: asyncio.Future[Any], at: float, *others: asyncio.Future[Any]) -> None:
        """Wait for the word to close, for ``others``, for the duty, or for a time; then a duty that is over ends."""
        loop = asyncio.get_running_loop()
        timeout = None if math.isinf(at) else max(at - loop.time(), 0)
        doing: list[asyncio.Future[Any]] = [self._doing] if self._doing is not None else []
        await asyncio.wait([told, *others, *doing], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if self._doing is not None and self._doing.done() and not told.done():
            # It ends by itself only where it has failed.
            self._doing.result()
            raise RuntimeError(f"the duty of {self.name} ended by itself")
        if self.is_on_duty and not self.database.is_sqlite and loop.time() >= self._sure_until:
            log.warning("the lease of %s could not be renewed in time: its jobs stop here", self.name)
            await self._stop()

    async def _heed(self, number: int | None, asked_at: float) -> None:
        """``number`` is None where nobody answered: then it is ours as long as it was."""
        if number is None:
            return
        if number != self._number:
            await self._stop()
        self._number = number
        if number == NOT_MINE:
            return
        self._sure_until = asked_at + (self.term - self.margin).total_seconds()
        if not self.is_on_duty and asyncio.get_running_loop().time() < self._sure_until:
            log.info("this process holds the lease of %s", self.name)
            self._begin(self.database.guarded(leases.require(self.name, number)))

    def _begin(self, database: Database) -> None:
        self._hold = Hold(database, asyncio.Event())
        self._doing = asyncio.ensure_future(self.duty(self._hold))

    async def _finish(self) -> None:
        """Close: what is begun is finished, and the lease is free at once."""
        if self._doing is not None and self._hold is not None:
            self._hold.ending.set()
            await self._doing
            self._doing = None
        if self._number != NOT_MINE:
            giving_back = asyncio.get_running_loop().run_in_executor(self._thread, self._give_back)
            with suppress(TimeoutError):
                await asyncio.wait_for(giving_back, GIVING_BACK_SECONDS)

    async def _stop(self) -> None:
        """Somebody else may be about to begin."""
        if self._doing is not None:
            self._doing.cancel()
            await asyncio.gather(self._doing, return_exceptions=True)
            self._doing = None

    def _ask(self) -> int | None:
        try:
            with self.database.transaction() as session:
                at = self.time_of(session, self.now())
                number = leases.take(session, self.name, self.holder, at, self.term)
            self._is_answered = True
        except Exception as fault:  # noqa: BLE001 - whatever is wrong with it, it is asked again
            # Once an outage.
            level = logging.WARNING if self._is_answered else logging.DEBUG
            log.log(level, "the lease of %s was not asked for: %s", self.name, type(fault).__name__)
            self._is_answered = False
            return None
        return number or NOT_MINE

    def _give_back(self) -> None:
        with suppress(Exception), self.database.transaction() as session:
            leases.give_back(session, self.name, self.holder, self.time_of(session, self.now()))
