"""Pictures to be drawn, as plain data: whoever draws them (bot/drawing.py for chats, bot/web/desk/charts.py for
pages) decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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
class Node:
    """A thing in a web, and how large it is among the others."""

    label: str
    size: float


@dataclass(frozen=True)
class Edge:
    """That two nodes, by their places in the web, belong together, and how much so. ``note`` says it to people."""

    one: int
    other: int
    weight: float
    note: str = ""


@dataclass(frozen=True)
class Web:
    """What belongs with what."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """``title`` says what one sees, ``note`` of how many it is told; both in the reader's language.

    ``below`` is another that belongs to it, in the same picture; ``web`` shows the same as a web, where one helps.
    """

    look: Look
    title: str
    bars: tuple[Bar, ...]
    note: str = ""
    below: Chart | None = None
    web: Web | None = None


@dataclass(frozen=True)
class Point:
    """What a figure was on a day; ``low`` and ``high`` where it is uncertain. None: not known that day."""

    day: date
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Series:
    """One line: a figure from day to day, the days in order."""

    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Lines:
    """Figures over time, all on one scale. ``note`` says of how many they are told."""

    title: str
    series: tuple[Series, ...]
    note: str = ""


@dataclass(frozen=True)
class Circle:
    """A thing in a path picture, with what is written below its name."""

    label: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arrow:
    """From one circle to another, by their places. ``note`` stands under the label; one not told is dashed."""

    source: int
    target: int
    label: str
    note: str
    strength: float
    is_told: bool


@dataclass(frozen=True)
class PathChart:
    """Circles and the arrows between them, none of which leads back."""

    title: str
    circles: tuple[Circle, ...]
    arrows: tuple[Arrow, ...]
    note: str = ""
