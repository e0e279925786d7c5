"""What the engine makes of a shop's columns: segments, bundles, recommendations, and how good they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from campaigns import pacing, wall_clocks
from campaigns.shop import QuietHours, Shop
from engine import features as engine_features
from engine import naming as engine_naming
from engine import segments as engine_segments
from engine.bundles import Bundles
from engine.frames import NONE, IntColumn, Interactions, Kind, Products
from engine.recommend import Reason, Recommender
from engine.rules import Rules
from engine.timing import BestHours


@dataclass(frozen=True)
class Parameters:
    """What a run is made with, and remembers."""

    min_support: float = 0.005
    min_confidence: float = 0.2
    recommendations: int = 10
    bundles: int = 20
    seed: int = 0
    zone: str = "Asia/Jakarta"
    """The clock by which customers live who live by no other."""
    quiet_hours: str = "21:00-08:00"
    """Nobody's best hour lies in these."""

    @classmethod
    def of(cls, shop: Shop, **other: Any) -> Self:
        """As this shop's clock and manners want it."""
        return cls(zone=shop.zone.key, quiet_hours=str(shop.quiet_hours), **other)


@dataclass(frozen=True)
class Rule:
    """An association rule with its products' numbers; ``conviction`` None where it is infinite."""

    antecedents: list[int]
    consequents: list[int]
    support: float
    confidence: float
    lift: float
    leverage: float
    conviction: float | None
    count: int


@dataclass
class Findings:
    """What the engine found, ready to be written."""

    segments: list[engine_naming.Segment] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    bundles: list[dict[str, Any]] = field(default_factory=list)
    recommendations: list[dict[str, Any]] = field(default_factory=list)
    hours: list[dict[str, Any]] = field(default_factory=list)
    quality: dict[str, Any] = field(default_factory=dict)


def find_segments(
    findings: Findings, profiled: Interactions, products: Products, now: int, parameters: Parameters
) -> None:
    told = engine_features.features(profiled, products, now)
    segmentation = engine_segments.Segmentation(seed=parameters.seed).fit(told)
    findings.segments = engine_segments.describe(segmentation, told)
    findings.quality |= {
        "customers": len(told.customer),
        "segments": len(findings.segments),
        "method": segmentation.method_,
        "view": segmentation.view_,
        "silhouette": _finite(segmentation.silhouette_),
        "stability": _finite(segmentation.stability_),
    }


def find_bundles(findings: Findings, interactions: Interactions, products: Products, parameters: Parameters) -> None:
    mined = Bundles(parameters.min_support, parameters.min_confidence, max_length=None).fit(interactions)
    findings.rules = listed(mined.rules_)
    findings.bundles = [
        {
            "product_ids": [int(product) for product in bundle.products],
            "count": bundle.count,
            "support": bundle.count / mined.itemsets_.n_baskets,
            "lift": bundle.lift,
        }
        for bundle in mined.propose(products, parameters.bundles)
    ]
    findings.quality |= {
        "baskets": mined.itemsets_.n_baskets,
        "itemsets": len(mined.itemsets_),
        "rules": len(findings.rules),
        "bundles": len(findings.bundles),
    }


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


def find_hours(findings: Findings, profiled: Interactions, zones: Mapping[int, str], parameters: Parameters) -> None:
    """The hour of each customer who was ever seen at one, and when the shop's customers are at hand."""
    local = wall_clocks.hours(profiled, zones, parameters.zone)
    is_open = np.array(pacing.open_hours(QuietHours.read(parameters.quiet_hours)))
    found = BestHours().fit(profiled, local, is_open)
    findings.hours = [
        {"customer_id": customer, "hour": hour, "n": n}
        for customer, hour, n in zip(found.customer_.tolist(), found.hour_.tolist(), found.n_.tolist(), strict=True)
    ]
    findings.quality |= {"hours": found.counts_.tolist(), "best_hour": found.shop_hour_}


def _ranks(customer: IntColumn) -> IntColumn:
    """1, 2, 3 … within each run of the same customer."""
    starts = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]]) if len(customer) else np.empty(0, int)
    lengths = np.diff(np.r_[starts, len(customer)])
    return np.arange(len(customer)) - np.repeat(starts, lengths) + 1


def listed(rules: Rules) -> list[Rule]:
    figures = zip(
        rules.support.tolist(),
        rules.confidence.tolist(),
        rules.lift.tolist(),
        rules.leverage.tolist(),
        rules.conviction.tolist(),
        rules.count.tolist(),
        strict=True,
    )
    listed = []
    for row, (support, confidence, lift, leverage, conviction, count) in enumerate(figures):
        antecedents, consequent = rules.products_of(row)
        listed.append(
            Rule(
                [int(each) for each in antecedents],
                [consequent],
                support,
                confidence,
                lift,
                leverage,
                _finite(conviction),
                int(count),
            )
        )
    return listed


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def told(reason: engine_naming.Reason) -> dict[str, Any]:
    return {
        "feature": reason.feature,
        "segment": float(reason.segment_median),
        "everyone": float(reason.everyone_median),
        "direction": reason.direction,
    }
