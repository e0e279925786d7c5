"""What sells together, and what it could be offered for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing.audiences import EVERYONE, PARTLY
from campaigns.looking.pricing import Bought, BundlePrice, Part, Unpriced, bundle_price
from campaigns.problems import Problem
from campaigns.tables import Bundle
from ledger.tables import Product


class Lately(StrEnum):
    """Whether the rule behind a bundle held in the latest orders alone."""

    HOLDS = "holds"
    UNSURE = "unsure"
    """Together oftener than by chance, but so seldom that it may be chance."""
    GONE = "gone"
    TOO_FEW = "too_few"
    """The latest orders are too few to tell."""


@dataclass(frozen=True)
class Offered:
    """A bundle as it is numbered for people, from 1; ``baskets`` is how many orders it was counted in."""

    number: int
    bundle: Bundle
    products: Sequence[Product]
    price: BundlePrice | Unpriced
    baskets: int
    baskets_since: int = 0
    count_since: int = 0
    """Orders begun since the run, and how many hold all of it that the run did not count."""

    @property
    def audience(self) -> str:
        """Whom to offer it: who bought a part and never all of it, or everybody where there is nobody such."""
        return EVERYONE if self.bundle.part == 0 else PARTLY

    @property
    def names(self) -> list[str]:
        return _names(self.products)

    @property
    def first(self) -> list[str]:
        """The products whose buyers tend to take the rest too."""
        return _names([each for each in self.products if each.id in self.bundle.antecedents])

    @property
    def rest(self) -> list[str]:
        return _names([each for each in self.products if each.id not in self.bundle.antecedents])

    @property
    def unknown_costs(self) -> list[str]:
        return _names([each for each in self.products if each.cost_minor is None])

    @property
    def lately(self) -> Lately:
        if self.bundle.later_lift is None:
            return Lately.TOO_FEW
        if self.bundle.later_lift <= 1:
            return Lately.GONE
        return Lately.HOLDS if (self.bundle.later_least_lift or 0) > 1 else Lately.UNSURE

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "products": self.names,
            "count": self.bundle.count,
            "count_since": self.count_since,
            "baskets_since": self.baskets_since,
            "support": self.bundle.support,
            "lift": self.bundle.lift,
            "least_lift": self.bundle.least_lift,
            "q_value": self.bundle.q_value,
            "first": self.first,
            "orders_of_first": self.bundle.antecedent_count,
            "baskets": self.baskets,
            "lately": self.lately,
            "later_baskets": self.bundle.later_baskets,
            "later_count": self.bundle.later_count,
            "later_lift": self.bundle.later_lift,
            "later_least_lift": self.bundle.later_least_lift,
            "customers_with_part": self.bundle.part,
            "customers_with_whole": self.bundle.whole,
            "price": asdict(self.price) if isinstance(self.price, BundlePrice) else None,
            "no_price": asdict(self.price) if isinstance(self.price, Unpriced) else None,
        }


def bundles(session: Session, most: int | None = None) -> list[Offered]:
    """The bundles of the last run, the best first."""
    run = insights.current_run(session)
    found = insights.bundles(session)[:most]
    products = _products(session, {each for bundle in found for each in bundle.product_ids})
    baskets = run.quality.get("baskets", 0) if run is not None else 0
    told = [_offered(number, each, products, baskets) for number, each in enumerate(found, 1)]
    since = insights.since(session)
    if since is None:
        return told
    return [
        replace(each, baskets_since=since.baskets, count_since=since.bundles.get(each.bundle.position, 0))
        for each in told
    ]


def bundle(session: Session, number: int) -> Offered:
    """The bundle of that number. Raises Problem where there is none such."""
    found = bundles(session)
    if not 1 <= number <= len(found):
        raise Problem("unknown_bundle", number=number, most=len(found))
    return found[number - 1]


def _offered(number: int, bundle: Bundle, products: Mapping[int, Product], baskets: int) -> Offered:
    parts = [products[each] for each in bundle.product_ids if each in products]
    priced = [Part(each.id, each.price_minor, each.cost_minor, each.currency) for each in parts]
    return Offered(number, bundle, parts, bundle_price(priced, _bought(bundle)), baskets)


def _bought(bundle: Bundle) -> Bought | None:
    if bundle.antecedent_count is None:
        return None
    return Bought(frozenset(bundle.antecedents), bundle.count, bundle.antecedent_count - bundle.count)


def _names(products: Sequence[Product]) -> list[str]:
    return [each.name or each.sku for each in products]


def _products(session: Session, wanted: set[int]) -> dict[int, Product]:
    return {each.id: each for each in session.exec(select(Product).where(col(Product.id).in_(wanted)))}
