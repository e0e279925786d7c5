"""Whom to spend a limited budget on: by whom the offer moves, where past experiments can tell, else by who buys."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Self

import numpy as np

from engine.errors import TooLittleData
from engine.frames import IntColumn
from engine.uplift.learner import Uplift, check, folded
from engine.uplift.qini import Floats, Qini, qini, spread
from engine.uplift.response import Response

BETTER_BY: Final = 1.0
"""So many standard errors the uplift model's Qini must be above the response model's before it is gone by."""


class Rule(StrEnum):
    """What people are put in order by."""

    UPLIFT = "uplift"
    RESPONSE = "response"


class Targeting:
    """Learns both models, and which of them puts people in the better order.

    Everybody is scored by models that were not learned from them (``folds``, by person). Uplift is gone by where its
    Qini on those is above the response model's by BETTER_BY standard errors of the difference, and not below 0;
    otherwise, and where there is too little for it, the response model.

    Least data: what Response needs. Learned: ``rule_``; ``uplift_`` (None where there was too little) and
    ``response_``, learned from everybody; ``uplift_qini_`` and ``response_qini_`` held out, None where there was too
    little; ``difference_`` and ``difference_se_`` of the two, nan then; ``n_treated_``, ``n_control_``.
    """

    rule_: Rule
    uplift_: Uplift | None
    response_: Response
    uplift_qini_: Qini | None
    response_qini_: Qini | None
    difference_: float
    difference_se_: float
    n_treated_: int
    n_control_: int

    def __init__(self, *, seed: int = 0, folds: int = 5) -> None:
        self.seed = seed
        self.folds = folds

    def fit(
        self,
        values: Floats,
        treated: Floats,
        outcome: Floats,
        *,
        strata: IntColumn | None = None,
        people: IntColumn | None = None,
    ) -> Self:
        """As ``Uplift.fit``. Raises TooLittleData, ValueError."""
        check(values, treated, outcome)
        treated, outcome = treated.astype(np.float64), outcome.astype(np.float64)
        self.n_treated_, self.n_control_ = int(treated.sum()), int(len(treated) - treated.sum())
        self.response_ = Response().fit(values, treated, outcome)
        self.uplift_ = self.uplift_qini_ = self.response_qini_ = None
        self.difference_ = self.difference_se_ = float("nan")
        strata = np.zeros(len(treated), dtype=np.int64) if strata is None else strata
        people = np.arange(len(treated)) if people is None else people
        try:
            self.uplift_ = Uplift(seed=self.seed).fit(values, treated, outcome, strata=strata, people=people)
            self._compare(values, treated, outcome, strata, people)
        except TooLittleData:
            # Of everybody there may be enough, and of a fold's others not: then nothing was compared.
            self.rule_ = Rule.RESPONSE
        return self

    def score(self, values: Floats) -> Floats:
        """What to put people in order by (n,), the first first: expected uplift, or the probability to buy."""
        by_uplift = self.rule_ is Rule.UPLIFT and self.uplift_ is not None
        return self.uplift_.predict(values) if by_uplift and self.uplift_ else self.response_.predict(values)

    def _compare(
        self, values: Floats, treated: Floats, outcome: Floats, strata: IntColumn, people: IntColumn
    ) -> None:
        """Held out, by person. An order of each fold's own: two models' scores are not of one scale."""
        fold = folded(people, self.folds, self.seed + 1)
        by_uplift, by_response = np.empty(len(treated)), np.empty(len(treated))
        for each in range(self.folds):
            rest, held = fold != each, fold == each
            uplift = Uplift(seed=self.seed).fit(
                values[rest], treated[rest], outcome[rest], strata=strata[rest], people=people[rest]
            )
            by_uplift[held] = uplift.predict(values[held])
            by_response[held] = Response().fit(values[rest], treated[rest], outcome[rest]).predict(values[held])
        cells = _whole(strata * self.folds + fold, treated)
        rows = np.flatnonzero(cells >= 0)
        both = treated[rows], outcome[rows]
        self.uplift_qini_ = qini(by_uplift[rows], *both, strata=cells[rows], people=people[rows])
        self.response_qini_ = qini(by_response[rows], *both, strata=cells[rows], people=people[rows])
        self.difference_ = self.uplift_qini_.coefficient - self.response_qini_.coefficient
        self.difference_se_ = spread(self.uplift_qini_.influence - self.response_qini_.influence, people[rows])
        is_better = self.difference_ > BETTER_BY * self.difference_se_ and self.uplift_qini_.coefficient > 0
        self.rule_ = Rule.UPLIFT if is_better else Rule.RESPONSE


def _whole(cells: IntColumn, treated: Floats) -> IntColumn:
    """The cells, -1 where one has not both arms."""
    _, who = np.unique(cells, return_inverse=True)
    n, with_offer = np.bincount(who), np.bincount(who, treated)
    whole: IntColumn = np.where(((with_offer > 0) & (with_offer < n))[who], who, -1).astype(np.int64)
    if not (whole >= 0).any():
        raise TooLittleData("people with the offer and without it in one campaign", 2, 0)
    return whole
