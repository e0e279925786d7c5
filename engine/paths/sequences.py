"""Frequent sequences: what many do, and what they do after it. Exact.

A sequence is a list of elements, each a set of items that come at one time; it holds for somebody who did all of each
element at one time, one element after the other, with anything between. Support is the share of people (or visits)
for whom it holds, however often.

Source: Zaki (2001), SPADE: An Efficient Algorithm for Mining Frequent Sequences, Machine Learning 42: each sequence
keeps the list of where it ends, and a longer one's list is a join of two. Here the lists are columns, and the join
one comparison of columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.errors import TooLittleData
from engine.frames import IntColumn
from engine.paths.steps import Steps

LEAST = 2
Element = tuple[int, ...]


@dataclass(frozen=True)
class Sequence:
    """``elements`` in their order, each the codes of its items, ascending; it holds for ``n`` of ``of``."""

    elements: tuple[Element, ...]
    n: int
    of: int

    @property
    def support(self) -> float:
        return self.n / self.of

    def __str__(self) -> str:
        return " -> ".join("{" + ",".join(map(str, each)) + "}" for each in self.elements)


@dataclass(frozen=True)
class _Ends:
    """Where a sequence, or an item, ends: for whom, at which of their moments. Sorted by both, none twice."""

    who: IntColumn
    moment: IntColumn

    @property
    def support(self) -> int:
        return int((np.diff(self.who) != 0).sum()) + 1 if len(self.who) else 0


def frequent_sequences(
    who: IntColumn,
    moment: IntColumn,
    item: IntColumn,
    *,
    support: float,
    longest: int | None = None,
    widest: int | None = None,
    most_items: int | None = None,
) -> list[Sequence]:
    """All sequences that hold for at least ``support`` (a share) of those in ``who``, the most frequent first.

    One row an item: ``moment`` tells the time within somebody's history (any ascending number), items of one moment
    are one element. ``longest`` limits elements, ``widest`` items in one, ``most_items`` all items. Raises
    ValueError, TooLittleData.
    """
    if not 0 < support <= 1:
        raise ValueError("support is a share above 0 and at most 1")
    people, whose = np.unique(who, return_inverse=True)
    if len(people) < LEAST:
        raise TooLittleData("histories", LEAST, len(people))
    least = int(np.ceil(support * len(people) - 1e-9))
    singles = {code: ends for code, ends in _items(whose, moment, item) if ends.support >= least}
    search = _Search(singles, least, len(people), longest or 10**9, widest or 10**9, most_items or 10**9)
    found = [each for code, ends in singles.items() for each in search.grown(((code,),), ends)]
    return sorted(found, key=lambda each: (-each.n, sum(map(len, each.elements)), each.elements))


def _items(whose: IntColumn, moment: IntColumn, item: IntColumn) -> Iterator[tuple[int, _Ends]]:
    rank = np.lexsort((moment, whose, item))
    who, when, what = whose[rank], moment[rank], item[rank]
    first = np.r_[True, (what[1:] != what[:-1]) | (who[1:] != who[:-1]) | (when[1:] != when[:-1])][: len(what)]
    who, when, what = who[first], when[first], what[first]
    begins = np.flatnonzero(np.r_[True, what[1:] != what[:-1]][: len(what)])
    for begin, end in zip(begins, [*begins[1:], len(what)], strict=True):
        yield int(what[begin]), _Ends(who[begin:end], when[begin:end])


@dataclass(frozen=True)
class _Search:
    singles: dict[int, _Ends]
    least: int
    of: int
    longest: int
    widest: int
    most_items: int

    def grown(self, elements: tuple[Element, ...], ends: _Ends) -> Iterator[Sequence]:
        """This sequence and all that begin with it."""
        yield Sequence(elements, ends.support, self.of)
        if sum(map(len, elements)) >= self.most_items:
            return
        for code, single in self.singles.items():
            if len(elements) < self.longest:
                later = self._after(ends, single)
                if later.support >= self.least:
                    yield from self.grown((*elements, (code,)), later)
            if code > elements[-1][-1] and len(elements[-1]) < self.widest:
                together = self._with(ends, single)
                if together.support >= self.least:
                    yield from self.grown((*elements[:-1], (*elements[-1], code)), together)

    def _after(self, ends: _Ends, item: _Ends) -> _Ends:
        """The item's moments after the sequence first ended for the same one."""
        earliest = np.full(self.of, np.iinfo(np.int64).max)
        begins = np.r_[True, ends.who[1:] != ends.who[:-1]][: len(ends.who)]
        earliest[ends.who[begins]] = ends.moment[begins]
        later = item.moment > earliest[item.who]
        return _Ends(item.who[later], item.moment[later])

    def _with(self, ends: _Ends, item: _Ends) -> _Ends:
        """The moments at which the sequence ends and the item is there as well."""
        both = np.lexsort((np.r_[ends.moment, item.moment], np.r_[ends.who, item.who]))
        who, moment = np.r_[ends.who, item.who][both], np.r_[ends.moment, item.moment][both]
        same = np.flatnonzero((who[1:] == who[:-1]) & (moment[1:] == moment[:-1]))
        return _Ends(who[same], moment[same])


def of_visits(steps: Steps, *, support: float, longest: int = 4) -> list[Sequence]:
    """Sequences of steps within visits; a step that follows itself at once counts once."""
    again = np.r_[False, (steps.visit[1:] == steps.visit[:-1]) & (steps.step[1:] == steps.step[:-1])][: len(steps)]
    place = np.arange(len(steps))
    return frequent_sequences(
        steps.visit[~again], place[~again], steps.step[~again], support=support, longest=longest, widest=1
    )
