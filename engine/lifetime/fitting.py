"""Finding the greatest likelihood of a few positive parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Loss = Callable[[Floats], tuple[float, Floats]]

LEAST, MOST = -7.0, 8.0
"""Logarithms of parameters stay between these: a likelihood that rises for ever ends at a sane place."""

ROUGHLY = 20_000
"""Of many more customers, so many tell first where about the best parameters are; all of them then say exactly."""


def least(loss: Loss, starts: Sequence[Sequence[float]]) -> tuple[Floats, float]:
    """The logarithms (k,) at which ``loss`` is least, and its value there; the best of several starts.

    ``loss`` gives its value and its gradient (k,) by the logarithms. The same input gives the same bits.
    """
    bounds = [(LEAST, MOST)] * len(starts[0])
    options = {"maxiter": 500, "maxfun": 1000, "ftol": 1e-14, "gtol": 1e-9, "maxcor": 20}
    tried = [
        minimize(loss, np.array(start), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        for start in starts
    ]
    best = min(tried, key=lambda each: float(each.fun))
    return np.asarray(best.x, dtype=np.float64), float(best.fun)
