"""What goes with what in a survey, as it was reckoned: read by chat, pages and command line, none of which reckons.

A run reckons the shop's own surveys (campaigns/surveys/analysis_mined.py) and keeps what it found as JSON; a file is
analysed by the command that names it. See docs/decisions/0056-what-goes-with-what.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from campaigns import insights
from campaigns.surveys import questionnaires
from campaigns.surveys.questionnaires import LOYALTY
from campaigns.tables import RunState, Survey

SURVEYS = "surveys"
"""Under this name a run keeps its analyses."""
STUDY = "PERSONAL -> CONVENIENCE, LOYALTY; CONVENIENCE -> LOYALTY"
"""The ready-made questionnaire's: do personal offers go with convenience, and either with loyalty?"""
GOOD, FAIR = 0.7, 0.6
"""Cronbach's α from which questions are said to measure one thing, and to do so only just: Nunnally (1978)."""
WEAK_LOADING, BLURRED, TOO_ALIKE = 0.4, 5.0, 0.9
"""A loading and a VIF to point at: Hair et al. (2022); an HTMT at which two are hardly two: Henseler (2015)."""
SMALL = 0.2
"""A smaller link is hardly one: nothing a shop would act on."""
MANY_FLAT, MANY_FILLED, MANY_LOST = 0.1, 0.15, 0.05
"""Shares from which it is said that people clicked through, answers were filled in, samples gave nothing."""


class Verdict(StrEnum):
    """What may be said of a link."""

    TOLD = "told"
    HARDLY = "hardly"
    """If there is any, it is smaller than SMALL."""
    TOO_FEW = "too_few"


class Reliability(StrEnum):
    """Whether the questions of a construct measure one thing."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    SINGLE = "single"
    """One question alone: nobody can say."""


@dataclass(frozen=True)
class Span:
    """A figure with the interval it may lie in and its standard error; None where none can be given."""

    value: float | None
    low: float | None = None
    high: float | None = None
    error: float | None = None


@dataclass(frozen=True)
class Link:
    """An arrow. ``needed`` answers would tell a link of its size, or one of SMALL where it is smaller."""

    source: str
    target: str
    path: Span
    total: Span
    f2: float | None
    verdict: Verdict
    needed: int


@dataclass(frozen=True)
class Chain:
    """What runs along several arrows: their product."""

    through: tuple[str, ...]
    effect: Span
    verdict: Verdict


@dataclass(frozen=True)
class Measured:
    """A construct; ``weakest`` is the question that goes with it least."""

    name: str
    items: tuple[str, ...]
    mode: str
    reliability: Reliability
    alpha: float | None
    rho_a: float | None
    rho_c: float | None
    ave: float | None
    r2: Span | None
    r2_adjusted: float | None
    vif: float | None
    weakest: str


@dataclass(frozen=True)
class Item:
    """A question. ``filled`` answers are averages, for want of any; it goes most with the construct ``closest``."""

    name: str
    construct: str
    loading: Span
    weight: Span
    vif: float | None
    filled: int
    closest: str


@dataclass(frozen=True)
class Apart:
    """Whether two constructs are two things to people."""

    first: str
    second: str
    htmt: Span
    correlation: float
    is_apart: bool


@dataclass(frozen=True)
class Caution:
    """What to bear in mind: ``key`` names the sentence, ``values`` fill it."""

    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Method:
    """How it was reckoned, so that it can be again."""

    scheme: str
    missing: str
    interval: str
    level: float
    samples: int
    drawn: int
    seed: int
    rounds: int
    is_settled: bool


@dataclass(frozen=True)
class Analysis:
    """All of it. ``seen`` people, of whom ``n`` counted; ``needs`` are numbers of answers by rule."""

    n: int
    seen: int
    blank: int
    incomplete: int
    flat: int
    needs: Mapping[str, int]
    links: tuple[Link, ...]
    chains: tuple[Chain, ...]
    constructs: tuple[Measured, ...]
    items: tuple[Item, ...]
    apart: tuple[Apart, ...]
    cautions: tuple[Caution, ...]
    method: Method

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def of(told: Mapping[str, Any]) -> Analysis:
        """What ``as_json`` told."""
        return Analysis(
            **{each: told[each] for each in ("n", "seen", "blank", "incomplete", "flat", "needs")},
            links=tuple(_spanned(Link, each, "path", "total") for each in told["links"]),
            chains=tuple(_spanned(Chain, each, "effect") for each in told["chains"]),
            constructs=tuple(_spanned(Measured, each, "r2") for each in told["constructs"]),
            items=tuple(_spanned(Item, each, "loading", "weight") for each in told["items"]),
            apart=tuple(_spanned(Apart, each, "htmt") for each in told["apart"]),
            cautions=tuple(Caution(**each) for each in told["cautions"]),
            method=Method(**told["method"]),
        )

    def construct(self, name: str) -> Measured:
        return next(each for each in self.constructs if each.name == name)


@dataclass(frozen=True)
class Kept:
    """What there is of a survey: an analysis, or the key and values of what stood in its way; and since when."""

    at: datetime
    analysis: Analysis | None
    hindrance: Caution | None


def items_of(survey: Survey) -> dict[str, list[str]] | None:
    """The questions of each construct of a survey's model; None of a survey that has none."""
    if survey.kind != LOYALTY:
        return None
    found: dict[str, list[str]] = {}
    for each in questionnaires.of(survey):
        if each.construct:
            found.setdefault(each.construct, []).append(each.key)
    return found


def kept(session: Session, survey_id: int) -> Kept | None:
    """The analysis of the shop's survey by the run in use; None where that run knew no such survey."""
    run = insights.current_run(session)
    state = session.get(RunState, (run.id, SURVEYS)) if run is not None else None
    told = json.loads(state.content).get(str(survey_id)) if state is not None else None
    if run is None or run.ready_at is None or told is None:
        return None
    analysis, hindrance = told.get("analysis"), told.get("hindrance")
    return Kept(
        datetime.fromisoformat(told["at"]) if "at" in told else run.ready_at,
        Analysis.of(analysis) if analysis is not None else None,
        Caution(**hindrance) if hindrance is not None else None,
    )


def verdict(span: Span) -> Verdict:
    """Told where the interval leaves nothing out of doubt but its size; hardly where it leaves room for little."""
    if span.low is None or span.high is None:
        return Verdict.TOO_FEW
    if span.low > 0 or span.high < 0:
        return Verdict.TOLD
    return Verdict.HARDLY if max(-span.low, span.high) < SMALL else Verdict.TOO_FEW


def reliability(alpha: float | None, items: Sequence[str]) -> Reliability:
    if len(items) < 2 or alpha is None:
        return Reliability.SINGLE
    if alpha >= GOOD:
        return Reliability.GOOD
    return Reliability.FAIR if alpha >= FAIR else Reliability.POOR


def _spanned(kind: Any, told: Mapping[str, Any], *spans: str) -> Any:
    """A row of ``kind``, its lists as tuples and its words as the enumerations that they are."""
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    for name in spans:
        values[name] = Span(**told[name]) if told[name] is not None else None
    if "verdict" in told:
        values["verdict"] = Verdict(told["verdict"])
    if "reliability" in told:
        values["reliability"] = Reliability(told["reliability"])
    return kind(**values)
