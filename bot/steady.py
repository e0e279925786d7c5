"""APScheduler's clockwork where the computer's clock is set back: what comes round every few seconds goes on.

It keeps the time of day at which a job is next due. Set back by an hour, the clock would have everybody wait for an
hour until it says so again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import SystemClock

log = logging.getLogger(__name__)
SET_BACK = timedelta(seconds=1)


class Steady(AsyncIOScheduler):  # type: ignore[misc]  # APScheduler tells no types
    """As it is, but that jobs with an interval are due at once where the clock was set back.

    It looks at its jobs at least as often as the most frequent comes round, by the loop's clock, which nobody sets.
    """

    looked_at: datetime | None = None
    """When it last did, by the clock."""

    def _process_jobs(self) -> float | None:
        now = SystemClock().now()
        if self.looked_at is not None and now < self.looked_at - SET_BACK:
            log.warning("the clock was set back: what comes round every few seconds is due now")
            self._begin_anew(now)
        self.looked_at = now
        seconds: float | None = super()._process_jobs()
        return seconds

    def _begin_anew(self, now: datetime) -> None:
        for job in self.get_jobs():
            if isinstance(job.trigger, IntervalTrigger):
                job.modify(next_run_time=now)
