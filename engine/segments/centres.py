"""Where segments lie among the points, and to which of them a point is nearest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.frames import IntColumn

Floats = NDArray[np.float64]
Distance = Literal["euclidean", "cityblock", "gaussian"]

AT_ONCE: Final = 100_000
"""Points looked at together, so that a million of them need no more memory than these."""


@dataclass(frozen=True)
class Centres:
    """``middle`` (k, f); for a gaussian distance also the variances ``spread`` (k, f) and the ``weight`` (k,).

    The gaussian distance is −2 × the logarithm of weight times density: to be nearest is to be likeliest of.
    """

    middle: Floats
    distance: Distance = "euclidean"
    spread: Floats = field(default_factory=lambda: np.empty((0, 0)))
    weight: Floats = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return len(self.middle)

    def nearest(self, points: Floats) -> IntColumn:
        """The index (n,) of each point's nearest centre."""
        label = np.empty(len(points), dtype=np.int64)
        for start in range(0, len(points), AT_ONCE):
            label[start : start + AT_ONCE] = self.away(points[start : start + AT_ONCE]).argmin(axis=1)
        return label

    def away(self, points: Floats) -> Floats:
        """How far (n, k) each point is from each centre, squared but for city blocks."""
        return np.column_stack([self._away_from(points, place) for place in range(len(self))])

    def ordered(self, order: IntColumn) -> Centres:
        """The same centres in another order."""
        if self.distance != "gaussian":
            return Centres(self.middle[order], self.distance)
        return Centres(self.middle[order], self.distance, self.spread[order], self.weight[order])

    def plain(self) -> dict[str, Any]:
        """Everything as JSON's own types."""
        return {
            "middle": self.middle.tolist(),
            "distance": self.distance,
            "spread": self.spread.tolist(),
            "weight": self.weight.tolist(),
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Centres:
        """What ``plain`` wrote. Raises KeyError where something is missing."""
        spread = np.array(plain["spread"], dtype=np.float64) if plain["spread"] else np.empty((0, 0))
        return cls(np.array(plain["middle"]), plain["distance"], spread, np.array(plain["weight"], dtype=np.float64))

    def _away_from(self, points: Floats, place: int) -> Floats:
        apart = points - self.middle[place]
        if self.distance == "cityblock":
            return np.asarray(np.abs(apart).sum(axis=1))
        if self.distance == "euclidean":
            return np.asarray((apart**2).sum(axis=1))
        far: Floats = (apart**2 / self.spread[place]).sum(axis=1)
        return far + float(np.log(self.spread[place]).sum() - 2 * np.log(self.weight[place]))
