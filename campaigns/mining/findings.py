"""What the engine found, ready to be written: columns where there is a row for each customer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.frames import IntColumn
from engine.recommend.rehearsing import Tried
from engine.segments.naming import Segment

FloatColumn = NDArray[np.float64]


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


@dataclass(frozen=True)
class Picks:
    """What to offer to whom, a row a product: the rows of one customer stand together, the best first.

    ``reason`` counts in ``reasons``, their names; ``because`` is the product a reason speaks of, NONE where none.
    """

    customer: IntColumn
    product: IntColumn
    score: FloatColumn
    reason: IntColumn
    because: IntColumn
    reasons: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True)
class Hours:
    """At which hour of their day each customer is likeliest to answer, and how many interactions that goes by."""

    customer: IntColumn
    hour: IntColumn
    n: IntColumn


@dataclass(frozen=True)
class Futures:
    """What each customer is likely to do; see campaigns/tables/runs.py, Future. nan where nobody can say.

    ``due_from`` and ``due_until`` are days since the epoch.
    """

    customer: IntColumn
    n: IntColumn
    expected_visits: FloatColumn
    alive: FloatColumn
    expected_spend_minor: FloatColumn
    due_from: FloatColumn
    due_until: FloatColumn
    bargain: FloatColumn
    bargain_n: IntColumn


@dataclass(frozen=True)
class Prospects:
    """How likely each customer buys if written to, and how much likelier that makes it: None where not to be told."""

    customer: IntColumn
    uplift: FloatColumn | None
    response: FloatColumn


@dataclass
class Findings:
    """What the engine found, ready to be written.

    ``state`` is what a refresh of one customer between runs needs, by name; see campaigns/tables/runs.py, RunState.
    ``quality`` holds figures: an art's own stand under its name, each with its standard error beside it as
    ``<figure>_se`` and the ``n`` it goes by, for campaigns/mining/comparing.py.
    """

    segments: list[Segment] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    bundles: list[dict[str, Any]] = field(default_factory=list)
    recommendations: Picks | None = None
    hours: Hours | None = None
    futures: Futures | None = None
    prospects: Prospects | None = None
    tried: Tried | None = None
    """How good the recommendations of each were that were tried on held-out time; nothing of it is kept."""
    quality: dict[str, Any] = field(default_factory=dict)
    state: dict[str, bytes] = field(default_factory=dict)


def finite(value: float) -> float | None:
    """The value, None where it is infinite or unknown: what JSON and SQL can hold."""
    return float(value) if math.isfinite(value) else None
