"""What sells, what runs out, what lies too long, what spoils."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, distinct, func
from sqlmodel import Session, col, select

from campaigns.looking import books
from campaigns.looking.demand import OVERSTAYS_DAYS, Standing, delivery_days, foretold, standing
from ledger import returned
from ledger.catalog import folded
from ledger.tables import Interaction, Kind, Product

MONTH, QUARTER = timedelta(days=30), timedelta(days=90)
EXPIRES_WITHIN = timedelta(days=30)
LEAST_SOLD = 3
"""Of what sold less often in a quarter nobody can say how long it lasts."""


@dataclass(frozen=True)
class Sold:
    """One product: pieces and orders of the last 30 and 90 days, and pieces of the 30 days before those 30."""

    product: Product
    pieces_30: int = 0
    pieces_before: int = 0
    pieces_90: int = 0
    orders_30: int = 0
    orders_90: int = 0
    standing: Standing | None = None
    """What is expected of it; at the quarter's pace where there is none."""

    @property
    def expected(self) -> Standing:
        return self.standing or standing(None, self.product, self.pieces_90, QUARTER.days)

    @property
    def name(self) -> str:
        return self.product.name or self.product.sku

    @property
    def days_of_cover(self) -> int | None:
        """How long the stock lasts by what is expected to sell; None where too little was sold or the stock is
        unknown."""
        cover = self.expected.cover
        return round(cover.middle) if cover is not None and self.pieces_90 >= LEAST_SOLD else None

    def left_over(self, now: datetime) -> int:
        """How many pieces will still be there when it expires, by what is expected to sell; 0 if it does not."""
        over = self.expected.left_over(now)
        return round(over.middle) if over is not None else 0

    def as_json(self, now: datetime) -> dict[str, Any]:
        figures = ("pieces_30", "pieces_before", "pieces_90", "orders_30", "orders_90", "days_of_cover")
        product = self.product
        return {
            "product": self.name,
            "sku": product.sku,
            "stock": product.stock,
            "price_minor": product.price_minor,
            "currency": product.currency,
            **{name: getattr(self, name) for name in figures},
            "expires_at": product.expires_at.isoformat() if product.expires_at else None,
            "left_over": self.left_over(now),
        }


@dataclass(frozen=True)
class Shelves:
    """Everything that is sold, and what of it is worth a word; each list with the most pressing first."""

    everything: Sequence[Sold]
    best: Sequence[Sold]
    low: Sequence[Sold]
    too_many: Sequence[Sold]
    expiring: Sequence[Sold]
    orders_30: int
    orders_90: int
    last_sale: datetime | None

    def matching(self, words: str) -> list[Sold]:
        """Those in whose name, number, brand or category every word stands; the best selling first."""
        wanted = folded(words).split()
        found = [each for each in self.everything if all(word in _written(each.product) for word in wanted)]
        return sorted(found, key=_by_sales)


def shelves(session: Session, now: datetime) -> Shelves:
    """The shop's products as they stand at ``now``."""
    sold = _sold(session, now)
    products = session.exec(select(Product).order_by(col(Product.id))).all()
    told, delivery = foretold(session, now), delivery_days(session)
    everything = [
        Sold(each, **sold.get(each.id, {}), standing=told.standing(each) if told is not None else None)
        for each in products
    ]
    covered = [(each, days) for each in everything if (days := each.days_of_cover) is not None]
    soon = [each for each in everything if _expires(each.product, now)]
    return Shelves(
        everything=everything,
        best=sorted((each for each in everything if each.pieces_90), key=_by_sales),
        low=[each for each, days in sorted(covered, key=lambda pair: pair[1]) if days <= delivery],
        too_many=[each for each, days in sorted(covered, key=lambda pair: -pair[1]) if days > OVERSTAYS_DAYS],
        expiring=sorted(soon, key=lambda each: (each.product.expires_at, each.product.id)),
        orders_30=books.sales(session, now - MONTH, now).orders,
        orders_90=books.sales(session, now - QUARTER, now).orders,
        last_sale=books.last_sale(session),
    )


def _sold(session: Session, now: datetime) -> Mapping[int, Mapping[str, int]]:
    at, pieces = col(Interaction.at), func.coalesce(Interaction.quantity, 1)
    lately, before = at >= now - MONTH, (at < now - MONTH) & (at >= now - 2 * MONTH)
    rows = session.exec(
        select(  # type: ignore[call-overload]
            Interaction.product_id,
            func.sum(case((lately, pieces), else_=0)),
            func.sum(case((before, pieces), else_=0)),
            func.sum(pieces),
            func.count(distinct(case((lately, books.ORDER)))),
            func.count(distinct(books.ORDER)),
        )
        .where(
            Interaction.kind == Kind.PURCHASE,
            at >= now - QUARTER,
            at <= now,
            col(Interaction.product_id).is_not(None),
            returned.is_kept(),
        )
        .group_by(col(Interaction.product_id))
    )
    names = ("pieces_30", "pieces_before", "pieces_90", "orders_30", "orders_90")
    sold = {product: dict(zip(names, map(int, figures), strict=True)) for product, *figures in rows}
    return _less_what_came_back(session, sold, now)


def _less_what_came_back(
    session: Session, sold: dict[int, dict[str, int]], now: datetime
) -> Mapping[int, Mapping[str, int]]:
    """The same with the pieces that came back of orders of which others were kept."""
    made = returned.ordered_at()
    parts = select(Interaction.product_id, Interaction.quantity, made).where(
        returned.came_back_of_kept(now - QUARTER, now + timedelta(microseconds=1))
    )
    for product, pieces, at in session.exec(parts):
        counted = sold.get(product or 0, {})
        is_lately, is_before = at >= now - MONTH, now - 2 * MONTH <= at < now - MONTH
        for name, holds in (("pieces_30", is_lately), ("pieces_before", is_before), ("pieces_90", True)):
            if holds and name in counted:
                counted[name] = max(counted[name] - (pieces or 1), 0)
    return sold


def _by_sales(sold: Sold) -> tuple[int, int, str]:
    return -sold.pieces_30, -sold.pieces_90, sold.name.casefold()


def _expires(product: Product, now: datetime) -> bool:
    return (
        product.expires_at is not None and bool(product.stock) and now <= product.expires_at <= now + EXPIRES_WITHIN
    )


def _written(product: Product) -> str:
    return folded(f"{product.name} {product.sku} {product.brand} {product.category}")
