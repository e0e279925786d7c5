"""What to put before whom: products and facts for each template, chosen from the engine's run.

Everything personal comes from a ``Taste``, and there is a Taste only of customers who allowed their history to be
used. The others are offered what the shop would show to anybody, less what they do not want to see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from campaigns import discovery, insights, sparing
from campaigns.audiences import Candidate
from campaigns.discovery import NO_DISCOVERY, Discovery
from campaigns.shelf import Shelf
from campaigns.shop import Shop
from campaigns.sparing import NOTHING
from campaigns.tables import Campaign, Recommendation
from ledger.tables import Interaction, Kind

LEAST_AWAY = timedelta(days=14)
"""Nobody is told that they are missed who was here the week before."""
MOST_ITEMS = 4
SOMETHING_NEW = "something_new"
"""The reason of what was chosen because it is none of what they usually buy."""


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
