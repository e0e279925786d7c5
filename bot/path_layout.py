"""Where the parts of a path picture lie: what comes first on top, arrows down, each with its figure beside it.

Made for the width of a phone. Pages and the chat's pictures draw the same one. Units are pixels of a picture WIDTH
across.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, permutations, product
from math import hypot
from unicodedata import east_asian_width

from bot.ladder import CAPITAL, NARROW_SIGN, WIDE_SIGN
from campaigns.outcomes.charts import Arrow, Circle, PathChart

WIDTH, MARGIN = 1080.0, 48.0
LARGEST, GAP = 122.0, 40.0
ROW = 460.0
"""From one row's middle to the next."""
NAME_SIZE, LINE_SIZE, LABEL_SIZE, NOTE_SIZE = 36.0, 30.0, 38.0, 29.0
LEAST_NAME_SIZE = 22.0
THINNEST, THICKEST, HEAD = 3.0, 11.0, 26.0
SHIFTS = (0.0, -0.27, 0.27)
"""How far aside a row may stand, in shares of the width, so that arrows pass it."""
MOST_TRIED = 1_500
ALONG = (0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8)
"""Where on its arrow a label may stand."""
CROSSING, HIDDEN = 10.0, 100.0
ROUNDS = 4
SLIM = 0.8
"""Figures are slimmer than letters."""

Point = tuple[float, float]
Box = tuple[float, float, float, float]
Placed = tuple[Point, Box]


@dataclass(frozen=True)
class Disc:
    """A circle with its name, in lines that fit, and what is written below."""

    x: float
    y: float
    radius: float
    name: tuple[str, ...]
    name_size: float
    lines: tuple[str, ...]
    whole: str

    @property
    def texts(self) -> Iterator[tuple[float, float, str, bool]]:
        """Each line with its middle, its size, and whether it is the name's."""
        rows = [
            *((self.name_size, each, True) for each in self.name),
            *((LINE_SIZE, each, False) for each in self.lines),
        ]
        top = self.y - sum(size * 1.2 for size, _, _ in rows) / 2
        for size, text, is_name in rows:
            yield top + size * 0.6, size, text, is_name
            top += size * 1.2


@dataclass(frozen=True)
class Shaft:
    """An arrow from rim to rim, its head's three corners, and the box in which its figures stand."""

    start: Point
    end: Point
    head: tuple[Point, Point, Point]
    width: float
    label: str
    note: str
    at: Point
    box: Box
    is_told: bool


@dataclass(frozen=True)
class PathLayout:
    discs: Sequence[Disc]
    shafts: Sequence[Shaft]
    height: float

    width = WIDTH


def laid_out(chart: PathChart) -> PathLayout:
    """The same chart gives the same picture."""
    levels = _levels(len(chart.circles), chart.arrows)
    rows = [[n for n, level in enumerate(levels) if level == row] for row in range(max(levels, default=0) + 1)]
    widest = max(map(len, rows), default=1)
    radius = min(LARGEST, (WIDTH - 2 * MARGIN - GAP * (widest - 1)) / widest / 2)
    places = _placed(rows, chart.arrows, radius)
    discs = [_disc(each, places[n], radius) for n, each in enumerate(chart.circles)]
    height = radius * 2 + ROW * (len(rows) - 1) + 2 * GAP if chart.circles else 0.0
    return PathLayout(discs, list(_shafts(chart.arrows, discs)), height)


def _levels(n: int, arrows: Sequence[Arrow]) -> list[int]:
    """How many arrows the longest way to each circle has."""
    found = [0] * n
    for _ in range(n):
        for each in arrows:
            found[each.target] = max(found[each.target], min(found[each.source] + 1, n - 1))
    return found


def _placed(rows: Sequence[Sequence[int]], arrows: Sequence[Arrow], radius: float) -> Mapping[int, Point]:
    """Of the ways to order and shift the rows the one in which least is hidden or crossed."""
    tried = (
        _at(order, shift, radius)
        for order, shift in product(
            product(*(islice(permutations(row), 24) for row in rows)), product(SHIFTS, repeat=len(rows))
        )
    )
    return min(islice(tried, MOST_TRIED), key=lambda places: _faults(places, arrows, radius))


def _at(rows: Sequence[Sequence[int]], shifts: Sequence[float], radius: float) -> dict[int, Point]:
    found = {}
    for row, (members, shift) in enumerate(zip(rows, shifts, strict=True)):
        step = (WIDTH - 2 * MARGIN - 2 * radius) / max(len(members) - 1, 1)
        first = WIDTH / 2 - step * (len(members) - 1) / 2
        reach = first - MARGIN - radius
        aside = max(-reach, min(reach, shift * WIDTH))
        for place, member in enumerate(members):
            found[member] = (first + step * place + aside, GAP + radius + ROW * row)
    return found


def _faults(places: Mapping[int, Point], arrows: Sequence[Arrow], radius: float) -> float:
    lines = [(places[each.source], places[each.target], each) for each in arrows]
    hidden = sum(
        _distance(place, start, end) < radius + 24
        for start, end, each in lines
        for n, place in places.items()
        if n not in {each.source, each.target}
    )
    crossing = sum(_cross(one[:2], other[:2]) for one, other in combinations(lines, 2))
    aside = sum(abs(x - WIDTH / 2) for x, _ in places.values()) / WIDTH
    return HIDDEN * hidden + CROSSING * crossing + aside


