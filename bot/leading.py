"""What one process of a shop does for all: campaigns start when it is time, whoever's turn it is is found; by night
history is mined and what was kept long enough goes.

Whoever takes over from another begins with what that one may have left undone, a night's work too.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy import func
from sqlmodel import col, select

from bot import approvals, following, giving_way, passing
from bot.alarm_clock import AlarmClock
from bot.app import App
from bot.clock import sure_of
from bot.following import Following
from bot.passing import Duty
from bot.reconciling import reconcile_daily
from bot.rounds import Rounds, Stopping
from bot.tenure import Hold
from campaigns import insights
from campaigns.launching import preparing, scheduling
from campaigns.launching.scheduling import Fired
from campaigns.privacy import retention
from campaigns.runs import TELLING
from campaigns.tables import MiningRun
from ledger.tables import Interaction, RetentionRun

log = logging.getLogger(__name__)
ALIGN_EVERY_SECONDS = 5
"""How soon what was scheduled or cancelled elsewhere, on the command line say, is known here."""
PREPARE_EVERY_SECONDS = 5
"""How soon the rows of a large campaign begin to be written after the yes."""
SWEEP_EVERY_SECONDS = 300
"""How soon after their turn came somebody is found."""
ASK_AT_MINUTE = 10
RECONCILE_AT_MINUTE = 40
"""Every hour it is looked whether the last time is a day ago."""
APPROVALS_AT_MINUTE = 20
LATEST_MINING_SECONDS = 3 * 60 * 60
LATEST_TIDYING_SECONDS = 3 * 60 * 60


class Leader:
    """The scheduler's jobs, for as long as this process may do them. What ``app`` keeps is kept only so long."""

    def __init__(self, app: App, mine_command: Sequence[str], follow_command: Sequence[str] = ()) -> None:
        self.app, self.mine_command = app, mine_command
        self.rounds = Rounds(app.shop.zone)
        self._alarm_clock = AlarmClock(app.database, self._ring)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._child: Process | None = None
        self.following = Following(app, follow_command or following.command_beside(mine_command))

    def start(self) -> None:
        """Begin; needs a running loop."""
        settings, rounds = self.app.settings, self.rounds
        rounds.every(ALIGN_EVERY_SECONDS, "align", self.align)
        rounds.every(PREPARE_EVERY_SECONDS, "prepare", self.prepare)
        rounds.every(SWEEP_EVERY_SECONDS, "sweep", self.sweep)
        rounds.every(following.LOOK_EVERY_SECONDS, "follow", self.following.look)
        rounds.once("catch up", self.catch_up)
        rounds.once("catch up with the night", self.catch_up_with_the_night)
        self._loop = asyncio.get_running_loop()
        if self.app.passage is None:
            rounds.nightly(settings.mine_at, "mine", self.mine, LATEST_MINING_SECONDS)
            rounds.nightly(settings.tidy_at, "tidy", self.tidy, LATEST_TIDYING_SECONDS)
            # By night nobody is written to, and it is day in one place when it is night in another.
            rounds.hourly(ASK_AT_MINUTE, "ask", self.ask)
            rounds.hourly(RECONCILE_AT_MINUTE, "reconcile", self.reconcile)
            rounds.hourly(APPROVALS_AT_MINUTE, "approvals", self.look_at_approvals)
            self._alarm_clock.start()
        else:
            self.app.passage.begin(self._duties(), moved=self.following.begin_anew)
            rounds.every(passing.LOOK_EVERY_SECONDS, "pass", self.app.passage.look)
        rounds.begin()

    def _duties(self) -> Sequence[Duty]:
        """What comes round by a clock that can be moved, and what no timer of the computer's knows of."""
        settings, zone = self.app.settings, self.app.shop.zone
        mined, tidied = timedelta(seconds=LATEST_MINING_SECONDS), timedelta(seconds=LATEST_TIDYING_SECONDS)
        return (
            Duty("ask", passing.hourly(ASK_AT_MINUTE), self.ask),
            Duty("reconcile", passing.hourly(RECONCILE_AT_MINUTE), self.reconcile),
            Duty("mine", passing.nightly(settings.mine_at, zone), self.mine, mined, self._has_nothing_to_learn),
            Duty("tidy", passing.nightly(settings.tidy_at, zone), self.tidy, tidied),
        )

    def _has_nothing_to_learn(self) -> bool:
        """Whether customers did nothing since the last run."""
        with self.app.database.reading() as session:
            run = insights.current_run(session)
            new = select(Interaction.id).where(col(Interaction.kind).in_(TELLING))
            return (
                run is not None and not session.exec(new.where(col(Interaction.id) > run.through_id).limit(1)).first()
            )

    async def stop(self) -> None:
        """Begin nothing more and wait for what is in flight. Whoever is in a hurry cancels this."""
        self.rounds.halt()
        self._stop_mining()
        self.following.stop()
        try:
            await self._silence()
        finally:
            await self.rounds.finish()

    async def abandon(self) -> None:
        """Stop at once: another process is about to do all this."""
        self.rounds.halt()
        self._stop_mining()
        self.following.stop()
        await self.rounds.abandon()
        await self._silence()

    async def _silence(self) -> None:
        passage, is_begun = self.app.passage, self._loop is not None
        self._loop = None
        if passage is not None:
            await passage.end()
        elif is_begun:
            await asyncio.to_thread(self._alarm_clock.stop)

    async def catch_up(self) -> None:
        """What was due while nobody did this is not left for the next round."""
        await self.align()
        await self.sweep()

    async def catch_up_with_the_night(self) -> None:
        """A night's work that nobody has done although its time has come, unless that is too long ago."""
        mined_at, tidied_at = await asyncio.to_thread(self._last_night)
        settings = self.app.settings
        if self._is_left(settings.mine_at, mined_at, LATEST_MINING_SECONDS):
            await self.mine()
        if self._is_left(settings.tidy_at, tidied_at, LATEST_TIDYING_SECONDS):
            await self.tidy()

    def _last_night(self) -> tuple[datetime | None, datetime | None]:
        with self.app.database.reading() as session:
            # One that was cut off has mined nothing.
            is_done = col(MiningRun.ready_at).is_not(None) | col(MiningRun.held_at).is_not(None)
            mined_at = session.exec(select(func.max(MiningRun.started_at)).where(is_done)).one()
            return mined_at, session.exec(select(func.max(RetentionRun.at))).one()

    def _is_left(self, at: time, last: datetime | None, latest_seconds: int) -> bool:
        now = self.app.clock.now().astimezone(self.app.shop.zone)
        due = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        due -= timedelta(days=due > now)
        is_late = now - due > timedelta(seconds=latest_seconds)
        # Who has never done it has nothing to catch up with.
        return not is_late and last is not None and last < due

    async def align(self) -> None:
        """Have a wake-up for every campaign that waits for its time, and no other."""
        # A clock that can be moved looks for itself: see bot/passing.py.
        if self.app.passage is None:
            await asyncio.to_thread(self._align)

    def _align(self) -> None:
        with self.app.database.reading() as session:
            wanted = scheduling.wake_ups(session)
        self._alarm_clock.align(wanted)

    def _ring(self, number: int) -> None:
        """Called in the alarm clock's thread."""
        loop = self._loop
        if loop is not None and not self.rounds.is_stopping:
            loop.call_soon_threadsafe(self.rounds.at_once, "start", lambda: self.fire(number))

    async def fire(self, number: int) -> None:
        """Start a campaign whose time has come; where that is too long ago, its owner is asked."""
        fired = await asyncio.to_thread(self._fire, number)
        if fired is not None:
            log.info("campaign %d, whose time came: %s", number, fired)

    def _fire(self, number: int) -> Fired | None:
        app = self.app
        with app.database.transaction() as session:
            return scheduling.fire(session, number, app.channels.keys(), app.shop, app.clock.now())

    async def prepare(self) -> None:
        """Write the rows of large campaigns, a block at a time; closing stops it between two of them."""
        app = self.app
        where = app.database, app.channels.keys(), app.shop, app.clock.now
        await asyncio.to_thread(preparing.prepare, *where, self.rounds.may_go_on)

    async def sweep(self) -> None:
        """Find whose turn it is in the campaigns that answer to what customers do."""
        app = self.app
        where = app.database, app.channels.keys(), app.shop, app.clock.now()
        await asyncio.to_thread(scheduling.sweep, *where, self.rounds.may_go_on)

    async def mine(self) -> None:
        """Mine in a process of its own: it needs every library of the engine, and answering people needs none.

        What it is about comes from the environment, as for every command; nothing secret stands on its command line.
        """
        child = self._child = await asyncio.create_subprocess_exec(*self.mine_command, stdin=DEVNULL, stdout=DEVNULL)
        giving_way.to_people(child.pid)
        try:
            code = await child.wait()
        finally:
            self._stop_mining()
        if code and not self.rounds.is_stopping:
            log.error("mining ended with exit code %d; the last good run stays in use", code)

    async def tidy(self) -> None:
        """Let go what has been kept long enough; closing stops it between two batches, and the next night goes on."""
        app = self.app
        where = app.database, app.settings.periods(), app.channels.keys(), app.shop, sure_of(app.clock)()
        try:
            await asyncio.to_thread(retention.tidy, *where, self.rounds.require)
        except Stopping:
            log.info("tidying stops here and goes on the next night")

    async def ask(self) -> None:
        """Ask who has been away too long whether they want to stay, where it is day."""
        await self.app.ask_to_stay(self.rounds.may_go_on)

    async def look_at_approvals(self) -> None:
        """Ask WhatsApp where its words stand: hourly while an answer is awaited, otherwise daily."""
        await asyncio.to_thread(lambda: approvals.refresh_due(self.app, approvals.contents_of(self.app)))

    async def reconcile(self) -> None:
        """Ask the providers, once a day, what became of offers of which nothing more was heard."""
        found = await reconcile_daily(self.app, self.rounds.may_go_on)
        if found is not None and found.unanswered:
            log.warning("of %d offers the provider could not be asked what became of them", found.unanswered)

    def _stop_mining(self) -> None:
        if self._child is not None and self._child.returncode is None:
            # It switches readers to its run in one transaction at the end: half a run is none.
            self._child.terminate()


async def lead(app: App, mine_command: Sequence[str], hold: Hold) -> None:
    """Do it until ``hold`` ends; see bot/tenure.py."""
    leader = Leader(replace(app, database=hold.database), mine_command)
    leader.start()
    try:
        await hold.ending.wait()
        await leader.stop()
    except asyncio.CancelledError:
        await leader.abandon()
        raise
