"""Names that stay with the same people from run to run, and who moved where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from engine.frames import IntColumn
from engine.segments.naming import NOT_AT_ALL

Floats = NDArray[np.float64]

MOSTLY: Final = 0.5
"""A segment is the one it was where more than this share of either's people, of whom both know, are the other's."""


@dataclass(frozen=True)
class Earlier:
    """Who was in which segment before: ``customer`` (n,) sorted, ``label`` (n,) an index into ``keys``."""

    customer: IntColumn
    label: IntColumn
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Renamed:
    """``n`` people who are still together and cannot be called what they were: it is not true of them any more."""

    was: str
    now: str
    n: int


@dataclass(frozen=True)
class Moved:
    """``n`` people who were in one segment and are in another; "" is none: new since, or no longer described."""

    before: str
    now: str
    n: int


@dataclass(frozen=True)
class Drift:
    """Between two runs: of ``n`` customers known to both, ``stayed`` are where they were, under whatever name."""

    n: int
    stayed: int
    moved: tuple[Moved, ...]
    renamed: tuple[Renamed, ...]


def shared(earlier: Earlier, customer: IntColumn, labels: IntColumn, segments: int) -> IntColumn:
    """How many customers (earlier, now) each pair of segments has in common; the last row and column are none."""
    everyone = np.union1d(earlier.customer, customer)
    before = np.full(len(everyone), len(earlier.keys))
    now = np.full(len(everyone), segments)
    before[np.searchsorted(everyone, earlier.customer)] = earlier.label
    now[np.searchsorted(everyone, customer)] = labels
    width = segments + 1
    cells = np.bincount(before * width + now, minlength=(len(earlier.keys) + 1) * width)
    return cells.reshape(-1, width).astype(np.int64)


def matched(common: IntColumn) -> dict[int, int]:
    """Which earlier segment each of the present ones is, where it is mostly the same people.

    The matching with the most people in common (Kuhn 1955), of customers both know.
    """
    known = common[:-1, :-1]
    rows, columns = linear_sum_assignment(known, maximize=True)
    return {
        int(now): int(before)
        for before, now in zip(rows, columns, strict=True)
        if known[before, now] > MOSTLY * max(known[before].sum(), known[:, now].sum())
    }


def kept(fit: Floats, common: IntColumn, keys: Sequence[str], words: Sequence[str]) -> Floats:
    """The same ``fit`` (segments, words), with no choice left where a segment may keep its earlier key.

    It may while what the key claims is still true of it.
    """
    out = fit.copy()
    for now, before in matched(common).items():
        if keys[before] in words and fit[now, words.index(keys[before])] > NOT_AT_ALL:
            column = words.index(keys[before])
            out[:, column] = NOT_AT_ALL
            out[now] = NOT_AT_ALL
            out[now, column] = -NOT_AT_ALL
    return out


def drift(earlier: Earlier, customer: IntColumn, labels: IntColumn, keys: Sequence[str]) -> Drift:
    """Who moved where, the most first; a segment that is the same people under another name has not moved."""
    common = shared(earlier, customer, labels, len(keys))
    same = {
        now: before
        for now, before in matched(common).items()
        if keys[now] != earlier.keys[before] and keys[now] not in earlier.keys
    }
    was, now = (*earlier.keys, ""), (*keys, "")
    renamed = tuple(Renamed(was[b], now[n], int(common[b, n])) for n, b in sorted(same.items()))
    moved = [
        Moved(was[b], now[n], int(common[b, n]))
        for b, n in zip(*np.nonzero(common), strict=True)
        if was[b] != now[n] and same.get(int(n)) != b
    ]
    known = int(common[:-1, :-1].sum())
    between = sum(each.n for each in moved if each.before and each.now)
    ranked = tuple(sorted(moved, key=lambda each: (-each.n, each.before, each.now)))
    return Drift(known, known - between, ranked, renamed)
