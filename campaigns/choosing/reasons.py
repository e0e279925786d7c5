"""Why somebody got an offer, is in a segment or is recommended something, in words a customer understands.

What is said comes from what was written down when the choice was made, never from a second reckoning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from babel.numbers import format_decimal, format_percent
from sqlmodel import Session, col, select

from campaigns.choosing.audiences import is_by_history, named
from campaigns.insights import Suggested
from campaigns.launching.drafts import SURVEY
from campaigns.tables import Campaign, Message, State
from campaigns.words.composing import Composer, Laid, clean
from ledger import money
from ledger.tables import Product

NEEDS_A_PRODUCT = frozenset({"because_you_bought", "bought_together_with", "similar_to"})
"""Reasons that mean nothing without the other product's name."""
PLATFORM_SHARE = "platform_share_"
SHARES = frozenset(
    {
        "return_share",
        "premium_share",
        "brand_loyalty",
        "discount_share",
        "variety",
        "novelty",
        "platform_focus",
        "regularity",
    }
)


def why(session: Session, composer: Composer, language: str, message: Message) -> str:
    """``because`` with the products' names and the campaign's audience as the database has them."""
    campaign = session.get_one(Campaign, message.campaign_id)
    named = names(session, products_in(message))
    return because(composer, language, message, named, audience=campaign.audience, template=campaign.template)


def because(
    composer: Composer,
    language: str,
    message: Message,
    names: Mapping[int, str],
    *,
    audience: str | None = None,
    template: str | None = None,
) -> str:
    """Why ``message`` came, in one or two sentences: the segment, and the purchases that led to what it shows.

    ``names`` are the products' (see ``products_in``), ``audience`` and ``template`` the campaign's. What is not
    known any more is left out; of a message that was not sent it says that, or that the lot held it back.
    """
    if message.state == State.HOLDOUT:
        return _word(composer, language, "holdout")
    if message.is_personal is None:
        is_open = message.state in (State.PLANNED, State.WITHHELD, State.FAILED)
        return _word(composer, language, "unsent" if is_open else "faded")
    if template == SURVEY:
        return _word(composer, language, "survey")
    facts: Mapping[str, Any] = message.facts or {}
    segment = facts.get("segment") or message.segment
    was_asked_for = audience is not None and is_by_history(audience)
    said = _about_segment(composer, language, audience if was_asked_for else None, segment)
    if message.is_personal:
        return " ".join([*said, _about_products(composer, language, facts, names)])
    return (
        " ".join([*said, _word(composer, language, "same")]) if was_asked_for else _word(composer, language, "plain")
    )


def products_in(message: Message) -> set[int]:
    """The products whose names ``because`` wants to know."""
    facts: Mapping[str, Any] = message.facts or {}
    shown = [*facts.get("products", ()), *facts.get("reason_products", ())]
    shown += [facts.get(name) for name in ("because", "last_product", "favourite")]
    return {each for each in shown if isinstance(each, int)}


def names(session: Session, product_ids: set[int]) -> dict[int, str]:
    """What these products are called; their SKU where they have no name."""
    rows = session.exec(select(Product).where(col(Product.id).in_(product_ids)))
    return {product.id: product.name or product.sku for product in rows}


def recommended(composer: Composer, language: str, pick: Suggested, names: Mapping[int, str]) -> str:
    """Why this product, for a recommendation of the engine."""
    return _reason(composer, language, pick.reason or "", pick.reason_product_id, names)


def segment(composer: Composer, language: str, reason: Mapping[str, Any], currency: str) -> str:
    """One of the reasons for a segment's name; amounts are in ``currency``."""
    feature = str(reason["feature"])
    values = {name: _figure(feature, float(reason[name]), currency, language) for name in ("segment", "everyone")}
    if feature.startswith(PLATFORM_SHARE):
        values["platform"] = feature.removeprefix(PLATFORM_SHARE)
        feature = PLATFORM_SHARE.rstrip("_")
    return composer.word(language, reason["direction"], feature, **values)


def segment_name(composer: Composer, language: str, key: str) -> str:
    """What customers are told of their segment; its key where an older engine named it."""
    return composer.shelf(language, "kindly").get(key, key)


def _about_segment(composer: Composer, language: str, audience: str | None, segment: str | None) -> list[str]:
    if audience is not None:
        return [_word(composer, language, "audience", segment=segment_name(composer, language, named(audience)))]
    return (
        [_word(composer, language, "segment", segment=segment_name(composer, language, segment))] if segment else []
    )


def _about_products(composer: Composer, language: str, facts: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Which purchases led to it: the bundle's favourite, the last one, the one bought most, or each item's own."""
    bought = {name: names.get(facts.get(name, 0)) for name in ("because", "last_product", "favourite")}
    items = Laid(", ".join(_items(composer, language, facts, names)))
    if bought["because"]:
        others = [names[each] for each in facts.get("products", ()) if each in names and each != facts["because"]]
        return _word(composer, language, "bundle", product=bought["because"], others=Laid(", ".join(clean(others))))
    if not items:
        return _word(composer, language, "purchases")
    if facts.get("is_due"):
        return _word(composer, language, "due", items=items)
    if bought["last_product"] and facts.get("days_away") is not None:
        return _word(composer, language, "last", product=bought["last_product"], days=facts["days_away"], items=items)
    if bought["favourite"] and facts.get("orders"):
        return _word(
            composer, language, "favourite", product=bought["favourite"], orders=facts["orders"], items=items
        )
    return _word(composer, language, "items", items=items)


def _items(composer: Composer, language: str, facts: Mapping[str, Any], names: Mapping[int, str]) -> list[str]:
    shown: Sequence[int] = facts.get("products") or ()
    reasons, others = (list(facts.get(name) or ())[: len(shown)] for name in ("reasons", "reason_products"))
    return [
        f"{clean(names[product])} ({_reason(composer, language, reason, other, names)})"
        if reason
        else clean(names[product])
        for product, reason, other in zip_longest(shown, reasons, others)
        if product in names
    ]


def _reason(composer: Composer, language: str, reason: str, other: int | None, names: Mapping[int, str]) -> str:
    product = names.get(other) if other is not None else None
    is_known = reason in composer.shelf(language, "reasons")
    if not is_known or (product is None and reason in NEEDS_A_PRODUCT):
        return _word(composer, language, "taste")
    return composer.word(language, "reasons", reason, product=product or "")


def _figure(feature: str, value: float, currency: str, language: str) -> str:
    if feature.endswith("_minor"):
        return money.in_words(round(value), currency, language)
    if feature in SHARES or feature.startswith(PLATFORM_SHARE):
        return format_percent(value, locale=language)
    return format_decimal(round(value, 1 if abs(value) < 10 else 0), locale=language)


def _word(composer: Composer, language: str, key: str, /, **values: Any) -> str:
    return composer.word(language, "because", key, **values)
