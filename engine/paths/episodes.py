"""Stretches of days in which something about the visits is unlike the rest, found without being told what.

For each thing that may happen in a visit (a step, a device, a source; and each step within a device or a source) the
days' shares of visits with it are scanned: of all stretches of days the one is looked for in which the share differs
most from the days outside it, by the likelihood ratio of two binomials against one. Days vary by more than chance
alone, so the ratio is divided by how much the days outside the stretch do (Pearson's statistic over its degrees of
freedom). So many stretches and things are looked at that something is always odd: an episode is told only where the
chance of one so odd, times all that was looked at (Bonferroni), is below ``alpha``.

Source: Kulldorff (1997), A spatial scan statistic, Communications in Statistics 26(6), in one dimension: time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import chi2

from engine.errors import TooLittleData
from engine.frames import IntColumn
from engine.paths.steps import Mask, Steps

ALPHA = 0.01
LEAST_DAYS = 28
LEAST_CASES = 8
"""An episode of fewer visits is no story."""
LONGEST_SHARE = 0.5
"""A stretch of more than half of all days would be the rule, and the rest the episode."""
LEAST_RATIO = 1.5
"""A share that is less than half as much again, or as little, is no episode, however sure."""
SAME = 0.5
"""Episodes of which the days are the same by more than this share (Jaccard) are one, told by the clearest."""
MOST_OF_ONE = 3
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Episode:
    """From day ``first`` through ``last`` (as ``day`` counts them) ``cases`` of ``visits`` visits had the thing, and
    on the other days ``cases_else`` of ``visits_else``.

    The thing is a ``step`` (None: a visit at all) of visits by ``device`` or from ``source`` where those are given.
    ``also`` are steps that were unlike the rest in the same days.
    """

    step: str | None
    device: str | None
    source: str | None
    first: int
    last: int
    cases: int
    visits: int
    cases_else: int
    visits_else: int
    p_value: float
    """After all that was looked at."""
    also: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        return self.cases / self.visits

    @property
    def share_else(self) -> float:
        return self.cases_else / self.visits_else if self.visits_else else 0.0

    @property
    def is_more(self) -> bool:
        """Whether there was more of it than else, and not less."""
        return self.share > self.share_else


@dataclass(frozen=True)
class _Thing:
    step: str | None
    device: str | None
    source: str | None
    cases: IntColumn
    """Visits with it, day by day."""
    visits: IntColumn


def episodes(steps: Steps, day: IntColumn, alpha: float = ALPHA) -> list[Episode]:
    """``day`` counts the days by the shop's calendar, a row a step. The clearest first.

    Raises TooLittleData under LEAST_DAYS days.
    """
    begun = day[steps.first] if len(steps) else day
    first, span = (int(begun.min()), int(begun.max() - begun.min()) + 1) if len(begun) else (0, 0)
    if span < LEAST_DAYS:
        raise TooLittleData("days with visits", LEAST_DAYS, span)
    things = list(_things(steps, begun - first, span))
    looks = len(things) * _stretches(span)
    found = [each for thing in things for each in _scan(thing, first, looks, alpha)]
    return _told(sorted(found, key=lambda each: each[0], reverse=True))


def _stretches(span: int) -> int:
    longest = int(span * LONGEST_SHARE)
    return sum(span - length + 1 for length in range(1, longest + 1))


def _things(steps: Steps, begun: IntColumn, span: int) -> Iterator[_Thing]:
    """All that is scanned: shares of devices and sources among visits, and of steps among all and each of those."""
    visits = np.bincount(begun, minlength=span)
    kinds: list[tuple[str | None, str | None, Mask]] = [(None, None, np.ones(steps.n_visits, dtype=np.bool_))]
    for word, column, names in (("device", steps.device, steps.devices), ("source", steps.source, steps.sources)):
        of_visit = column[steps.first]
        for code, name in enumerate(names):
            is_it = of_visit == code
            device, source = (name, None) if word == "device" else (None, name)
            yield _Thing(None, device, source, np.bincount(begun[is_it], minlength=span), visits)
            kinds.append((device, source, is_it))
    for code, step in enumerate(steps.names):
        has = np.zeros(steps.n_visits, dtype=np.bool_)
        has[steps.visit[steps.step == code]] = True
        for device, source, is_it in kinds:
            cases = np.bincount(begun[has & is_it], minlength=span)
            yield _Thing(step, device, source, cases, np.bincount(begun[is_it], minlength=span))


def _scan(thing: _Thing, first: int, looks: int, alpha: float) -> Iterator[tuple[float, Episode]]:
    """The thing's clearest stretch, then the clearest outside it, as long as they are clear enough."""
    cases, visits = thing.cases.copy(), thing.visits.copy()
    for _ in range(MOST_OF_ONE):
        stretch = _clearest(cases, visits)
        if stretch is None:
            return
        ratio, begin, end = stretch
        inside = slice(begin, end + 1)
        y, n = int(cases[inside].sum()), int(visits[inside].sum())
        y_else, n_else = int(cases.sum()) - y, int(visits.sum()) - n
        chance = min(1.0, float(chi2.sf(2 * ratio, 1)) * looks)
        if chance >= alpha or not _is_story(y, n, y_else, n_else):
            return
        told = Episode(
            thing.step, thing.device, thing.source, first + begin, first + end, y, n, y_else, n_else, chance
        )
        yield ratio, told
        cases[inside], visits[inside] = 0, 0


