"""Whether and when customers come again, what they then spend, and who waits for discounts."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import sqrt
from typing import Any

import numpy as np

from campaigns.insights import LIFETIME, RESTOCKING
from campaigns.mining.findings import Findings, FloatColumn, Futures
from engine.errors import TooLittleData
from engine.frames import IntColumn, Interactions
from engine.lifetime.bargains import Bargains
from engine.lifetime.customers import Lifetimes
from engine.lifetime.judging import Judgement
from engine.lifetime.restocking import rhythms_of

DIGITS = 4
Z = 2.0
"""Who is fewer standard errors beyond the others does not count as a seeker of discounts."""
SEEKS = 0.1
"""Nor who buys on discount by less than this share oftener than others of the same weeks."""


def find_lifetimes(findings: Findings, profiled: Interactions, until: int) -> None:
    """Each profiled customer's future as of ``until``, and each product's usual pause.

    What is too little to go by is left unknown; ``findings.quality["lifetime"]`` has the figures of held-out days.
    """
    found = Lifetimes().fit(profiled, until)
    told = found.told_
    bargain, bargain_n, seekers = _bargains(profiled, told.customer)
    findings.futures = Futures(
        customer=told.customer,
        n=told.visits,
        expected_visits=_rounded(told.expected),
        alive=_rounded(told.alive),
        expected_spend_minor=_rounded(told.spend_minor, 0),
        due_from=told.due_from,
        due_until=told.due_until,
        bargain=_rounded(bargain),
        bargain_n=bargain_n,
    )
    products, again = rhythms_of(profiled)
    findings.state[LIFETIME] = _as_bytes(found.learned_.plain())
    findings.state[RESTOCKING] = _as_bytes(
        {
            str(product): [round(pause, 2), round(weight, 2), n]
            for product, pause, weight, n in zip(
                products.product.tolist(),
                products.pause_days.tolist(),
                products.weight.tolist(),
                products.n.tolist(),
                strict=True,
            )
        }
    )
    findings.quality[LIFETIME] = {
        **(_judged(found.judgement_) if found.judgement_ is not None else {}),
        "rhythm": asdict(found.timed_) if found.timed_ is not None else None,
        "spend_by_visits": found.spend_by_visits_,
        "customers": len(told),
        "expected_visits": _sum(told.expected),
        "expected_spend_minor": _sum(told.spend_minor),
        "seekers": seekers,
        "seekers_of": int((bargain_n > 0).sum()),
        "products_with_rhythm": len(products.product),
        "restocking": asdict(again) if again is not None else None,
    }


def _judged(found: Judgement) -> dict[str, Any]:
    """With standard errors where one figure alone says how good it is."""
    return {
        "n": found.n,
        "days": found.days,
        "method": "model" if found.keeps_model else "recency_rule",
        "came": found.came,
        "foreseen": found.foreseen,
        "foreseen_plainly": found.foreseen_plainly,
        "auc": found.auc,
        "auc_se": _auc_error(found),
        "auc_plain": found.auc_plain,
        "brier": found.brier,
        "brier_se": found.brier_error,
        "brier_plain": found.brier_plain,
        "brier_better": found.better,
        "brier_better_by": found.error,
    }


def _auc_error(found: Judgement) -> float | None:
    """Hanley, McNeil (1982), Radiology 143."""
    if found.auc is None:
        return None
    yes, no, area = found.buyers, found.n - found.buyers, found.auc
    higher, lower = area / (2 - area) - area**2, 2 * area**2 / (1 + area) - area**2
    return sqrt(max(area * (1 - area) + (yes - 1) * higher + (no - 1) * lower, 0.0) / (yes * no))


def _bargains(profiled: Interactions, customer: IntColumn) -> tuple[FloatColumn, IntColumn, int]:
    """Of each customer how much oftener than others they buy on discount, out of how many days; and how many seek."""
    excess, n = np.full(len(customer), np.nan), np.zeros(len(customer), dtype=np.int64)
    try:
        found = Bargains().fit(profiled)
    except TooLittleData:
        return excess, n, 0
    known = np.isin(found.customer_, customer)
    rows = np.searchsorted(customer, found.customer_[known])
    excess[rows], n[rows] = found.excess_[known], found.n_[known]
    return excess, n, int(((found.excess_ >= SEEKS) & (found.z_ >= Z)).sum())


def _rounded(values: FloatColumn, digits: int = DIGITS) -> FloatColumn:
    return np.round(values, digits)


def _sum(values: FloatColumn) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.sum()) if len(known) else None


def _as_bytes(plain: Any) -> bytes:
    return json.dumps(plain, separators=(",", ":")).encode()
