"""What to put before whom: products and facts for each template, chosen from the engine's run.

Everything personal comes from a ``Taste``, and there is a Taste only of customers who allowed their history to be
used. The others are offered what the shop would show to anybody, less what they do not want to see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns import discovery, insights, sparing
from campaigns.audiences import Candidate
from campaigns.discovery import NO_DISCOVERY, Discovery
from campaigns.shop import Shop
from campaigns.sparing import NOTHING, Spared
from campaigns.tables import Campaign, Recommendation
from ledger import catalog
from ledger.tables import Interaction, Kind, Product

POPULAR_WINDOW = timedelta(days=90)
NEW_WINDOW = timedelta(days=60)
EXPIRY_WINDOW = timedelta(days=30)
OVERSTOCK_COVER_DAYS = 120
LEAST_AWAY = timedelta(days=14)
"""Nobody is told that they are missed who was here the week before."""
MOST_ITEMS = 4
SOMETHING_NEW = "something_new"
"""The reason of what was chosen because it is none of what they usually buy."""


@dataclass(frozen=True)
class Shelf:
    """What the shop could show to anybody, read once for a batch; or to somebody: see ``sparing``."""

    products: Mapping[int, Product]
    popular: Sequence[int]
    new: Sequence[int]
    overstocked: Sequence[int]
    bundles: Sequence[tuple[int, ...]]

    at: datetime
    categories: Mapping[int, str] = field(default_factory=dict)
    """Of each product, folded."""
    sold_out: frozenset[int] = frozenset()
    spared: Spared = NOTHING

    def is_available(self, product_id: int) -> bool:
        """In stock as far as we know, not past its date, and nothing they are to be spared."""
        product = self.products.get(product_id)
        if product is None or product_id in self.sold_out or (product.stock is not None and product.stock <= 0):
            return False
        if self.spared.covers(product_id, self.categories.get(product_id, "")):
            return False
        return product.expires_at is None or product.expires_at > self.at

    def may_name(self, product_id: int) -> bool:
        """Whether it may be spoken of, as what they bought."""
        is_known = product_id in self.products
        return is_known and not self.spared.forbids(product_id, self.categories.get(product_id, ""))

    def whole_bundles(self) -> Iterator[tuple[int, ...]]:
        return (bundle for bundle in self.bundles if all(self.is_available(each) for each in bundle))

    def sparing(self, spared: Spared) -> Shelf:
        """The same shelf as somebody is shown it."""
        return replace(self, spared=spared) if spared is not NOTHING else self


@dataclass(frozen=True)
class Taste:
    """What one customer bought, and what the engine suggests for them."""

    recommended: Sequence[Recommendation]
    bought: Sequence[int]
    """Product ids, oldest first, once a purchase."""
    orders: int
    last_at: datetime


class Item(NamedTuple):
    """A product to show, and what it was chosen for where there is a reason."""

    product_id: int
    reason: str | None = None
    reason_product_id: int | None = None


@dataclass(frozen=True)
class Ideas:
    """What a personal offer could show, the best first, and ``elsewhere``, where to look for something new."""

    items: Sequence[Item]
    elsewhere: Sequence[int] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_bundle: bool = False


@dataclass(frozen=True)
class Choice:
    """Products to show with the reason for each, and facts the words need."""

    items: tuple[Item, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_bundle: bool = False
    """A bundle is a whole: nothing is added to it or left out."""


Chosen = tuple[Choice, bool]
"""What to show, and whether it is personal."""
Chooser = Callable[[Shelf, datetime], Choice | None]
PersonalChooser = Callable[[Taste, Shelf, datetime], Ideas | None]


def read_shelf(session: Session, now: datetime) -> Shelf:
    """Products, what sells, what is new, what lies too long, and the bundles that are in stock."""
    products = {product.id: product for product in session.exec(select(Product))}
    sold = _sold(session, now - POPULAR_WINDOW) or _sold(session, None)
    categories = {number: catalog.folded(product.category) for number, product in products.items()}
    shelf = Shelf(products, (), (), (), (), now, categories)
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
        categories=categories,
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
        bundles=list(still.whole_bundles()),
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


def chosen_for(
    session: Session, wanted: Sequence[tuple[Campaign, Candidate]], shelf: Shelf, shop: Shop, now: datetime
) -> list[Chosen | None]:
    """What to show to each of these by their campaign, in the order given, as they wish and allow today."""
    people = [candidate for _, candidate in wanted]
    taste_of = tastes(session, [each.customer_id for each in people if each.allows_profiling])
    spared_of = sparing.read(session, people, shelf.categories, shop.caps, now)
    return [
        choose(
            campaign.template,
            taste_of.get(each.customer_id),
            shelf.sparing(spared_of.get(each.customer_id, NOTHING)),
            now,
            discovery.draw(shop.discovery_share, campaign.seed, each.customer_id),
        )
        for campaign, each in wanted
    ]


def choose(
    template: str, taste: Taste | None, shelf: Shelf, now: datetime, something_new: Discovery = NO_DISCOVERY
) -> Chosen | None:
    """What to show by ``template`` and whether it is personal; None where there is nothing to say.

    Somebody without a taste, or whose taste leads nowhere (the chooser gives None), is shown what anybody would be.
    A personal choice of nothing means that this person should be left alone.
    """
    if taste is not None:
        ideas = PERSONAL[template](taste, shelf, now)
        if ideas is not None:
            items = ideas.items if ideas.is_bundle else _mixed(ideas, taste, shelf, something_new)
            return (Choice(tuple(items), ideas.facts, ideas.is_bundle), True) if items else None
    plain = PLAIN[template](shelf, now)
    return (plain, False) if plain is not None and plain.items else None


def _mixed(ideas: Ideas, taste: Taste, shelf: Shelf, something_new: Discovery) -> Sequence[Item]:
    """The best of the usual, and last the share that is kept for discovery; more of either where one is short."""
    if not something_new.share:
        return ideas.items[:MOST_ITEMS]
    usual = _Usual(taste, shelf)
    places = something_new.places(len(ideas.items), MOST_ITEMS)
    suggested = dict.fromkeys(item.product_id for item in ideas.items)
    others = (each for each in ideas.elsewhere if each not in suggested)
    new = list(islice(filter(usual.lacks, chain(suggested, others)), places))
    regular = [item for item in ideas.items if item.product_id not in new]
    regular.sort(key=lambda item: usual.is_outside(item.product_id))
    return [*regular[: MOST_ITEMS - len(new)], *(Item(each, SOMETHING_NEW) for each in new)]


def _recommended(taste: Taste, shelf: Shelf) -> list[Item]:
    return [_item(each, shelf) for each in taste.recommended if shelf.is_available(each.product_id)]


def _item(because: Recommendation, shelf: Shelf) -> Item:
    """The recommendation, without its reason where that would speak of what they never want to see."""
    other = because.reason_product_id
    if other is not None and not shelf.may_name(other):
        return Item(because.product_id)
    return Item(because.product_id, because.reason, other)


def _winback(taste: Taste, shelf: Shelf, now: datetime) -> Ideas | None:
    last = next((each for each in reversed(taste.bought) if shelf.may_name(each)), None)
    if last is None:
        return None
    away = now - taste.last_at
    if away < LEAST_AWAY:
        return Ideas(())
    return _ideas(_recommended(taste, shelf), shelf, last_product=last, days_away=away.days)


def _picks(taste: Taste, shelf: Shelf, _now: datetime) -> Ideas | None:
    return _ideas(_recommended(taste, shelf), shelf)


def _bundle(taste: Taste, shelf: Shelf, _now: datetime) -> Ideas | None:
    """The bundle whose products they bought most often; among equals the surest."""
    times = Counter(taste.bought)
    best = max(shelf.whole_bundles(), key=lambda products: sum(times[each] for each in products), default=())
    favourite = max(best, key=lambda each: times[each], default=None)
    if favourite is None or not times[favourite]:
        return None
    return Ideas([Item(each) for each in best], facts={"because": favourite}, is_bundle=True)


def _new_arrivals(taste: Taste, shelf: Shelf, _now: datetime) -> Ideas | None:
    return _closest(shelf.new, taste, shelf)


def _clear_stock(taste: Taste, shelf: Shelf, _now: datetime) -> Ideas | None:
    return _closest(shelf.overstocked, taste, shelf)


def _thank_you(taste: Taste, shelf: Shelf, _now: datetime) -> Ideas | None:
    times = Counter(each for each in taste.bought if shelf.may_name(each))
    if not times:
        return None
    favourite = times.most_common(1)[0][0]
    others = [each for each in _recommended(taste, shelf) if each.product_id != favourite]
    return _ideas(others, shelf, orders=taste.orders, favourite=favourite)


def _ideas(recommended: Sequence[Item], shelf: Shelf, **facts: Any) -> Ideas | None:
    return Ideas(recommended, shelf.popular, facts) if recommended else None


def _closest(shown: Sequence[int], taste: Taste, shelf: Shelf) -> Ideas | None:
    """Of the products ``shown`` to anybody, those nearest to a taste; none if none is."""
    ranked = {each.product_id: each for each in taste.recommended}
    liked = Counter(shelf.products[each].category for each in taste.bought if each in shelf.products)
    near = [each for each in shown if each in ranked or liked[shelf.products[each].category]]
    near = [each for each in near if shelf.is_available(each)]
    near.sort(
        key=lambda p: (p not in ranked, ranked[p].rank if p in ranked else 0, -liked[shelf.products[p].category])
    )
    items = [_item(ranked[each], shelf) if each in ranked else Item(each) for each in near]
    return Ideas(items, shown) if items else None


def _anybodys(pick: Callable[[Shelf], Sequence[int]]) -> Chooser:
    return lambda shelf, _now: Choice(tuple(map(Item, islice(filter(shelf.is_available, pick(shelf)), MOST_ITEMS))))


def _anybodys_bundle(shelf: Shelf, _now: datetime) -> Choice | None:
    bundle = next(shelf.whole_bundles(), None)
    return Choice(tuple(map(Item, bundle)), is_bundle=True) if bundle is not None else None


class _Usual:
    """The categories somebody buys from; of what has none, the products themselves."""

    def __init__(self, taste: Taste, shelf: Shelf) -> None:
        self.shelf, self.bought = shelf, frozenset(taste.bought)
        self.categories = {shelf.categories.get(each, "") for each in self.bought} - {""}

    def is_outside(self, product_id: int) -> bool:
        category = self.shelf.categories.get(product_id, "")
        return category not in self.categories if category else product_id not in self.bought

    def lacks(self, product_id: int) -> bool:
        """Whether it could be shown as something new."""
        return self.is_outside(product_id) and self.shelf.is_available(product_id)


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
    "bundle": _anybodys_bundle,
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
