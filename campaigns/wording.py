"""An offer put into words for one recipient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from campaigns.audiences import Candidate
from campaigns.composing import Composer, Laid
from campaigns.offers import Choice, Shelf
from campaigns.shop import Shop
from campaigns.tables import Campaign, Recommendation
from ledger import money
from ledger.tables import Product

ANYBODYS_VALUES = frozenset({"name", "shop", "discount", "link", "items", "total"})
PERSONAL_VALUES = {
    "winback": frozenset({"last_product", "days_away"}),
    "bundle": frozenset({"because"}),
    "thank_you": frozenset({"orders", "favourite"}),
}
"""What only a history can fill in."""
PRODUCT_FACTS = ("last_product", "because", "favourite")


@dataclass(frozen=True)
class Worded:
    """A message as it will be sent, and what it was made from."""

    text: str
    is_personal: bool
    facts: dict[str, Any]


def word_offer(
    campaign: Campaign,
    candidate: Candidate,
    choice: tuple[Choice, bool],
    link: str,
    *,
    shelf: Shelf,
    shop: Shop,
    composer: Composer,
) -> Worded:
    """The message of ``campaign`` to ``candidate``. Raises MissingPlaceholders or BrokenTemplate."""
    chosen, is_personal = choice
    values = _values(campaign, candidate, chosen, link, shelf=shelf, shop=shop, composer=composer)
    text = composer.message(campaign.template, candidate.language, values, is_personal=is_personal)
    facts = {
        "segment": candidate.segment if is_personal else None,
        "products": [product for product, _ in chosen.items],
        "reasons": [because.reason if because else None for _, because in chosen.items],
        **chosen.facts,
    }
    return Worded(text, is_personal, facts)


def values_of(template: str, *, is_personal: bool) -> frozenset[str]:
    """The names that a message of this template can ask for."""
    return ANYBODYS_VALUES | (PERSONAL_VALUES.get(template, frozenset()) if is_personal else frozenset())


def reduced(price_minor: int, percent: int) -> int:
    """A price after ``percent`` off, halves rounded up as a till does."""
    exact = Decimal(price_minor) * (100 - percent) / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def named_with_price(product: Product, percent: int, language: str) -> str:
    """ "Kopi Gayo — Rp45.000": the product and what it costs in the offer, where that is known."""
    if product.price_minor is None:
        return _name(product)
    return f"{_name(product)} — {money.in_words(reduced(product.price_minor, percent), product.currency, language)}"


def reason(composer: Composer, language: str, because: Recommendation, products: Mapping[int, Product]) -> str:
    """Why this product, in a sentence a customer understands."""
    other = products.get(because.reason_product_id) if because.reason_product_id is not None else None
    return composer.word(language, "reasons", because.reason, product=other.name or other.sku if other else "")


def _values(
    campaign: Campaign,
    candidate: Candidate,
    chosen: Choice,
    link: str,
    *,
    shelf: Shelf,
    shop: Shop,
    composer: Composer,
) -> dict[str, Any]:
    language, percent = candidate.language, campaign.discount_percent
    priced = [(shelf.products[product], because) for product, because in chosen.items]
    prices = [product.price_minor for product, _ in priced]
    facts = {
        name: _name(shelf.products[value]) if name in PRODUCT_FACTS else value for name, value in chosen.facts.items()
    }
    values: dict[str, Any] = {
        "name": first_name(candidate.name),
        "shop": shop.name,
        "discount": percent,
        "link": Laid(link),
        "items": [
            _item(product, percent, language, reason(composer, language, because, shelf.products) if because else "")
            for product, because in priced
        ],
        **facts,
    }
    known = [reduced(price, percent) for price in prices if price is not None]
    is_whole = len(known) == len(prices)
    values["total"] = money.in_words(sum(known), priced[0][0].currency, language) if is_whole else ""
    return values


def _item(product: Product, percent: int, language: str, because: str) -> dict[str, str]:
    price = product.price_minor
    if price is None:
        return {"name": _name(product), "price": "", "was": "", "reason": because}
    return {
        "name": _name(product),
        "price": money.in_words(reduced(price, percent), product.currency, language),
        "was": money.in_words(price, product.currency, language) if percent else "",
        "reason": because,
    }


def _name(product: Product) -> str:
    return product.name or product.sku


def first_name(name: str) -> str:
    """What one calls somebody: "Sari" of "Sari Dewi"; nothing where the name is a number or a handle."""
    words = name.split()
    return words[0] if words and words[0].isalpha() else ""
