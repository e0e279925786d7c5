"""What is expected to sell: how long each stock lasts, what runs out, what overstays, what will be left over.

A run expects pieces a week of every product (campaigns/mining/demand.py); with today's stock that becomes days.
Where no run says anything, or what it says is old, the pace of the last 90 days stands in, without an interval.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from campaigns import insights
from campaigns.tables import RunState
from engine.demand.stock import DAYS, PERIOD, Between, Expected, Ratios
from ledger import audit as book
from ledger.tables import Product, ShopFact

__all__ = ["DAYS", "PERIOD", "Between", "Expected"]

DEMAND = "demand"
"""Under this name a run keeps what it expects."""
BEHIND = 12
"""So many weeks behind are kept, to be shown."""
FRESH = timedelta(weeks=PERIOD)
"""What a run expects holds for so long after the last sale it knew of."""
OVERSTAYS_DAYS = 120
"""Stock that lasts longer than this lies too long."""
DELIVERY = "delivery_days"
"""Under this name the shop keeps how many days its next delivery takes."""
USUAL_DELIVERY_DAYS, MOST_DELIVERY_DAYS = 14, 180


@dataclass(frozen=True)
class Standing:
    """One product: its stock, and what is expected to sell of it.

    ``weeks`` is how many weeks the expectation goes by, 0 where it is the plain pace of the last 90 days;
    ``borrowed`` from how many launches of its kind it borrows. ``behind`` are the pieces of the last weeks, the
    latest last, None where nobody can say.
    """

    product: Product
    expected: Expected
    weeks: int = 0
    borrowed: int = 0
    behind: Sequence[int | None] = ()

    @property
    def stock(self) -> int | None:
        return None if self.product.stock is None else max(self.product.stock, 0)

    @property
    def cover(self) -> Between | None:
        """How many days the stock lasts; None where the stock is not known or nothing is expected to sell."""
        return None if self.stock is None else self.expected.cover_days(self.stock)

    def runs_out(self, days: float) -> bool:
        """Whether the stock is expected to last no longer than this."""
        return self.cover is not None and self.cover.middle <= days

    @property
    def overstays(self) -> bool:
        """Whether more than a piece will still be there in OVERSTAYS_DAYS: the last one of a kind is no burden."""
        return self.surplus > 1

    @property
    def surplus(self) -> float:
        """Pieces more than are expected to sell in OVERSTAYS_DAYS; 0 where there are fewer, or nobody knows."""
        return self.expected.left_over(self.stock or 0, OVERSTAYS_DAYS / DAYS).middle

    def until_expiry(self, now: datetime) -> Between | None:
        """Pieces expected to sell before it expires, as if the stock were endless; None where it does not expire."""
        return None if self.product.expires_at is None else self.expected.pieces(self._weeks_left(now))

    def left_over(self, now: datetime) -> Between | None:
        """Pieces that will still be there when it expires; None where stock or expiry are not known."""
        if self.stock is None or self.product.expires_at is None:
            return None
        return self.expected.left_over(self.stock, self._weeks_left(now))

    def _weeks_left(self, now: datetime) -> float:
        expires = self.product.expires_at
        return 0.0 if expires is None else max((expires - now) / timedelta(weeks=1), 0.0)

    def as_json(self, now: datetime) -> dict[str, Any]:
        ahead, product = self.expected.pieces(PERIOD), self.product
        return {
            "product": product.name or product.sku,
            "sku": product.sku,
            "stock": product.stock,
            "expected_week": _plain(self.expected.pieces(1)),
            f"expected_{PERIOD}_weeks": _plain(ahead),
            "cover_days": _plain(self.cover),
            "expires_at": product.expires_at.isoformat() if product.expires_at else None,
            "left_over": _plain(self.left_over(now)),
            "n_weeks": self.weeks,
            "borrowed_from": self.borrowed,
            "behind": list(self.behind),
        }


@dataclass(frozen=True)
class Foretold:
    """What the run expects, from the weeks up to ``end``; ``figures`` say how good that was on weeks held out."""

    end: datetime
    products: Mapping[int, Sequence[Any]]
    one: Ratios | None
    many: Ratios | None
    figures: Mapping[str, Any]

    def expected(self, product_id: int) -> Expected | None:
        """None of what the run did not know."""
        told = self.products.get(product_id)
        return None if told is None else Expected(told[0], self.one, self.many)

    def standing(self, product: Product) -> Standing | None:
        told = self.products.get(product.id)
        if told is None:
            return None
        rate, weeks, borrowed, behind = told
        return Standing(product, Expected(rate, self.one, self.many), weeks, borrowed, behind)


def foretold(session: Session, now: datetime | None = None) -> Foretold | None:
    """What the current run expects; None before the first that does, and where it is too old to go by at ``now``."""
    run = insights.current_run(session)
    kept = session.get(RunState, (run.id, DEMAND)) if run is not None else None
    if run is None or kept is None:
        return None
    told = json.loads(kept.content)
    end = datetime.fromisoformat(told["end"])
    if now is not None and now - end > FRESH:
        return None
    products = {int(product): each for product, each in told["products"].items()}
    return Foretold(end, products, _ratios(told["one"]), _ratios(told["many"]), run.quality.get(DEMAND, {}))


def standing(told: Foretold | None, product: Product, pieces: int, days: int) -> Standing:
    """As the run expects; else at the pace of ``pieces`` in ``days``."""
    found = told.standing(product) if told is not None else None
    return found or Standing(product, Expected(max(pieces, 0) / days * DAYS))


def delivery_days(session: Session) -> int:
    """How long the shop waits for its next delivery, by its own word."""
    kept = session.get(ShopFact, DELIVERY)
    return int(kept.value) if kept is not None else USUAL_DELIVERY_DAYS


def set_delivery_days(session: Session, days: int, *, by: str, now: datetime) -> None:
    """From now on what lasts no longer runs out. Raises ValueError unless 1 <= days <= MOST_DELIVERY_DAYS."""
    if not 1 <= days <= MOST_DELIVERY_DAYS:
        raise ValueError(f"a delivery takes from 1 to {MOST_DELIVERY_DAYS} days, not {days}")
    book.record(session, now, by, "delivery time set", "", before=delivery_days(session), days=days)
    session.merge(ShopFact(key=DELIVERY, value=str(days)))


def _ratios(told: Mapping[str, Any] | None) -> Ratios | None:
    return None if told is None else Ratios(told["edges"], told["low"], told["high"], told["idle"])


def _plain(told: Between | None) -> dict[str, float | None] | None:
    if told is None:
        return None
    parts = {"expected": told.middle, "low": told.low, "high": told.high}
    return {name: None if each is None else round(each, 2) for name, each in parts.items()}
