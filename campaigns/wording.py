"""An offer put into words for one recipient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from campaigns import own_words, vouchers
from campaigns.audiences import Candidate
from campaigns.choices import Choice, Chosen
from campaigns.composing import LONGEST_VALUE, Composer, Laid, clean
from campaigns.drafts import OWN_WORDS, Variant
from campaigns.offers import SOMETHING_NEW
from campaigns.problems import BadDraft
from campaigns.shelf import Shelf
from campaigns.shop import LANGUAGES, Shop
from campaigns.tables import Campaign
from campaigns.vouchers import Ticket
from ledger import money
from ledger.tables import Product

ANYBODYS_VALUES = frozenset({"name", "shop", "discount", "link", "items", "total", "voucher", "until", "is_chosen"})
OWN_VALUES = frozenset({"text"})
"""What only the owner's own words fill in."""
PERSONAL_VALUES = {
    "winback": frozenset({"last_product", "days_away"}),
    "bundle": frozenset({"because"}),
    "thank_you": frozenset({"orders", "favourite"}),
}
"""What only a history can fill in."""
PRODUCT_FACTS = ("last_product", "because", "favourite")
TOKEN_LETTERS = 16
"""How long the unguessable end of a tracked link is."""
NAME_LETTERS = (LONGEST_VALUE, 60, 40, 24)
"""How much of a product's name is said: the less, the less room there is."""


class Because(Protocol):
    """What a product was chosen for: a key among the lexicon's reasons, and the product it speaks of."""

    @property
    def reason(self) -> str | None: ...

    @property
    def reason_product_id(self) -> int | None: ...


@dataclass(frozen=True)
class Worded:
    """A message as it will be sent, and what it was made from.

    ``facts`` answer why somebody got it, and stand in the message's row:

        segment          their segment's key; None where the offer is not personal
        products         the products shown, in their order
        reasons          for each of them a key among the lexicon's [reasons], or None
        reason_products  for each of them the product that its reason speaks of, or None
        discovery        those of the products that were chosen because they do not usually buy such things
        bundle           whether the products are offered as a whole

    and of a personal offer the product numbers and figures in PERSONAL_VALUES that its words use.
    """

    text: str
    is_personal: bool
    facts: dict[str, Any]


def word_offer(
    campaign: Campaign,
    form: Variant,
    candidate: Candidate,
    choice: Chosen,
    link: str,
    *,
    shelf: Shelf,
    shop: Shop,
    composer: Composer,
    voucher: Ticket | None = None,
) -> Worded:
    """The message of ``campaign`` to ``candidate`` in one of its forms, as full as it fits.

    ``voucher`` is the code that buys its discount; without one a specimen stands in its place, which buys nothing.
    Raises MissingPlaceholders or BrokenTemplate.

    Where a template alone is too long the message is too: a preview refuses that.
    """
    chosen, is_personal = choice
    longest, language = composer.catalog[campaign.template].longest, candidate.language
    ticket = (voucher or vouchers.specimen(shop, shelf.at)) if form.discount_percent else None
    for shown, letters in _ever_shorter(chosen):
        values = _values(form, candidate, shown, link, letters, ticket, shelf=shelf, shop=shop, composer=composer)
        if campaign.template == OWN_WORDS:
            values = _own(form.text or "", values)
        text = composer.message(campaign.template, language, values, is_personal=is_personal)
        if len(text) <= longest:
            break
    return Worded(text, is_personal, _facts(shown, candidate.segment if is_personal else None))


def values_of(template: str, *, is_personal: bool) -> frozenset[str]:
    """The names that a message of this template can ask for."""
    own = OWN_VALUES if template == OWN_WORDS else frozenset()
    return ANYBODYS_VALUES | own | (PERSONAL_VALUES.get(template, frozenset()) if is_personal else frozenset())


def require_own(form: Variant, shop: Shop, composer: Composer) -> None:
    """Raises BadDraft where the owner's own words cannot be filled, or would not fit with the longest values."""
    text, longest = form.text or "", composer.catalog[OWN_WORDS].longest
    own_words.require(text, form.discount_percent)
    ticket = Ticket(vouchers.SPECIMEN + "--", date(2000, 9, 30)) if form.discount_percent else None
    values = {
        "name": "N" * own_words.LONGEST_NAME,
        "shop": shop.name,
        "discount": form.discount_percent,
        "link": Laid(f"{shop.public_url}/r/{'0' * TOKEN_LETTERS}"),
        "items": [],
        "total": "",
        "is_chosen": False,
    }
    for language in LANGUAGES:
        told = _own(text, {**values, **_code(ticket, language)})
        length = len(composer.message(OWN_WORDS, language, told, is_personal=False))
        if length > longest:
            raise BadDraft("own_too_long", longest=longest, length=length)


