"""Student's t with the standard library alone: owners are answered with it."""

from __future__ import annotations

from statistics import NormalDist

TABLED = 0.95
STUDENT = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
    2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""Student's t at 97.5 %, by degrees of freedom from 1 to 30."""


def student(degrees: int, confidence: float = TABLED) -> float:
    """The two-sided quantile of Student's t, within 0.001 at 95 %, elsewhere from nine degrees of freedom on.

    Source: Abramowitz and Stegun (1964), 26.7.5, the expansion about the normal quantile.
    """
    if confidence == TABLED and degrees <= len(STUDENT):
        return STUDENT[degrees - 1]
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    beyond: float = sum(term / degrees**power for power, term in enumerate(terms, 1))
    return z + beyond
