"""What to put before whom: products and facts for each template, chosen from the engine's run.

Everything personal comes from a ``Taste``, and there is a Taste only of customers who allowed their history to be
used. The others are offered what the shop would show to anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.tables import Recommendation
from ledger.tables import Interaction, Kind, Product

POPULAR_WINDOW = timedelta(days=90)
NEW_WINDOW = timedelta(days=60)
EXPIRY_WINDOW = timedelta(days=30)
OVERSTOCK_COVER_DAYS = 120
LEAST_AWAY = timedelta(days=14)
"""Nobody is told that they are missed who was here the week before."""
MOST_ITEMS = 3


@dataclass(frozen=True)
class Shelf:
    """What the shop could show to anybody, read once for a batch."""

    products: Mapping[int, Product]
    popular: Sequence[int]
    new: Sequence[int]
    overstocked: Sequence[int]
    bundles: Sequence[tuple[int, ...]]

    at: datetime
    sold_out: frozenset[int] = frozenset()

    def is_available(self, product_id: int) -> bool:
        """In stock as far as we know, and not past its date."""
        product = self.products.get(product_id)
        if product is None or product_id in self.sold_out or (product.stock is not None and product.stock <= 0):
            return False
        return product.expires_at is None or product.expires_at > self.at


@dataclass(frozen=True)
class Taste:
    """What one customer bought, and what the engine suggests for them."""

    recommended: Sequence[Recommendation]
    bought: Sequence[int]
    """Product ids, oldest first, once a purchase."""
    orders: int
    last_at: datetime


@dataclass(frozen=True)
class Choice:
    """Products to show with the reason for each, and facts the words need."""

    items: tuple[tuple[int, Recommendation | None], ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


Chooser = Callable[[Shelf, datetime], Choice | None]
PersonalChooser = Callable[[Taste, Shelf, datetime], Choice | None]


def read_shelf(session: Session, now: datetime) -> Shelf:
    """Products, what sells, what is new, what lies too long, and the bundles that are in stock."""
    products = {product.id: product for product in session.exec(select(Product))}
    sold = _sold(session, now - POPULAR_WINDOW) or _sold(session, None)
    shelf = Shelf(products, (), (), (), (), now)
    available = [each for each in products if shelf.is_available(each)]
    return Shelf(
        products=products,
        popular=sorted((p for p in available if sold[p]), key=lambda p: (-sold[p], p)),
        new=_new(products, available, now),
        overstocked=_overstocked(products, available, sold, now),
        bundles=[
            tuple(bundle.product_ids)
            for bundle in insights.bundles(session)
            if all(shelf.is_available(each) for each in bundle.product_ids)
        ],
        at=now,
    )


def restocked(session: Session, shelf: Shelf) -> Shelf:
    """The same shelf without what has run out since it was read."""
    gone = session.exec(select(Product.id).where(col(Product.stock) <= 0)).all()
    sold_out = shelf.sold_out | set(gone)
    if sold_out == shelf.sold_out:
        return shelf
    still = replace(shelf, sold_out=sold_out)
    return replace(
        still,
        popular=[each for each in shelf.popular if still.is_available(each)],
        new=[each for each in shelf.new if still.is_available(each)],
        overstocked=[each for each in shelf.overstocked if still.is_available(each)],
        bundles=[bundle for bundle in shelf.bundles if all(still.is_available(each) for each in bundle)],
    )


def tastes(session: Session, customer_ids: Collection[int]) -> dict[int, Taste]:
    """The taste of each of these customers who ever bought. Ask only for those who allow it."""
    wanted = (
        select(Interaction.customer_id, Interaction.product_id, Interaction.order_ref, Interaction.at)
        .where(Interaction.kind == Kind.PURCHASE, col(Interaction.customer_id).in_(list(customer_ids)))
        .order_by(col(Interaction.customer_id), col(Interaction.at), col(Interaction.id))
    )
    bought: dict[int, list[tuple[int | None, str | None, datetime]]] = {}
    for customer_id, product_id, order_ref, at in session.exec(wanted):
        bought.setdefault(customer_id, []).append((product_id, order_ref, at))
    recommended = insights.recommendations(session, customer_ids)
    return {
        customer_id: Taste(
            recommended=recommended.get(customer_id, []),
            bought=[product for product, _, _ in lines if product is not None],
            orders=len({order for _, order, _ in lines}),
            last_at=lines[-1][2],
        )
        for customer_id, lines in bought.items()
    }


def choose(template: str, taste: Taste | None, shelf: Shelf, now: datetime) -> tuple[Choice, bool] | None:
    """What to show by ``template`` and whether it is personal; None where there is nothing to say.

    Somebody without a taste, or whose taste leads nowhere (the chooser gives None), is shown what anybody would be.
    A personal choice of nothing means that this person should be left alone.
    """
    if taste is not None:
        personal = PERSONAL[template](taste, shelf, now)
        if personal is not None:
            return (personal, True) if personal.items else None
    plain = PLAIN[template](shelf, now)
    return (plain, False) if plain is not None and plain.items else None


def _recommended(taste: Taste, shelf: Shelf) -> list[Recommendation]:
    return [each for each in taste.recommended if shelf.is_available(each.product_id)]


def _winback(taste: Taste, shelf: Shelf, now: datetime) -> Choice | None:
    if not taste.bought:
        return None
    away = now - taste.last_at
    if away < LEAST_AWAY:
        return Choice(())
    return _choice(_recommended(taste, shelf), last_product=taste.bought[-1], days_away=away.days)


def _picks(taste: Taste, shelf: Shelf, _now: datetime) -> Choice | None:
    return _choice(_recommended(taste, shelf))


def _bundle(taste: Taste, shelf: Shelf, _now: datetime) -> Choice | None:
    """The bundle whose products they bought most often; among equals the surest."""
    times = Counter(taste.bought)
    best = max(shelf.bundles, key=lambda products: sum(times[each] for each in products), default=())
    favourite = max(best, key=lambda each: times[each], default=None)
    if favourite is None or not times[favourite]:
        return None
    return Choice(tuple((each, None) for each in best), {"because": favourite})


def _new_arrivals(taste: Taste, shelf: Shelf, _now: datetime) -> Choice | None:
    return _closest(shelf.new, taste, shelf)


def _clear_stock(taste: Taste, shelf: Shelf, _now: datetime) -> Choice | None:
    return _closest(shelf.overstocked, taste, shelf)


def _thank_you(taste: Taste, shelf: Shelf, _now: datetime) -> Choice | None:
    if not taste.bought:
        return None
    favourite = Counter(taste.bought).most_common(1)[0][0]
    others = [each for each in _recommended(taste, shelf) if each.product_id != favourite]
    return _choice(others, orders=taste.orders, favourite=favourite)


def _choice(recommended: Sequence[Recommendation], **facts: Any) -> Choice | None:
    items = tuple((each.product_id, each) for each in recommended[:MOST_ITEMS])
    return Choice(items, facts) if items else None


def _closest(shown: Sequence[int], taste: Taste, shelf: Shelf) -> Choice | None:
    """Of the products ``shown`` to anybody, those nearest to a taste; none if none is."""
    ranked = {each.product_id: each for each in taste.recommended}
    liked = Counter(shelf.products[each].category for each in taste.bought if each in shelf.products)
    near = [each for each in shown if each in ranked or liked[shelf.products[each].category]]
    near.sort(
        key=lambda p: (p not in ranked, ranked[p].rank if p in ranked else 0, -liked[shelf.products[p].category])
    )
    return Choice(tuple((each, ranked.get(each)) for each in near[:MOST_ITEMS])) if near else None


def _anybodys(pick: Callable[[Shelf], Sequence[int]]) -> Chooser:
    return lambda shelf, _now: Choice(tuple((each, None) for each in pick(shelf)[:MOST_ITEMS]))


PERSONAL: Mapping[str, PersonalChooser] = {
    "winback": _winback,
    "picks": _picks,
    "bundle": _bundle,
    "new_arrivals": _new_arrivals,
    "clear_stock": _clear_stock,
    "thank_you": _thank_you,
}
PLAIN: Mapping[str, Chooser] = {
    "winback": _anybodys(lambda shelf: shelf.popular),
    "picks": _anybodys(lambda shelf: shelf.popular),
    "bundle": lambda shelf, _now: Choice(tuple((each, None) for each in shelf.bundles[0])) if shelf.bundles else None,
    "new_arrivals": _anybodys(lambda shelf: shelf.new),
    "clear_stock": _anybodys(lambda shelf: shelf.overstocked),
    "thank_you": _anybodys(lambda shelf: shelf.popular),
}


def _sold(session: Session, since: datetime | None) -> Counter[int]:
    wanted = select(Interaction.product_id, func.sum(Interaction.quantity)).where(
        Interaction.kind == Kind.PURCHASE, col(Interaction.product_id).is_not(None)
    )
    if since is not None:
        wanted = wanted.where(Interaction.at >= since)
    rows = session.exec(wanted.group_by("product_id"))
    return Counter({product: int(pieces or 0) for product, pieces in rows if product is not None})


def _new(products: Mapping[int, Product], available: Sequence[int], now: datetime) -> list[int]:
    """Launched lately, the newest first."""
    launched = {p: products[p].launched_at for p in available}
    launches = {p: at for p, at in launched.items() if at is not None and now - NEW_WINDOW < at <= now}
    return sorted(launches, key=lambda p: (-launches[p].timestamp(), p))


def _overstocked(
    products: Mapping[int, Product], available: Sequence[int], sold: Counter[int], now: datetime
) -> list[int]:
    """What would last OVERSTOCK_COVER_DAYS at today's pace, or expires soon; the longest lasting first."""

    def cover_days(p: int) -> float:
        stock = products[p].stock or 0
        return stock * POPULAR_WINDOW.days / max(sold[p], 1)

    def is_expiring(p: int) -> bool:
        expires = products[p].expires_at
        return expires is not None and now < expires < now + EXPIRY_WINDOW

    lying = [p for p in available if is_expiring(p) or cover_days(p) > OVERSTOCK_COVER_DAYS]
    return sorted(lying, key=lambda p: (not is_expiring(p), -cover_days(p), p))
