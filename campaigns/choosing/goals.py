"""What each goal puts before a customer: one chooser by history, one for anybody. Pure.

A personal chooser gives None where a taste leads nowhere, and then what anybody would be shown is shown; ideas of
nothing mean that this person should be left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from math import log2
from typing import Any

from campaigns.choosing import rhythm
from campaigns.choosing.choices import Choice, Ideas, Item, Taste
from campaigns.choosing.shelf import Shelf
from campaigns.insights import Suggested
from campaigns.launching.drafts import OWN_WORDS

LEAST_AWAY = timedelta(days=14)
"""Nobody is told that they are missed who was here the week before."""
MOST_ITEMS = 4
FAMILIAR = 2
LEAST_LIKELY = 0.1
"""To clear the stock: who buys from a category less than every tenth time is not likely to take what lies of it."""
BUNDLE, CLEAR_STOCK, REPLENISHMENT, BIRTHDAY = "bundle", "clear_stock", "replenishment", "birthday"

Chooser = Callable[[Shelf, datetime], Choice | None]
PersonalChooser = Callable[[Taste, Shelf, datetime], Ideas | None]
LEAVE_ALONE = Ideas(())


def _available(picks: Sequence[Suggested], shelf: Shelf) -> list[Item]:
    return [_item(each, shelf) for each in picks if shelf.is_available(each.product_id)]


def _recommended(taste: Taste, shelf: Shelf) -> list[Item]:
    return _available(taste.recommended, shelf)


def _familiar_first(taste: Taste, shelf: Shelf) -> list[Item]:
    """To call somebody back: FAMILIAR of what they are likeliest to buy again, then what is new to them."""
    return [*_available(taste.again, shelf)[:FAMILIAR], *_recommended(taste, shelf)]


def _item(because: Suggested, shelf: Shelf) -> Item:
    """The recommendation, without its reason where that would speak of what they never want to see."""
    other = because.reason_product_id
    if other is not None and not shelf.may_name(other):
        return Item(because.product_id)
    return Item(because.product_id, because.reason, other)


def was_here_lately(taste: Taste, now: datetime) -> bool:
    """Whether it would be odd to call them back: as often as they come, they are not away yet."""
    is_usual = taste.usual_until is not None and now.date() <= taste.usual_until
    return is_usual or now - taste.last_at < LEAST_AWAY


def winback_facts(taste: Taste, shelf: Shelf, now: datetime) -> dict[str, Any] | None:
    """What they bought last and how long ago; None where nothing of it may be named."""
    last = next((each for each in reversed(taste.bought) if shelf.may_name(each)), None)
    return {"last_product": last, "days_away": (now - taste.last_at).days} if last is not None else None


def thank_you_facts(taste: Taste, shelf: Shelf, _now: datetime) -> dict[str, Any] | None:
    """How often they ordered, and what most."""
    times = Counter(each for each in taste.bought if shelf.may_name(each))
    return {"orders": taste.orders, "favourite": times.most_common(1)[0][0]} if times else None


def bundle_facts(taste: Taste, bundle: Sequence[int]) -> dict[str, Any] | None:
    """Which of a bundle's products they bought most often; None where none."""
    times = Counter(taste.bought)
    favourite = max(bundle, key=lambda each: times[each], default=None)
    return {"because": favourite} if favourite is not None and times[favourite] else None


def _winback(taste: Taste, shelf: Shelf, now: datetime) -> Ideas | None:
    facts = winback_facts(taste, shelf, now)
    if facts is None:
        return None
    return LEAVE_ALONE if was_here_lately(taste, now) else _ideas(_familiar_first(taste, shelf), shelf, **facts)


def _picks(taste: Taste, shelf: Shelf, _now: datetime) -> Ideas | None:
    return _ideas(_recommended(taste, shelf), shelf)


def _bundle(taste: Taste, shelf: Shelf, _now: datetime) -> Ideas | None:
    """The bundle whose products they bought most often; among equals the surest."""
    times = Counter(taste.bought)
    best = max(shelf.whole_bundles(), key=lambda products: sum(times[each] for each in products), default=())
    facts = bundle_facts(taste, best)
    return Ideas([Item(each) for each in best], facts=facts, is_bundle=True) if facts is not None else None


def _new_arrivals(taste: Taste, shelf: Shelf, _now: datetime) -> Ideas | None:
    """Of what is new to anybody, what is nearest to their taste."""
    ranked = {each.product_id: each for each in taste.recommended}
    liked = Counter(shelf.products[each].category for each in taste.bought if each in shelf.products)
    near = [each for each in shelf.new if each in ranked or liked[shelf.products[each].category]]
    near = [each for each in near if shelf.is_available(each)]
    near.sort(
        key=lambda p: (p not in ranked, ranked[p].rank if p in ranked else 0, -liked[shelf.products[p].category])
    )
    items = _with_reasons(near, ranked, shelf)
    return Ideas(items, shelf.new) if items else None


