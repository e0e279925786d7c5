"""How much each item counts for its construct: Wold's iteration, done for many correlation matrices at once.

All that PLS path modelling needs of the answers is how the items correlate. A bootstrap sample is then one more small
matrix, and ten thousand of them are weighed together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.pls.model import Mode, Model

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOLERANCE: Final = 1e-9
"""No weight of a score with variance one moves by more in the last round."""
MOST_ROUNDS: Final = 300
LEAST_DETERMINANT: Final = 1e-10
"""Correlations with a smaller one cannot be told apart."""


class Scheme(StrEnum):
    """How neighbours count when a construct is estimated from them."""

    PATH = "path"
    """Those before it by regression, those after it by correlation."""
    FACTORIAL = "factorial"
    """All by correlation."""


@dataclass(frozen=True)
class Plan:
    """A model as places in arrays: items in columns, constructs in the model's order."""

    model: Model

    @cached_property
    def blocks(self) -> tuple[slice, ...]:
        ends = np.cumsum([len(each.items) for each in self.model.constructs]).tolist()
        return tuple(slice(end - len(each.items), end) for end, each in zip(ends, self.model.constructs, strict=True))

    @cached_property
    def belongs(self) -> Floats:
        """(k, j): one where the item is of the construct."""
        found = np.zeros((len(self.model.items), len(self.blocks)))
        for j, block in enumerate(self.blocks):
            found[block, j] = 1.0
        return found

    @cached_property
    def whose(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self.blocks)), [len(each.items) for each in self.model.constructs])

    @cached_property
    def arrows(self) -> tuple[tuple[int, int], ...]:
        place = {name: j for j, name in enumerate(self.model.names)}
        return tuple((place[each.source], place[each.target]) for each in self.model.paths)

    @cached_property
    def before(self) -> tuple[tuple[int, ...], ...]:
        """For each construct the places of those with an arrow to it."""
        return tuple(tuple(s for s, t in self.arrows if t == j) for j in range(len(self.blocks)))

    @cached_property
    def neighbours(self) -> tuple[Bools, Bools]:
        """(j, j) twice: where the row comes before the column, and where it comes after."""
        ahead = np.zeros((len(self.blocks), len(self.blocks)), dtype=bool)
        for source, target in self.arrows:
            ahead[source, target] = True
        return ahead, ahead.T


@dataclass(frozen=True)
class Weights:
    """``outer`` (b, k, j) gives scores of variance one, ``loadings`` (b, k, j) how each item correlates with each.

    ``between`` (b, j, j) is how the constructs correlate; ``is_settled`` (b,) whether the rounds came to rest.
    """

    outer: Floats
    loadings: Floats
    between: Floats
    is_settled: Bools
    rounds: int


def weigh(correlations: Floats, plan: Plan, scheme: Scheme = Scheme.PATH) -> Weights:
    """``correlations`` (b, k, k) of the items, in the model's order.

    Every construct points the way most of its items do. Source: Lohmöller (1989), Latent variable path modeling with
    partial least squares, chapter 2; Tenenhaus, Esposito Vinzi, Chatelin, Lauro (2005), CSDA 48.
    """
    inverse = _inverses(correlations, plan)
    outer = _normed(np.broadcast_to(plan.belongs, (len(correlations), *plan.belongs.shape)), correlations)
    is_settled = np.zeros(len(correlations), dtype=bool)
    going, rounds = np.arange(len(correlations)), 0
    while len(going) and rounds < MOST_ROUNDS:
        rounds += 1
        parts = {j: each[going] for j, each in inverse.items()}
        renewed = _round(outer[going], correlations[going], plan, scheme, parts)
        moved = np.abs(renewed - outer[going]).max(axis=(1, 2))
        outer[going] = renewed
        is_settled[going] = moved < TOLERANCE
        # What is no number any more comes to no rest.
        going = going[moved >= TOLERANCE]
    loadings = correlations @ outer
    up = np.where((loadings * plan.belongs).sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    outer, loadings = outer * up, loadings * up
    return Weights(outer, loadings, np.swapaxes(outer, 1, 2) @ loadings, is_settled, rounds)


def solved(between: Floats, given: tuple[int, ...], target: int) -> Floats:
    """The coefficients (b, p) of a regression of one construct on others; nan where these cannot be told apart."""
    wanted = between[:, given, target]
    if len(given) == 1:
        return np.asarray(wanted)
    among = between[:, given][:, :, given]
    is_well = _told_apart(among)
    found = np.linalg.solve(np.where(is_well[:, None, None], among, np.eye(len(given))), wanted[..., None])[..., 0]
    return np.where(is_well[:, None], found, np.nan)


def _told_apart(among: Floats) -> Bools:
    with np.errstate(invalid="ignore"):  # nan, of samples in which an item was the same for all
        return np.asarray(np.linalg.det(among) > LEAST_DETERMINANT)


def _round(outer: Floats, correlations: Floats, plan: Plan, scheme: Scheme, inverse: dict[int, Floats]) -> Floats:
    loadings = correlations @ outer
    towards = loadings @ _inner(np.swapaxes(outer, 1, 2) @ loadings, plan, scheme)
    for j, each in inverse.items():
        block = plan.blocks[j]
        towards[:, block, j] = (each @ towards[:, block, j, None])[..., 0]
    return _normed(towards * plan.belongs, correlations)


def _inner(between: Floats, plan: Plan, scheme: Scheme) -> Floats:
    """How much each construct (row) counts for each of its neighbours (column)."""
    ahead, behind = plan.neighbours
    if scheme is Scheme.FACTORIAL:
        return np.asarray(between * (ahead | behind))
    found = between * behind
    for j, given in enumerate(plan.before):
        if given:
            found[:, given, j] = solved(between, given, j)
    return np.asarray(found)


def _normed(outer: Floats, correlations: Floats) -> Floats:
    spread = np.sqrt(np.maximum((outer * (correlations @ outer)).sum(axis=1, keepdims=True), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(outer / spread)


def _inverses(correlations: Floats, plan: Plan) -> dict[int, Floats]:
    """For constructs of mode B what undoes how their items go together; nan where that cannot be told."""
    found = {}
    for j, construct in enumerate(plan.model.constructs):
        if construct.mode is Mode.B and len(construct.items) > 1:
            among = correlations[:, plan.blocks[j], plan.blocks[j]]
            is_well = _told_apart(among)[:, None, None]
            inverse = np.linalg.inv(np.where(is_well, among, np.eye(among.shape[-1])))
            found[j] = np.where(is_well, inverse, np.nan)
    return found
