"""Pictures to be drawn, as plain data: whoever draws them (bot/drawing.py) decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Look(StrEnum):
    BARS = "bars"
    FUNNEL = "funnel"
    INTERVAL = "interval"
    """Values with what they may be between, about a line at nothing."""
    HOURS = "hours"


@dataclass(frozen=True)
class Bar:
    """One value. ``note`` is written at its end, as people read it; ``low`` and ``high`` where it is uncertain.

    A muted one is there to compare with: who was left out, the hours that are not the best. In an interval's chart a
    bar without ``low`` or ``high`` is one of which nothing can be said, and its note says so.
    """

    label: str
    value: float
    note: str = ""
    low: float | None = None
    high: float | None = None
    is_muted: bool = False


@dataclass(frozen=True)
class Chart:
    """``title`` says what one sees, ``note`` of how many it is told; both in the reader's language.

    ``below`` is another that belongs to it, in the same picture.
    """

    look: Look
    title: str
    bars: tuple[Bar, ...]
    note: str = ""
    below: Chart | None = None
