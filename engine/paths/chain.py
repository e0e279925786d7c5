"""Paths as a first-order Markov chain: from which step people go to which, and what becomes of them.

Assumes that where somebody goes next hangs on where they are, not on how they came there. Least data: LEAST_VISITS
visits. Source: Kemeny and Snell (1976), Finite Markov Chains, chapter 3 (the fundamental matrix); the removal effect
after Anderl et al. (2016), International Journal of Research in Marketing 33(3), which asks it of channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import TooLittleData
from engine.frames import IntColumn
from engine.paths.steps import Steps

START, END = "path_start", "path_end"
LEAST_VISITS = 30
HARDLY = 1e-9
"""What is less likely than this is rounding."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Transitions:
    """``counts[a, b]`` times somebody went from ``labels[a]`` to ``labels[b]``; the first is START, the last END."""

    labels: tuple[str, ...]
    counts: IntColumn

    @property
    def probabilities(self) -> Floats:
        """Each row adds up to 1, or is all 0 where nobody went on."""
        whole = self.counts.sum(axis=1, keepdims=True)
        shares: Floats = np.divide(self.counts, whole, out=np.zeros(self.counts.shape), where=whole > 0)
        return shares

    def between(self) -> IntColumn:
        """Without those from START and to END."""
        inner: IntColumn = self.counts[1:-1, 1:-1]
        return inner


def transitions(steps: Steps) -> Transitions:
    """From each step of a visit to the next; a step that follows itself counts, too."""
    k = len(steps.names)
    visit, step = steps.visit, steps.step + 1
    last = np.r_[visit[1:] != visit[:-1], True][: len(steps)]
    after = np.where(last, k + 1, np.r_[step[1:], 0][: len(steps)])
    counts = np.bincount(step * (k + 2) + after, minlength=(k + 2) ** 2).reshape(k + 2, k + 2)
    counts[0] = np.bincount(step[steps.first], minlength=k + 2)
    return Transitions((START, *steps.names, END), counts.astype(np.int64))


@dataclass(frozen=True)
class Outlook:
    """What a chain says of reaching ``goal``: from each label how likely, in how many steps for those who do, and how
    much of all success is lost where a label is taken away (its removal effect, 0 to 1)."""

    goal: str
    labels: tuple[str, ...]
    probability: Floats
    expected_steps: Floats
    """nan where the goal cannot be reached from."""
    removal: Floats
    n: IntColumn
    """How many times somebody left the label for another step, or the end: what its row goes by."""

    def from_start(self) -> tuple[float, float]:
        """How likely a visit reaches the goal, and in how many steps if it does."""
        return float(self.probability[0]), float(self.expected_steps[0])


def outlook(found: Transitions, goal: str) -> Outlook:
    """Raises ValueError where no label is called ``goal``, TooLittleData under LEAST_VISITS visits."""
    visits = int(found.counts[0].sum())
    if visits < LEAST_VISITS:
        raise TooLittleData("visits", LEAST_VISITS, visits)
    place = found.labels.index(goal)
    chances = found.probabilities
    reached = _reaching(chances, place)
    return Outlook(
        goal,
        found.labels,
        reached,
        _steps_to(chances, reached, place),
        _removals(chances, reached[0], place),
        found.counts.sum(axis=1),
    )


def _inner(size: int, goal: int) -> IntColumn:
    """All places in which somebody may be before it is decided: not the goal, not the end."""
    return np.array([each for each in range(size - 1) if each != goal], dtype=np.int64)


def _reaching(chances: Floats, goal: int) -> Floats:
    """The probability of ever being at the goal, from each place: h = (I - Q)^-1 r."""
    inner = _inner(len(chances), goal)
    reached = np.zeros(len(chances))
    within = np.eye(len(inner)) - chances[np.ix_(inner, inner)]
    reached[inner] = np.linalg.lstsq(within, chances[inner, goal], rcond=None)[0]
    reached[goal] = 1.0
    return np.clip(reached, 0.0, 1.0)


def _steps_to(chances: Floats, reached: Floats, goal: int) -> Floats:
    """Expected steps among those who reach it: the chain conditioned on success (Doob's transform)."""
    able = np.array([each for each in _inner(len(chances), goal) if reached[each] > HARDLY], dtype=np.int64)
    told = np.full(len(chances), np.nan)
    told[goal] = 0.0
    if len(able):
        bent = chances[np.ix_(able, able)] * reached[able][None, :] / reached[able][:, None]
        told[able] = np.linalg.solve(np.eye(len(able)) - bent, np.ones(len(able)))
    return told


def _removals(chances: Floats, whole: float, goal: int) -> Floats:
    """By how much of ``whole`` fewer reach the goal if whoever would come to a label left instead."""
    lost = np.full(len(chances), np.nan)
    for label in range(1, len(chances) - 1):
        if label == goal or whole <= 0:
            continue
        without = chances.copy()
        without[:, -1] += without[:, label]
        without[:, label] = 0.0
        lost[label] = 1.0 - _reaching(without, goal)[0] / whole
    return lost


def usual_ways(found: Transitions, most: int = 10) -> Sequence[tuple[str, str, int, float]]:
    """The most frequent transitions: from, to, how often, and which share of all that leave the first."""
    chances = found.probabilities
    rank = np.argsort(-found.counts, axis=None, kind="stable")[:most]
    pairs = (divmod(int(each), len(found.labels)) for each in rank)
    return [
        (found.labels[a], found.labels[b], int(found.counts[a, b]), float(chances[a, b]))
        for a, b in pairs
        if found.counts[a, b]
    ]
