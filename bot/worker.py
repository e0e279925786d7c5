"""What happens by itself: campaigns start when it is time, offers go out when due; by night history is mined and what
was kept long enough goes.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Sequence
from datetime import time
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import approvals
from bot.alarm_clock import AlarmClock
from bot.app import App
from bot.reconciling import reconcile_daily
from bot.settings import Settings
from campaigns import retention, scheduling
from campaigns.dispatching import Drained
from campaigns.scheduling import Fired
from ledger import pulse

log = logging.getLogger(__name__)
DRAIN_EVERY_SECONDS = 5
ALIGN_EVERY_SECONDS = 5
"""How soon what was scheduled or cancelled elsewhere, on the command line say, is known here."""
SWEEP_EVERY_SECONDS = 300
"""How soon after their turn came somebody is found."""
BEAT_EVERY_SECONDS = 60
ASK_AT_MINUTE = 10
RECONCILE_AT_MINUTE = 40
"""Every hour it is looked whether the last time is a day ago."""
APPROVALS_AT_MINUTE = 20
LATEST_MINING_SECONDS = 3 * 60 * 60
LATEST_TIDYING_SECONDS = 3 * 60 * 60
MINE = (sys.executable, "-m", "bot.cli", "mine")
Job = Callable[[], Awaitable[object]]


class Stopping(Exception):
    """The house is closing: what is in flight has been settled, and nothing more is to be claimed."""


class Worker:
    """Runs the jobs on the running loop. None overlaps itself; one that fails is tried again at its next time."""

    def __init__(
        self, app: App, mine_command: Sequence[str], drain_every_seconds: float = DRAIN_EVERY_SECONDS
    ) -> None:
        self.app, self.mine_command, self.drain_every_seconds = app, mine_command, drain_every_seconds
        self._scheduler = AsyncIOScheduler(timezone=app.shop.zone)
        self._alarm_clock = AlarmClock(app.database, self._ring)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: set[asyncio.Task[object]] = set()
        self._child: Process | None = None
        self._is_stopping = False

    def start(self) -> None:
        """Begin; needs a running loop."""
        self._every(self.drain_every_seconds, "drain", self.drain)
        # Beside the offers: news for the shop does not wait for the last of a long campaign.
        self._every(self.drain_every_seconds, "tell", self.tell)
        self._every(ALIGN_EVERY_SECONDS, "align", self.align)
        self._every(SWEEP_EVERY_SECONDS, "sweep", self.sweep)
        self._every(BEAT_EVERY_SECONDS, "beat", self.beat)
        self._add("catch up", self.catch_up, "date")
        self._nightly(self.app.settings.mine_at, "mine", self.mine, LATEST_MINING_SECONDS)
        self._nightly(self.app.settings.tidy_at, "tidy", self.tidy, LATEST_TIDYING_SECONDS)
        # By night nobody is written to, and it is day in one place when it is night in another.
        self._add("ask", self.ask, "cron", minute=ASK_AT_MINUTE)
        self._add("reconcile", self.reconcile, "cron", minute=RECONCILE_AT_MINUTE)
        self._add("approvals", self.look_at_approvals, "cron", minute=APPROVALS_AT_MINUTE)
        self._loop = asyncio.get_running_loop()
        self._alarm_clock.start()
        self._scheduler.start()

    def _every(self, seconds: float, name: str, job: Job) -> None:
        self._add(name, job, "interval", seconds=seconds)

    def _nightly(self, at: time, name: str, job: Job, latest_seconds: int) -> None:
        self._add(name, job, "cron", hour=at.hour, minute=at.minute, misfire_grace_time=latest_seconds)

    def _add(self, name: str, job: Job, trigger: str, misfire_grace_time: int | None = None, **when: Any) -> None:
        self._scheduler.add_job(
            self._keep_going,
            trigger,
            args=[name, job],
            misfire_grace_time=misfire_grace_time,
            coalesce=True,
            max_instances=1,
            **when,
        )

    async def stop(self) -> None:
        """Claim nothing more and wait for what is in flight. Whoever is in a hurry cancels this."""
        self._is_stopping = True
        self._scheduler.pause()
        self._stop_mining()
        try:
            if self._loop is not None:
                await asyncio.to_thread(self._alarm_clock.stop)
            if self._running:
                await asyncio.wait(self._running)
        finally:
            self._scheduler.shutdown(wait=False)

    async def drain(self) -> None:
        """Send what is due."""
        try:
            await self.app.dispatcher.drain(self._stop_between_batches)
        except Stopping:
            log.info("sending stops here and goes on after the next start")

    async def tell(self) -> None:
        """Tell the notices that are due."""
        await self.app.tell_waiting(lambda: not self._is_stopping)

    async def catch_up(self) -> None:
        """When the shop is opened: what was due meanwhile is not left for the next round."""
        await self.beat()
        await self.align()
        await self.sweep()

    async def beat(self) -> None:
        """Give a sign of life, by which the doctor knows that the shop is open."""
        await asyncio.to_thread(self._beat)

    def _beat(self) -> None:
        with self.app.database.transaction() as session:
            pulse.beat(session, self.app.clock.now())

    async def align(self) -> None:
        """Have a wake-up for every campaign that waits for its time, and no other."""
        await asyncio.to_thread(self._align)

    def _align(self) -> None:
        with self.app.database.reading() as session:
            wanted = scheduling.wake_ups(session)
        self._alarm_clock.align(wanted)

    def _ring(self, number: int) -> None:
        """Called in the alarm clock's thread."""
        if self._loop is not None and not self._is_stopping:
            self._loop.call_soon_threadsafe(self._wake, number)

    def _wake(self, number: int) -> None:
        task = asyncio.ensure_future(self._keep_going("start", lambda: self.fire(number)))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def fire(self, number: int) -> None:
        """Start a campaign whose time has come; where that is too long ago, its owner is asked."""
        fired = await asyncio.to_thread(self._fire, number)
        if fired is not None:
            log.info("campaign %d, whose time came: %s", number, fired)

    def _fire(self, number: int) -> Fired | None:
        app = self.app
        with app.database.transaction() as session:
            return scheduling.fire(session, number, app.channels.keys(), app.shop, app.clock.now())

    async def sweep(self) -> None:
        """Find whose turn it is in the campaigns that answer to what customers do."""
        app = self.app
        where = app.database, app.channels.keys(), app.shop, app.clock.now()
        await asyncio.to_thread(scheduling.sweep, *where, lambda: not self._is_stopping)

    async def mine(self) -> None:
        """Mine in a process of its own: it needs every library of the engine, and answering people needs none.

        What it is about comes from the environment, as for every command; nothing secret stands on its command line.
        """
        child = self._child = await asyncio.create_subprocess_exec(*self.mine_command, stdin=DEVNULL, stdout=DEVNULL)
        try:
            code = await child.wait()
        finally:
            self._stop_mining()
        if code and not self._is_stopping:
            log.error("mining ended with exit code %d; the last good run stays in use", code)

    async def tidy(self) -> None:
        """Let go what has been kept long enough; closing stops it between two batches, and the next night goes on."""
        app = self.app
        where = app.database, app.settings.periods(), app.channels.keys(), app.shop, app.clock.now()
        try:
            await asyncio.to_thread(retention.tidy, *where, self._stop_between_rows)
        except Stopping:
            log.info("tidying stops here and goes on the next night")

    async def ask(self) -> None:
        """Ask who has been away too long whether they want to stay, where it is day."""
        await self.app.ask_to_stay(lambda: not self._is_stopping)

    async def look_at_approvals(self) -> None:
        """Ask WhatsApp where its words stand: hourly while an answer is awaited, otherwise daily."""
        await asyncio.to_thread(lambda: approvals.refresh_due(self.app, approvals.contents_of(self.app)))

    async def reconcile(self) -> None:
        """Ask the providers, once a day, what became of offers of which nothing more was heard."""
        found = await reconcile_daily(self.app, lambda: not self._is_stopping)
        if found is not None and found.unanswered:
            log.warning("of %d offers the provider could not be asked what became of them", found.unanswered)

    def _stop_mining(self) -> None:
        if self._child is not None and self._child.returncode is None:
            # It switches readers to its run in one transaction at the end: half a run is none.
            self._child.terminate()

    def _stop_between_batches(self, _drained: Drained) -> None:
        if self._is_stopping:
            raise Stopping

    def _stop_between_rows(self, _done: int, _total: int) -> None:
        if self._is_stopping:
            raise Stopping

    async def _keep_going(self, name: str, job: Job) -> None:
        task = asyncio.current_task()
        if self._is_stopping or task is None:
            return
        self._running.add(task)
        try:
            await job()
        except Exception as fault:  # noqa: BLE001 - the next run may well succeed
            # The type alone: what a fault says may hold somebody's words.
            log.error("%s failed and is tried again at its next time: %s", name, type(fault).__name__)  # noqa: TRY400
        finally:
            self._running.discard(task)


def mine_command(app: App, settings: Settings) -> Sequence[str]:
    """The command that mines the shop which ``app`` has open."""
    is_demo = app.database.engine.url.render_as_string(hide_password=False) == settings.demo_url()
    return [*MINE, "--demo"] if is_demo and settings.demo_url() != settings.shop_url() else MINE
