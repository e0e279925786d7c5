"""Whether the items of a construct measure one thing. Of one item alone nobody can say: nan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def alpha(correlations: Floats) -> float:
    """Cronbach's α (1951) of standardised items, from how they correlate (k, k)."""
    k = len(correlations)
    total = float(correlations.sum())
    return k / (k - 1) * (1 - k / total) if k > 1 and total > 0 else np.nan


def composite_reliability(loadings: Floats) -> float:
    """rho_C, Dillon and Goldstein's: Werts, Linn, Jöreskog (1974), EPM 34. ``loadings`` (k,)."""
    if len(loadings) < 2:
        return np.nan
    told = float(loadings.sum()) ** 2
    return told / (told + float((1 - loadings**2).sum()))


def consistent_reliability(correlations: Floats, weights: Floats) -> float:
    """rho_A: Dijkstra, Henseler (2015), MISQ 39. ``weights`` (k,) of a score with variance one."""
    if len(weights) < 2:
        return np.nan
    products = np.outer(weights, weights)
    apart = products - np.diag(np.diag(products))
    shared = correlations - np.diag(np.diag(correlations))
    below = float(weights @ apart @ weights)
    return float((weights @ weights) ** 2 * (weights @ shared @ weights) / below) if below > 0 else np.nan


def variance_extracted(loadings: Floats) -> float:
    """AVE: Fornell, Larcker (1981), JMR 18. How much of its items a construct accounts for."""
    return float((loadings**2).mean()) if len(loadings) > 1 else np.nan
