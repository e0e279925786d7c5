"""What sells together, in words, and what it could be offered for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from babel.numbers import format_percent

from bot.talk.desk import suggesting
from bot.talk.replies import MOST_ROWS, Teller
from campaigns.looking.bundles import Offered
from campaigns.looking.clues import Deed
from campaigns.looking.pricing import BundlePrice
from campaigns.outcomes.charting import Charting
from campaigns.words.composing import Laid, Reply
from ledger import money


def overview(teller: Teller, found: Sequence[Offered]) -> Reply:
    """The best bundles, each with a price where the shop knows what it pays for the parts."""
    shown = found[:MOST_ROWS]
    baskets = shown[0].baskets if shown else 0
    said = teller.say("bundles", rows=[row(teller, each) for each in shown], one=None, baskets=teller.number(baskets))
    return replace(said, chart=Charting(teller.composer, teller.language).bundles(shown))


def one(teller: Teller, offered: Offered) -> Reply:
    """A bundle in detail, with the line that offers it."""
    prices = [
        {
            "name": product.name or product.sku,
            "price": _amount(teller, product.price_minor, product.currency),
            "cost": _amount(teller, product.cost_minor, product.currency),
        }
        for product in offered.products
    ]
    told = {**row(teller, offered), "parts": prices}
    return teller.say("bundles", rows=[], one=told, baskets=teller.number(offered.baskets))


def row(teller: Teller, each: Offered) -> dict[str, Any]:
    """A bundle's figures in words."""
    price = each.price if isinstance(each.price, BundlePrice) else None
    percent = price.percent if price else 0
    least = each.bundle.least_lift
    return {
        "number": each.number,
        "products": Laid(" + ".join(each.names)),
        "count": teller.number(each.bundle.count),
        "since": _since(teller, each),
        "lift": teller.number(each.bundle.lift, 1),
        "least_lift": "" if least is None else teller.number(least, 1),
        "lately": _lately(teller, each),
        "whom": _whom(teller, each, ("some", "nobody")),
        "whom_briefly": _whom(teller, each, ("some_briefly", "nobody_briefly")),
        "price": _price(teller, each, price) if price else None,
        "no_price": "" if price else _no_price(teller, each),
        "line": Laid(suggesting.line(teller, Deed("launch", "bundle", each.audience, each.number, percent))),
    }


def _since(teller: Teller, each: Offered) -> str:
    """What new orders added to its count; nothing where there were none."""
    if not each.baskets_since:
        return ""
    told = {"n": teller.number(each.count_since), "baskets": teller.number(each.baskets_since)}
    return teller.word("bundle_since", "counted", **told)


def _lately(teller: Teller, each: Offered) -> str:
    if not each.bundle.later_baskets:
        return ""
    return teller.word(
        "bundle_lately",
        each.lately,
        n=teller.number(each.bundle.later_baskets),
        count=teller.number(each.bundle.later_count),
        lift=teller.number(each.bundle.later_lift or 0, 1),
        least=teller.number(each.bundle.later_least_lift or 0, 1),
    )


def _whom(teller: Teller, each: Offered, keys: tuple[str, str]) -> str:
    """How many bought a part of it and never the whole; nothing where a run did not count them."""
    if each.bundle.part is None:
        return ""
    part, whole = teller.number(each.bundle.part), teller.number(each.bundle.whole or 0)
    return teller.word("bundle_whom", keys[0] if each.bundle.part else keys[1], part=part, whole=whole)


def _price(teller: Teller, each: Offered, price: BundlePrice) -> dict[str, str]:
    def share(margin: int, of: int) -> str:
        return format_percent(margin / of, locale=teller.language) if of else ""

    def amount(value: int | None) -> str:
        return "" if value is None else money.in_words(value, price.currency, teller.language)

    margin, usual = price.margin_minor, price.usual_margin_minor
    return {
        "price": amount(price.price_minor),
        "usual": amount(price.list_minor),
        "percent": str(price.percent),
        "margin": amount(margin),
        "margin_share": "" if margin is None else share(margin, price.price_minor),
        "usual_margin": amount(usual),
        "usual_share": "" if usual is None else share(usual, price.list_minor),
        "cost_unknown": "" if margin is not None else _of(teller, "cost_unknown", each.unknown_costs),
        "pays": _pays(teller, each, price),
    }


def _pays(teller: Teller, each: Offered, price: BundlePrice) -> str:
    """What must come of the discount for it to be no loss."""
    if price.to_win is None:
        return ""
    lacking = (each.bundle.antecedent_count or 0) - each.bundle.count
    return teller.word(
        "bundle_price",
        "pays" if price.cost_minor is not None else "pays_at_least",
        first=" + ".join(each.first),
        rest=" + ".join(each.rest),
        n=teller.number(ceil(price.to_win * lacking)),
        of=teller.number(lacking),
    )


def _no_price(teller: Teller, each: Offered) -> str:
    if isinstance(each.price, BundlePrice):
        return ""
    names = {product.id: product.name or product.sku for product in each.products}
    missing = ", ".join(names[product] for product in each.price.product_ids)
    return teller.word("no_price", each.price.why, products=missing)


def _of(teller: Teller, key: str, names: Sequence[str]) -> str:
    return teller.word("bundle_price", key, products=", ".join(names))


def _amount(teller: Teller, amount_minor: int | None, currency: str) -> str:
    return "" if amount_minor is None else money.in_words(amount_minor, currency, teller.language)
