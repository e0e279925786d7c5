"""What is read off a model that has been weighed, for many samples at once: the first axis is the samples'."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.pls.weighing import Plan, Weights, solved

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """``paths`` (b, p) by the model's paths, ``r2`` (b, j) with nan where nothing leads, ``totals`` (b, j, j).

    ``chains`` (b, c) by the model's chains; ``loadings`` and ``weights`` (b, k) of each item with its own construct;
    ``htmt`` (b, j, j).
    """

    paths: Floats
    chains: Floats
    totals: Floats
    r2: Floats
    loadings: Floats
    weights: Floats
    htmt: Floats


def figures(correlations: Floats, weights: Weights, plan: Plan) -> Figures:
    """All that stands on one sample alone."""
    direct, r2 = structure(weights.between, plan)
    own = np.arange(len(plan.whose)), plan.whose
    return Figures(
        paths=np.stack([direct[:, source, target] for source, target in plan.arrows], axis=1),
        chains=_chains(direct, plan),
        totals=_totals(direct),
        r2=r2,
        loadings=weights.loadings[:, own[0], own[1]],
        weights=weights.outer[:, own[0], own[1]],
        htmt=htmt(correlations, plan),
    )


def structure(between: Floats, plan: Plan) -> tuple[Floats, Floats]:
    """The coefficient of each arrow (b, source, target), and how much of each construct they explain (b, j)."""
    direct, r2 = np.zeros_like(between), np.full(between.shape[:2], np.nan)
    for j, given in enumerate(plan.before):
        if given:
            found = solved(between, given, j)
            direct[:, given, j] = found
            r2[:, j] = (found * between[:, given, j]).sum(axis=1)
    return direct, r2


def _totals(direct: Floats) -> Floats:
    """Along all ways together: arrows make no circle, so the powers end."""
    found, power = direct.copy(), direct
    for _ in range(direct.shape[-1] - 2):
        power = power @ direct
        found += power
    return found


def _chains(direct: Floats, plan: Plan) -> Floats:
    """The product of the coefficients along each way."""
    place = {name: j for j, name in enumerate(plan.model.names)}
    found = [
        np.prod([direct[:, place[a], place[b]] for a, b in pairwise(chain)], axis=0) for chain in plan.model.chains()
    ]
    return np.stack(found, axis=1) if found else np.empty((len(direct), 0))


def htmt(correlations: Floats, plan: Plan) -> Floats:
    """How items of two constructs go together, against how those of one do (b, j, j); one item alone counts as 1.

    Of absolute correlations, so that a mirrored item changes nothing. Source: Henseler, Ringle, Sarstedt (2015),
    JAMS 43; Roemer, Schuberth, Henseler (2021), IMDS 121.
    """
    size = np.abs(correlations)
    count = plan.belongs.sum(axis=0)
    across = plan.belongs.T @ size @ plan.belongs / np.outer(count, count)
    summed = np.diagonal(plan.belongs.T @ size @ plan.belongs, axis1=1, axis2=2)
    within = np.where(count > 1, (summed - count) / np.maximum(count * (count - 1), 1.0), 1.0)
    scale = np.sqrt(within[:, :, None] * within[:, None, :])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = across / scale
    j = np.arange(found.shape[-1])
    found[:, j, j] = 1.0
    return np.asarray(found)


def f_squared(between: Floats, plan: Plan) -> Floats:
    """(p,): how much less is explained without each arrow, of what stays unexplained. Cohen (1988), chapter 9.

    ``between`` (j, j) of one sample.
    """
    whole, found = between[None], []
    _, r2 = structure(whole, plan)
    for source, target in plan.arrows:
        rest = tuple(each for each in plan.before[target] if each != source)
        without = float((solved(whole, rest, target) * whole[:, rest, target]).sum()) if rest else 0.0
        left = 1.0 - float(r2[0, target])
        found.append((float(r2[0, target]) - without) / left if left > 0 else np.inf)
    return np.array(found)


def inflation(correlations: Floats) -> Floats:
    """(k,): how much each column's coefficient is blurred by the others (VIF); infinite where they say the same."""
    if len(correlations) == 1:
        return np.ones(1)
    if np.linalg.det(correlations) <= 1e-10:
        return np.full(len(correlations), np.inf)
    return np.asarray(np.diagonal(np.linalg.inv(correlations)).copy())
