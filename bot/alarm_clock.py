"""The wake-ups of campaigns that wait for their time: APScheduler's, kept in the shop's own database.

A wake-up is a reminder to look, no more: whether something starts is read from the campaign itself when it rings (see
launching/scheduling.py). So it may ring twice, late or in several processes, and a lost one is set again. It has a
thread of its own: whoever waits here for the database keeps nobody waiting who writes to the shop.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.date import DateTrigger

from campaigns.tables import WakeUp
from ledger.database import READ_ONLY, Database

log = logging.getLogger(__name__)
STORE = "campaigns"
AGAIN_AFTER_SECONDS = 5.0
KNOWN = {("apscheduler.triggers.date", "DateTrigger"), ("datetime", "datetime"), ("datetime", "timezone"),
         ("datetime", "timedelta")}  # fmt: skip
"""All that a kept wake-up is made of."""


def time_has_come(campaign_id: int) -> int:
    """What is kept in the database is this function's name and a campaign's number. Whoever listens hears it."""
    return campaign_id


class AlarmClock:
    """Calls ``ring`` with a campaign's number when it is time to look at it, in a thread of its own."""

    def __init__(self, database: Database, ring: Callable[[int], None]) -> None:
        self._ring = ring
        self._scheduler = Tireless(
            jobstores={STORE: Wakeups(database)},
            executors={"default": ThreadPoolExecutor(1)},
            timezone=UTC,
            jobstore_retry_interval=AGAIN_AFTER_SECONDS,
        )
        self._scheduler.add_listener(self._heard, EVENT_JOB_EXECUTED)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Ring no more; waits for a look at the database that is under way."""
        self._scheduler.shutdown(wait=False)

    def align(self, wanted: Mapping[int, datetime]) -> None:
        """Have exactly the wake-ups that are ``wanted``: campaigns by number, and when to look at them."""
        kept = {job.id: job.next_run_time for job in self._scheduler.get_jobs(STORE)}
        for number, at in wanted.items():
            if kept.pop(str(number), None) != at:
                self._set(number, at)
        for orphan in kept:
            with suppress(JobLookupError):
                self._scheduler.remove_job(orphan, STORE)
        # Another process may have set some: this one rings for them too.
        self._scheduler.wakeup()

    def _set(self, number: int, at: datetime) -> None:
        self._scheduler.add_job(
            time_has_come,
            DateTrigger(at, UTC),
            args=[number],
            id=str(number),
            jobstore=STORE,
            replace_existing=True,
            coalesce=True,
            misfire_grace_time=None,  # how late is too late is the campaign's to say
        )

    def _heard(self, event: JobExecutionEvent) -> None:
        self._ring(event.retval)


class Tireless(BackgroundScheduler):  # type: ignore[misc]  # APScheduler tells no types
    """Looks again after a while where the database failed it. Without this its thread would end there, for good."""

    def shutdown(self, wait: bool = True) -> None:
        # A look that is under way ends first: what it found could not be rung for any more.
        with self._jobstores_lock:
            BlockingScheduler.shutdown(self, wait)
        self._thread.join()

    def _process_jobs(self) -> float | None:
        try:
            with self._jobstores_lock:
                seconds: float | None = super()._process_jobs() if self.running else None
        except Exception as fault:  # noqa: BLE001 - the next look may well succeed
            # Told to stop in the middle of a look it stumbles too, and that is no fault.
            if self.running:
                log.error("wake-ups are looked at again in a while: %s", type(fault).__name__)  # noqa: TRY400
            return AGAIN_AFTER_SECONDS
        return seconds


class Wakeups(SQLAlchemyJobStore):  # type: ignore[misc]  # APScheduler tells no types
    """APScheduler's store, in a table of ours, as it has to be where chats come first and several processes share it.

    It only takes SQLite's one writer's place when it writes, and for that moment. What another process removed first
    is removed. What was tampered with is no wake-up: nothing but a time and a number is read from the database.
    """

    def __init__(self, database: Database) -> None:
        engine = database.engine.execution_options(**{READ_ONLY: True})
        super().__init__(engine=engine, tablename=WakeUp.__tablename__)

    def start(self, scheduler: Any, alias: str) -> None:
        # The table is the migrations'.
        self._scheduler, self._alias = scheduler, alias

    def update_job(self, job: Job) -> None:
        with suppress(JobLookupError):
            super().update_job(job)

    def remove_job(self, job_id: str) -> None:
        with suppress(JobLookupError):
            super().remove_job(job_id)

    def shutdown(self) -> None:
        # The connections are the shop's, and it goes on using them.
        pass

    def _reconstitute_job(self, job_state: bytes) -> Job:
        state = Reading(BytesIO(job_state)).load()
        if state["func"] != f"{__name__}:{time_has_come.__name__}":
            raise pickle.UnpicklingError("no wake-up of ours")
        job = Job.__new__(Job)
        job.__setstate__({**state, "jobstore": self})
        job._scheduler, job._jobstore_alias = self._scheduler, self._alias  # noqa: SLF001 - as the class it extends
        return job


class Reading(pickle.Unpickler):
    """Reads a wake-up and nothing else: a pickle can name any function there is, and whoever can write to a backup
    must not be able to run one here."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a wake-up")
        return super().find_class(module, name)
