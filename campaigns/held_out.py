"""What a run of the engine measured on time that was held out, as its row keeps it: to compare, and to show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NOT_YET = "not_yet"
"""Under this name a run's figures say which arts had not enough to go by: ``{art: {"says", "needed", "n"}}``."""
ARTS = ("segments", "bundles", "picks", "lifetime", "uplift")
LESS_IS_BETTER = ("error", "loss", "mae", "rmse", "brier", "ece")
"""Words in a figure's name of which less is better; of all others more is."""


@dataclass(frozen=True)
class Figure:
    """What an art measured on held-out time."""

    art: str
    name: str
    value: float
    se: float
    n: int

    @property
    def sign(self) -> int:
        return -1 if any(word in self.name.split("_") for word in LESS_IS_BETTER) else 1


def figures_of(quality: Mapping[str, Any]) -> dict[tuple[str, str], Figure]:
    """The figures that come with a standard error, by their art and name."""
    found = (each for art in ARTS for each in _of_art(art, quality.get(art)))
    return {(each.art, each.name): each for each in found}


def _of_art(art: str, told: Any) -> Iterator[Figure]:
    """``{"ndcg_again": 0.3, "ndcg_again_se": 0.01, "n": 900}``, or with an ``ndcg_again_n`` of its own."""
    if not isinstance(told, Mapping):
        return
    for name, value in told.items():
        se = told.get(f"{name}_se")
        if isinstance(value, int | float) and isinstance(se, int | float):
            yield Figure(art, name, float(value), float(se), int(told.get(f"{name}_n") or told.get("n") or 0))
