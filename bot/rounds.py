"""What comes round by itself: jobs on the running loop, each again and again until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import time, tzinfo
from typing import Any

from bot.steady import Steady

log = logging.getLogger(__name__)
Job = Callable[[], Awaitable[object]]


class Stopping(Exception):
    """What is in flight has been settled, and nothing more is to be begun."""


class Rounds:
    """None of the jobs overlaps itself; one that fails is tried again at its next time."""

    def __init__(self, zone: tzinfo) -> None:
        self.is_stopping = False
        self._scheduler = Steady(timezone=zone)
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def jobs(self) -> dict[str, Any]:
        """APScheduler's, by name."""
        return {job.args[0]: job for job in self._scheduler.get_jobs()}

    def every(self, seconds: float, name: str, job: Job) -> None:
        self._add(name, job, "interval", seconds=seconds)

    def hourly(self, minute: int, name: str, job: Job) -> None:
        self._add(name, job, "cron", minute=minute)

    def nightly(self, at: time, name: str, job: Job, latest_seconds: int) -> None:
        self._add(name, job, "cron", hour=at.hour, minute=at.minute, misfire_grace_time=latest_seconds)

    def once(self, name: str, job: Job) -> None:
        """As soon as they begin."""
        self._add(name, job, "date")

    def _add(self, name: str, job: Job, trigger: str, misfire_grace_time: int | None = None, **when: Any) -> None:
        self._scheduler.add_job(
            self.keep_going,
            trigger,
            args=[name, job],
            misfire_grace_time=misfire_grace_time,
            coalesce=True,
            max_instances=1,
            **when,
        )

    def begin(self) -> None:
        """Needs a running loop."""
        self._scheduler.start()

    def at_once(self, name: str, job: Job) -> None:
        """Beside the rounds; to be called on the loop."""
        task = asyncio.ensure_future(self.keep_going(name, job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def halt(self) -> None:
        """Begin nothing more."""
        self.is_stopping = True
        if self._scheduler.running:
            self._scheduler.pause()

    async def finish(self) -> None:
        """Begin nothing more, and wait for what is in flight. Whoever is in a hurry cancels this."""
        self.halt()
        try:
            if self._running:
                await asyncio.wait(self._running)
        finally:
            self._close()

    async def abandon(self) -> None:
        """Stop at once. What is under way in a thread goes on to its next commit, which is not to succeed."""
        self.halt()
        under_way = list(self._running)
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        self._close()

    def _close(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def keep_going(self, name: str, job: Job) -> None:
        """Do it; of what fails the log has the kind alone, since a fault's own words may be somebody's."""
        task = asyncio.current_task()
        if self.is_stopping or task is None:
            return
        self._running.add(task)
        try:
            await job()
        except Exception as fault:  # noqa: BLE001 - the next run may well succeed
            log.error("%s failed and is tried again at its next time: %s", name, type(fault).__name__)  # noqa: TRY400
        finally:
            self._running.discard(task)

    def may_go_on(self) -> bool:
        return not self.is_stopping

    def require(self, *_progress: object) -> None:
        """Asked between two steps of something long. Raises Stopping."""
        if self.is_stopping:
            raise Stopping
