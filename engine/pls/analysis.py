"""A survey analysed: what its items measure, and what goes with what, each with an interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.pls import power, reliability
from engine.pls.answers import Answers, Missing, fit_answers, silent_items
from engine.pls.figures import Figures, f_squared, figures, inflation
from engine.pls.model import Construct, Mode, Model, UnfitModel
from engine.pls.resampling import Interval, Products, corrected, percentiles
from engine.pls.weighing import Plan, Scheme, Weights, weigh

Floats = NDArray[np.float64]

SAMPLES: Final = 10_000
LEVEL: Final = 0.95


@dataclass(frozen=True)
class Told:
    """A figure, the interval it may lie in, and its standard error; nan where none can be given."""

    value: float
    low: float
    high: float
    error: float

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves no doubt on which side of nothing it is."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Link:
    """An arrow. ``f2`` is Cohen's effect size; ``needed`` answers find a link of this size in four of five."""

    source: str
    target: str
    path: Told
    total: Told
    f2: float
    needed: int


@dataclass(frozen=True)
class Chain:
    """What goes along several arrows: the product of theirs."""

    through: tuple[str, ...]
    effect: Told


@dataclass(frozen=True)
class Measured:
    """A construct and how well its items measure it; nan where one item stands alone.

    ``r2`` is None where no arrow leads here. ``inflation`` is the largest VIF among the arrows that do.
    """

    name: str
    items: tuple[str, ...]
    mode: str
    alpha: float
    rho_a: float
    rho_c: float
    ave: float
    r2: Told | None
    r2_adjusted: float
    inflation: float


@dataclass(frozen=True)
class Item:
    """``filled`` answers were missing. ``closest`` is the construct it goes with most, its own as a rule."""

    name: str
    construct: str
    loading: Told
    weight: Told
    inflation: float
    filled: int
    closest: str


@dataclass(frozen=True)
class Apart:
    """Whether two constructs are two: HTMT, and how they correlate."""

    first: str
    second: str
    htmt: Told
    correlation: float
    is_apart: bool
    """By Fornell and Larcker: each accounts for more of its own items than it shares with the other."""


