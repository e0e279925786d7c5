"""What was said of time, sorted, with the faults found so far. Pure but for that list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.talk.desk.lines.pieces import Piece, Word
from campaigns.launching.drafts import When

USUAL = time(9)
"""When a day begins whose hour is not said."""
DAY = timedelta(days=1)
FARTHEST = timedelta(days=366)
T = TypeVar("T")


@dataclass(frozen=True)
class Hour:
    """A time of the day; ``is_after``: of the night that ends it. ``other``: what a bare hour might mean as well."""

    at: time
    is_after: bool = False
    other: time | None = None


@dataclass
class Times:
    """What was said of time, sorted, and the faults found so far."""

    pieces: Sequence[Piece]
    now: datetime
    zone: ZoneInfo
    onto: When
    faults: list[str] = field(default_factory=list)

    def all(self, kind: type[T]) -> list[T]:
        """What was said of one kind, each once."""
        return list(dict.fromkeys(each for each in self.pieces if isinstance(each, kind)))

    def one(self, kind: type[T]) -> T | None:
        """What was said of one kind; two different ones are a fault, and the first is taken."""
        said = self.all(kind)
        if len(said) > 1:
            self.fault("two_times")
        return said[0] if said else None

    def says(self, word: Word) -> bool:
        return word in self.pieces

    def fault(self, key: str) -> None:
        if key not in self.faults:
            self.faults.append(key)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def moment(self, day: date, at: time) -> datetime:
        """That wall clock. One that a change of the clocks leaves out moves on by as much; of two, the first."""
        return datetime.combine(day, at, self.zone).astimezone(UTC)
