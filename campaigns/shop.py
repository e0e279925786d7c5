"""What the shop has decided for itself, as plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from zoneinfo import ZoneInfo

LANGUAGES = ("id", "en")
NEAR = re.compile(r"//(localhost|127\.|\[::1\])")
"""An address that only this computer understands."""


@dataclass(frozen=True)
class QuietHours:
    """From ``start`` to ``end``, local to the customer, no offers go out. Equal: there are none."""

    start: time = time(21, 0)
    end: time = time(8, 0)


@dataclass(frozen=True)
class Caps:
    """How much is too much for one customer, over all campaigns."""

    days_between: int = 3
    per_30_days: int = 4

    @property
    def memory(self) -> timedelta:
        """How far back one must look to know."""
        return timedelta(days=max(30, self.days_between))


@dataclass(frozen=True)
class Shop:
    """The shop's name, manners and habits; made from the settings by the bot."""

    name: str = "Toko Kita"
    language: str = "id"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Jakarta"))
    currency: str = "IDR"
    region: str = "ID"
    contact: str = ""
    public_url: str = "http://127.0.0.1:8080"
    quiet_hours: QuietHours = QuietHours()
    caps: Caps = Caps()
    holdout_share: float = 0.1
    window_days: int = 7
    largest_lateness: timedelta = timedelta(hours=24)
    kept_days: Mapping[str, int] = field(default_factory=dict)
    """For how many days what is kept, by ledger.declarations.Until; what age does not end is not in it."""

    @property
    def reaches_phones(self) -> bool:
        """Whether our links lead anywhere from a customer's phone."""
        return NEAR.search(self.public_url) is None