def reduced(price_minor: int, percent: int) -> int:
    """A price after ``percent`` off, halves rounded up as a till does."""
    exact = Decimal(price_minor) * (100 - percent) / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def named_with_price(product: Product, percent: int, language: str) -> str:
    """ "Kopi Gayo — Rp45.000": the product and what it costs in the offer, where that is known."""
    if product.price_minor is None:
        return _name(product)
    return f"{_name(product)} — {money.in_words(reduced(product.price_minor, percent), product.currency, language)}"


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
    return composer.word(language, "reasons", because.reason, product=_name(other, letters) if other else "")


def _own(text: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a message whose text is the owner's: what stands in it already is not said below it again."""
    asked = own_words.asked(text)
    percent = values["discount"]
    filling = {
        "name": clean(values["name"])[: own_words.LONGEST_NAME],
        "shop": clean(values["shop"]),
        "discount": str(percent) if percent else "",
        "link": values["link"],
        "voucher": values["voucher"],
    }
    said: dict[str, Any] = {name: "" for name in ("link", "voucher") if name in asked}
    return {**values, "text": Laid(own_words.fill(text, filling)), **said}


def _code(ticket: Ticket | None, language: str) -> dict[str, str]:
    return {"voucher": ticket.code if ticket else "", "until": ticket.until(language) if ticket else ""}


def _ever_shorter(chosen: Choice) -> Iterator[tuple[Choice, int]]:
    """The same with less of each name, then with fewer products; a bundle stays whole."""
    for letters in NAME_LETTERS:
        yield chosen, letters
    for fewer in range(0 if chosen.is_bundle else len(chosen.items) - 1, 0, -1):
        yield replace(chosen, items=chosen.items[:fewer]), NAME_LETTERS[-1]


def _facts(shown: Choice, segment: str | None) -> dict[str, Any]:
    return {
        "segment": segment,
        "products": [item.product_id for item in shown.items],
        "reasons": [item.reason for item in shown.items],
        "reason_products": [item.reason_product_id for item in shown.items],
        "discovery": [item.product_id for item in shown.items if item.reason == SOMETHING_NEW],
        "bundle": shown.is_bundle,
        **shown.facts,
    }


def _values(
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
    language, percent, products = candidate.language, form.discount_percent, shelf.products
    shown = [products[item.product_id] for item in chosen.items]
    prices = [product.price_minor for product in shown]
    facts = {
        name: _name(products[value], letters) if name in PRODUCT_FACTS else value
        for name, value in chosen.facts.items()
    }
    values: dict[str, Any] = {
        "name": first_name(candidate.name),
        "shop": shop.name,
        "discount": percent,
        "link": Laid(link),
        "items": [
            _line(product, percent, language, letters, reason(composer, language, item, products, letters))
            for product, item in zip(shown, chosen.items, strict=True)
        ],
        "is_chosen": chosen.is_owners,
        **_code(ticket, language),
        **facts,
    }
    known = [reduced(price, percent) for price in prices if price is not None]
    is_whole = len(known) == len(prices)
    values["total"] = money.in_words(sum(known), shown[0].currency, language) if known and is_whole else ""
    return values


def _line(product: Product, percent: int, language: str, letters: int, because: str) -> dict[str, str]:
    price = product.price_minor
    if price is None:
        return {"name": _name(product, letters), "price": "", "was": "", "reason": because}
    return {
        "name": _name(product, letters),
        "price": money.in_words(reduced(price, percent), product.currency, language),
        "was": money.in_words(price, product.currency, language) if percent else "",
        "reason": because,
    }


def _name(product: Product, letters: int = LONGEST_VALUE) -> str:
    name = product.name or product.sku
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"


def first_name(name: str) -> str:
    """What one calls somebody: "Sari" of "Sari Dewi"; nothing where the name is a number or a handle."""
    words = name.split()
    return words[0] if words and words[0].isalpha() else ""
