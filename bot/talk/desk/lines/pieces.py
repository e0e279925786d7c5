"""What the words of a line say, one by one, before anybody adds them up. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum, auto

from campaigns.launching.drafts import Trigger
from campaigns.launching.recurring import Every


class Part(Enum):
    """A part of the day, and which hours may be meant by it (24 is the midnight that ends the day)."""

    AM = (0, 11)
    PM = (12, 23)
    EARLY = (1, 5)
    DAWN = (3, 6)
    MORNING = (1, 11)
    NOON = (10, 15)
    AFTERNOON = (12, 19)
    EVENING = (16, 23)
    NIGHT = (18, 24)

    def admits(self, hour: int) -> bool:
        first, last = self.value
        return bool(first <= hour <= last)


class Word(Enum):
    """What needs no more than to be said."""

    NOW = auto()
    BEST_HOUR = auto()
    NEXT_WEEK = auto()
    NEXT_MONTH = auto()
    BANDIT = auto()
    EVENLY = auto()
    COMPARE = auto()
    OR = auto()
    NOTHING = auto()
    """Words that hold a sentence together."""


@dataclass(frozen=True)
class Clock:
    """``is_exact``: written so that only one hour of the 24 can be meant, as 05:00 and 17 are and 5 is not."""

    hour: int
    minute: int = 0
    part: Part | None = None
    is_exact: bool = False


@dataclass(frozen=True)
class During:
    part: Part


@dataclass(frozen=True)
class Later:
    """So much time from now."""

    span: timedelta


@dataclass(frozen=True)
class OnDay:
    """So many days from today. ``needs_hour``: said as "later", which is no time."""

    days: int
    needs_hour: bool = False


@dataclass(frozen=True)
class OnWeekday:
    """0 is Monday. ``is_eve``: the evening before it, as "malam minggu" is Saturday's."""

    weekday: int
    is_next: bool = False
    is_eve: bool = False


@dataclass(frozen=True)
class OnDate:
    """``is_unclear``: written 5/12, which is May to some and December to others. ``is_last``: of its month."""

    day: int
    month: int | None = None
    year: int | None = None
    is_unclear: bool = False
    is_last: bool = False


@dataclass(frozen=True)
class InZone:
    """A zone named beside the clock; ``hours`` east of Greenwich."""

    hours: int


@dataclass(frozen=True)
class Round:
    """What comes round again, without its hour."""

    every: Every
    weekdays: tuple[int, ...] = ()
    day: int | None = None


@dataclass(frozen=True)
class Triggered:
    trigger: Trigger


@dataclass(frozen=True)
class Goal:
    key: str


@dataclass(frozen=True)
class Bundle:
    """Counted from 1."""

    number: int


@dataclass(frozen=True)
class Products:
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Audience:
    key: str


@dataclass(frozen=True)
class Absent:
    """A group that is known by name, and is not there in this shop now."""

    key: str


@dataclass(frozen=True)
class Off:
    percents: tuple[int, ...]


@dataclass(frozen=True)
class Hold:
    percent: int


@dataclass(frozen=True)
class Budget:
    """In the shop's currency; None: it may cost what it costs."""

    amount: Decimal | None


@dataclass(frozen=True)
class Shares:
    parts: tuple[float, ...]


@dataclass(frozen=True)
class Trouble:
    """Understood, and impossible: the key of the sentence that says why."""

    fault: str


TimePiece = Clock | During | Later | OnDay | OnWeekday | OnDate | InZone | Round | Triggered
OfferPiece = Goal | Bundle | Products | Audience | Absent | Off | Hold | Shares | Budget
Piece = TimePiece | OfferPiece | Trouble | Word
