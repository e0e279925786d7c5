"""The effect of an offer on each person, learned from people among whom a lot decided who got it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Self

import numpy as np

from engine.errors import TooLittleData
from engine.frames import IntColumn
from engine.uplift.columns import Ranks
from engine.uplift.qini import Floats, spread

AT_ONCE: Final = 32_768
LEAST_IN_ARM: Final = 50
LEAST_OUTCOMES: Final = 10
"""That did it, and that did not, over both arms."""

STRENGTHS: Final = tuple(10.0 * 4.0**step for step in range(14))
"""How many people's worth of doubt weighs on every difference between people, from hardly any to almost all."""
LIKELIHOOD_DOUBT: Final = 0.01
"""Of it on the difference by how likely somebody is to buy: that an offer moves buyers most is the plainest."""
BASELINE_DOUBT: Final = 10.0


class Uplift:
    """How much likelier an offer makes each person's outcome: an R-learner with ridge penalties and cross-fitting.

    What is left of the outcome after what the figures of a person foretell anyway is explained by what is left of the
    treatment after its share: the slope, a sum over figures (by rank), is the effect. It starts at the same
    effect for everybody, departs from that first by how likely somebody buys at all, and by their other figures only
    as far as folds that were not learned from bear it out; where they do not, all are nearly alike.

    Assumes that within each stratum (campaign) a lot decided who was treated, and that one person's treatment does
    not touch another's outcome. Source: Nie, Wager (2021), Quasi-oracle estimation of heterogeneous treatment
    effects, Biometrika 108; Robinson (1988), Econometrica 56. Linear in people, blocks of AT_ONCE rows.

    Least data: LEAST_IN_ARM people treated and not, LEAST_OUTCOMES that did it and that did not.

    Learned: ``effect_`` the average and ``effect_se_``; ``strength_`` the doubt that was chosen;
    ``weights_`` of the columns of ``ranks_``, the likelihood first; ``baseline_`` foretells the outcome;
    ``n_treated_``, ``n_control_``.
    """

    effect_: float
    effect_se_: float
    strength_: float
    ranks_: Ranks
    baseline_: Floats
    weights_: Floats
    scale_: tuple[float, float]
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
        """``values`` (n, f), nan where unknown; ``treated`` and ``outcome`` (n,), 0 or 1; ``strata`` (n,) numbers the
        experiments, ``people`` (n,) says whose row it is: one person's rows are all learned from, or none.

        Raises TooLittleData, and ValueError where the columns are not of one length or not 0 and 1.
        """
        check(values, treated, outcome)
        treated, outcome = treated.astype(np.float64), outcome.astype(np.float64)
        self.n_treated_, self.n_control_ = int(treated.sum()), int(len(treated) - treated.sum())
        _require(treated, outcome)
        whose = np.arange(len(treated)) if people is None else people
        fold = folded(whose, self.folds, self.seed)
        surplus, left = _centred(treated, strata), _centred(outcome, strata)
        if not np.any(surplus):
            raise TooLittleData("people with the offer and without it in one campaign", 2 * LEAST_IN_ARM, 0)
        self.ranks_ = Ranks().fit(values)
        likely = self._foretold(values, left, fold)
        self._learn(values, surplus, left - likely, likely, fold)
        added = surplus * (left - likely - self.effect_ * surplus) / (surplus @ surplus)
        self.effect_se_ = spread(added, people)
        return self

    def predict(self, values: Floats) -> Floats:
        """The expected difference (n,) that the offer makes to the outcome's probability."""
        parts = [self._rows(block) for block in _blocks(values)]
        return np.concatenate([each @ self.weights_ for each in parts]) if parts else np.empty(0)

    def _rows(self, values: Floats) -> Floats:
        columns = self.ranks_.transform(values)
        return self._with_likelihood(columns, _ones(columns) @ self.baseline_)

    def _with_likelihood(self, columns: Floats, likely: Floats) -> Floats:
        middle, width = self.scale_
        return np.column_stack([np.ones(len(columns)), (likely - middle) / width, columns])

    def _foretold(self, values: Floats, left: Floats, fold: IntColumn) -> Floats:
        """What everybody would do by their figures, treatment aside, as told by the other folds."""
        width = len(self.ranks_.middle_) + 1
        grams, sums = np.zeros((self.folds, width, width)), np.zeros((self.folds, width))
        for rows in _places(len(left)):
            columns = _ones(self.ranks_.transform(values[rows]))
            _add(grams, sums, columns, left[rows], fold[rows])
        doubt = BASELINE_DOUBT * np.eye(width)
        doubt[0, 0] = 1e-9
        gram, total = grams.sum(axis=0), sums.sum(axis=0)
        self.baseline_ = np.linalg.solve(gram + doubt, total)
        pairs = zip(grams, sums, strict=True)
        others = np.stack([np.linalg.solve(gram - own + doubt, total - of_own) for own, of_own in pairs])
        likely = np.empty(len(left))
        for rows in _places(len(left)):
            columns = _ones(self.ranks_.transform(values[rows]))
            likely[rows] = np.einsum("ij,ij->i", columns, others[fold[rows]])
        deviation = float(likely.std())
        self.scale_ = float(likely.mean()), deviation if deviation > 1e-9 else np.inf
        return likely

    def _learn(self, values: Floats, surplus: Floats, left: Floats, likely: Floats, fold: IntColumn) -> None:
        width = len(self.ranks_.middle_) + 2
        grams, sums = np.zeros((self.folds, width, width)), np.zeros((self.folds, width))
        for rows in _places(len(left)):
            columns = self._with_likelihood(self.ranks_.transform(values[rows]), likely[rows])
            _add(grams, sums, columns * surplus[rows][:, None], left[rows], fold[rows])
        gram, total = grams.sum(axis=0), sums.sum(axis=0)
        self.effect_ = float(total[0] / gram[0, 0])
        unit = np.full(width, float(surplus @ surplus) / len(surplus))
        unit[0], unit[1] = 0.0, unit[1] * LIKELIHOOD_DOUBT
        self.strength_ = self._chosen(grams, sums, unit)
        self.weights_ = _solved(gram, total, unit, self.strength_)

    def _chosen(self, grams: Floats, sums: Floats, unit: Floats) -> float:
        """The doubt under which folds foretell each other best; of equal ones the greatest."""
        gram, total = grams.sum(axis=0), sums.sum(axis=0)

        def losses(strength: float) -> Floats:
            """By fold, but for what no weights change."""
            found = [_solved(gram - g, total - s, unit, strength) for g, s in zip(grams, sums, strict=True)]
            return np.array([w @ g @ w - 2 * w @ s for w, g, s in zip(found, grams, sums, strict=True)])

        return min(reversed(STRENGTHS), key=lambda strength: losses(strength).sum())