def _disc(circle: Circle, place: Point, radius: float) -> Disc:
    size = min(NAME_SIZE, NAME_SIZE * radius / 110)
    room = 2 * radius * 0.84
    while size > LEAST_NAME_SIZE and any(letters_width(word, size) > room for word in circle.label.split()):
        size -= 1
    name = _wrapped(circle.label, size, room)
    return Disc(*place, radius, name, size, circle.lines, circle.label)


def _wrapped(text: str, size: float, room: float, most: int = 3) -> tuple[str, ...]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and letters_width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} …"]
    return tuple(_cut(line, size, room) for line in lines)


def _cut(line: str, size: float, room: float) -> str:
    if letters_width(line, size) <= room:
        return line
    while line and letters_width(f"{line}…", size) > room:
        line = line[:-1]
    return f"{line.rstrip()}…"


def letters_width(text: str, size: float) -> float:
    """About how wide a text is, where no font can be asked; rather too wide."""
    return size * sum(_breadth(sign) for sign in text)


def _breadth(sign: str) -> float:
    if east_asian_width(sign) in "WF":
        return WIDE_SIGN
    return CAPITAL if sign.isupper() or sign in "mwMW@%&" else NARROW_SIGN


def _shafts(arrows: Sequence[Arrow], discs: Sequence[Disc]) -> Iterator[Shaft]:
    lines = [_rim_to_rim(discs[each.source], discs[each.target]) for each in arrows]
    figures = _figures(arrows, lines, discs)
    for each, (start, end), (at, box) in zip(arrows, lines, figures, strict=True):
        width = THINNEST + (THICKEST - THINNEST) * min(each.strength, 1.0)
        neck, head = _headed(start, end, width)
        yield Shaft(start, neck, head, width, each.label, each.note, at, box, each.is_told)


def _figures(arrows: Sequence[Arrow], lines: Sequence[tuple[Point, Point]], discs: Sequence[Disc]) -> list[Placed]:
    """Where on its arrow each label stands: in turns each goes where it hides least of the others."""
    found = [_boxed(each, *line, ALONG[0]) for each, line in zip(arrows, lines, strict=True)]
    for _ in range(ROUNDS):
        for n, (each, line) in enumerate(zip(arrows, lines, strict=True)):
            taken = [box for place, (_, box) in enumerate(found) if place != n]
            others = [other for other in lines if other != line]
            tried = (_boxed(each, *line, share) for share in ALONG)
            found[n] = min(tried, key=lambda placed: _covers(placed[1], taken, discs, others, line[1]))
    return found


def _rim_to_rim(source: Disc, target: Disc) -> tuple[Point, Point]:
    dx, dy = target.x - source.x, target.y - source.y
    length = hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    start = (source.x + ux * source.radius, source.y + uy * source.radius)
    return start, (target.x - ux * (target.radius + 6), target.y - uy * (target.radius + 6))


def _headed(start: Point, end: Point, width: float) -> tuple[Point, tuple[Point, Point, Point]]:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    long, half = HEAD + width, (HEAD + width) * 0.5
    neck = (end[0] - ux * long, end[1] - uy * long)
    return neck, (end, (neck[0] - uy * half, neck[1] + ux * half), (neck[0] + uy * half, neck[1] - ux * half))


def _boxed(arrow: Arrow, start: Point, end: Point, share: float) -> Placed:
    x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
    across = SLIM * max(letters_width(arrow.label, LABEL_SIZE), letters_width(arrow.note, NOTE_SIZE)) / 2 + 4
    high = (LABEL_SIZE + (NOTE_SIZE * 1.2 if arrow.note else 0.0)) * 0.58 + 4
    x = min(max(x, across + 8), WIDTH - across - 8)
    return (x, y), (x - across, y - high, x + across, y + high)


def _covers(
    box: Box,
    taken: Sequence[Box],
    discs: Sequence[Disc],
    lines: Sequence[tuple[Point, Point]],
    tip: Point,
) -> float:
    """How much a label would hide: other labels and circles most, then its own arrow's head, then other arrows."""
    left, top, right, bottom = box
    labels = sum(left < r and right > m and top < b and bottom > t for m, t, r, b in taken)
    circles = sum(
        hypot(max(left - d.x, 0, d.x - right), max(top - d.y, 0, d.y - bottom)) < d.radius + 4 for d in discs
    )
    arrows = sum(_cross(line, edge) for line in lines for edge in _diagonals(box))
    is_headless = left - HEAD < tip[0] < right + HEAD and top - HEAD < tip[1] < bottom + HEAD
    return HIDDEN * (labels + circles) + CROSSING * is_headless + arrows


def _diagonals(box: Box) -> tuple[tuple[Point, Point], tuple[Point, Point]]:
    left, top, right, bottom = box
    return ((left, top), (right, bottom)), ((left, bottom), (right, top))


def _cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Whether two lines cross between their ends; those that share an end do not."""
    (a, b), (c, d) = one, other
    if len({a, b, c, d}) < 4:
        return False
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to the nearest of a line between two others."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    square = dx * dx + dy * dy or 1.0
    share = max(0.0, min(1.0, ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / square))
    return hypot(point[0] - start[0] - share * dx, point[1] - start[1] - share * dy)
