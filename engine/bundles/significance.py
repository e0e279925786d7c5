"""Would a rule show where there is nothing to find? Exact tests, corrected for how many were tried."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from engine.bundles.meetings import FloatColumn
from engine.bundles.rules import Rules
from engine.frames import NONE, IntColumn


def chance_of(rules: Rules) -> FloatColumn:
    """Probability (r,) of seeing a rule hold so often by chance, for that product of its antecedent that adds least.

    Each product is tested among the baskets that hold the rest of the antecedent: does it raise the consequent's
    share? With one product in the antecedent that is Fisher's exact test of the rule. The largest probability counts.
    Source: Webb (2007), Discovering significant patterns, Machine Learning 68.
    """
    row, left = np.nonzero(rules.antecedent != NONE)
    if not len(row):
        return np.ones(0)
    tested = fisher_greater(
        rules.count[row],
        rules.antecedent_count[row],
        rules.simpler_count[row, left],
        rules.simpler_antecedent_count[row, left],
    )
    return np.maximum.reduceat(tested, np.flatnonzero(np.diff(row, prepend=-1)))


def fisher_greater(both: IntColumn, one: IntColumn, other: IntColumn, n: IntColumn) -> FloatColumn:
    """Fisher's exact test, one-sided: the chance (r,) that two independent things meet in ``both`` or more of ``n``.

    The things happen ``one`` and ``other`` times; all columns have shape (r,). Where they meet no more often than
    independence lets expect the answer is 1: there is nothing to explain.
    """
    chance = np.ones(len(both))
    rows = np.flatnonzero(both * n > one * other)
    k, a, c, total = (column[rows].astype(np.float64) for column in (both, one, other, n))
    term = np.exp(_log_choose(a, k) + _log_choose(total - a, c - k) - _log_choose(total, c))
    tail = term.copy()
    # Above the mean every term is smaller than the one before it, so the sum is soon told.
    while (term > tail * 1e-17).any():
        term = term * (a - k) * (c - k) / ((k + 1) * (total - a - c + k + 1))
        k += 1
        tail += term
    chance[rows] = np.minimum(tail, 1)
    return chance


def false_discovery_rates(chances: FloatColumn, n_considered: int) -> FloatColumn:
    """Benjamini-Hochberg q-values (r,) of ``chances`` among ``n_considered`` tests; those not given count as 1.

    Source: Benjamini and Hochberg (1995), Controlling the false discovery rate, JRSS B 57.
    """
    by_chance = np.argsort(chances, kind="stable")
    scaled = chances[by_chance] * n_considered / np.arange(1, len(chances) + 1)
    q_values = np.empty(len(chances))
    q_values[by_chance] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return q_values


def _log_choose(n: FloatColumn, k: FloatColumn) -> FloatColumn:
    logs: FloatColumn = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return logs
