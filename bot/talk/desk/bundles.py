"""What sells together, in words, and what it could be offered for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from babel.numbers import format_percent

from bot.talk.desk import suggesting
from bot.talk.replies import MOST_ROWS, Teller
from campaigns.audiences import EVERYONE
from campaigns.charting import Charting
from campaigns.composing import Laid, Reply
from campaigns.looking.bundles import Offered
from campaigns.looking.clues import Deed
from campaigns.looking.pricing import BundlePrice
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
    return {
        "number": each.number,
        "products": Laid(" + ".join(each.names)),
        "count": teller.number(each.bundle.count),
        "lift": teller.number(each.bundle.lift, 1),
        "price": _price(teller, price) if price else None,
        "no_price": "" if price else _no_price(teller, each),
        "line": Laid(suggesting.line(teller, Deed("launch", "bundle", EVERYONE, each.number, percent))),
    }


def _price(teller: Teller, price: BundlePrice) -> dict[str, str]:
    def share(margin: int, of: int) -> str:
        return format_percent(margin / of, locale=teller.language) if of else ""

    return {
        "price": money.in_words(price.price_minor, price.currency, teller.language),
        "usual": money.in_words(price.list_minor, price.currency, teller.language),
        "percent": str(price.percent),
        "margin": money.in_words(price.margin_minor, price.currency, teller.language),
        "margin_share": share(price.margin_minor, price.price_minor),
        "usual_margin": money.in_words(price.usual_margin_minor, price.currency, teller.language),
        "usual_share": share(price.usual_margin_minor, price.list_minor),
    }


def _no_price(teller: Teller, each: Offered) -> str:
    if isinstance(each.price, BundlePrice):
        return ""
    names = {product.id: product.name or product.sku for product in each.products}
    missing = ", ".join(names[product] for product in each.price.product_ids)
    return teller.word("no_price", each.price.why, products=missing)


def _amount(teller: Teller, amount_minor: int | None, currency: str) -> str:
    return "" if amount_minor is None else money.in_words(amount_minor, currency, teller.language)