def _clear_stock(taste: Taste, shelf: Shelf, _now: datetime) -> Ideas | None:
    """Of what lies too long, what they are likely to want: the likelier and the more urgent, the earlier."""
    likely = {each: likelihood(each, taste, shelf) for each in filter(shelf.is_available, shelf.overstocked)}
    urgency = {each: 1 / log2(2 + place) for place, each in enumerate(shelf.overstocked)}
    near = [each for each, chance in likely.items() if chance >= LEAST_LIKELY]
    near.sort(key=lambda each: -likely[each] * urgency[each])
    items = _with_reasons(near, {each.product_id: each for each in taste.recommended}, shelf)
    return Ideas(items, shelf.overstocked) if items else None


def likelihood(product_id: int, taste: Taste, shelf: Shelf) -> float:
    """How likely they are to want it, from 0 to 1: the better of the engine's rank (1, 1/2, 1/3 …), as something new
    or to buy again, and the share of their purchases that is of its category; of a product without one, of itself."""
    known = (each for each in (*taste.recommended, *taste.again) if each.product_id == product_id)
    rank = next((each.rank for each in known), None)
    category = shelf.categories.get(product_id, "")
    alike = [
        each for each in taste.bought if each == product_id or (category and shelf.categories.get(each) == category)
    ]
    return max(1 / rank if rank else 0.0, len(alike) / len(taste.bought) if taste.bought else 0.0)


def _thank_you(taste: Taste, shelf: Shelf, now: datetime) -> Ideas | None:
    facts = thank_you_facts(taste, shelf, now)
    if facts is None:
        return None
    others = [each for each in _recommended(taste, shelf) if each.product_id != facts["favourite"]]
    return _ideas(others, shelf, **facts)


def _replenishment(taste: Taste, shelf: Shelf, now: datetime) -> Ideas | None:
    """What they buy regularly and is about due by their own rhythm: what the engine holds likeliest to be bought
    again first, then the longest overdue."""
    since = {
        each: rhythm.gaps_since(times, now, shelf.rhythms.get(each)) or 0.0 for each, times in taste.times.items()
    }
    due = [each for each, gaps in since.items() if rhythm.DUE_FROM <= gaps <= rhythm.DUE_UNTIL]
    likely = {each.product_id: each.score for each in taste.again}
    due = sorted(filter(shelf.is_available, due), key=lambda each: (-likely.get(each, 0.0), -since[each]))
    return Ideas([Item(each) for each in due[:MOST_ITEMS]], facts={"is_due": True}, is_exact=True)


def _ideas(recommended: Sequence[Item], shelf: Shelf, **facts: Any) -> Ideas | None:
    return Ideas(recommended, shelf.popular, facts) if recommended else None


def _with_reasons(near: Sequence[int], ranked: Mapping[int, Suggested], shelf: Shelf) -> list[Item]:
    return [_item(ranked[each], shelf) if each in ranked else Item(each) for each in near]


def _anybodys(pick: Callable[[Shelf], Sequence[int]]) -> Chooser:
    return lambda shelf, _now: Choice(tuple(map(Item, islice(filter(shelf.is_available, pick(shelf)), MOST_ITEMS))))


def _anybodys_bundle(shelf: Shelf, _now: datetime) -> Choice | None:
    bundle = next(shelf.whole_bundles(), None)
    return Choice(tuple(map(Item, bundle)), is_bundle=True) if bundle is not None else None


PERSONAL: Mapping[str, PersonalChooser] = {
    "winback": _winback,
    "picks": _picks,
    BUNDLE: _bundle,
    "new_arrivals": _new_arrivals,
    CLEAR_STOCK: _clear_stock,
    "thank_you": _thank_you,
    REPLENISHMENT: _replenishment,
    BIRTHDAY: _picks,
    OWN_WORDS: lambda _taste, _shelf, _now: None,
}
PLAIN: Mapping[str, Chooser] = {
    "winback": _anybodys(lambda shelf: shelf.popular),
    "picks": _anybodys(lambda shelf: shelf.popular),
    BUNDLE: _anybodys_bundle,
    "new_arrivals": _anybodys(lambda shelf: shelf.new),
    CLEAR_STOCK: _anybodys(lambda shelf: shelf.overstocked),
    "thank_you": _anybodys(lambda shelf: shelf.popular),
    # Whose rhythm may not be looked at cannot be told that it is time: they are left alone.
    REPLENISHMENT: lambda _shelf, _now: None,
    BIRTHDAY: _anybodys(lambda shelf: shelf.popular),
    OWN_WORDS: lambda _shelf, _now: Choice(()),
}
