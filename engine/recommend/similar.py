"""What a store keeps of a recommender: enough to answer any customer from their own past alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.frames import NONE, IntColumn, Interactions
from engine.recommend.answers import Mode, Reason, Recommendations
from engine.recommend.blending import Blend
from engine.recommend.listing import NO_WISHES, Wishes, listed
from engine.recommend.opinions import LINKED, Views, others, own
from engine.recommend.past import Orders, Past
from engine.recommend.pulse import Pulse

FloatColumn = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class SimilarItems:
    """Products, how they sell, what goes with what, the directions of taste, and how all this is weighed.

    ``id`` (m,) ascending; ``is_available`` and ``category`` (a code, NONE where unknown) go with them, as ``pulse``
    and the rows of ``factors`` (m, f). ``links``: CSR (m, m) for each linking Reason, row has, column may like.
    ``again`` and ``discover`` are the blends, ``reach`` how many products a customer's links may bring up.
    """

    id: IntColumn
    is_available: Mask
    category: IntColumn
    pulse: Pulse
    factors: NDArray[np.float64]
    links: Mapping[Reason, Any]
    again: Blend
    discover: Blend
    reach: int = 60

    @cached_property
    def any_link(self) -> Any:
        """All links at once, wording at half: what brings products within reach."""
        together = self.links[Reason.BECAUSE_YOU_BOUGHT] + self.links[Reason.BOUGHT_TOGETHER_WITH]
        return (together + self.links[Reason.SIMILAR_TO] * 0.5).tocsr()

    @cached_property
    def linked_from(self) -> Mapping[Reason, Any]:
        """``links`` from the other end: of each product, CSR, those that lead to it."""
        return {reason: table.T.tocsr() for reason, table in self.links.items()}

    def popular(self, n: int) -> IntColumn:
        """Columns of the ``n`` products in stock that sell best these weeks."""
        order = np.lexsort((np.arange(len(self.id)), -self.pulse.weeks))
        return order[self.is_available[order]][:n]

    def recommend(
        self,
        past: Past,
        customer: IntColumn,
        n: int = 10,
        mode: Mode = Mode.DISCOVER,
        discovery_share: float = 0.0,
        wishes: Wishes = NO_WISHES,
    ) -> Recommendations:
        """The best ``n`` for each row of ``past``, whose ids are ``customer``; see Recommender.recommend."""
        views = Views.of(self, past)
        fresh = others(self, views, self.reach)
        parts = [(fresh, self.discover.probability(fresh.opinions))]
        if mode is not Mode.DISCOVER:
            held = own(self, views)
            parts.append((held, self.again.probability(held.opinions)))
        own_room = n // 2 if mode is Mode.BOTH else None
        return listed(self, views, customer, parts, n, discovery_share, wishes, own_room)

    def recommend_from(
        self,
        history: Interactions,
        now: int,
        n: int = 10,
        mode: Mode = Mode.DISCOVER,
        discovery_share: float = 0.0,
        unwanted: IntColumn | None = None,
    ) -> Recommendations:
        """For one customer, from all their interactions up to ``now``: what the run would say, had it known them.

        Products outside the catalogue are left out; with no history it is what is popular. ``customer`` is NONE
        where the history names nobody. ``unwanted`` products are not offered.
        """
        seen = history.where((history.at <= now) & np.isin(history.product, self.id))
        customer = np.unique(seen.customer)[:1] if len(seen) else np.array([NONE])
        past = Past.at(Orders.of(seen, self.id, customer), now)
        never = np.zeros(0, dtype=np.int64) if unwanted is None else unwanted
        wishes = Wishes(np.repeat(customer, len(never)), never)
        return self.recommend(past, customer, n, mode, discovery_share, wishes)

    def stocked(self, is_available: Mask) -> SimilarItems:
        """The same with what is in stock now."""
        return self if np.array_equal(is_available, self.is_available) else replace(self, is_available=is_available)

    def columns(self) -> dict[str, NDArray[Any]]:
        """All of it as named arrays, for a file of numpy's; ``read`` takes them back."""
        kept: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in ("id", "is_available", "category")}
        kept |= {"factors": self.factors, "reach": np.array(self.reach)}
        kept |= {f"pulse_{each.name}": getattr(self.pulse, each.name) for each in fields(self.pulse)}
        for reason, table in self.links.items():
            for part in ("data", "indices", "indptr"):
                kept[f"links_{int(reason)}_{part}"] = getattr(table, part)
        for name in ("again", "discover"):
            blend: Blend = getattr(self, name)
            figures = [blend.base, blend.slope, blend.shift, blend.rows, blend.hits]
            kept |= {f"{name}_names": np.array(blend.names), f"{name}_weights": blend.weights}
            kept[f"{name}_figures"] = np.array(figures, dtype=np.float64)
        return kept

    @classmethod
    def read(cls, kept: Mapping[str, NDArray[Any]]) -> Self:
        """From ``columns``."""
        m = len(kept["id"])
        links = {
            reason: sparse.csr_array(
                tuple(kept[f"links_{int(reason)}_{part}"] for part in ("data", "indices", "indptr")), shape=(m, m)
            )
            for reason in LINKED
        }
        pulse = Pulse(*(kept[f"pulse_{each.name}"] for each in fields(Pulse)))
        again, discover = (_blend(kept, name) for name in ("again", "discover"))
        ids, is_available, category, factors = (kept[name] for name in ("id", "is_available", "category", "factors"))
        return cls(ids, is_available, category, pulse, factors, links, again, discover, int(kept["reach"]))


def _blend(kept: Mapping[str, NDArray[Any]], name: str) -> Blend:
    base, slope, shift, rows, hits = kept[f"{name}_figures"].tolist()
    return Blend(
        tuple(kept[f"{name}_names"].tolist()), kept[f"{name}_weights"], base, slope, shift, int(rows), int(hits)
    )
