"""What to offer to whom."""

from __future__ import annotations

import numpy as np

from campaigns.mining.findings import Findings
from campaigns.mining.parameters import Parameters
from engine.frames import NONE, IntColumn, Interactions, Kind, Products
from engine.recommend.recommender import Reason, Recommender


def find_recommendations(
    findings: Findings,
    interactions: Interactions,
    profiled: Interactions,
    products: Products,
    now: int,
    parameters: Parameters,
) -> None:
    known = interactions.where(np.isin(interactions.customer, np.unique(profiled.customer)))
    buyers = np.unique(known.of_kind(Kind.PURCHASE).customer)
    picked = Recommender().fit(known, products, now).recommend(buyers, n=parameters.recommendations)
    findings.recommendations = [
        {
            "customer_id": customer,
            "rank": rank,
            "product_id": product,
            "score": score,
            "reason": Reason(reason).name.lower(),
            "reason_product_id": because if because != NONE else None,
        }
        for customer, rank, product, score, reason, because in zip(
            picked.customer.tolist(),
            _ranks(picked.customer).tolist(),
            picked.product.tolist(),
            picked.score.tolist(),
            picked.reason.tolist(),
            picked.reason_product.tolist(),
            strict=True,
        )
    ]
    findings.quality |= {"recommended_to": len(buyers), "recommendations": len(findings.recommendations)}


def _ranks(customer: IntColumn) -> IntColumn:
    """1, 2, 3 … within each run of the same customer."""
    starts = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]]) if len(customer) else np.empty(0, int)
    lengths = np.diff(np.r_[starts, len(customer)])
    return np.arange(len(customer)) - np.repeat(starts, lengths) + 1
