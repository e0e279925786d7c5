"""What sells, runs out, piles up or spoils, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from babel.dates import format_date

from bot.talk.replies import MOST_ROWS, Teller
from campaigns.looking.products import Shelves, Sold
from campaigns.words.composing import Reply
from ledger import money

MOST_BEST, MOST_OTHERS = 5, 3


def overview(teller: Teller, shelves: Shelves, now: datetime) -> Reply:
    """The best sellers and what is worth a word."""
    return _say(
        teller,
        shelves,
        best=[row(teller, each, now) for each in shelves.best[:MOST_BEST]],
        low=[row(teller, each, now) for each in shelves.low[:MOST_OTHERS]],
        too_many=[row(teller, each, now) for each in shelves.too_many[:MOST_OTHERS]],
        expiring=[row(teller, each, now) for each in shelves.expiring[:MOST_OTHERS]],
    )


def found(teller: Teller, shelves: Shelves, words: str, now: datetime) -> Reply:
    """The products in which these words stand."""
    matching = shelves.matching(words)
    rows = [row(teller, each, now) for each in matching[:MOST_ROWS]]
    return _say(teller, shelves, words=words, rows=rows, more=max(len(matching) - len(rows), 0))


def row(teller: Teller, each: Sold, now: datetime) -> dict[str, Any]:
    """A product's figures in words."""
    product, cover = each.product, each.days_of_cover
    expires = product.expires_at
    price = product.price_minor
    return {
        "name": each.name,
        "price": "" if price is None else money.in_words(price, product.currency, teller.language),
        "pieces": teller.number(each.pieces_30),
        "trend": teller.signed(each.pieces_30 - each.pieces_before),
        "orders": teller.number(each.orders_30),
        "pieces_90": teller.number(each.pieces_90),
        "orders_90": teller.number(each.orders_90),
        "stock": "" if product.stock is None else teller.number(product.stock),
        "cover": "" if cover is None else teller.number(cover),
        "expires": format_date(expires.astimezone(teller.shop.zone), "d MMMM y", locale=teller.language)
        if expires
        else "",
        "left_over": teller.number(each.left_over(now)),
    }


def _say(teller: Teller, shelves: Shelves, **more: Any) -> Reply:
    last = shelves.last_sale
    nothing: dict[str, Any] = dict.fromkeys(("best", "low", "too_many", "expiring", "rows"), ()) | {
        "words": "",
        "more": 0,
    }
    return teller.say(
        "products",
        **nothing
        | {
            "products": teller.number(len(shelves.everything)),
            "orders_30": teller.number(shelves.orders_30),
            "orders_90": teller.number(shelves.orders_90),
            "last_sale": format_date(last.astimezone(teller.shop.zone), "d MMMM y", locale=teller.language)
            if last
            else "",
        }
        | more,
    )
