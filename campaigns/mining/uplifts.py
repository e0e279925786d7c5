"""Whom an offer moves: learned from past campaigns that held somebody out, told of everybody."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from campaigns.mining.findings import Findings, FloatColumn, Prospects
from campaigns.mining.parameters import Parameters
from campaigns.mining.past import Past, bought
from engine import features as told
from engine.errors import TooLittleData
from engine.features import Features, features
from engine.frames import IntColumn, Interactions, Products
from engine.uplift.qini import Qini
from engine.uplift.targeting import Targeting

FIGURES: Final = (
    told.RECENCY, told.TENURE, told.FREQUENCY, told.MONETARY, told.AVERAGE_ORDER, told.GAP_DAYS,
    told.DISCOUNT_SHARE, told.PREMIUM_SHARE, told.VARIETY, told.CLICKS_PER_PURCHASE,
)  # fmt: skip
DIGITS: Final = 6


def find_uplifts(
    findings: Findings,
    profiled: Interactions,
    products: Products,
    past: Past,
    refusing: list[int],
    until: int,
    parameters: Parameters,
) -> None:
    """How likely each profiled customer buys if written to, and how much likelier that makes it.

    Learned from what was known of each when their campaign began. With too little to learn from nothing is told of
    anybody, and ``findings.quality["uplift"]`` says what is wanting.
    """
    rows = np.flatnonzero(~np.isin(past.customer, refusing))
    ours = Past(past.customer[rows], past.campaign[rows], past.is_treated[rows], past.begins[rows], past.ends[rows])
    try:
        if not len(ours):
            raise TooLittleData("campaigns that held somebody out and are over", 1, 0)
        learned = Targeting(seed=parameters.seed).fit(
            _then(ours, profiled, products),
            ours.is_treated.astype(np.float64),
            bought(ours, profiled).astype(np.float64),
            strata=ours.campaign,
            people=ours.customer,
        )
    except TooLittleData as wanting:
        findings.quality["uplift"] = {"rule": None, "n": len(ours), "wanting": str(wanting)}
        return
    today = features(profiled, products, until)
    values = _figures(today)
    findings.prospects = Prospects(
        today.customer,
        np.round(learned.uplift_.predict(values), DIGITS) if learned.uplift_ is not None else None,
        np.round(learned.response_.predict(values), DIGITS),
    )
    findings.quality["uplift"] = _quality(learned, ours)


def _then(past: Past, profiled: Interactions, products: Products) -> FloatColumn:
    """What was known of each row's customer when its campaign began; nan of who had bought nothing yet."""
    values = np.full((len(past), len(FIGURES)), np.nan)
    for campaign in np.unique(past.campaign).tolist():
        rows = np.flatnonzero(past.campaign == campaign)
        people, before = past.customer[rows], int(past.begins[rows].min()) - 1
        theirs = profiled.where(np.isin(profiled.customer, people) & (profiled.at <= before))
        values[rows] = _of(people, features(theirs, products, before))
    return values


def _of(people: IntColumn, known: Features) -> FloatColumn:
    values = np.full((len(people), len(FIGURES)), np.nan)
    if not len(known):
        return values
    place = np.minimum(np.searchsorted(known.customer, people), len(known) - 1)
    is_known = known.customer[place] == people
    values[is_known] = _figures(known)[place[is_known]]
    return values


def _figures(known: Features) -> FloatColumn:
    return np.column_stack([known.column(name) for name in FIGURES])


def _quality(learned: Targeting, past: Past) -> dict[str, Any]:
    """With which rule, by how many, and how both did on people they were not learned from."""
    effect = learned.uplift_
    return {
        "rule": learned.rule_.value,
        "n": len(past),
        "treated": learned.n_treated_,
        "held_out": learned.n_control_,
        "campaigns": len(np.unique(past.campaign)),
        "effect": _rounded(effect.effect_, effect.effect_se_) if effect is not None else None,
        "qini": {"uplift": _qini(learned.uplift_qini_), "response": _qini(learned.response_qini_)},
    }


def _qini(found: Qini | None) -> list[float] | None:
    return _rounded(found.coefficient, found.se) if found is not None else None


def _rounded(value: float, se: float) -> list[float]:
    """A figure and its standard error."""
    return [round(value, DIGITS), round(se, DIGITS)]
