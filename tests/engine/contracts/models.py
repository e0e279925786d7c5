"""Every model of the engine behind one door: how it is made, fitted to a shop, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from engine.bundles.proposals import Bundles
from engine.features import Features, features
from engine.frames import Interactions
from engine.lifetime.bargains import Bargains
from engine.lifetime.customers import Lifetimes
from engine.recommend.recommender import Recommender
from engine.segments.rfm import RfmRules
from engine.segments.segmentation import Segmentation
from engine.synthetic.adversaries import Adversary
from engine.timing import BestHours
from engine.uplift.learner import Uplift
from engine.uplift.response import Response
from engine.uplift.targeting import Targeting

HOUR = 3_600_000_000
Answer = Mapping[str, np.ndarray]
FIGURES = ("recency_days", "frequency", "monetary_minor", "variety")


@dataclass(frozen=True)
class Case:
    """``may_be_unknown`` names the answers in which nan is an honest one. ``is_exact``: the order of the rows does
    not change a bit of them; otherwise sums are added up in another order, and differ by rounding."""

    make: Callable[[], Any]
    fit: Callable[[Any, Adversary], Any]
    answer: Callable[[Any, Adversary], Answer]
    may_be_unknown: frozenset[str] = frozenset()
    is_exact: bool = True


def told(shop: Adversary) -> Features:
    return features(shop.interactions, shop.products, shop.now)


def experiment(shop: Adversary) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Every customer of the shop in ten campaigns: half by lot got an offer, which moves those who buy seldom."""
    known = told(shop)
    people = np.tile(known.customer, 10)
    values = np.tile(np.column_stack([known.column(name) for name in FIGURES]), (10, 1))
    # Whoever else is there, and in whatever order, each has their own lots.
    lots = np.array([np.random.default_rng([7, who, n]).random(2) for n, who in enumerate(people.tolist())])
    treated = (lots[:, 0] < 0.5).astype(float)
    seldom = values[:, 1] <= 8
    outcome = (lots[:, 1] < np.where(seldom, 0.1 + 0.4 * treated, 0.5)).astype(float)
    return values, treated, outcome, people


def fit_uplift(model: Any, shop: Adversary) -> Any:
    values, treated, outcome, people = experiment(shop)
    return model.fit(values, treated, outcome, people=people)


def fit_response(model: Any, shop: Adversary) -> Any:
    return model.fit(*experiment(shop)[:3])


def of_everybody(method: str) -> Callable[[Any, Adversary], Answer]:
    def answer(model: Any, shop: Adversary) -> Answer:
        known = told(shop)
        values = np.column_stack([known.column(name) for name in FIGURES])
        return {"customer": known.customer, method: getattr(model, method)(values)}

    return answer


def picks(model: Any, shop: Adversary) -> Answer:
    found = model.recommend(np.unique(shop.interactions.customer)[:50], n=5)
    return {each.name: getattr(found, each.name) for each in fields(found)}


def bundles(model: Any, shop: Adversary) -> Answer:
    found = model.propose(shop.products)
    width = max((len(each.products) for each in found), default=0)
    return {
        "products": np.array([sorted(each.products) + [0] * (width - len(each.products)) for each in found]),
        "count": np.array([each.count for each in found]),
        "lift": np.array([each.lift for each in found]),
        "support": model.rules_.support,
        "confidence": model.rules_.confidence,
    }


def futures(model: Any, shop: Adversary) -> Answer:
    return {each.name: getattr(model.told_, each.name) for each in fields(model.told_)}


def learned(*names: str) -> Callable[[Any, Adversary], Answer]:
    return lambda model, _: {name: np.atleast_1d(np.asarray(getattr(model, name))) for name in names}


def fit_hours(model: Any, shop: Adversary) -> Any:
    return model.fit(shop.interactions, shop.interactions.at // HOUR)


UNSURE = frozenset({"expected", "alive", "spend_minor", "due_from", "due_until"})
CASES = {
    "segments": Case(
        Segmentation,
        lambda model, shop: model.fit(told(shop)),
        lambda model, shop: {
            "labels": model.labels_,
            "again": model.assign(told(shop)),
            "keys": np.array(model.keys_),
        },
    ),
    "rules of thumb": Case(RfmRules, lambda m, shop: m.fit(told(shop)), lambda m, shop: {"of": m.assign(told(shop))}),
    "bundles": Case(lambda: Bundles(min_support=0.02), lambda model, shop: model.fit(shop.interactions), bundles),
    "picks": Case(
        Recommender, lambda m, shop: m.fit(shop.interactions, shop.products, shop.now), picks, is_exact=False
    ),
    "lifetimes": Case(Lifetimes, lambda m, shop: m.fit(shop.interactions, shop.now), futures, UNSURE, is_exact=False),
    "bargains": Case(
        Bargains,
        lambda model, shop: model.fit(shop.interactions),
        learned("customer_", "excess_", "z_"),
        is_exact=False,
    ),
    "hours": Case(BestHours, fit_hours, learned("customer_", "hour_", "n_", "shop_hour_", "counts_")),
    "uplift": Case(Uplift, fit_uplift, of_everybody("predict")),
    "response": Case(Response, fit_response, of_everybody("predict")),
    "targeting": Case(Targeting, fit_uplift, of_everybody("score")),
}


def turned(shop: Adversary, seed: int = 3) -> Adversary:
    """The same shop, its rows in another order."""
    order = np.random.default_rng(seed).permutation(len(shop.interactions))
    return replace(shop, interactions=rows(shop.interactions, order))


def rows(interactions: Interactions, order: np.ndarray) -> Interactions:
    names = [each.name for each in fields(interactions) if each.name != "platforms"]
    return replace(interactions, **{name: getattr(interactions, name)[order] for name in names})
