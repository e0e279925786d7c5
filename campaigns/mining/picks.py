"""What to offer to whom: what would be new to them, and what they are likeliest to buy again."""

from __future__ import annotations

import io

import numpy as np

from campaigns.mining.findings import Findings, Picks
from campaigns.mining.parameters import Parameters
from engine.frames import Interactions, Kind, Products
from engine.recommend.recommender import NO_WISHES, Mode, Reason, Recommender, Wishes

SIMILAR_ITEMS = "similar_items"
"""Under this name a run keeps SimilarItems.columns(), as a file of numpy's; see campaigns/mining/refreshing.py."""


def find_recommendations(
    findings: Findings,
    interactions: Interactions,
    profiled: Interactions,
    products: Products,
    now: int,
    parameters: Parameters,
    never: Wishes = NO_WISHES,
) -> None:
    """Both lists of everybody who bought and is ``profiled``, without what they ``never`` want to see."""
    known = interactions.where(np.isin(interactions.customer, np.unique(profiled.customer)))
    buyers = np.unique(known.of_kind(Kind.PURCHASE).customer)
    learned = Recommender().fit(known, products, now)
    picked = learned.recommend(buyers, n=parameters.recommendations, mode=Mode.BOTH, wishes=never)
    kept = io.BytesIO()
    np.savez(kept, **learned.similar_items_.columns())  # type: ignore[arg-type]
    findings.state[SIMILAR_ITEMS] = kept.getvalue()
    findings.recommendations = Picks(
        picked.customer,
        picked.product,
        picked.score,
        picked.reason,
        picked.reason_product,
        tuple(Reason(n).name.lower() for n in range(len(Reason))),
    )
    findings.quality |= {"recommended_to": len(buyers), "recommendations": len(picked)}
    findings.tried = learned.schooling_.tried
    if learned.schooling_.quality:
        findings.quality["picks"] = learned.schooling_.quality