class PathModel:
    """Partial least squares path modelling, with bootstrap intervals.

    Assumes that answers are numbers a step apart, people are independent, and arrows point the way they are drawn:
    nothing here can tell which of two things comes first. A missing answer is filled with its item's average before
    people are drawn, as published analyses do. Each drawn sample's constructs are turned to point as everybody's do.

    Sources: Lohmöller (1989); Tenenhaus et al. (2005), CSDA 48; Hair et al. (2022), A primer on PLS-SEM.
    Least data: LEAST_ANSWERS people. Cost: linear in people times items squared times samples.

    Learned: ``answers_``, ``model_`` without ``silent_`` items, ``links_``, ``chains_``, ``totals_`` by pair,
    ``constructs_``, ``items_``, ``apart_``, ``rounds_``, ``is_settled_``, ``drawn_`` usable samples of ``samples``.
    """

    answers_: Answers
    model_: Model
    silent_: tuple[str, ...]
    links_: tuple[Link, ...]
    chains_: tuple[Chain, ...]
    totals_: dict[tuple[str, str], Told]
    constructs_: tuple[Measured, ...]
    items_: tuple[Item, ...]
    apart_: tuple[Apart, ...]
    rounds_: int
    is_settled_: bool
    drawn_: int

    def __init__(
        self,
        *,
        scheme: Scheme = Scheme.PATH,
        missing: Missing = Missing.MEAN,
        interval: Interval = Interval.PERCENTILE,
        samples: int = SAMPLES,
        level: float = LEVEL,
        seed: int = 0,
    ) -> None:
        self.scheme, self.missing, self.interval = scheme, missing, interval
        self.samples, self.level, self.seed = samples, level, seed

    def fit(self, values: Floats, model: Model) -> Self:
        """``values`` (n, k) in the order of ``model.items``, nan where nothing was answered.

        Raises TooLittleData, and UnfitModel where all items of a construct were answered alike by everybody, or where
        two columns that are to explain a third say the same.
        """
        self.silent_ = silent_items(values, model.items)
        self.model_ = model.without(self.silent_)
        kept = [place for place, item in enumerate(model.items) if item not in self.silent_]
        self.answers_ = fit_answers(values[:, kept], self.model_.items, self.missing)
        plan, products = Plan(self.model_), Products(self.answers_.scores)
        correlations = products.all()
        weights = weigh(correlations, plan, self.scheme)
        if not np.isfinite(weights.between).all():
            raise _alike(correlations, plan)
        self.rounds_, self.is_settled_ = weights.rounds, bool(weights.is_settled[0])
        self._tell(correlations, weights, plan, _Doubt(self, products, weights, plan))
        return self

    def _tell(self, correlations: Floats, weights: Weights, plan: Plan, doubt: _Doubt) -> None:
        model, of_all, between = self.model_, doubt.value, weights.between[0]
        self.drawn_ = doubt.drawn
        names, place = model.names, {name: j for j, name in enumerate(model.names)}
        effects = f_squared(between, plan)
        self.totals_ = {
            (names[a], names[b]): doubt.told("totals", a, b)
            for a in range(len(names))
            for b in range(len(names))
            if a != b and abs(of_all.totals[0, a, b]) > 0
        }
        self.links_ = tuple(
            Link(
                each.source,
                each.target,
                doubt.told("paths", p),
                self.totals_[each.source, each.target],
                float(effects[p]),
                power.for_link(float(of_all.paths[0, p])),
            )
            for p, each in enumerate(model.paths)
        )
        self.chains_ = tuple(Chain(each, doubt.told("chains", c)) for c, each in enumerate(model.chains()))
        self.constructs_ = tuple(self._measured(j, correlations[0], weights, plan, doubt) for j in range(len(names)))
        self.items_ = tuple(self._item(k, correlations[0], weights, plan, doubt) for k in range(len(model.items)))
        ave = {each.name: each.ave for each in self.constructs_}
        self.apart_ = tuple(
            Apart(a, b, doubt.told("htmt", place[a], place[b]), float(r), _is_apart(float(r), ave[a], ave[b]))
            for a, b in combinations(names, 2)
            for r in (between[place[a], place[b]],)
        )

    def _measured(self, j: int, correlations: Floats, weights: Weights, plan: Plan, doubt: _Doubt) -> Measured:
        construct, block, given = self.model_.constructs[j], plan.blocks[j], plan.before[j]
        among, loadings = correlations[block, block], doubt.value.loadings[0, block]
        r2, n = doubt.told("r2", j) if given else None, self.answers_.n
        adjusted = 1 - (1 - r2.value) * (n - 1) / (n - len(given) - 1) if r2 else np.nan
        return Measured(
            name=construct.name,
            items=construct.items,
            mode=construct.mode.value,
            alpha=reliability.alpha(among),
            rho_a=reliability.consistent_reliability(among, weights.outer[0, block, j]),
            rho_c=reliability.composite_reliability(loadings),
            ave=reliability.variance_extracted(loadings),
            r2=r2,
            r2_adjusted=adjusted,
            inflation=float(inflation(weights.between[0][np.ix_(given, given)]).max()) if given else np.nan,
        )

    def _item(self, k: int, correlations: Floats, weights: Weights, plan: Plan, doubt: _Doubt) -> Item:
        j = int(plan.whose[k])
        block = plan.blocks[j]
        return Item(
            name=self.model_.items[k],
            construct=self.model_.names[j],
            loading=doubt.told("loadings", k),
            weight=doubt.told("weights", k),
            inflation=float(inflation(correlations[block, block])[k - block.start]),
            filled=self.answers_.filled[k],
            closest=self.model_.names[int(np.abs(weights.loadings[0, k]).argmax())],
        )


