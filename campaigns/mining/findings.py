"""What the engine found, ready to be written."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from engine.segments.naming import Segment


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

    segments: list[Segment] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    bundles: list[dict[str, Any]] = field(default_factory=list)
    recommendations: list[dict[str, Any]] = field(default_factory=list)
    hours: list[dict[str, Any]] = field(default_factory=list)
    quality: dict[str, Any] = field(default_factory=dict)


def finite(value: float) -> float | None:
    """The value, None where it is infinite or unknown: what JSON and SQL can hold."""
    return float(value) if math.isfinite(value) else None
