"""Features made comparable: skewed ones straightened, all centred and scaled, and no giant left a giant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.features import Features
from engine.frames import TooLittleData

Floats = NDArray[np.float64]

SKEWED_ABOVE: Final = 1.0
"""From this moment skewness on, a feature without negative values is taken in logarithms."""

NORMAL_IQR: Final = 1.349
"""The interquartile range of a standard normal: scaled by it, half of everybody lies within ±0.67."""

FARTHEST: Final = 3.0
"""Nobody counts as farther from the middle than this, so that one giant is no segment of their own."""

LEAST_KNOWN: Final = 0.7
"""A feature unknown for more customers than the rest tells apart who is known, not who they are."""


class RobustScale:
    """Learns median and spread of each useful feature and maps customers into points.

    Assumes no distribution. A feature that is constant, or known for less than LEAST_KNOWN of the customers, is
    dropped. What is unknown of a customer lies in the middle. Median and interquartile range: Rousseeuw, Croux
    1993, JASA 88; where the quartiles coincide, the standard deviation stands in. Least data: two customers and one
    feature that differs.

    Learned: ``names_`` (f,), ``is_log_``, ``centre_``, ``scale_``, each (f,).
    """

    names_: tuple[str, ...]
    is_log_: NDArray[np.bool_]
    centre_: Floats
    scale_: Floats

    def __init__(self, names: tuple[str, ...], farthest: float = FARTHEST, least_known: float = LEAST_KNOWN) -> None:
        self.names = names
        self.farthest = farthest
        self.least_known = least_known

    def fit(self, features: Features) -> RobustScale:
        """Raises TooLittleData where no feature tells the customers apart."""
        self.names_ = tuple(
            name
            for name in self.names
            if name in features.names and _tells_apart(features.column(name), self.least_known)
        )
        if not self.names_:
            raise TooLittleData("features that differ between customers", needed=1, seen=0)
        raw = np.column_stack([features.column(name) for name in self.names_])
        self.is_log_ = np.array([_is_skewed(column) for column in raw.T])
        straight = self._straighten(raw)
        low, self.centre_, high = np.nanpercentile(straight, (25, 50, 75), axis=0)
        spread = np.nanstd(straight, axis=0)
        robust = (high - low) / NORMAL_IQR
        self.scale_ = np.where(robust > 0.1 * spread, robust, spread)
        return self

    def transform(self, features: Features) -> Floats:
        """Points (n, f) within ±farthest. Raises KeyError where a feature learned is missing."""
        raw = np.column_stack([features.column(name) for name in self.names_])
        points = (self._straighten(raw) - self.centre_) / self.scale_
        return np.clip(np.nan_to_num(points, nan=0.0), -self.farthest, self.farthest)

    def plain(self) -> dict[str, Any]:
        """What was learned as JSON's own types; ``read`` gives the same scale back."""
        return {
            "names": list(self.names_),
            "is_log": self.is_log_.tolist(),
            "centre": self.centre_.tolist(),
            "scale": self.scale_.tolist(),
            "farthest": self.farthest,
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> RobustScale:
        """What ``plain`` wrote. Raises KeyError where something is missing."""
        scale = cls(tuple(plain["names"]), plain["farthest"])
        scale.names_, scale.is_log_ = scale.names, np.array(plain["is_log"], dtype=np.bool_)
        scale.centre_, scale.scale_ = np.array(plain["centre"]), np.array(plain["scale"])
        return scale

    def _straighten(self, raw: Floats) -> Floats:
        return np.where(self.is_log_, np.log1p(np.maximum(raw, 0.0)), raw)


def _tells_apart(column: Floats, least_known: float) -> bool:
    known = column[~np.isnan(column)]
    return len(known) >= least_known * len(column) and len(known) > 1 and bool(np.ptp(known) > 0)


def _is_skewed(column: Floats) -> bool:
    known = column[~np.isnan(column)]
    away = known - known.mean()
    return bool(known.min() >= 0 and (away**3).mean() > SKEWED_ABOVE * known.std() ** 3)
