"""A survey's answers through the engine, and what is said of what it found. Loads numpy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from campaigns.problems import Problem
from campaigns.surveys import analysis as plain
from campaigns.surveys.analysis import Analysis, Caution, Method, Span
from engine.errors import TooLittleData
from engine.pls import power
from engine.pls.analysis import SAMPLES, Chain, Item, Link, Measured, PathModel, Told
from engine.pls.answers import Missing
from engine.pls.model import Mode, Model, UnfitModel
from engine.pls.resampling import Interval
from engine.pls.weighing import Scheme

DIGITS = 8
SURE_FOUND = 2.8
"""So many standard errors from nothing a link lies that is found in four of five."""

Columns = Mapping[str, Sequence[float | None]]


def analysed(
    columns: Columns,
    arrows: str,
    items: Mapping[str, Sequence[str]],
    *,
    modes: Mapping[str, str] | None = None,
    scheme: str = Scheme.PATH,
    missing: str = Missing.MEAN,
    interval: str = Interval.PERCENTILE,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Analysis:
    """``columns`` hold each item's answers, one a person, None where nothing was answered; ``arrows`` is as in STUDY.

    Raises Problem: the model is none, or there are too few answers.
    """
    try:
        model = Model.of(arrows, items, {name: Mode(mode) for name, mode in (modes or {}).items()})
        values = np.array([[np.nan if v is None else v for v in columns[item]] for item in model.items], dtype=float)
        fitted = PathModel(
            scheme=Scheme(scheme), missing=Missing(missing), interval=Interval(interval), samples=samples, seed=seed
        ).fit(values.T, model)
    except UnfitModel as fault:
        raise unfit(fault) from fault
    except TooLittleData as fault:
        raise Problem("survey_few_answers", needed=fault.needed, n=fault.seen) from fault
    return _told(fitted)


def _told(fitted: PathModel) -> Analysis:
    answers, model = fitted.answers_, fitted.model_
    found = Analysis(
        n=answers.n,
        seen=answers.seen,
        blank=answers.blank,
        incomplete=answers.incomplete,
        flat=answers.flat,
        needs={"ten_times": power.ten_times(model), "r2": power.for_r2(model)},
        links=tuple(_link(each, answers.n) for each in fitted.links_),
        chains=tuple(_chain(each) for each in fitted.chains_),
        constructs=tuple(_measured(each, fitted.items_) for each in fitted.constructs_),
        items=tuple(_item(each) for each in fitted.items_),
        apart=tuple(
            plain.Apart(each.first, each.second, _span(each.htmt), round(each.correlation, DIGITS), each.is_apart)
            for each in fitted.apart_
        ),
        cautions=(),
        method=Method(
            scheme=fitted.scheme.value,
            missing=fitted.missing.value,
            interval=fitted.interval.value,
            level=fitted.level,
            samples=fitted.samples,
            drawn=fitted.drawn_,
            seed=fitted.seed,
            rounds=fitted.rounds_,
            is_settled=fitted.is_settled_,
        ),
    )
    return Analysis(**{**vars(found), "cautions": tuple(_cautions(found, fitted.silent_))})


def _cautions(found: Analysis, silent: Sequence[str]) -> Iterator[Caution]:
    """What to bear in mind, the gravest first."""
    if not found.method.is_settled:
        yield Caution("unsettled", {"rounds": found.method.rounds})
    if (needed := max(found.needs.values())) > found.n:
        yield Caution("few_answers", {"n": found.n, "needed": needed})
    for item in silent:
        yield Caution("silent", {"item": item})
    if found.flat >= plain.MANY_FLAT * found.n and found.flat > 1:
        yield Caution("flat", {"flat": found.flat, "n": found.n})
    filled = sum(each.filled for each in found.items)
    if filled >= plain.MANY_FILLED * found.n * len(found.items):
        yield Caution("filled", {"share": filled / (found.n * len(found.items)), "n": found.n})
    if found.method.samples and found.method.drawn < (1 - plain.MANY_LOST) * found.method.samples:
        yield Caution("lost", {"drawn": found.method.drawn, "samples": found.method.samples})
    for each in found.items:
        yield from _of_item(each, found.construct(each.construct))
    for apart in found.apart:
        if apart.htmt.value is not None and apart.htmt.value >= plain.TOO_ALIKE:
            yield Caution("alike", {"first": apart.first, "second": apart.second, "htmt": apart.htmt.value})
    for construct in found.constructs:
        if construct.vif is not None and construct.vif >= plain.BLURRED:
            yield Caution("blurred", {"name": construct.name, "vif": construct.vif})


def _of_item(item: plain.Item, construct: plain.Measured) -> Iterator[Caution]:
    loading = item.loading.value or 0.0
    if construct.mode != Mode.A or len(construct.items) < 2:
        return
    if loading <= -plain.WEAK_LOADING:
        yield Caution("mirrored", {"item": item.name, "name": item.construct, "loading": loading})
    elif loading < plain.WEAK_LOADING:
        yield Caution("weak", {"item": item.name, "name": item.construct, "loading": loading})
    elif item.closest != item.construct:
        yield Caution("elsewhere", {"item": item.name, "name": item.construct, "closest": item.closest})


def _link(link: Link, n: int) -> plain.Link:
    path = _span(link.path)
    said = plain.verdict(path)
    return plain.Link(link.source, link.target, path, _span(link.total), _finite(link.f2), said, _needed(link, n))


def _needed(link: Link, n: int) -> int:
    """By the standard error that so many answers gave, which shrinks with their root; else by the rule."""
    size = max(abs(link.path.value), plain.SMALL)
    if not math.isfinite(link.path.error):
        return power.for_link(size)
    return math.ceil(n * (SURE_FOUND * link.path.error / size) ** 2)


def _chain(chain: Chain) -> plain.Chain:
    effect = _span(chain.effect)
    return plain.Chain(chain.through, effect, plain.verdict(effect))


def _measured(each: Measured, items: Sequence[Item]) -> plain.Measured:
    own = {item.name: item.loading.value for item in items if item.construct == each.name}
    alpha = _finite(each.alpha)
    return plain.Measured(
        name=each.name,
        items=each.items,
        mode=each.mode,
        reliability=plain.reliability(alpha, each.items),
        alpha=alpha,
        rho_a=_finite(each.rho_a),
        rho_c=_finite(each.rho_c),
        ave=_finite(each.ave),
        r2=_span(each.r2) if each.r2 is not None else None,
        r2_adjusted=_finite(each.r2_adjusted),
        vif=_finite(each.inflation),
        weakest=min(own, key=lambda name: own[name]),
    )


def _item(each: Item) -> plain.Item:
    loading, weight = _span(each.loading), _span(each.weight)
    return plain.Item(each.name, each.construct, loading, weight, _finite(each.inflation), each.filled, each.closest)


def _span(told: Told) -> Span:
    return Span(*(_finite(each) for each in (told.value, told.low, told.high, told.error)))


def _finite(value: float) -> float | None:
    return round(float(value), DIGITS) if math.isfinite(value) else None


def unfit(fault: UnfitModel) -> Problem:
    return Problem(f"survey_{fault.key}", **fault.values)


def hindrance_of(problem: Problem) -> dict[str, Any]:
    """What stood in an analysis's way, to be kept beside those that went well."""
    return {"key": problem.key, "values": problem.values}
