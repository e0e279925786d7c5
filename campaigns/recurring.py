"""When something comes round again, by the shop's wall clock. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Self

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
