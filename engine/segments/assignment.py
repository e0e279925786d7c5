"""Where a customer belongs, from what a run learned: small, plain, and kept between runs.

Loads nothing but numpy, so that the process which answers people can place one customer at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.features import Features
from engine.frames import IntColumn
from engine.segments.rfm import RfmRules
from engine.segments.scaling import RobustScale

Floats = NDArray[np.float64]
Distance = Literal["euclidean", "cityblock"]


@dataclass(frozen=True)
class Assignment:
    """Nearest centres in a learned scale or, without a ``scale``, groups by rule.

    ``keys`` one a label; ``centres`` (k, f) in the scale, (0, 0) for rules.
    """

    keys: tuple[str, ...]
    rules: RfmRules
    scale: RobustScale | None
    centres: Floats
    distance: Distance

    def assign(self, features: Features) -> IntColumn:
        """The label (n,) of each customer, an index into ``keys``; raises KeyError where a feature is missing."""
        if self.scale is None:
            return self.rules.assign(features)
        return nearest(self.scale.transform(features), self.centres, self.distance)

    def keys_of(self, features: Features) -> tuple[str, ...]:
        """The key of the segment each customer belongs to, n of them; raises KeyError like ``assign``."""
        return tuple(self.keys[label] for label in self.assign(features))

    def plain(self) -> dict[str, Any]:
        """Everything as JSON's own types; ``read`` gives the same assignment back."""
        return {
            "keys": list(self.keys),
            "rules": {"often_from": self.rules.often_from_, "usual_gap": self.rules.usual_gap_},
            "scale": None if self.scale is None else self.scale.plain(),
            "centres": self.centres.tolist(),
            "distance": self.distance,
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Assignment:
        """What ``plain`` wrote. Raises KeyError where something is missing."""
        rules = RfmRules()
        rules.often_from_, rules.usual_gap_ = plain["rules"]["often_from"], plain["rules"]["usual_gap"]
        return cls(
            keys=tuple(plain["keys"]),
            rules=rules,
            scale=None if plain["scale"] is None else RobustScale.read(plain["scale"]),
            centres=np.array(plain["centres"], dtype=np.float64) if plain["centres"] else np.empty((0, 0)),
            distance=plain["distance"],
        )


def nearest(points: Floats, centres: Floats, distance: Distance) -> IntColumn:
    """The index (n,) of each point's nearest centre."""
    size = np.abs if distance == "cityblock" else np.square
    away = np.column_stack([size(points - centre).sum(axis=1) for centre in centres])
    label: IntColumn = away.argmin(axis=1).astype(np.int64)
    return label
