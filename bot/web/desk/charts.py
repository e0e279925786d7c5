"""Where the parts of a picture on a page lie: plain data in, shares of its width and height out.

The page's template (templates/pages/desk/charts.html.j2) draws them as SVG whose colours are the style sheet's, so
that they follow the reader's theme, with all words as text of the page: as large on a phone as everything else, and
read out to whoever does not see them. A table of the same figures stands below each. A web is laid out by
bot/ladder.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from campaigns.outcomes.charts import Bar, Chart, Lines, Point

WIDTH = 100.0
"""Of rows and lines, in the units of their SVG; they are stretched to the width there is."""
HEIGHT = 48.0
LEAST_RANGE = 1e-9


@dataclass(frozen=True)
class Row:
    """One value of a list: how far its bar goes, or where its dot and its ends are."""

    bar: Bar
    length: float = 0.0
    dot: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Rows:
    """Bars below each other. ``nothing`` is where no change lies, in a list of intervals."""

    title: str
    note: str
    rows: Sequence[Row]
    nothing: float | None = None


def rows(chart: Chart) -> Rows:
    """Bars from nothing to the largest value; the longest is as wide as there is room."""
    most = max((each.value for each in chart.bars), default=0.0)
    return Rows(chart.title, chart.note, [Row(each, _share(each.value, 0, most) * WIDTH) for each in chart.bars])


def intervals(chart: Chart) -> Rows:
    """A dot for each value, and from where to where it may be, about a line at nothing."""
    known = [each for each in chart.bars if each.low is not None and each.high is not None]
    ends = [0.0, *(end for each in known for end in (each.low, each.high, each.value) if end is not None)]
    low, high = min(ends), max(ends)

    def at(value: float | None) -> float | None:
        return None if value is None else 2 + _share(value, low, high) * (WIDTH - 4)

    placed = [
        Row(each, dot=at(each.value), low=at(each.low), high=at(each.high)) if each in known else Row(each)
        for each in chart.bars
    ]
    return Rows(chart.title, chart.note, placed, nothing=at(0.0))


@dataclass(frozen=True)
class Line:
    """One line's path and the band it may lie in, as SVG writes them; ``look`` numbers its colour and its dashes."""

    label: str
    path: str
    band: str
    look: int
    last: Point | None


@dataclass(frozen=True)
class LinePicture:
    """``low`` and ``high`` are the ends of the scale; ``nothing`` is the height of a zero within it."""

    title: str
    note: str
    lines: Sequence[Line]
    days: Sequence[date]
    low: float
    high: float
    nothing: float | None
    table: Sequence[tuple[date, Sequence[Point | None]]]


def lines(told: Lines, *, from_nothing: bool = True) -> LinePicture | None:
    """Figures over time; None where there are not two days to draw between. The scale begins at nothing, or, where
    changes are told, at the lowest."""
    days = sorted({each.day for series in told.series for each in series.points})
    ends = [
        end
        for series in told.series
        for each in series.points
        for end in (each.value, each.low, each.high)
        if end is not None
    ]
    if len(days) < 2 or not ends:
        return None
    low, high = min(ends), max(ends)
    low, high = (min(low, 0.0), max(high, 0.0)) if from_nothing or low * high < 0 else (low, high)
    high = high if high - low > LEAST_RANGE else low + 1.0
    first, span = days[0], (days[-1] - days[0]).days

    def x(day: date) -> float:
        return (day - first).days / span * WIDTH

    def y(value: float) -> float:
        return (1 - _share(value, low, high)) * HEIGHT

    drawn = [
        Line(
            each.label,
            _path([(x(p.day), y(p.value)) for p in each.points if p.value is not None]),
            _band([(x(p.day), y(p.low), y(p.high)) for p in each.points if p.low is not None and p.high is not None]),
            number,
            next((p for p in reversed(each.points) if p.value is not None), None),
        )
        for number, each in enumerate(told.series)
    ]
    by_day = [{each.day: each for each in series.points} for series in told.series]
    table = [(day, [points.get(day) for points in by_day]) for day in days]
    nothing = y(0.0) if low < 0 < high else None
    return LinePicture(told.title, told.note, drawn, days, low, high, nothing, table)


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high - low > LEAST_RANGE else 0.0


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{'L' if number else 'M'}{x:.2f} {y:.2f}" for number, (x, y) in enumerate(points))


def _band(points: Sequence[tuple[float, float, float]]) -> str:
    if len(points) < 2:
        return ""
    upper = [(x, high) for x, _, high in points]
    lower = [(x, low) for x, low, _ in reversed(points)]
    return f"{_path([*upper, *lower])}Z"
