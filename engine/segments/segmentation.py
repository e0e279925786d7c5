"""Who is alike: segments found in the features, how many there are decided by the data, each with a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.features import Features
from engine.frames import IntColumn, TooLittleData
from engine.segments.assignment import Assignment
from engine.segments.carrying import Earlier, shared
from engine.segments.choosing import Bar, Found, Search, named
from engine.segments.clusters import METHODS, Method
from engine.segments.criteria import Candidate
from engine.segments.naming import Reason, Segment, deviations, reasons
from engine.segments.rfm import RULE_KEYS, RfmRules
from engine.segments.scaling import RobustScale
from engine.segments.splitting import split
from engine.segments.validity import Held
from engine.segments.views import LEAST_HABITS, VIEWS, View
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

RFM_RULES: Final = "rfm_rules"


class Segmentation:
    """Finds segments of customers; small or even shops get five groups by rule instead.

    Tries k-means, Ward's hierarchy and a Gaussian mixture (Euclidean) and average linkage (Manhattan) for each k in
    ``ks``. Every method only finds centres: all customers belong to their nearest, so what a refresh of one customer
    says is what the run said. A candidate holds with a stability of at least ``least_stability`` (see
    criteria.stabilities), a silhouette above 0.25 and no segment under ``least_share`` of the customers (and 3). Of
    those that hold the ones are left that foretell what customers did in the time held out as well as the best does
    but for chance, and of those choosing.best takes one. Features are scaled robustly
    (engine.segments.scaling). With ``view="auto"`` habits are tried before value. Above choosing.SAMPLE customers
    all this is done on a sample.

    Within each segment of at least ``least_to_split`` members smaller ones are looked for by the other view, under
    the same bar; most have none.

    Least data: one customer; ``least_customers`` to be looked at for segments, below which, or where no candidate
    holds, the groups are RfmRules' and ``method_`` says "rfm_rules".

    Learned: ``view_``, ``method_``, ``distance_``, ``k_``, ``best_`` (None for rules), ``silhouette_`` and
    ``stability_`` (nan for rules), ``labels_`` (n,), ``keys_`` one a label, ``candidates_`` everything that was tried
    for the whole shop, ``assignment_`` what a later refresh needs and nothing else.
    """

    view_: str
    method_: str
    distance_: str
    k_: int
    best_: Found | None
    silhouette_: float
    stability_: float
    labels_: IntColumn
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
        resamples: int = 16,
        least_customers: int = 30,
        least_share: float = 0.02,
        least_stability: float = 0.75,
        least_to_split: int = 150,
    ) -> None:
        self.seed = seed
        self.view = view
        self.ks = ks
        self.methods = methods
        self.resamples = resamples
        self.least_customers = least_customers
        self.least_share = least_share
        self.least_stability = least_stability
        self.least_to_split = least_to_split

    def fit(self, features: Features, held: Held | None = None, earlier: Earlier | None = None) -> Segmentation:
        """``held``: the same shop at an earlier moment, and what came after; ``earlier``: the last run's segments.

        Who is mostly the same people keeps the key while what it claims is true. Raises TooLittleData without a
        customer.
        """
        rules = RfmRules().fit(features)
        self.assignment_ = Assignment(RULE_KEYS, rules, None, None)
        self.candidates_ = ()
        for view in VIEWS if self.view == "auto" else (self.view,):
            if len(features) >= self.least_customers and self._found(features, view, held, earlier):
                return self
        return self._by_rule(features)

    def assign(self, features: Features) -> IntColumn:
        """The label (n,) of each customer, be it one; raises KeyError where a feature learned is missing."""
        return self.assignment_.assign(features)

    def _found(self, features: Features, view: str, held: Held | None, earlier: Earlier | None) -> bool:
        """Whether a candidate of this view holds; learns it if so."""
        try:
            scale = RobustScale(VIEWS[view]).fit(features)
        except TooLittleData:
            return False
        if view == "habits" and len(scale.names_) < LEAST_HABITS:
            return False
        bar = Bar(self.least_stability, self.least_share)
        search = Search(view, self.ks, self.methods, self.resamples, bar, self.seed)
        tried, taken = search.find(features, scale, held)
        self.candidates_ += tuple(tried)
        if taken is None:
            return False
        self._learn(features, scale, taken, earlier)
        return True

    def _learn(self, features: Features, scale: RobustScale, taken: Found, earlier: Earlier | None) -> None:
        best = taken.candidate
        self.best_, self.view_, self.method_, self.distance_ = taken, best.view, best.method, best.distance
        self.k_, self.silhouette_, self.stability_ = best.k, best.silhouette, best.stability
        points = scale.transform(features)
        size = np.bincount(taken.centres.nearest(points), minlength=len(taken.centres))
        centres = taken.centres.ordered(np.argsort(-size, kind="stable"))
        self.labels_ = centres.nearest(points)
        before = None
        if earlier is not None:
            before = shared(earlier, features.customer, self.labels_, best.k), earlier.keys
        self.keys_ = named(features, self.labels_, best.k, scale.names_, before=before)
        self.assignment_ = Assignment(
            self.keys_, self.assignment_.rules, scale, centres, within=self._within(features)
        )

    def _within(self, features: Features) -> dict[int, Assignment]:
        """The smaller segments of each large one that has any."""
        view = "habits" if self.view_ == "value" else "value"
        rules, found = self.assignment_.rules, {}
        for label in range(self.k_):
            rows = self.labels_ == label
            if rows.sum() < self.least_to_split:
                continue
            members = Features(features.customer[rows], features.names, features.values[rows])
            inner = split(members, view, rules, self.resamples, self.least_stability, self.seed)
            if inner is not None:
                found[label] = inner
        return found

    def _by_rule(self, features: Features) -> Segmentation:
        self.view_, self.method_, self.distance_, self.best_ = "value", RFM_RULES, "", None
        self.silhouette_ = self.stability_ = float("nan")
        self.keys_ = self.assignment_.keys
        self.labels_ = self.assign(features)
        self.k_ = len(np.unique(self.labels_))
        return self


def describe(segmentation: Segmentation, features: Features) -> list[Segment]:
    """The segments these customers (n > 0) fall into, largest first, each with the facts that set it apart.

    Those of a smaller segment set it apart from the one it is in. Raises TooLittleData without a customer.
    """
    if not len(features):
        raise TooLittleData("customers with a purchase", needed=1, seen=0)
    return _described(segmentation.assignment_, features)


def _described(assignment: Assignment, features: Features) -> list[Segment]:
    labels = assignment.assign(features)
    deviation = deviations(features, labels, len(assignment.keys))
    found = []
    for label, key in enumerate(assignment.keys):
        rows = labels == label
        if not rows.any():
            continue
        inner, members = assignment.within.get(label), features.customer[rows]
        of_it = Features(members, features.names, features.values[rows])
        found.append(
            Segment(
                key=key,
                size=len(members),
                share=len(members) / len(features),
                reasons=reasons(features, rows, deviation[label], key),
                members=members,
                within=tuple(_described(inner, of_it)) if inner is not None else (),
            )
        )
    return sorted(found, key=lambda segment: -segment.size)
