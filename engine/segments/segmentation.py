"""Who is alike: segments found in the features, how many there are decided by the data, each with a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.features import (
    BRAND_LOYALTY,
    BULK_QUANTITY,
    DISCOUNT_SHARE,
    FREQUENCY,
    MONETARY,
    PREMIUM_SHARE,
    RECENCY,
    VARIETY,
    Features,
)
from engine.frames import IntColumn, TooLittleData
from engine.segments.assignment import Assignment, nearest
from engine.segments.clusters import METHODS, Candidate, Method, possible, silhouettes, stabilities
from engine.segments.naming import Reason, Segment, deviations, keys_of, reasons, standings
from engine.segments.rfm import RULE_KEYS, RfmRules
from engine.segments.scaling import RobustScale
from engine.segments.vocabulary import SEGMENT_KEYS

__all__ = [
    "RFM_RULES",
    "SEGMENT_KEYS",
    "VIEWS",
    "Assignment",
    "Candidate",
    "Reason",
    "Segment",
    "Segmentation",
    "describe",
]

Floats = NDArray[np.float64]
View = Literal["auto", "habits", "value"]

VIEWS: Final[dict[str, tuple[str, ...]]] = {
    "habits": (PREMIUM_SHARE, BRAND_LOYALTY, DISCOUNT_SHARE, VARIETY, BULK_QUANTITY),
    "value": (RECENCY, FREQUENCY, MONETARY),
}
"""Two ways to look at customers, in the order tried: by how they buy, which says what to offer them; and by how
lately, often and much. Mixed together either blurs the other."""

LEAST_HABITS: Final = 3
"""Habits are looked at where at least so many of them are known and differ."""

RFM_RULES: Final = "rfm_rules"

LEAST_SILHOUETTE: Final = 0.25
"""Kaufman, Rousseeuw (1990): no more than this, and no substantial structure has been found."""

LEAST_SIZE: Final = 3


class Segmentation:
    """Finds segments of customers; small or even shops get five groups by rule instead.

    Tries k-means and Ward's hierarchy (Euclidean) and average linkage (Manhattan) for each k in ``ks``. Every method
    only finds centres: all customers belong to their nearest, so what a refresh of one customer says is what the run
    said. Of the candidates with a stability of at least ``least_stability`` (see clusters.stabilities), a
    silhouette above 0.25 and no segment under ``least_share`` of the customers (and 3), the one with the greatest
    silhouette is taken. Assumes segments about as wide as each other; features are scaled robustly
    (engine.segments.scaling). With ``view="auto"`` habits are tried before value.

    Least data: one customer; ``least_customers`` to be looked at for segments, below which, or where no candidate
    holds, the groups are RfmRules' and ``method_`` says "rfm_rules".

    Learned: ``view_``, ``method_``, ``distance_``, ``k_``, ``silhouette_`` and ``stability_`` (nan for rules),
    ``labels_`` (n,), ``centres_`` (k, f) in the scale of ``assignment_`` ((0, 0) for rules), ``keys_`` one a label,
    ``candidates_`` everything that was tried, ``assignment_`` what a later refresh needs and nothing else.
    """

    view_: str
    method_: str
    distance_: str
    k_: int
    silhouette_: float
    stability_: float
    labels_: IntColumn
    centres_: Floats
    keys_: tuple[str, ...]
    candidates_: tuple[Candidate, ...]
    assignment_: Assignment

    def __init__(
        self,
        *,
        seed: int = 0,
        view: View = "auto",
        ks: Sequence[int] = (3, 4, 5, 6, 7, 8),
        methods: Sequence[Method] = METHODS,
        resamples: int = 20,
        least_customers: int = 30,
        least_share: float = 0.02,
        least_stability: float = 0.75,
    ) -> None:
        self.seed = seed
        self.view = view
        self.ks = ks
        self.methods = methods
        self.resamples = resamples
        self.least_customers = least_customers
        self.least_share = least_share
        self.least_stability = least_stability

    def fit(self, features: Features) -> Segmentation:
        """Raises TooLittleData without a customer."""
        rules = RfmRules().fit(features)
        self.assignment_ = Assignment(RULE_KEYS, rules, None, np.empty((0, 0)), "euclidean")
        self.candidates_ = ()
        for view in VIEWS if self.view == "auto" else (self.view,):
            if len(features) >= self.least_customers and self._found(features, view):
                return self
        return self._by_rule(features)

    def assign(self, features: Features) -> IntColumn:
        """The label (n,) of each customer, be it one; raises KeyError where a feature learned is missing."""
        return self.assignment_.assign(features)

    def _found(self, features: Features, view: str) -> bool:
        """Whether a candidate of this view holds; learns it if so."""
        try:
            scale = RobustScale(VIEWS[view]).fit(features)
        except TooLittleData:
            return False
        if view == "habits" and len(scale.names_) < LEAST_HABITS:
            return False
        points = scale.transform(features)
        tried = [pair for method in self.methods for pair in self._candidates(points, view, method)]
        self.candidates_ += tuple(candidate for candidate, _ in tried)
        fit_to_use = [pair for pair in tried if self._holds(pair[0], len(features))]
        if not fit_to_use:
            return False
        best, centres = max(fit_to_use, key=lambda pair: (pair[0].silhouette, -pair[0].k))
        self._learn(features, scale, best, centres)
        return True

    def _candidates(self, points: Floats, view: str, method: Method) -> list[tuple[Candidate, Floats]]:
        found = method.find(points, possible(points, self.ks), self.seed)
        labels = {k: nearest(points, centres, method.distance) for k, centres in found.items()}
        silhouette = silhouettes(points, list(labels.values()), method.distance, self.seed)
        stability = stabilities(points, method, labels, self.resamples, self.seed)
        return [
            (
                Candidate(
                    view, method.name, method.distance, k, silhouette[place], stability[k],
                    int(np.bincount(labels[k], minlength=k).min()),
                ),
                found[k],
            )
            for place, k in enumerate(found)
        ]  # fmt: skip

    def _holds(self, candidate: Candidate, customers: int) -> bool:
        return (
            candidate.stability >= self.least_stability
            and candidate.silhouette > LEAST_SILHOUETTE
            and candidate.smallest >= max(LEAST_SIZE, self.least_share * customers)
        )

    def _learn(self, features: Features, scale: RobustScale, best: Candidate, centres: Floats) -> None:
        self.view_, self.method_, self.distance_, self.k_ = best.view, best.method, best.distance, best.k
        self.silhouette_, self.stability_ = best.silhouette, best.stability
        points = scale.transform(features)
        size = np.bincount(nearest(points, centres, best.distance), minlength=best.k)
        self.centres_ = centres[np.argsort(-size, kind="stable")]
        self.labels_ = nearest(points, self.centres_, best.distance)
        told_by = (features, self.labels_, best.k)
        self.keys_ = keys_of(deviations(*told_by), standings(*told_by), scale.names_)
        self.assignment_ = Assignment(self.keys_, self.assignment_.rules, scale, self.centres_, best.distance)

    def _by_rule(self, features: Features) -> Segmentation:
        self.view_, self.method_, self.distance_ = "value", RFM_RULES, ""
        self.silhouette_ = self.stability_ = float("nan")
        self.keys_, self.centres_ = self.assignment_.keys, self.assignment_.centres
        self.labels_ = self.assign(features)
        self.k_ = len(np.unique(self.labels_))
        return self


def describe(segmentation: Segmentation, features: Features) -> list[Segment]:
    """The segments these customers (n > 0) fall into, largest first, each with the facts that set it apart.

    Raises TooLittleData without a customer.
    """
    if not len(features):
        raise TooLittleData("customers with a purchase", needed=1, seen=0)
    labels = segmentation.assign(features)
    deviation = deviations(features, labels, len(segmentation.keys_))
    found = [
        Segment(
            key=key,
            size=int((labels == label).sum()),
            share=float((labels == label).mean()),
            reasons=reasons(features, labels == label, deviation[label], key),
            members=features.customer[labels == label],
        )
        for label, key in enumerate(segmentation.keys_)
        if (labels == label).any()
    ]
    return sorted(found, key=lambda segment: -segment.size)
