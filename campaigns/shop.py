"""What the shop has decided for itself, as plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

LANGUAGES = ("id", "en")
NEAR = re.compile(r"//(localhost|127\.|\[::1\])")
"""An address that only this computer understands."""
HOURS = re.compile(r"\s*(\d{1,2})[:.](\d{2})\s*[-–]\s*(\d{1,2})[:.](\d{2})\s*", re.ASCII)


@dataclass(frozen=True)
class QuietHours:
    """From ``start`` to ``end``, local to the customer, no offers go out. Equal: there are none."""

    start: time = time(21, 0)
    end: time = time(8, 0)

    @classmethod
    def read(cls, text: str) -> Self:
        """As people and settings write them, "20:00-09:00". Raises ValueError with what they should look like."""
        said = HOURS.fullmatch(text)
        try:
            from_hour, from_minute, to_hour, to_minute = map(int, said.groups() if said else ())
            return cls(time(from_hour, from_minute), time(to_hour, to_minute))
        except ValueError as fault:
            raise ValueError("must look like 21:00-08:00") from fault

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True)
class Caps:
    """How much is too much for one customer, over all campaigns."""

    days_between: int = 3
    per_30_days: int = 4
    per_category: int = 2
    """How many offers in 30 days may show the same category; then it rests."""

    @property
    def memory(self) -> timedelta:
        """How far back one must look to know."""
        return timedelta(days=max(30, self.days_between))

    def spaced(self, days: int) -> Self:
        """The same with at least so many days between two offers."""
        return replace(self, days_between=days) if days > self.days_between else self

    def at_most(self, per_30_days: int | None) -> Self:
        """The same with no more offers in 30 days than that; None: as many as there are."""
        return self if per_30_days is None else replace(self, per_30_days=min(per_30_days, self.per_30_days))


@dataclass(frozen=True)
class Alarm:
    """When a running campaign pauses by itself: a share of its messages failed, or of their receivers left."""

    failures: float = 0.2
    leaves: float = 0.05
    least: int = 20
    """Of fewer messages nothing is concluded."""


@dataclass(frozen=True)
class Shop:
    """The shop's name, manners and habits; made from the settings by the bot."""

    name: str = "Toko Kita"
    language: str = "id"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Jakarta"))
    currency: str = "IDR"
    region: str = "ID"
    contact: str = ""
    whatsapp: str = ""
    """The shop's own number there, in E.164; empty where it has none."""
    public_url: str = "http://127.0.0.1:8080"
    quiet_hours: QuietHours = QuietHours()
    caps: Caps = Caps()
    minimum_age: int | None = None
    """How old one must be for what is sold here; None: nobody is asked."""
    discovery_share: float = 0.25
    """How much of a personal offer comes from outside what its customer usually buys."""
    holdout_share: float = 0.1
    window_days: int = 7
    largest_lateness: timedelta = timedelta(hours=24)
    start_lateness: timedelta = timedelta(minutes=60)
    """A campaign whose start was missed by more asks the owner instead of starting."""
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    """What a message costs on each channel, in the shop's currency; a channel that is not in it: unknown."""
    daily_limits: Mapping[str, int] = field(default_factory=dict)
    """How many people a channel lets us write to in 24 hours; one that is not in it: as many as one likes."""
    alarm: Alarm = Alarm()
    survey_days_between: int = 30
    """Nobody is asked in two surveys within so many days."""
    survey_lapse_days: int = 14
    """For so long after they were asked people may answer."""
    complaint_pause_days: int = 7
    """For so long after an urgent complaint nobody is offered anything; see campaigns/listening/hearing.py."""
    voucher_days: int = 14
    kept_days: Mapping[str, int] = field(default_factory=dict)
    """For how many days what is kept, by ledger.declarations.Until; what age does not end is not in it."""

    @property
    def reaches_phones(self) -> bool:
        """Whether our links lead anywhere from a customer's phone."""
        return NEAR.search(self.public_url) is None