def _is_story(y: int, n: int, y_else: int, n_else: int) -> bool:
    share, rest = y / n, y_else / n_else if n_else else 0.0
    if share >= rest:
        return y >= LEAST_CASES and share >= LEAST_RATIO * rest
    return n * rest >= LEAST_CASES and rest >= LEAST_RATIO * share


def _clearest(cases: IntColumn, visits: IntColumn) -> tuple[float, int, int] | None:
    """The stretch with the greatest ratio, its first and last day; None where there is nothing to compare."""
    y, n = np.r_[0, np.cumsum(cases)], np.r_[0, np.cumsum(visits)]
    total_y, total_n, span = int(y[-1]), int(n[-1]), len(cases)
    if not 0 < total_y < total_n:
        return None
    inside_y, inside_n = y[None, 1:] - y[:-1, None], n[None, 1:] - n[:-1, None]
    length = np.arange(1, span + 1)[None, :] - np.arange(span)[:, None]
    fits = (length >= 1) & (length <= span * LONGEST_SHARE) & (inside_n > 0) & (inside_n < total_n)
    ratio = np.where(fits, _ratio(inside_y, inside_n, total_y, total_n), 0.0)
    begin, end = np.unravel_index(int(ratio.argmax()), ratio.shape)
    outside = np.ones(span, dtype=np.bool_)
    outside[begin : end + 1] = False
    clear = float(ratio[begin, end]) / _unrest(cases[outside], visits[outside])
    return clear, *_tight(cases, int(begin), int(end))


def _tight(cases: IntColumn, begin: int, end: int) -> tuple[int, int]:
    """Without empty days at either end where the stretch is of more than usual."""
    filled = np.flatnonzero(cases[begin : end + 1])
    return (begin + int(filled[0]), begin + int(filled[-1])) if len(filled) else (begin, end)


def _ratio(y: IntColumn, n: IntColumn, total_y: int, total_n: int) -> Floats:
    """Log likelihood ratio of two shares, inside and outside, against one."""
    rest_y, rest_n = total_y - y, total_n - n
    with np.errstate(divide="ignore", invalid="ignore"):
        two = _likelihood(y, n) + _likelihood(rest_y, rest_n)
    one = xlogy(total_y, total_y / total_n) + xlogy(total_n - total_y, 1 - total_y / total_n)
    found: Floats = np.nan_to_num(two - one)
    return found


def _likelihood(y: IntColumn, n: IntColumn) -> Floats:
    share = np.divide(y, n, out=np.zeros(y.shape), where=n > 0)
    found: Floats = xlogy(y, share) + xlogy(n - y, 1 - share)
    return found


def _unrest(cases: IntColumn, visits: IntColumn) -> float:
    """By how much more the days differ than chance alone would have it; at least 1."""
    some = visits > 0
    y, n = cases[some], visits[some]
    share = y.sum() / n.sum() if n.sum() else 0.0
    if len(y) < LEAST_DAYS // 2 or not 0 < share < 1:
        return 1.0
    return max(1.0, float((((y - n * share) ** 2) / (n * share * (1 - share))).sum() / (len(y) - 1)))


def _told(found: list[tuple[float, Episode]]) -> list[Episode]:
    """Each story once: what was unlike the rest in the same days is named with the clearest."""
    heads: list[Episode] = []
    also: list[list[str]] = []
    for _, each in found:
        same = next((place for place, head in enumerate(heads) if _overlap(head, each) > SAME), None)
        if same is None:
            heads.append(each)
            also.append([])
        elif each.step and each.step != heads[same].step and each.step not in also[same]:
            also[same].append(each.step)
    return [Episode(**{**vars(head), "also": tuple(others)}) for head, others in zip(heads, also, strict=True)]


def _overlap(a: Episode, b: Episode) -> float:
    common = min(a.last, b.last) - max(a.first, b.first) + 1
    return max(common, 0) / (max(a.last, b.last) - min(a.first, b.first) + 1)
