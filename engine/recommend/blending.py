"""Opinions weighed into a probability: a logistic blend, from stated weights to where a shop's past leads.

rows (customer, product) at past moments, and what was in the next order → Blend → probability
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

FloatColumn = NDArray[np.float64]
Table = NDArray[np.float64]

STEPS = 40
CLOSE_ENOUGH = 1e-8
FARTHEST = 30.0
"""Log-odds are held within this: a probability never is 0 or 1."""


@dataclass(frozen=True)
class Blend:
    """Log-odds = slope · (opinions · weights + base) + shift, with ``weights`` (k,) of the opinions in ``names``.

    ``slope`` and ``shift`` are what held-out time taught about the rest (Platt 1999); 1 and 0 where there is none.
    ``rows`` and ``hits`` tell how much of the shop's own past is in it; none means the stated weights.
    """

    names: tuple[str, ...]
    weights: FloatColumn
    base: float
    slope: float = 1.0
    shift: float = 0.0
    rows: int = 0
    hits: int = 0

    def log_odds(self, opinions: Table) -> FloatColumn:
        # Summed column by column: the same row gives the same bits whatever stands beside it.
        total = np.full(len(opinions), self.base)
        for at, weight in enumerate(self.weights.tolist()):
            total += weight * opinions[:, at]
        return np.clip(self.slope * total + self.shift, -FARTHEST, FARTHEST)

    def probability(self, opinions: Table) -> FloatColumn:
        """Of each row of ``opinions`` (n, k) to be in the next order, between 0 and 1."""
        return np.asarray(1 / (1 + np.exp(-self.log_odds(opinions))))

    def learned(self, opinions: Table, came_true: NDArray[np.bool_], strength: float) -> Blend:
        """The likeliest blend after these rows if this one was believed with ``strength`` before.

        Logistic regression whose weights are drawn towards ours instead of towards nothing, by Newton's method: a
        shop of ten customers keeps our weights, one of ten thousand finds its own. The base is drawn a hundred times
        less: how large baskets are differs most from shop to shop.
        """
        start = np.r_[self.weights, self.base]
        pull = np.r_[np.full(len(self.weights), strength), strength / 100]
        table = np.column_stack([opinions, np.ones(len(opinions))])
        found = _newton(table, came_true.astype(np.float64), start, pull)
        return Blend(self.names, found[:-1], float(found[-1]), rows=len(opinions), hits=int(came_true.sum()))

    def calibrated(self, opinions: Table, came_true: NDArray[np.bool_], strength: float = 10.0) -> Blend:
        """The same order, with the slope and shift that rows of a later time ask for."""
        plain = replace(self, slope=1.0, shift=0.0)
        said = plain.log_odds(opinions)
        table = np.column_stack([said, np.ones(len(said))])
        slope, shift = _newton(table, came_true.astype(np.float64), np.array([1.0, 0.0]), np.full(2, strength))
        # A slope below 0 would turn every list upside down; so little was seen then that nothing is known.
        return replace(plain, slope=float(slope), shift=float(shift)) if slope > 0 else plain

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "weights": dict(zip(self.names, self.weights.tolist(), strict=True)),
            **{name: getattr(self, name) for name in ("base", "slope", "shift", "rows", "hits")},
        }

    @classmethod
    def read(cls, plain: dict[str, Any]) -> Self:
        """From ``plain``."""
        others = {name: value for name, value in plain.items() if name != "weights"}
        return cls(tuple(plain["weights"]), np.array(list(plain["weights"].values()), dtype=np.float64), **others)


def _newton(table: Table, hit: FloatColumn, start: FloatColumn, pull: FloatColumn) -> FloatColumn:
    """Minimises the logistic loss plus half of ``pull`` times the squared way from ``start``; steps are halved until
    they lead down."""
    found, loss = start.copy(), _loss(table, hit, start, start, pull)
    for _ in range(STEPS):
        said = 1 / (1 + np.exp(-np.clip(table @ found, -FARTHEST, FARTHEST)))
        slope = table.T @ (said - hit) + pull * (found - start)
        curve = (table * (said * (1 - said))[:, None]).T @ table + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while size > CLOSE_ENOUGH:
            tried = found - size * step
            lower = _loss(table, hit, tried, start, pull)
            if lower <= loss:
                break
            size /= 2
        else:
            break
        fell, found, loss = loss - lower, tried, lower
        if fell < CLOSE_ENOUGH * max(1.0, abs(loss)):
            break
    return found


def _loss(table: Table, hit: FloatColumn, found: FloatColumn, start: FloatColumn, pull: FloatColumn) -> float:
    odds = np.clip(table @ found, -FARTHEST, FARTHEST)
    return float((np.logaddexp(0, odds) - hit * odds).sum() + (pull * (found - start) ** 2).sum() / 2)
