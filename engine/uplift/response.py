"""How likely those buy who are written to: the plain model, which cannot tell who would have bought anyway."""

from __future__ import annotations

from typing import Final, Self

import numpy as np

from engine.errors import TooLittleData
from engine.uplift.columns import Ranks
from engine.uplift.learner import AT_ONCE, LEAST_IN_ARM, LEAST_OUTCOMES, check
from engine.uplift.qini import Floats

STEPS: Final = 25
SETTLED: Final = 1e-8


class Response:
    """The probability of the outcome among those with the offer: logistic regression on ranks, with a ridge.

    Assumes nothing of how the treated were chosen, and so says nothing of what the offer did. Source: Newton's
    method on the penalised likelihood, le Cessie, van Houwelingen (1992), Ridge estimators in logistic regression,
    Applied Statistics 41. Linear in people.

    Least data: LEAST_IN_ARM people treated, LEAST_OUTCOMES of them that did it and that did not.

    Learned: ``ranks_``, ``weights_`` of its columns with the constant first, ``n_``.
    """

    ranks_: Ranks
    weights_: Floats
    n_: int

    def __init__(self, *, ridge: float = 1.0) -> None:
        self.ridge = ridge

    def fit(self, values: Floats, treated: Floats, outcome: Floats) -> Self:
        """``values`` (n, f), nan where unknown; ``treated`` and ``outcome`` (n,), 0 or 1.

        Raises TooLittleData, and ValueError where the columns are not of one length or not 0 and 1.
        """
        check(values, treated, outcome)
        among = np.flatnonzero(treated)
        self.n_, did = len(among), outcome[among].astype(np.float64)
        if self.n_ < LEAST_IN_ARM:
            raise TooLittleData("people with the offer", LEAST_IN_ARM, self.n_)
        rarest = int(min(did.sum(), self.n_ - did.sum()))
        if rarest < LEAST_OUTCOMES:
            raise TooLittleData("people who bought and as many who did not", LEAST_OUTCOMES, rarest)
        self.ranks_ = Ranks().fit(values[among])
        self.weights_ = self._fitted(self._columns(values[among]), did)
        return self

    def predict(self, values: Floats) -> Floats:
        """The probability (n,) of each."""
        parts = [
            _chance(self._columns(values[start : start + AT_ONCE]) @ self.weights_)
            for start in range(0, len(values), AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _columns(self, values: Floats) -> Floats:
        columns = self.ranks_.transform(values)
        return np.column_stack([np.ones(len(columns)), columns])

    def _fitted(self, columns: Floats, did: Floats) -> Floats:
        doubt = self.ridge * np.eye(columns.shape[1])
        doubt[0, 0] = 0.0
        weights = np.zeros(columns.shape[1])
        weights[0] = np.log(did.mean() / (1 - did.mean()))
        worth = self._worth(columns, did, weights)
        for _ in range(STEPS):
            chance = _chance(columns @ weights)
            slope = columns.T @ (did - chance) - doubt @ weights
            bend = (columns * (chance * (1 - chance))[:, None]).T @ columns + doubt
            step = np.linalg.solve(bend + SETTLED * np.eye(len(bend)), slope)
            # A whole step may overshoot where few buy: half of it, and half again, until it is no step back.
            while (reached := self._worth(columns, did, weights + step)) < worth and np.abs(step).max() > SETTLED:
                step /= 2
            weights, worth = weights + step, reached
            if np.abs(step).max() <= SETTLED:
                break
        return weights

    def _worth(self, columns: Floats, did: Floats, weights: Floats) -> float:
        """The penalised log-likelihood."""
        log_odds = columns @ weights
        likelihood = did @ log_odds - np.logaddexp(0, log_odds).sum()
        return float(likelihood - self.ridge * (weights[1:] @ weights[1:]) / 2)


def _chance(log_odds: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return chance
