"""Whether a customer is still with the shop, and how often they will come: BG/NBD.

While a customer is with the shop they come at random at a rate of their own, and after each visit they leave for good
with a probability of their own. Rates are gamma distributed among customers, the probabilities beta distributed.

Fader, Hardie, Lee (2005): "Counting your customers" the easy way, Marketing Science 24(2). Batislam, Denizel,
Filiztekin (2007), Int. J. of Research in Marketing 24(3), let customers leave after their very first visit too, so
that who came once, long ago, is not for ever counted as staying (MBG/NBD).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, expit, gammaln

from engine.errors import TooLittleData
from engine.frames import UnfitFrame
from engine.lifetime import fitting
from engine.lifetime.beta import beta_nodes

Floats = NDArray[np.float64]
LEAST_CUSTOMERS = 30
LEAST_RETURNED = 10
STARTS = ((0.0, 0.0, 0.0, 0.0), (-1.0, 0.0, 0.0, 1.0), (1.0, 1.0, -2.0, 1.0))
ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class _Counted:
    """Distinct histories (u,): how many customers have each, and the distinct frequencies (k,) among them."""

    frequency: Floats
    recency: Floats
    age: Floats
    n: Floats
    frequencies: Floats
    which: NDArray[np.int64]
    """Of each history the place of its frequency in ``frequencies``."""


class BetaGeometric:
    """BG/NBD over many customers; MBG/NBD where ``leaves_at_once``.

    Needs LEAST_CUSTOMERS customers, LEAST_RETURNED of whom came again. Learned: ``r_``, ``alpha_`` (in the unit of
    time that was given), ``a_``, ``b_``, ``log_likelihood_``, ``n_``. The likelihood is climbed by its analytic
    gradient in the parameters' logarithms, over distinct histories only.
    """

    def __init__(self, leaves_at_once: bool = False) -> None:
        self.leaves_at_once = leaves_at_once

    def fit(self, frequency: Floats, recency: Floats, age: Floats) -> Self:
        """Columns (n,): repeat visits, time from the first to the last, time from the first to now.

        Raises TooLittleData, and UnfitFrame where a history cannot be.
        """
        _check(frequency, recency, age)
        if len(frequency) < LEAST_CUSTOMERS:
            raise TooLittleData("customers with a purchase", LEAST_CUSTOMERS, len(frequency))
        if (returned := int((frequency > 0).sum())) < LEAST_RETURNED:
            raise TooLittleData("customers who came again", LEAST_RETURNED, returned)
        unit = float(age.max()) / 10
        rows, _ = _counted(frequency, recency / unit, age / unit)
        starts: Sequence[Sequence[float]] = STARTS
        if len(frequency) > 2 * fitting.ROUGHLY:
            some = slice(None, None, len(frequency) // fitting.ROUGHLY)
            fewer, _ = _counted(frequency[some], recency[some] / unit, age[some] / unit)
            starts = (fitting.least(lambda at: self._loss(at, fewer), STARTS)[0].tolist(),)
        log_parameters, loss = fitting.least(lambda at: self._loss(at, rows), starts)
        self.r_, self.alpha_, self.a_, self.b_ = (np.exp(log_parameters) * [1, unit, 1, 1]).tolist()
        self.n_ = len(frequency)
        self.log_likelihood_ = -loss * self.n_ - float(frequency.sum()) * float(np.log(unit))
        return self

    @classmethod
    def of(cls, r: float, alpha: float, a: float, b: float, leaves_at_once: bool) -> Self:
        """With parameters that were learned before."""
        model = cls(leaves_at_once)
        model.r_, model.alpha_, model.a_, model.b_ = r, alpha, a, b
        return model

    def alive(self, frequency: Floats, recency: Floats, age: Floats) -> Floats:
        """The probability (n,) that each is still with the shop. Raises UnfitFrame."""
        _check(frequency, recency, age)
        odds = np.log(self.a_) - np.log(np.maximum(self.b_ + self._chances(frequency) - 1, 1e-300))
        odds = odds + (self.r_ + frequency) * (np.log(self.alpha_ + age) - np.log(self.alpha_ + recency))
        alive: Floats = np.where(self._chances(frequency) > 0, expit(-odds), 1.0)
        return alive

    def expected(self, time: float, frequency: Floats, recency: Floats, age: Floats) -> Floats:
        """The visits (n,) expected of each within ``time`` from now. Raises UnfitFrame."""
        alive = self.alive(frequency, recency, age)
        rows, inverse = _counted(frequency, np.zeros_like(recency), age)
        return alive * self._expected_if_alive(time, rows)[inverse]

    def buys(self, time: float, frequency: Floats, recency: Floats, age: Floats) -> Floats:
        """The probability (n,) that each comes at least once within ``time`` from now. Raises UnfitFrame."""
        waits = (self.r_ + frequency) * np.log1p(time / (self.alpha_ + age))
        chance: Floats = self.alive(frequency, recency, age) * -np.expm1(-waits)
        return chance

    def expected_of_new(self, time: float) -> float:
        """The repeat visits expected of a new customer within ``time`` of their first."""
        none = np.zeros(1)
        return float(self.expected(time, none, none, none)[0])

    def _chances(self, frequency: Floats) -> Floats:
        """How often each had the chance to leave."""
        return frequency + 1 if self.leaves_at_once else frequency

    def _expected_if_alive(self, time: float, rows: _Counted) -> Floats:
        """E over p ~ Beta(a, b + x) of (1 − (1 + p t / (α + T))^−(r + x)) / p, by Gauss-Jacobi quadrature.

        The closed form with ₂F₁ is the same number, but 0 / 0 at a = 1, and it loses its digits around there and
        where the series is slow (Fader, Hardie: "Computing ₂F₁" in the notes to the paper). Here all is positive.
        """
        nodes, weights = beta_nodes(self.a_, self.b_ + self._chances(rows.frequencies))
        expected = np.empty(len(rows.n))
        for begin in range(0, len(expected), ROWS_AT_ONCE):
            block = slice(begin, begin + ROWS_AT_ONCE)
            leaving, weight = nodes[rows.which[block]], weights[rows.which[block]]
            waits = np.log1p(leaving * (time / (self.alpha_ + rows.age[block]))[:, None])
            visits = -np.expm1(-(self.r_ + rows.frequency[block])[:, None] * waits) / leaving
            expected[block] = (visits * weight).sum(axis=1)
        return expected

    def _loss(self, log_parameters: Floats, rows: _Counted) -> tuple[float, Floats]:
        """Minus the mean log-likelihood, and its gradient by the logarithms of r, α, a, b."""
        r, alpha, a, b = np.exp(log_parameters).tolist()
        x, chances = rows.frequencies, self._chances(rows.frequencies)
        counts = gammaln(r + x) - gammaln(r) + gammaln(a + b) - gammaln(a + b + chances)
        counts = counts + gammaln(b + chances) - gammaln(b)
        which, power = rows.which, r + rows.frequency
        may_be_gone = (chances > 0)[which]
        before = np.maximum(b + chances - 1, 1e-300)
        log_age, log_recency = np.log(alpha + rows.age), np.log(alpha + rows.recency)
        here = -power * log_age
        gone = np.where(may_be_gone, np.log(a) - np.log(before)[which] - power * log_recency, -np.inf)
        total = float((rows.n * (counts[which] + r * np.log(alpha) + np.logaddexp(here, gone))).sum())
        is_gone = rows.n * np.where(may_be_gone, expit(gone - here), 0.0)
        is_here = rows.n - is_gone
        n_x = np.bincount(which, rows.n, len(x))
        gone_x = np.bincount(which, is_gone, len(x))
        both = digamma(a + b) - digamma(a + b + chances)
        slope = is_here / (alpha + rows.age) + is_gone / (alpha + rows.recency)
        per_log = np.array(
            [
                (n_x * (digamma(r + x) - digamma(r) + np.log(alpha))).sum()
                - (is_here * log_age + is_gone * log_recency).sum(),
                (rows.n * r / alpha - power * slope).sum(),
                (n_x * both + gone_x / a).sum(),
                (n_x * (both + digamma(b + chances) - digamma(b)) - gone_x / before).sum(),
            ]
        )
        n = float(rows.n.sum())
        return -total / n, -per_log * [r, alpha, a, b] / n


def _check(frequency: Floats, recency: Floats, age: Floats) -> None:
    """Raise UnfitFrame unless every history could have been."""
    if not len(frequency) == len(recency) == len(age):
        raise UnfitFrame(f"histories of different lengths: {len(frequency)}, {len(recency)}, {len(age)}")
    could_be = (frequency >= 0) & (recency >= 0) & (age >= recency) & np.isfinite(frequency + age)
    if not (could_be & ((frequency > 0) | (recency == 0))).all():
        raise UnfitFrame("a history needs 0 ≤ recency ≤ age, and no recency without a repeat visit")


def _counted(frequency: Floats, recency: Floats, age: Floats) -> tuple[_Counted, NDArray[np.int64]]:
    """The distinct histories, and of each customer which is theirs."""
    frequencies, x = np.unique(frequency, return_inverse=True)
    recencies, t_x = np.unique(recency, return_inverse=True)
    ages, total = np.unique(age, return_inverse=True)
    keys, inverse, n = np.unique(
        (x * len(recencies) + t_x) * len(ages) + total, return_inverse=True, return_counts=True
    )
    which, rest = np.divmod(keys, max(len(recencies) * len(ages), 1))
    return _Counted(
        frequencies[which],
        recencies[rest // max(len(ages), 1)],
        ages[rest % max(len(ages), 1)],
        n.astype(np.float64),
        frequencies,
        which,
    ), inverse