class _Doubt:
    """The figures of everybody, and beside each how far the drawn samples have it."""

    def __init__(self, asked: PathModel, products: Products, weights: Weights, plan: Plan) -> None:
        self.plan, self.scheme, self.reference = plan, asked.scheme, weights
        self.value = figures(products.all(), weights, plan)
        self.low: dict[str, Floats] = {}
        self.high: dict[str, Floats] = {}
        self.error: dict[str, Floats] = {}
        self.drawn = 0
        if asked.samples:
            self._draw(asked, products)

    def _draw(self, asked: PathModel, products: Products) -> None:
        drawn = self._gathered(products.drawn(asked.samples, asked.seed))
        left = self._gathered(products.each_left_out()) if asked.interval is Interval.BCA else {}
        self.drawn = int(np.isfinite(drawn["paths"]).all(axis=1).sum())
        for art, samples in drawn.items():
            value = _flat(getattr(self.value, art))[0]
            edges = corrected(samples, value, left[art], asked.level) if left else percentiles(samples, asked.level)
            self.low[art], self.high[art] = edges
            self.error[art] = _deviation(samples)

    def told(self, art: str, *place: int) -> Told:
        values: Floats = getattr(self.value, art)
        value = float(values[(0, *place)])
        if art not in self.low:
            return Told(value, np.nan, np.nan, np.nan)
        column = int(np.ravel_multi_index(place, values.shape[1:]))
        return Told(value, *(float(each[art][column]) for each in (self.low, self.high, self.error)))

    def _gathered(self, blocks: Iterator[Floats]) -> dict[str, Floats]:
        found: list[Figures] = []
        for correlations in blocks:
            weights = turned(weigh(correlations, self.plan, self.scheme), self.reference, self.plan)
            found.append(figures(correlations, weights, self.plan))
        return {art: np.concatenate([_flat(getattr(each, art)) for each in found]) for art in ARTS}


ARTS: Final = ("paths", "chains", "totals", "r2", "loadings", "weights", "htmt")


def turned(drawn: Weights, reference: Weights, plan: Plan) -> Weights:
    """Each construct of each sample the way round in which its loadings are nearest to everybody's.

    Samples that came to no rest say nothing: nan. Source: Tenenhaus et al. (2005), construct level changes.
    """
    agreement = (drawn.loadings * reference.loadings * plan.belongs).sum(axis=1)
    sign = np.where(agreement < 0, -1.0, 1.0)
    sign[~drawn.is_settled] = np.nan
    return Weights(
        drawn.outer * sign[:, None, :],
        drawn.loadings * sign[:, None, :],
        drawn.between * sign[:, :, None] * sign[:, None, :],
        drawn.is_settled,
        drawn.rounds,
    )


def _flat(values: Floats) -> Floats:
    return values.reshape(len(values), -1)


def _deviation(samples: Floats) -> Floats:
    known = np.isfinite(samples)
    count = known.sum(axis=0)
    mean = np.where(known, samples, 0.0).sum(axis=0) / np.maximum(count, 1)
    squares = (np.where(known, samples - mean, 0.0) ** 2).sum(axis=0)
    return np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)


def _alike(correlations: Floats, plan: Plan) -> UnfitModel:
    """Which two of those before one construct, or of the items that form one, go together most."""
    between = np.abs(weigh(correlations, _plainly(plan), Scheme.FACTORIAL).between[0])
    size, items = np.abs(correlations[0]), plan.model.items
    found = [
        (float(between[a, b]), plan.model.names[a], plan.model.names[b])
        for given in plan.before
        for a, b in combinations(given, 2)
    ]
    for block, construct in zip(plan.blocks, plan.model.constructs, strict=True):
        if construct.mode is Mode.B:
            found += [
                (float(size[a, b]), items[a], items[b]) for a, b in combinations(range(block.start, block.stop), 2)
            ]
    _, first, second = max(found)
    says = f"{first} and {second} say the same: nobody can tell what goes with which"
    return UnfitModel("alike", says, first=first, second=second)


def _plainly(plan: Plan) -> Plan:
    """The same with all constructs in mode A, which needs nothing to be told apart."""
    return Plan(Model(tuple(Construct(each.name, each.items) for each in plan.model.constructs), plan.model.paths))


def _is_apart(correlation: float, first: float, second: float) -> bool:
    known = [each for each in (first, second) if np.isfinite(each)]
    return all(each > correlation**2 for each in known)
