"""What an offer's words are filled with: names, prices, reasons, codes; and less of it, where room is short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, Protocol

from campaigns.choosing.audiences import Candidate
from campaigns.choosing.choices import Choice, Item
from campaigns.choosing.shelf import Shelf
from campaigns.launching.drafts import Variant
from campaigns.shop import Shop
from campaigns.words.composing import LONGEST_VALUE, Composer, Laid, clean
from campaigns.words.sandbox import Ready
from campaigns.words.vouchers import Ticket
from ledger import money
from ledger.tables import Product

PRODUCT_FACTS = ("last_product", "because", "favourite")
LONGEST_TRAITS = 60
"""What is special about a product is said in so many letters, and only where there is room for whole names."""
NAME_LETTERS = (LONGEST_VALUE, 60, 40, 24)
"""How much of a product's name is said: the less, the less room there is."""


class Because(Protocol):
    """What a product was chosen for: a key among the lexicon's reasons, and the product it speaks of."""

    @property
    def reason(self) -> str | None: ...

    @property
    def reason_product_id(self) -> int | None: ...


def values_for(
    form: Variant,
    candidate: Candidate,
    chosen: Choice,
    link: str,
    letters: int,
    ticket: Ticket | None,
    *,
    shelf: Shelf,
    shop: Shop,
    composer: Composer,
) -> dict[str, Any]:
    """What a message to ``candidate`` can ask for, with so many ``letters`` of each product's name."""
    language, percent, products = candidate.language, form.discount_percent, shelf.products
    shown = [_line(shelf, item.product_id, percent, language, letters) for item in chosen.items]
    facts = {
        name: name_of(products[value], letters) if name in PRODUCT_FACTS else value
        for name, value in chosen.facts.items()
    }
    values: dict[str, Any] = {
        "name": first_name(candidate.name),
        "shop": shop.name,
        "discount": percent,
        "link": Laid(link),
        "items": [
            Ready(line.values, reason=_because(composer, language, item, shelf, letters))
            for line, item in zip(shown, chosen.items, strict=True)
        ],
        "is_chosen": chosen.is_owners,
        **code(ticket, language),
        **facts,
    }
    known = [line.price_minor for line in shown if line.price_minor is not None]
    is_whole = len(known) == len(shown)
    values["total"] = money.in_words(sum(known), shown[0].currency, language) if known and is_whole else ""
    return values


class _Line(NamedTuple):
    """A product as anybody is shown it: its words, and what it costs in the offer where that is known."""

    values: dict[str, str]
    price_minor: int | None
    currency: str


def _line(shelf: Shelf, product_id: int, percent: int, language: str, letters: int) -> _Line:
    """Found once a shelf."""
    key = product_id, percent, language, letters
    known: _Line | None = shelf.said.get(key)
    if known is None:
        known = shelf.said[key] = _priced(shelf.products[product_id], percent, language, letters)
    return known


def _because(composer: Composer, language: str, item: Item, shelf: Shelf, letters: int) -> str:
    """Its reason in words: the same for everybody who has the same."""
    if item.reason is None:
        return ""
    key = composer, language, item.reason, item.reason_product_id, letters
    known: str | None = shelf.said.get(key)
    if known is None:
        known = shelf.said[key] = clean(reason(composer, language, item, shelf.products, letters))
    return known


def _priced(product: Product, percent: int, language: str, letters: int) -> _Line:
    name, full, currency = clean(name_of(product, letters)), product.price_minor, product.currency
    traits = clean(product.traits[:LONGEST_TRAITS]) if letters == LONGEST_VALUE else ""
    said = {"name": name, "traits": traits}
    if full is None:
        return _Line({**said, "price": "", "was": ""}, None, currency)
    price = reduced(full, percent)
    was = money.in_words(full, currency, language) if percent else ""
    return _Line({**said, "price": money.in_words(price, currency, language), "was": was}, price, currency)


def name_of(product: Product, letters: int = LONGEST_VALUE) -> str:
    """What a product is called, cut where that is long."""
    name = product.name or product.sku
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"


TITLES = {
    "bu", "ibu", "pak", "bapak", "kak", "mas", "mbak", "bang", "kang", "koh", "om", "tante", "hj",
    "mr", "mrs", "ms", "miss",
}  # fmt: skip
"""What stands before a name and is none alone."""


def first_name(name: str) -> str:
    """What one calls somebody: "Sari" of "Sari Dewi", "Bu Siti" of "Bu Siti Aminah"; none of a number."""
    first, *others = name.split() or [""]
    if first.casefold().rstrip(".") in TITLES and others and others[0].isalpha():
        return f"{first} {others[0]}"
    return first if first.isalpha() else ""


def reduced(price_minor: int, percent: int) -> int:
    """A price after ``percent`` off, halves rounded up as a till does."""
    exact = Decimal(price_minor) * (100 - percent) / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def named_with_price(product: Product, percent: int, language: str) -> str:
    """ "Kopi Gayo — Rp45.000": the product and what it costs in the offer, where that is known."""
    if product.price_minor is None:
        return name_of(product)
    return f"{name_of(product)} — {money.in_words(reduced(product.price_minor, percent), product.currency, language)}"


def reason(
    composer: Composer,
    language: str,
    because: Because,
    products: Mapping[int, Product],
    letters: int = LONGEST_VALUE,
) -> str:
    """Why this product, in a sentence a customer understands; nothing where there is no reason."""
    if because.reason is None:
        return ""
    other = products.get(because.reason_product_id) if because.reason_product_id is not None else None
    return composer.word(language, "reasons", because.reason, product=name_of(other, letters) if other else "")


def code(ticket: Ticket | None, language: str) -> dict[str, str]:
    """A discount's code and its last day; empty where there is none."""
    return {"voucher": ticket.code if ticket else "", "until": ticket.until(language) if ticket else ""}


def ever_shorter(chosen: Choice) -> Iterator[tuple[Choice, int]]:
    """The same with less of each name, then with fewer products; a bundle stays whole."""
    for letters in NAME_LETTERS:
        yield chosen, letters
    for fewer in range(0 if chosen.is_bundle else len(chosen.items) - 1, 0, -1):
        yield replace(chosen, items=chosen.items[:fewer]), NAME_LETTERS[-1]
