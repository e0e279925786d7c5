"""When something comes round again, by the shop's wall clock. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
KEPT = re.compile(r"(?:(day)|(week):([0-6](?:,[0-6])*)|(month):([1-9]|[12]\d|3[01])) (\d{2}):(\d{2})")


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Recurrence:
    """Every day, on some days of the week (0 is Monday), or on a day of the month, at ``at``.

    A month that has no such day has its last day instead.
    """

    every: Every
    at: time
    weekdays: tuple[int, ...] = ()
    day: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for one that would never come round."""
        is_weekly, is_monthly = self.every is Every.WEEK, self.every is Every.MONTH
        if bool(self.weekdays) != is_weekly or (self.day is not None) != is_monthly:
            raise ValueError(f"every {self.every} with weekdays {self.weekdays} and day {self.day}")

    def __str__(self) -> str:
        """As it is kept: "day 09:00", "week:0,4 10:00", "month:31 08:30"."""
        days = ",".join(map(str, self.weekdays)) if self.every is Every.WEEK else self.day
        which = self.every if self.every is Every.DAY else f"{self.every}:{days}"
        return f"{which} {self.at:%H:%M}"

    @classmethod
    def read(cls, kept: str) -> Self:
        """From what ``str`` gives. Raises ValueError."""
        found = KEPT.fullmatch(kept)
        if found is None:
            raise ValueError(f"not a recurrence: {kept!r}")
        at = time(int(found[6]), int(found[7]))
        if found[1]:
            return cls(Every.DAY, at)
        if found[2]:
            return cls(Every.WEEK, at, weekdays=tuple(map(int, found[3].split(","))))
        return cls(Every.MONTH, at, day=int(found[5]))

    def next_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first time after ``moment`` that it comes round, in UTC, by the wall clock of ``zone``.

        A time that the clocks skip is as much later as they skip (half past two becomes half past three); of a time
        that comes twice the first counts, once.
        """
        # From the day before on: a skipped time may fall on the day after.
        days = self._days(moment.astimezone(zone).date() - DAY)
        return next(at for day in days if (at := _on_the_wall(day, self.at, zone)) > moment)

    def _days(self, first: date) -> Iterator[date]:
        """Its days, from ``first`` on."""
        day = first
        while True:
            if self._falls_on(day):
                yield day
            day += DAY

    def _falls_on(self, day: date) -> bool:
        match self.every:
            case Every.DAY:
                return True
            case Every.WEEK:
                return day.weekday() in self.weekdays
            case Every.MONTH:
                return day.day == min(self.day or 1, monthrange(day.year, day.month)[1])


def _on_the_wall(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
