"""Where the parts of a web lie: its nodes below each other, their names beside them, arcs at their left.

Made for the width of a phone, where names can be read as they are and sixty of them are a list to scroll. Pages and
the chat's pictures draw the same one. Units are pixels of a picture WIDTH across.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from campaigns.outcomes.charts import Edge, Web

WIDTH, ROW, LETTERS = 340.0, 30.0, 15.0
NODES_AT, NAMES_AT = 64.0, 79.0
DEEPEST_ARC, SHALLOWEST_ARC = 58.0, 14.0
LARGEST_NODE, SMALLEST_NODE = 9.0, 3.5
WIDEST_ARC, NARROWEST_ARC = 7.0, 1.25
NARROW_SIGN, CAPITAL, WIDE_SIGN = 0.58, 0.74, 1.05
"""How wide signs are in broad letters, in their heights, where no font can be asked."""


@dataclass(frozen=True)
class Rung:
    """A node and its name, cut to the room there is; ``whole`` is not."""

    label: str
    whole: str
    y: float
    radius: float


@dataclass(frozen=True)
class Arc:
    """From one node down to another, ``depth`` to the left; the more they belong together the wider."""

    top: float
    bottom: float
    depth: float
    width: float
    note: str
    names: tuple[str, str]

    @property
    def path(self) -> str:
        """As SVG writes it."""
        x, high = f"{NODES_AT:g}", (self.bottom - self.top) / 2
        return f"M{x} {self.top:g}A{self.depth:g} {high:g} 0 0 0 {x} {self.bottom:g}"


@dataclass(frozen=True)
class Ladder:
    title: str
    note: str
    rungs: Sequence[Rung]
    arcs: Sequence[Arc]
    """The lightest first, so that the others lie upon them."""

    width, nodes_at, names_at = WIDTH, NODES_AT, NAMES_AT

    @property
    def height(self) -> float:
        return ROW * len(self.rungs)

    @property
    def listed(self) -> Sequence[Arc]:
        """For who reads them: the heaviest first."""
        return self.arcs[::-1]


def ladder(told: Web) -> Ladder | None:
    """What belongs together stands close together; None where nothing does.

    The same data give the same picture. Only nodes that are joined to another have a place.
    """
    order = _order(told)
    if not order:
        return None
    largest = max(told.nodes[number].size for number in order) or 1.0
    places = {number: ROW * (place + 0.5) for place, number in enumerate(order)}
    rungs = [
        Rung(_cut(name := told.nodes[number].label), name, places[number], _radius(told.nodes[number].size / largest))
        for number in order
    ]
    edges = sorted((each for each in told.edges if each.one != each.other), key=lambda each: each.weight)
    return Ladder(told.title, told.note, rungs, [_arc(told, each, places, edges[-1].weight) for each in edges])


def _order(told: Web) -> list[int]:
    """From the largest, each followed by the one it belongs with most that has no place yet: friends are near."""
    friends: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for each in told.edges:
        if each.one != each.other:
            friends[each.one].append((-each.weight, each.other))
            friends[each.other].append((-each.weight, each.one))
    order: dict[int, None] = {}
    for start in sorted(friends, key=lambda number: (-told.nodes[number].size, number)):
        waiting = [start]
        while waiting:
            number = waiting.pop()
            if number not in order:
                order[number] = None
                waiting.extend(other for _, other in sorted(friends[number], reverse=True) if other not in order)
    return list(order)


def _radius(size: float) -> float:
    # By area, as eyes compare dots.
    return round(SMALLEST_NODE + (LARGEST_NODE - SMALLEST_NODE) * math.sqrt(max(size, 0.0)), 2)


def _arc(told: Web, each: Edge, places: Mapping[int, float], heaviest: float) -> Arc:
    top, bottom = sorted((places[each.one], places[each.other]))
    span = max(places.values()) - min(places.values())
    depth = SHALLOWEST_ARC + (DEEPEST_ARC - SHALLOWEST_ARC) * math.sqrt(max(bottom - top - ROW, 0.0) / span)
    width = NARROWEST_ARC + (WIDEST_ARC - NARROWEST_ARC) * each.weight / (heaviest or 1.0)
    names = (told.nodes[each.one].label, told.nodes[each.other].label)
    return Arc(top, bottom, round(depth, 2), round(width, 2), each.note, names)


def _cut(name: str) -> str:
    room = WIDTH - NAMES_AT
    if _length(name) <= room:
        return name
    while name and _length(f"{name}…") > room:
        name = name[:-1]
    return f"{name.rstrip()}…"


def _length(name: str) -> float:
    return LETTERS * sum(_breadth(sign) for sign in name)


def _breadth(sign: str) -> float:
    if east_asian_width(sign) in "WF":
        return WIDE_SIGN
    return CAPITAL if sign.isupper() or sign in "mwMW@%&" else NARROW_SIGN