def check(values: Floats, treated: Floats, outcome: Floats) -> None:
    """Raises ValueError where the columns do not belong together, or are not of 0 and 1."""
    if values.ndim != 2 or not len(values) == len(treated) == len(outcome):
        raise ValueError(f"{values.shape} figures, {len(treated)} treatments and {len(outcome)} outcomes do not fit")
    if not (np.isin(treated, (0, 1)).all() and np.isin(outcome, (0, 1)).all()):
        raise ValueError("treated and outcome are 0 or 1")


def folded(people: IntColumn, folds: int, seed: int) -> IntColumn:
    """The fold (n,) of each person: the same for the same number and seed, whoever else is there."""
    mixed = people.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15 + 1) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) % np.uint64(folds)).astype(np.int64)


def _require(treated: Floats, outcome: Floats) -> None:
    least = min(treated.sum(), len(treated) - treated.sum())
    if least < LEAST_IN_ARM:
        raise TooLittleData("people with the offer and as many without it", LEAST_IN_ARM, int(least))
    rarest = min(outcome.sum(), len(outcome) - outcome.sum())
    if rarest < LEAST_OUTCOMES:
        raise TooLittleData("people who bought and as many who did not", LEAST_OUTCOMES, int(rarest))


def _centred(column: Floats, strata: IntColumn | None) -> Floats:
    """What is left of it beyond the mean of each stratum."""
    if strata is None:
        strata = np.zeros(len(column), dtype=np.int64)
    who = np.unique(strata, return_inverse=True)[1]
    left: Floats = column - (np.bincount(who, column) / np.bincount(who))[who]
    return left


def _solved(gram: Floats, total: Floats, unit: Floats, strength: float) -> Floats:
    # A column in which nothing varies is worth nothing, and must not leave the sum unsolvable.
    doubt = np.diag(unit * strength + 1e-9)
    return np.asarray(np.linalg.solve(gram + doubt, total))


def _add(grams: Floats, sums: Floats, columns: Floats, left: Floats, fold: IntColumn) -> None:
    for each in range(len(grams)):
        rows = fold == each
        some = columns[rows]
        grams[each] += some.T @ some
        sums[each] += some.T @ left[rows]


def _ones(columns: Floats) -> Floats:
    return np.column_stack([np.ones(len(columns)), columns])


def _places(n: int) -> Iterator[slice]:
    return (slice(start, start + AT_ONCE) for start in range(0, n, AT_ONCE))


def _blocks(values: Floats) -> Iterator[Floats]:
    return (values[rows] for rows in _places(len(values)))
