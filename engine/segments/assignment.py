"""Where a customer belongs, from what a run learned: small, plain, and kept between runs.

Loads nothing but numpy, so that the process which answers people can place one customer at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.features import PREMIUM_SHARE, Features, features
from engine.frames import NONE, IntColumn, Interactions, Kind, Products, TooLittleData
from engine.segments.centres import Centres
from engine.segments.rfm import RfmRules
from engine.segments.scaling import RobustScale
from engine.shelf import premium_flags

Floats = NDArray[np.float64]


class Place(NamedTuple):
    """Where one customer belongs: the segment's key, and the key of the smaller one within it, if it has any."""

    key: str
    micro: str | None


@dataclass(frozen=True)
class Assignment:
    """Centres in a learned scale or, without a ``scale``, groups by rule.

    ``keys`` one a label; ``within`` the smaller segments of some labels; ``premium`` and ``ordinary`` the products
    that counted as either when this was learned, whatever their category costs since.
    """

    keys: tuple[str, ...]
    rules: RfmRules
    scale: RobustScale | None
    centres: Centres | None
    within: Mapping[int, Assignment] = field(default_factory=dict)
    premium: tuple[int, ...] = ()
    ordinary: tuple[int, ...] = ()

    def assign(self, features: Features) -> IntColumn:
        """The label (n,) of each customer, an index into ``keys``; raises KeyError where a feature is missing."""
        if self.scale is None or self.centres is None:
            return self.rules.assign(features)
        return self.centres.nearest(self.scale.transform(features))

    def keys_of(self, features: Features) -> tuple[str, ...]:
        """The key of the segment each customer belongs to, n of them; raises KeyError like ``assign``."""
        return tuple(self.keys[label] for label in self.assign(features).tolist())

    def micro(self, features: Features, labels: IntColumn) -> IntColumn:
        """The label (n,) within each customer's own segment, −1 where that has no smaller ones."""
        out = np.full(len(labels), -1, dtype=np.int64)
        for label, inner in self.within.items():
            rows = labels == label
            out[rows] = inner.assign(Features(features.customer[rows], features.names, features.values[rows]))
        return out

    def place(self, history: Interactions, products: Products, as_of: int) -> Place:
        """Where the one customer of ``history`` belongs now, by what a run of ``as_of`` (µs) learned.

        ``history`` is all of that customer's interactions, ``products`` at least those in it. Whose history is what
        it was at the run is told what the run said; who bought since is looked at from the last purchase. Raises
        TooLittleData without a purchase, ValueError for more than one customer.
        """
        bought = history.at[history.kind == Kind.PURCHASE]
        if not len(bought):
            raise TooLittleData("purchases", needed=1, seen=0)
        told = features(history, self._as_it_was(products), max(as_of, int(bought.max())))
        if len(told) != 1:
            raise ValueError(f"one customer is placed at a time, not {len(told)}")
        label = self.assign(told)
        inner = self.micro(told, label)[0]
        return Place(self.keys[label[0]], None if inner < 0 else self.within[int(label[0])].keys[inner])

    def judging(self, products: Products) -> Assignment:
        """The same, remembering what counts as premium on this shelf, if that matters to any segment."""
        scales = [each.scale for each in (self, *self.within.values()) if each.scale is not None]
        if not any(PREMIUM_SHARE in scale.names_ for scale in scales):
            return self
        flags = premium_flags(products)
        premium, ordinary = (tuple(products.id[flags == flag].tolist()) for flag in (1, 0))
        return replace(self, premium=premium, ordinary=ordinary)

    def plain(self) -> dict[str, Any]:
        """Everything as JSON's own types; ``read`` gives the same assignment back."""
        return {
            "keys": list(self.keys),
            "rules": {"often_from": self.rules.often_from_, "usual_gap": self.rules.usual_gap_},
            "scale": None if self.scale is None else self.scale.plain(),
            "centres": None if self.centres is None else self.centres.plain(),
            "within": {str(label): inner.plain() for label, inner in self.within.items()},
            "premium": list(self.premium),
            "ordinary": list(self.ordinary),
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
            centres=None if plain["centres"] is None else Centres.read(plain["centres"]),
            within={int(label): cls.read(inner) for label, inner in plain["within"].items()},
            premium=tuple(plain["premium"]),
            ordinary=tuple(plain["ordinary"]),
        )

    def _as_it_was(self, products: Products) -> Products:
        """The shelf with what counted as premium then said of each product, so that a part of it is enough."""
        told = np.where(np.isin(products.id, self.ordinary), 0, NONE)
        told = np.where(np.isin(products.id, self.premium), 1, told)
        # Without its category nothing is reckoned anew from the prices of a shelf that is here only in part.
        return replace(products, is_premium=told, category=("",) * len(products))
