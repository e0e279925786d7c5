"""Amounts that vary around a mean of each customer's own: Gamma-Gamma, for what they spend and how long they wait.

Each amount of a customer is gamma distributed with a shape all share and a scale of their own, and the scales are
gamma distributed among customers. Nothing is assumed of how often a customer comes, and the amounts are taken not to
depend on it.

Fader, Hardie (2013): The Gamma-Gamma model of monetary value (brucehardie.com/notes/025); Colombo, Jiang (1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, digamma, gammaln

from engine.errors import TooLittleData
from engine.frames import UnfitFrame
from engine.lifetime import fitting

Floats = NDArray[np.float64]
LEAST_CUSTOMERS = 10
STARTS = ((0.0, 0.0, 0.0), (2.0, 1.0, 1.0))


class GammaGamma:
    """Needs LEAST_CUSTOMERS customers with an amount. Learned: the shape ``p_``, and ``q_`` and ``v_`` of the
    customers' scales (``v_`` in the unit of the amounts; ``q_`` above 1, so that there is a mean), ``mean_`` over
    the customers, ``log_likelihood_``, ``n_`` customers.
    """

    def fit(self, count: Floats, mean: Floats, mean_log: Floats | None = None) -> Self:
        """Of each customer (n,) how many amounts and their mean, both above 0; nothing else is looked at.

        With ``mean_log``, the mean of the amounts' logarithms, the likelihood is that of the single amounts, which
        says more of how regular they are; without, that of the means, as published. Raises TooLittleData, UnfitFrame.
        """
        if not len(count) == len(mean) == len(mean if mean_log is None else mean_log):
            raise UnfitFrame("counts and means of different lengths")
        if not ((count > 0) & (mean > 0) & np.isfinite(count + mean)).all():
            raise UnfitFrame("counts and means must be above 0")
        if len(count) < LEAST_CUSTOMERS:
            raise TooLittleData("customers with an amount", LEAST_CUSTOMERS, len(count))
        unit = float(np.median(mean))
        logs = None if mean_log is None else mean_log - np.log(unit)
        starts: Sequence[Sequence[float]] = STARTS
        if len(count) > 2 * fitting.ROUGHLY:
            some = slice(None, None, len(count) // fitting.ROUGHLY)
            of_some = count[some], mean[some] / unit, None if logs is None else logs[some]
            starts = (fitting.least(lambda at: _loss(at, *of_some), STARTS)[0].tolist(),)
        log_parameters, loss = fitting.least(lambda at: _loss(at, count, mean / unit, logs), starts)
        self.p_, above, self.v_ = (np.exp(log_parameters) * [1, 1, unit]).tolist()
        self.q_ = 1 + above
        self.mean_ = self.p_ * self.v_ / above
        self.n_ = len(count)
        amounts = self.n_ if mean_log is None else float(count.sum())
        self.log_likelihood_ = -loss * self.n_ - amounts * float(np.log(unit))
        return self

    @classmethod
    def of(cls, p: float, q: float, v: float) -> Self:
        """With parameters that were learned before."""
        model = cls()
        model.p_, model.q_, model.v_, model.mean_ = p, q, v, p * v / (q - 1)
        return model

    def expected(self, count: Floats, mean: Floats) -> Floats:
        """The mean (n,) of each customer's future amounts; of who has none yet (``count`` 0), everybody's."""
        total = np.where(count > 0, count * np.nan_to_num(mean), 0.0)
        likely: Floats = self.p_ * (self.v_ + total) / (self.p_ * count + self.q_ - 1)
        return likely

    def quantile(self, share: float, count: Floats, mean: Floats) -> Floats:
        """The amount (n,) that each customer's next stays below in ``share`` of cases."""
        counts, which = np.unique(count, return_inverse=True)
        part = np.minimum(betaincinv(self.p_, self.p_ * counts + self.q_, share), 1 - 1e-12)
        scale = self.v_ + np.where(count > 0, count * np.nan_to_num(mean), 0.0)
        amount: Floats = scale * (part / (1 - part))[which]
        return amount


def _loss(log_parameters: Floats, count: Floats, mean: Floats, mean_log: Floats | None) -> tuple[float, Floats]:
    """Minus the mean log-likelihood, and its gradient by the logarithms of p, q − 1 and v."""
    p, above, v = np.exp(log_parameters).tolist()
    q = 1 + above
    counts, n_x = np.unique(count, return_counts=True)
    log_total = np.log(count * mean + v)
    own = gammaln(p * counts + q) - gammaln(q) + q * np.log(v)
    slope = counts * digamma(p * counts + q)
    if mean_log is None:
        log_sum = np.log(count * mean)
        own, slope = own - gammaln(p * counts), slope - counts * digamma(p * counts)
        rest = p * count * log_sum - np.log(mean)
        shape = count * (log_sum - log_total)
    else:
        own, slope = own - counts * gammaln(p), slope - counts * digamma(p)
        rest = (p - 1) * count * mean_log
        shape = count * (mean_log - log_total)
    total = float((n_x * own).sum() + (rest - (p * count + q) * log_total).sum())
    per_p = float((n_x * slope).sum() + shape.sum())
    per_q = float((n_x * (digamma(p * counts + q) - digamma(q) + np.log(v))).sum() - log_total.sum())
    per_v = float(len(count) * q / v - ((p * count + q) / (count * mean + v)).sum())
    n = len(count)
    return -total / n, -np.array([per_p * p, per_q * above, per_v * v]) / n
