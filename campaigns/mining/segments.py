"""Who shops alike."""

from __future__ import annotations

from typing import Any

from campaigns.mining.findings import Findings, finite
from campaigns.mining.parameters import Parameters
from engine.features import features
from engine.frames import Interactions, Products
from engine.segments import naming
from engine.segments.segmentation import Segmentation, describe


def find_segments(
    findings: Findings, profiled: Interactions, products: Products, now: int, parameters: Parameters
) -> None:
    told = features(profiled, products, now)
    segmentation = Segmentation(seed=parameters.seed).fit(told)
    findings.segments = describe(segmentation, told)
    findings.quality |= {
        "customers": len(told.customer),
        "segments": len(findings.segments),
        "method": segmentation.method_,
        "view": segmentation.view_,
        "silhouette": finite(segmentation.silhouette_),
        "stability": finite(segmentation.stability_),
    }


def told(reason: naming.Reason) -> dict[str, Any]:
    """A reason as a row keeps it."""
    return {
        "feature": reason.feature,
        "segment": float(reason.segment_median),
        "everyone": float(reason.everyone_median),
        "direction": reason.direction,
    }
