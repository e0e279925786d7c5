"""What sells together, and what it could be offered for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.looking.pricing import BundlePrice, Part, Unpriced, bundle_price
from campaigns.problems import Problem
from campaigns.tables import Bundle
from ledger.tables import Product


@dataclass(frozen=True)
class Offered:
    """A bundle as it is numbered for people, from 1; ``baskets`` is how many orders it was counted in."""

    number: int
    bundle: Bundle
    products: Sequence[Product]
    price: BundlePrice | Unpriced
    baskets: int

    @property
    def names(self) -> list[str]:
        return [each.name or each.sku for each in self.products]

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "products": self.names,
            "count": self.bundle.count,
            "support": self.bundle.support,
            "lift": self.bundle.lift,
            "baskets": self.baskets,
            "price": asdict(self.price) if isinstance(self.price, BundlePrice) else None,
            "no_price": asdict(self.price) if isinstance(self.price, Unpriced) else None,
        }


def bundles(session: Session, most: int | None = None) -> list[Offered]:
    """The bundles of the last run, the best first."""
    run = insights.current_run(session)
    found = insights.bundles(session)[:most]
    products = _products(session, {each for bundle in found for each in bundle.product_ids})
    baskets = run.quality.get("baskets", 0) if run is not None else 0
    return [_offered(number, each, products, baskets) for number, each in enumerate(found, 1)]


def bundle(session: Session, number: int) -> Offered:
    """The bundle of that number. Raises Problem where there is none such."""
    found = bundles(session)
    if not 1 <= number <= len(found):
        raise Problem("unknown_bundle", number=number, most=len(found))
    return found[number - 1]


def _offered(number: int, bundle: Bundle, products: Mapping[int, Product], baskets: int) -> Offered:
    parts = [products[each] for each in bundle.product_ids if each in products]
    price = bundle_price([Part(each.id, each.price_minor, each.cost_minor, each.currency) for each in parts])
    return Offered(number, bundle, parts, price, baskets)


def _products(session: Session, wanted: set[int]) -> dict[int, Product]:
    return {each.id: each for each in session.exec(select(Product).where(col(Product.id).in_(wanted)))}
